//! The models that are sent out. However many take one, and however slowly, it is in memory once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use axum::body::Bytes;
use fedner_protocol::{Digest, FederationId};
use tokio::sync::Mutex as Turns;

use crate::error::Error;
use crate::federation::Federation;

/// A version of the global shared module, as it is sent.
#[derive(Debug)]
pub struct Model {
    /// The safetensors file.
    pub body: Bytes,
    /// Its digest.
    pub digest: Digest,
}

/// The models in memory: those that are being sent, and the last ones that were, up to a number of bytes.
pub struct Models {
    bytes_max: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Those that are being read or sent.
    current: HashMap<Key, Arc<Turns<Weak<Model>>>>,
    /// The last ones, oldest first.
    recent: VecDeque<Arc<Model>>,
}

type Key = (FederationId, u32, Digest);

impl Models {
    /// None is in memory; `bytes_max` is how much of those that were sent stays there.
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, kept: Mutex::default() }
    }

    /// A version of a federation's model. Asked for many times at once, it is read once.
    ///
    /// # Errors
    /// When it is not made yet or not kept any more, or can't be read.
    pub async fn get(&self, federation: &Federation, version: u32) -> Result<Arc<Model>, Error> {
        // By its digest: a version number alone does not name the content.
        let digest = federation.model_digest(version).await?;
        let place = self.place((federation.config().id.clone(), version, digest));
        let mut current = place.lock().await;
        if let Some(model) = current.upgrade() {
            return Ok(model);
        }
        let stored = federation.model(version).await?;
        let model = Arc::new(Model { body: stored.body.into(), digest: stored.digest });
        *current = Arc::downgrade(&model);
        self.keep(Arc::clone(&model));
        Ok(model)
    }

    /// Where a model is, or will be when somebody has read it.
    fn place(&self, key: Key) -> Arc<Turns<Weak<Model>>> {
        let mut kept = self.lock();
        // Only those that somebody has, or waits for, stay.
        kept.current.retain(|_, place| {
            Arc::strong_count(place) > 1 || place.try_lock().is_ok_and(|model| model.strong_count() > 0)
        });
        Arc::clone(kept.current.entry(key).or_default())
    }

    fn keep(&self, model: Arc<Model>) {
        let mut kept = self.lock();
        kept.recent.push_back(model);
        while kept.recent.iter().map(|model| model.body.len()).sum::<usize>() > self.bytes_max {
            kept.recent.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // No code panics while it holds the lock; should it, the tables are still whole.
        self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
