//! The one way in which the store is changed.

use std::sync::atomic::Ordering;

use fedner_protocol::FederationId;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Transaction};

#[cfg(test)]
use super::faults::Fault;
use super::notices::Notice;
use super::{Revision, Store, StoreError, failure, rows};
use crate::failpoint::{self, Moment, WritePoint};

/// A change of rows without tensors takes less than this.
pub(super) const SMALL_CHANGE_BYTES: u64 = 64 << 10;

/// A statement with its values.
pub(super) type Statement<'q> = Query<'q, Any, AnyArguments>;

/// One transaction. Dropped before [`commit`](Self::commit), nothing of it is stored.
pub(super) struct Change<'s> {
    store: &'s Store,
    /// `None` for what nothing is lost with.
    point: Option<WritePoint>,
    transaction: Transaction<'static, Any>,
    bytes: u64,
}

impl Store {
    /// Begins a change of about so many bytes. Each kind of change has a [`WritePoint`] of its own.
    pub(super) async fn change(&self, point: WritePoint, bytes: u64) -> Result<Change<'_>, StoreError> {
        self.begin(Some(point), bytes).await
    }

    /// Begins a small change that is true for some seconds only, so that nothing is lost with it.
    pub(super) async fn passing_change(&self) -> Result<Change<'_>, StoreError> {
        self.begin(None, SMALL_CHANGE_BYTES).await
    }

    async fn begin(&self, point: Option<WritePoint>, bytes: u64) -> Result<Change<'_>, StoreError> {
        let begun = self.writer.begin_with(self.dialect.begin_to_write()).await;
        let transaction = self.noted(bytes, begun)?;
        Ok(Change { store: self, point, transaction, bytes })
    }

    /// Notes for the health check that a change of so many bytes failed.
    fn noted<T>(&self, bytes: u64, outcome: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        outcome.map_err(|error| {
            self.note_refused(bytes);
            failure(error)
        })
    }
}

impl Change<'_> {
    /// Runs a statement; returns how many rows it changed.
    pub(super) async fn execute(&mut self, statement: Statement<'_>) -> Result<u64, StoreError> {
        let done = statement.execute(&mut *self.transaction).await;
        self.store.noted(self.bytes, done).map(|done| done.rows_affected())
    }

    /// The row that a statement gives, if it gives one.
    pub(super) async fn row(&mut self, statement: Statement<'_>) -> Result<Option<AnyRow>, StoreError> {
        let row = statement.fetch_optional(&mut *self.transaction).await;
        self.store.noted(self.bytes, row)
    }

    /// All rows that a statement gives.
    pub(super) async fn rows(&mut self, statement: Statement<'_>) -> Result<Vec<AnyRow>, StoreError> {
        let rows = statement.fetch_all(&mut *self.transaction).await;
        self.store.noted(self.bytes, rows)
    }

    /// Moves the federation on from the revision that was decided on, and keeps other changes of it waiting
    /// until this one ends; `None` when another change came first.
    pub(super) async fn advance(
        &mut self,
        federation: &FederationId,
        from: Revision,
    ) -> Result<Option<Revision>, StoreError> {
        let query = "UPDATE federations SET revision = revision + 1 WHERE id = $1 AND revision = $2";
        let query = sqlx::query(query).bind(federation.as_str()).bind(from.number());
        let moved = self.execute(query).await? == 1;
        if moved {
            self.notify(&Notice::Federation(federation.clone())).await?;
        }
        Ok(moved.then(|| from.next()))
    }

    /// As [`advance`](Self::advance) from whatever revision it is at, for what an operator decides.
    pub(super) async fn advance_any(&mut self, federation: &FederationId) -> Result<Option<Revision>, StoreError> {
        let query = "UPDATE federations SET revision = revision + 1 WHERE id = $1 RETURNING revision";
        let row = self.row(sqlx::query(query).bind(federation.as_str())).await?;
        self.notify(&Notice::Federation(federation.clone())).await?;
        row.map(|row| rows::number(&row, "revision").map(Revision::new)).transpose()
    }

    /// Keeps other changes of the federation waiting until this one ends.
    pub(super) async fn lock(&mut self, federation: &FederationId) -> Result<(), StoreError> {
        match self.store.dialect.lock() {
            Some(statement) => self.row(sqlx::query(statement).bind(federation.as_str())).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// Notifies the other servers, once the change is stored.
    pub(super) async fn notify(&mut self, notice: &Notice) -> Result<(), StoreError> {
        match self.store.dialect.notify() {
            Some(statement) => self.row(sqlx::query(statement).bind(notice.to_string())).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// Stores it.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        #[cfg(test)]
        let fault = if self.point.is_some() { self.store.faults.next() } else { None };
        #[cfg(test)]
        if let Some(fault @ (Fault::Before | Fault::CrashBefore)) = fault {
            return Err(self.store.faults.meet(fault).await);
        }
        if let Some(point) = self.point {
            failpoint::reach(point, Moment::BeforeCommit);
        }
        let Self { store, point, transaction, bytes } = self;
        store.noted(bytes, transaction.commit().await)?;
        if let Some(point) = point {
            failpoint::reach(point, Moment::AfterCommit);
        }
        #[cfg(test)]
        if let Some(fault) = fault {
            return Err(self.store.faults.meet(fault).await);
        }
        if point.is_some_and(WritePoint::has_tensors) {
            // A change as large as the largest refused one went through. One without tensors shows nothing: it takes
            // less than what it is counted as.
            let refused = &store.refused_bytes;
            let _ = refused.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |was| (bytes >= was).then_some(0));
        }
        Ok(())
    }
}
