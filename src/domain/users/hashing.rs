//! Argon2 off the asynchronous threads, never more at once than there are cores: each run takes 19 MiB and tens of
//! milliseconds of a core.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::password;
use crate::error::{Error, Result};

/// How long a login waits for a free core before it is told to try again.
const LOGIN_WAITS: Duration = Duration::from_secs(2);

/// How long the hash of a new password waits: programs make users by the dozen.
const NEW_PASSWORD_WAITS: Duration = Duration::from_secs(10);

/// The cores that may hash passwords, be it to verify or to store them.
#[derive(Debug)]
pub struct Hashing {
    permits: Arc<Semaphore>,
    verified: AtomicU64,
}

/// A free core.
#[derive(Debug)]
pub struct Core(OwnedSemaphorePermit);

impl Hashing {
    /// As many cores as there are, but no more than `at_most`.
    #[must_use]
    pub fn new(at_most: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            permits: Arc::new(Semaphore::new(cores.min(at_most.max(1)))),
            verified: AtomicU64::new(0),
        }
    }

    /// Wait for a core to verify a password. Errors: none was free in time (503).
    pub async fn core(&self) -> Result<Core> {
        self.free_core(LOGIN_WAITS).await
    }

    async fn free_core(&self, patience: Duration) -> Result<Core> {
        let permit = timeout(patience, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| Error::Unavailable("too many passwords to hash at once".into()))?
            .map_err(Error::internal)?;
        Ok(Core(permit))
    }

    /// Whether `password` belongs to the hash `stored`; as slow when there is none.
    pub async fn verify(
        &self,
        core: Core,
        password: String,
        stored: Option<String>,
    ) -> Result<bool> {
        self.verified.fetch_add(1, Ordering::Relaxed);
        run(core, move || password::verify(&password, stored.as_deref())).await
    }

    /// The hash of a new password. Errors: it is too long; no core was free in time (503).
    pub async fn hash(&self, password: String) -> Result<String> {
        let core = self.free_core(NEW_PASSWORD_WAITS).await?;
        run(core, move || password::hash(&password)).await?
    }

    /// How many passwords were verified since the start.
    #[must_use]
    pub fn verified(&self) -> u64 {
        self.verified.load(Ordering::Relaxed)
    }
}

/// Do the work where it holds up nobody.
async fn run<T: Send + 'static>(
    core: Core,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(move || {
        let result = work();
        // The core is busy as long as the work lasts, even when nobody waits for it any more.
        drop(core.0);
        result
    })
    .await
    .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn logins_and_new_passwords_wait_for_the_same_cores() {
        let hashing = Hashing::new(1);
        let busy = hashing.core().await.unwrap();
        let mut new = Box::pin(hashing.hash("secret".into()));
        tokio::select! {
            biased;
            _ = &mut new => panic!("it did not wait"),
            () = std::future::ready(()) => {}
        }
        drop(busy);
        let hash = new.await.unwrap();
        let core = hashing.core().await.unwrap();
        let matches = hashing.verify(core, "secret".into(), Some(hash)).await;
        assert!(matches.unwrap());
        assert_eq!(hashing.verified(), 1);
    }

    #[tokio::test]
    async fn a_login_that_finds_no_core_is_told_to_try_again() {
        let hashing = Hashing::new(1);
        let _busy = hashing.core().await.unwrap();
        let refused = hashing.free_core(Duration::from_millis(1)).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))));
    }
}
