//! Argon2 off the asynchronous threads, never more at once than there are cores: each run takes 19 MiB and tens of
//! milliseconds of a core.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::domain::users::password;
use crate::domain::{Error, Result};

/// How long a login waits for a free core before it is told to try again.
const QUEUE: Duration = Duration::from_secs(2);

/// The cores that may verify passwords.
#[derive(Debug)]
pub(super) struct Hashing {
    permits: Arc<Semaphore>,
}

impl Hashing {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            permits: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Whether `password` belongs to the hash `stored`. Errors: no core was free in time (503).
    pub(super) async fn verify(&self, password: String, stored: Option<String>) -> Result<bool> {
        let permit = timeout(QUEUE, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| Error::Unavailable("too many logins at once".into()))?
            .map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let matches = password::verify(&password, stored.as_deref());
            // The permit lives as long as the work, even when nobody waits for it any more.
            drop(permit);
            matches
        })
        .await
        .map_err(Error::internal)
    }
}
