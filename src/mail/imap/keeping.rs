//! Fetched mail is stored, each in a transaction of its own.

use chrono::{DateTime, Utc};
use mail_parser::MessageParser;

use super::failure::Failure;
use crate::app::AppState;
use crate::domain::Error;
use crate::domain::incoming_mail::{self, NewIncoming, Place};
use crate::domain::mailboxes::{self, Fetched, Incomplete, Mailbox};

/// The longest header that is kept of a mail that is not.
pub(super) const HEADER: usize = 1024 * 1024;

/// A mail as its server lists it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    pub(super) uid: u32,
    pub(super) size: u32,
}

/// Puts mail of one folder into the database.
pub(super) struct Keeping {
    pub(super) app: AppState,
    pub(super) mailbox: Mailbox,
    pub(super) validity: u32,
}

impl Keeping {
    /// Store a mail. False: it cannot be stored, whoever tries.
    pub(super) async fn store(&self, listed: Listed, raw: Vec<u8>) -> Result<bool, Failure> {
        let limit = self.app.settings.limits.mail_bytes;
        let size = u64::try_from(raw.len()).unwrap_or(u64::MAX);
        let stored = if size > limit {
            let detail = too_large(size, limit);
            let headers = headers_of(raw);
            self.store_headers(listed, headers, "too_large", &detail)
                .await
        } else {
            self.store_whole(listed, raw).await
        };
        match stored {
            Ok(()) => Ok(true),
            Err(Failure::Database(Error::Unavailable(source))) => {
                Err(Error::Unavailable(source).into())
            }
            Err(Failure::Database(error)) => {
                let (mailbox, uid) = (self.mailbox.id.0, listed.uid);
                tracing::error!(mailbox.id = mailbox, uid, ?error, "a mail cannot be stored");
                Ok(false)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn store_whole(&self, listed: Listed, raw: Vec<u8>) -> Result<(), Failure> {
        let now = self.app.clock.now();
        let mut tx = self.app.db.begin_job().await?;
        incoming_mail::store(&mut tx, &self.incoming(listed, raw, now)).await?;
        self.record(&mut tx, listed, true, now).await?;
        tx.commit().await.map_err(Error::from)?;
        Ok(())
    }

    /// Store the headers of a mail, for a person to look at.
    pub(super) async fn store_headers(
        &self,
        listed: Listed,
        raw: Vec<u8>,
        reason: &str,
        detail: &str,
    ) -> Result<(), Failure> {
        let now = self.app.clock.now();
        let new = self.incoming(listed, raw, now);
        let parsed = MessageParser::default().parse_headers(new.raw.as_slice());
        let parsed = parsed.as_ref();
        let sender = parsed.and_then(|mail| mail.from()?.first()?.address());
        let known = Incomplete {
            from_address: sender.unwrap_or_default(),
            subject: parsed
                .and_then(mail_parser::Message::subject)
                .unwrap_or_default(),
            reason,
            detail,
        };
        let mut tx = self.app.db.begin_job().await?;
        mailboxes::store_incomplete(&mut tx, &new, &known).await?;
        self.record(&mut tx, listed, false, now).await?;
        tx.commit().await.map_err(Error::from)?;
        Ok(())
    }

    fn incoming(&self, listed: Listed, raw: Vec<u8>, now: DateTime<Utc>) -> NewIncoming {
        NewIncoming {
            mailbox: Some(self.mailbox.id),
            place: Some(Place {
                uid_validity: self.validity,
                uid: listed.uid,
            }),
            category: Some(self.mailbox.category),
            envelope_from: None,
            envelope_to: vec![],
            received_at: now,
            raw,
        }
    }

    /// Errors: `Stopped`, when the mailbox was changed meanwhile.
    async fn record(
        &self,
        conn: &mut sqlx::PgConnection,
        listed: Listed,
        is_whole: bool,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let fetched = Fetched {
            uid: listed.uid,
            size: listed.size,
            is_whole,
        };
        let Mailbox { id, revision, .. } = self.mailbox;
        if mailboxes::record(conn, id, revision, self.validity, fetched, now).await? {
            Ok(())
        } else {
            Err(Failure::Stopped)
        }
    }
}

/// Why a mail was not fetched, in a sentence.
pub(super) fn too_large(size: u64, limit: u64) -> String {
    format!(
        "The mail holds {size} bytes, and {limit} is the limit (Limits:MailBytes). It lies in the mailbox still."
    )
}

/// Up to the first empty line.
fn headers_of(mut raw: Vec<u8>) -> Vec<u8> {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n");
    raw.truncate(end.map_or(HEADER, |end| end + 4).min(HEADER));
    raw
}
