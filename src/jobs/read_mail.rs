//! Reading a mail that has come in.

use serde::{Deserialize, Serialize};

use super::{Attempt, Job};
use crate::app::AppState;
use crate::domain::incoming_mail::{self, IncomingMailId};
use crate::mail::incoming;

/// Read a stored mail and make of it what it asks for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ReadMail {
    /// Its row.
    mail_id: IncomingMailId,
}

impl Job for ReadMail {
    const KIND: &'static str = incoming_mail::JOB;

    async fn run(self, app: &AppState, attempt: Attempt) -> anyhow::Result<()> {
        let read = incoming::read(app, self.mail_id).await;
        if attempt.last && read.is_err() {
            incoming::give_up_trying(app, self.mail_id).await?;
        }
        Ok(read?)
    }
}
