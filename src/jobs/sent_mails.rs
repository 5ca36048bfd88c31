//! Recording what mail servers took: mails that are sent at the same time are recorded by one statement, for a commit each
//! would cost more than sending them.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::app::App;
use crate::domain::outgoing_mail::{self, MailId};
use crate::domain::{Error, Result};

/// Mails to be recorded.
#[derive(Debug, Default)]
pub struct SentMails {
    waiting: Mutex<Vec<(MailId, oneshot::Sender<bool>)>>,
    /// One writes; meanwhile the next ones gather.
    writing: tokio::sync::Mutex<()>,
}

impl SentMails {
    /// A server took the mail. Returns when that is committed. Errors: the database; the mail may be sent again.
    pub(crate) async fn record(&self, app: &App, id: MailId) -> Result<()> {
        let (tell, told) = oneshot::channel();
        self.waiting().push((id, tell));
        let turn = self.writing.lock().await;
        let batch = std::mem::take(&mut *self.waiting());
        if !batch.is_empty() {
            let ids: Vec<MailId> = batch.iter().map(|(id, _)| *id).collect();
            let written = write(app, &ids).await;
            for (_, tell) in batch {
                // Whoever does not wait any more was stopped.
                let _ = tell.send(written.is_ok());
            }
        }
        drop(turn);
        match told.await {
            Ok(true) => Ok(()),
            // What failed together may succeed alone; a writer may have been stopped, too.
            Ok(false) | Err(_) => write(app, &[id]).await,
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<(MailId, oneshot::Sender<bool>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(app: &App, ids: &[MailId]) -> Result<(), Error> {
    let mut tx = app.db.begin_job().await?;
    outgoing_mail::sent(&mut tx, ids, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
