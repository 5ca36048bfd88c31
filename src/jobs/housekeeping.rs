//! What is old goes.

use serde::{Deserialize, Serialize};

use super::{Attempt, Job};
use crate::app::AppState;
use crate::domain::automation::runs;
use crate::domain::outbox;

/// Remove rows that nobody needs any more.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Housekeeping {}

impl Job for Housekeeping {
    const KIND: &'static str = "housekeeping";

    async fn run(self, app: &AppState, _: Attempt) -> anyhow::Result<()> {
        let now = app.clock.now();
        loop {
            let mut tx = app.db.begin_job().await?;
            let gone = outbox::sweep(&mut tx, now).await? + runs::sweep(&mut tx, now).await?;
            tx.commit().await?;
            if gone == 0 {
                return Ok(());
            }
        }
    }
}
