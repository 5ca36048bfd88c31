//! Argon2 off the asynchronous threads, never more at once than there are cores: each run takes 19 MiB and tens of
//! milliseconds of a core.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::domain::users::password;
use crate::domain::{Error, Result};

/// How long a login waits for a free core before it is told to try again.
const QUEUE: Duration = Duration::from_secs(2);

/// The cores that may verify passwords.
#[derive(Debug)]
pub(super) struct Hashing {
    permits: Arc<Semaphore>,
    runs: AtomicU64,
}

/// A free core.
#[derive(Debug)]
pub(super) struct Core(OwnedSemaphorePermit);

impl Hashing {
    /// As many cores as there are, but no more than `at_most`.
    pub(super) fn new(at_most: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            permits: Arc::new(Semaphore::new(cores.min(at_most.max(1)))),
            runs: AtomicU64::new(0),
        }
    }

    /// Wait for a core. Errors: none was free in time (503).
    pub(super) async fn core(&self) -> Result<Core> {
        let permit = timeout(QUEUE, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| Error::Unavailable("too many logins at once".into()))?
            .map_err(Error::internal)?;
        Ok(Core(permit))
    }

    /// Whether `password` belongs to the hash `stored`; as slow when there is none.
    pub(super) async fn verify(
        &self,
        core: Core,
        password: String,
        stored: Option<String>,
    ) -> Result<bool> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(move || {
            let matches = password::verify(&password, stored.as_deref());
            // The core is busy as long as the work lasts, even when nobody waits for it any more.
            drop(core.0);
            matches
        })
        .await
        .map_err(Error::internal)
    }

    /// How many passwords were hashed since the start.
    pub(super) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }
}
