//! One guess at a time for each client: the next one waits until it is known whether the last one was right. So
//! guesses in parallel cost no more than guesses in a row.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use crate::domain::{Error, Result};

/// How long a login waits for others of the same client.
const QUEUE: Duration = Duration::from_secs(2);

type Gates = Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>;

/// The clients that wait for an answer to a login: no more than there are connections.
#[derive(Debug, Default)]
pub(super) struct Turns {
    gates: Arc<Gates>,
}

/// A client's turn; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    gates: Arc<Gates>,
    client: String,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Wait for the client's turn. Errors: others of the same client took too long (503).
    pub(super) async fn take(&self, client: &str) -> Result<Turn> {
        let gate = {
            let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(gates.entry(client.to_owned()).or_default())
        };
        // From here on, dropping it tidies up, also while it waits.
        let mut turn = Turn {
            gates: Arc::clone(&self.gates),
            client: client.to_owned(),
            guard: None,
        };
        let guard = timeout(QUEUE, gate.lock_owned())
            .await
            .map_err(|_| Error::Unavailable("too many logins of one client at once".into()))?;
        turn.guard = Some(guard);
        Ok(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = gates
            .get(&self.client)
            .is_some_and(|gate| Arc::strong_count(gate) == 1);
        if unused {
            gates.remove(&self.client);
        }
    }
}
