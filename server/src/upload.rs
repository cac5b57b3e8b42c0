//! An update on its way in. It arrives without any permit, into a nameless file once it is large, so that however many
//! arrive, and however slowly, they take no memory and keep nobody waiting; a permit is taken to check and store it.

mod spool;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Body;
use fedner_protocol::{SiteId, UpdateId};
use tokio::sync::Mutex as Turns;
use tokio_util::sync::CancellationToken;

use self::spool::Arrived;
use crate::error::Error;
use crate::federation::{Federation, Submitted};

/// The updates that arrive: one a site.
pub struct Uploads {
    scratch_dir: PathBuf,
    newest: Mutex<HashMap<SiteId, Newest>>,
}

/// An update as its request brings it.
pub struct Upload {
    /// Who sends it.
    pub site: SiteId,
    /// For which round.
    pub round: u32,
    /// Its id.
    pub id: UpdateId,
    /// Its bytes, which have yet to arrive.
    pub body: Body,
}

/// The newest upload of a site.
struct Newest {
    number: u64,
    replaced: CancellationToken,
    storing: Arc<Turns<()>>,
}

/// One upload; forgotten when dropped.
struct Turn<'u> {
    uploads: &'u Uploads,
    site: SiteId,
    number: u64,
    /// A newer one of the site came.
    replaced: CancellationToken,
    /// Held while one of the site is checked and stored, which is not interrupted any more.
    storing: Arc<Turns<()>>,
}

impl Uploads {
    /// None arrives yet. `scratch_dir` is where large ones lie until they are whole.
    pub fn new(scratch_dir: PathBuf) -> Self {
        Self { scratch_dir, newest: Mutex::default() }
    }

    /// Takes an update in. A newer one of the same site ends it as long as it is not whole: a site that lost its
    /// connection sends again, and must not wait for what will never come.
    ///
    /// # Errors
    /// When it does not arrive, or as [`Federation::submit`] does.
    pub async fn take_in(&self, federation: &Federation, upload: Upload) -> Result<Submitted, Error> {
        let Upload { site, round, id, body } = upload;
        let turn = self.begin(site);
        let arrives = async {
            let arrived = Arrived::read(body, federation.update_bytes_max(), &self.scratch_dir).await?;
            let storing = Arc::clone(&turn.storing).lock_owned().await;
            Ok::<_, Error>((arrived, storing, federation.upload_permit().await?))
        };
        let (arrived, _storing, _permit) = tokio::select! {
            arrived = arrives => arrived?,
            () = turn.replaced.cancelled() => return Err(Error::UploadReplaced),
        };
        federation.submit(site, round, id, arrived.into_bytes().await?).await
    }

    fn begin(&self, site: SiteId) -> Turn<'_> {
        let mut newest = self.lock();
        let before = newest.remove(&site);
        if let Some(before) = &before {
            before.replaced.cancel();
        }
        let (number, storing) = before.map_or((0, Arc::default()), |before| (before.number + 1, before.storing));
        let replaced = CancellationToken::new();
        newest.insert(site, Newest { number, replaced: replaced.clone(), storing: Arc::clone(&storing) });
        Turn { uploads: self, site, number, replaced, storing }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SiteId, Newest>> {
        // No code panics while it holds the lock; should it, the map is still whole.
        self.newest.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut newest = self.uploads.lock();
        if newest.get(&self.site).is_some_and(|newest| newest.number == self.number) {
            newest.remove(&self.site);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_sites_uploads_only_the_newest_goes_on_and_all_are_forgotten() {
        let uploads = Uploads::new(PathBuf::new());
        let (a, b) = (SiteId::from_random([1; 16]), SiteId::from_random([2; 16]));
        let (first, other) = (uploads.begin(a), uploads.begin(b));
        let second = uploads.begin(a);
        assert!(first.replaced.is_cancelled() && !second.replaced.is_cancelled() && !other.replaced.is_cancelled());
        assert!(Arc::ptr_eq(&first.storing, &second.storing), "they are stored one after the other");
        drop(first);
        let third = uploads.begin(a);
        assert!(second.replaced.is_cancelled(), "that an older one ended changes nothing");
        drop((second, third, other));
        assert!(uploads.lock().is_empty());
    }
}
