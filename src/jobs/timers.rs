//! Rules whose moment has come.

use serde::{Deserialize, Serialize};

use super::{Attempt, Job};
use crate::app::AppState;
use crate::domain::automation::timers;

/// Fire the rules whose moment has come.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FireTimers {}

impl Job for FireTimers {
    const KIND: &'static str = timers::JOB;

    /// A batch a transaction: what has fired stays so, whatever becomes of the next one.
    async fn run(self, app: &AppState, _: Attempt) -> anyhow::Result<()> {
        loop {
            let mut tx = app.db.begin_job().await?;
            let is_more = timers::fire(&mut tx, &app.context()).await?;
            tx.commit().await?;
            app.outbox.wake();
            if !is_more {
                return Ok(());
            }
        }
    }
}
