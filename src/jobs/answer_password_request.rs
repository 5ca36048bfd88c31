//! Answering somebody who has forgotten his password.

use serde::{Deserialize, Serialize};

use super::{Attempt, Job};
use crate::app::AppState;
use crate::domain::password_resets;

/// Look who is meant, and write him a mail.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AnswerPasswordRequest {
    /// The row of the request.
    request_id: i64,
}

impl Job for AnswerPasswordRequest {
    const KIND: &'static str = password_resets::JOB;

    /// One transaction: a request that is taken out was answered.
    async fn run(self, app: &AppState, _: Attempt) -> anyhow::Result<()> {
        let context = app.context();
        let mut tx = app.db.begin_job().await?;
        password_resets::answer(&mut tx, &context, self.request_id).await?;
        tx.commit().await?;
        Ok(())
    }
}
