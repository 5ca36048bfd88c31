//! Sending a mail of the queue.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use super::{Attempt, Job};
use crate::app::AppState;
use crate::domain::outgoing_mail::{self, Mail, MailFile, MailId};
use crate::domain::queue;
use crate::mail::outgoing::{Failure, Meaning};

/// How often it is looked whether a server that failed is back.
const PROBE: Duration = Duration::from_secs(20);

/// How many mails with files are in memory at once.
static LARGE_ONES: Semaphore = Semaphore::const_new(4);

/// Send a mail.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SendMail {
    /// Its row.
    mail_id: MailId,
}

impl Job for SendMail {
    const KIND: &'static str = outgoing_mail::JOB;

    /// A mail that a server took is never sent again, unless the server is killed before it is recorded: then it is the
    /// same mail, with the same Message-ID.
    async fn run(self, app: &AppState, attempt: Attempt) -> anyhow::Result<()> {
        let found = {
            let mut conn = app.db.read().await?;
            outgoing_mail::load(&mut conn, &app.context(), self.mail_id).await?
        };
        let Some(mail) = found else {
            return Ok(());
        };
        let (files, turn) = load(app, &mail).await?;
        let was_failing = app.mailer.is_failing();
        let sent = app.mailer.send(app, mail, files).await;
        drop(turn);
        let failure = record(app, self.mail_id, sent, attempt.last).await?;
        if failure.is_none() && was_failing {
            hasten(app).await?;
        }
        match failure {
            None => Ok(()),
            Some(failure) => Err(failure.into()),
        }
    }
}

/// The files that go along. Bytes that are gone are left out: the mail says what there is to say without them.
async fn load(
    app: &AppState,
    mail: &Mail,
) -> anyhow::Result<(Vec<(MailFile, Vec<u8>)>, Option<SemaphorePermit<'static>>)> {
    if mail.files.is_empty() {
        return Ok((vec![], None));
    }
    let turn = LARGE_ONES.acquire().await?;
    let mut files = Vec::with_capacity(mail.files.len());
    for file in &mail.files {
        let Some(mut opened) = app.storage.open(&file.storage_key).await? else {
            tracing::warn!(mail.id = %mail.id, file.id = file.id.0, "a file of a mail is gone");
            continue;
        };
        let mut bytes = Vec::new();
        opened.read_to_end(&mut bytes).await?;
        files.push((file.clone(), bytes));
    }
    Ok((files, Some(turn)))
}

/// Write down what became of a try. Returns the failure after which there is another one.
async fn record(
    app: &AppState,
    id: MailId,
    sent: Result<(), Failure>,
    is_last: bool,
) -> anyhow::Result<Option<Failure>> {
    let Err(failure) = sent else {
        app.sent_mails.record(app, id).await?;
        return Ok(None);
    };
    let text = failure.to_string();
    let is_over = is_last || failure.meaning == Meaning::Final;
    let mut tx = app.db.begin_job().await?;
    if is_over {
        outgoing_mail::failed(&mut tx, id, &text).await?;
    } else {
        outgoing_mail::tried(&mut tx, id, &text, None).await?;
    }
    tx.commit().await?;
    if is_over {
        // What the server says may hold the address, which is no business of the log.
        let step = failure.step;
        tracing::warn!(mail.id = %id, %step, "a mail cannot be delivered: see /api/v2/outgoing_mail?state=failed");
    }
    Ok((!is_over).then_some(failure))
}

/// The server is back: what waits for its next try, for hours perhaps, is tried now.
async fn hasten(app: &AppState) -> anyhow::Result<()> {
    let mut tx = app.db.begin_job().await?;
    let waiting = queue::hasten(&mut tx, outgoing_mail::JOB).await?;
    tx.commit().await?;
    tracing::debug!(waiting, "mail that waited is tried now");
    Ok(())
}

/// Keep the settings of this server fresh, and look whether a mail server that failed is back, until `stop`.
pub(super) async fn watch(app: AppState, stop: CancellationToken) {
    const FRESH: Duration = Duration::from_secs(1);
    let mut probed = tokio::time::Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(FRESH) => {}
        }
        if let Err(error) = app.mailer.refresh(&app).await {
            tracing::debug!(%error, "the settings of mail could not be read");
        }
        if !app.mailer.is_failing() || probed.elapsed() < PROBE {
            continue;
        }
        probed = tokio::time::Instant::now();
        if app.mailer.probe(&app).await
            && let Err(error) = hasten(&app).await
        {
            tracing::debug!(%error, "mail that waits could not be hastened");
        }
    }
}
