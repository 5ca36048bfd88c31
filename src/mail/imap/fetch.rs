//! Mail is fetched and stored, each in a transaction of its own.
//!
//! A mail that cannot be fetched (the server does not give it, or the connection breaks at it) is tried again, alone and
//! after the others, so that it never stops them. After some tries a person hears of it instead.

use std::collections::BTreeSet;

use async_imap::imap_proto::AttributeValue;
use chrono::{DateTime, Utc};

use super::answers::{Answers, fetched, set};
use super::failure::Failure;
use super::visit::Visit;
use super::wire::SMALL;
use crate::app::AppState;
use crate::domain::Error;
use crate::domain::incoming_mail::{self, NewIncoming, Place};
use crate::domain::mailboxes::{self, Fetched, Mailbox};

/// How many mails are asked for at once.
pub(super) const BATCH: usize = 50;

/// After so many tries the headers must do.
const TRIES: u32 = 5;

/// After so many, headers are not asked for either.
const TRIES_OF_HEADERS: u32 = 7;

/// The longest header that is kept of a mail that is not.
const HEADER: u64 = 1024 * 1024;

/// A mail as its server lists it.
#[derive(Clone, Copy, Debug)]
struct Listed {
    uid: u32,
    size: u32,
}

impl Visit<'_> {
    /// Fetch and store those of these that are new. Returns those that have to be fetched alone.
    pub(super) async fn fetch(&mut self, uids: &[u32]) -> Result<Vec<u32>, Failure> {
        let listed = self.new_of(uids).await?;
        let validity = self.validity;
        let (struck, listed): (Vec<Listed>, Vec<Listed>) = listed
            .into_iter()
            .partition(|each| self.memory.strikes.contains_key(&(validity, each.uid)));
        let mut left: Vec<u32> = struck.into_iter().map(|each| each.uid).collect();
        let limit = self.app.settings.limits.mail_bytes;
        let (large, usual): (Vec<Listed>, Vec<Listed>) = listed
            .into_iter()
            .partition(|each| u64::from(each.size) > limit);
        left.extend(self.fetch_whole(&usual).await?);
        for each in large {
            let detail = too_large(each.size.into(), limit);
            self.fetch_headers(each, "too_large", &detail).await?;
        }
        Ok(left)
    }

    /// Fetch one that could not be fetched with others. True: it is stored, or gone.
    pub(super) async fn fetch_alone(&mut self, uid: u32) -> Result<bool, Failure> {
        let Some(listed) = self.new_of(&[uid]).await?.pop() else {
            return Ok(true);
        };
        let strikes = self.memory.strikes.get(&(self.validity, uid)).copied();
        if strikes.unwrap_or_default() < TRIES {
            return Ok(self.fetch_whole(&[listed]).await?.is_empty());
        }
        let detail =
            "The mail server lists this mail and does not give it. It lies in the mailbox still.";
        self.fetch_headers(listed, "not_fetched", detail).await?;
        Ok(true)
    }

    /// Those of these that were not fetched, as the server lists them now. One that it does not size up is of size 0.
    async fn new_of(&mut self, uids: &[u32]) -> Result<Vec<Listed>, Failure> {
        let command = format!("UID FETCH {} (UID RFC822.SIZE)", set(uids));
        let mut answers =
            Answers::to(&mut self.session, self.stop, "FETCH", &command, SMALL).await?;
        let mut listed = vec![];
        let done = loop {
            match answers.next(|answer| fetched(answer, size)).await {
                Ok(Some((uid, size))) => listed.push(Listed { uid, size }),
                Ok(None) => break true,
                Err(Failure::Refused { .. }) => break false,
                Err(failure) => return Err(failure),
            }
        };
        listed.retain(|each| uids.contains(&each.uid));
        if !done {
            let unsized_ones = uids
                .iter()
                .filter(|uid| listed.iter().all(|each| each.uid != **uid))
                .map(|uid| Listed { uid: *uid, size: 0 });
            listed.extend(unsized_ones.collect::<Vec<_>>());
        }
        listed.sort_unstable_by_key(|each| each.uid);
        listed.dedup_by_key(|each| each.uid);
        let known = {
            let mut conn = self.app.db.read().await?;
            mailboxes::known_uids(&mut conn, self.mailbox.id, self.validity, uids).await?
        };
        // Another size is another mail in the same place.
        listed.retain(|each| !known.contains(&(each.uid, each.size)));
        Ok(listed)
    }

    /// Fetch and store all of these. Returns those that did not come.
    async fn fetch_whole(&mut self, listed: &[Listed]) -> Result<Vec<u32>, Failure> {
        if listed.is_empty() {
            return Ok(vec![]);
        }
        let uids: Vec<u32> = listed.iter().map(|each| each.uid).collect();
        let mut missing: BTreeSet<u32> = uids.iter().copied().collect();
        let mut refused = BTreeSet::new();
        let bytes: u64 = listed
            .iter()
            .map(|each| u64::from(each.size) * 2 + HEADER)
            .sum();
        let command = format!("UID FETCH {} (UID BODY.PEEK[])", set(&uids));
        let keeper = self.keeper();
        let mut answers =
            Answers::to(&mut self.session, self.stop, "FETCH", &command, bytes).await?;
        loop {
            match answers.next(|answer| fetched(answer, body)).await {
                Ok(Some((uid, raw))) => {
                    let each = listed.iter().find(|each| each.uid == uid);
                    let Some(each) = each.filter(|each| missing.remove(&each.uid)) else {
                        continue;
                    };
                    self.memory.has_worked = true;
                    if keeper.store(*each, raw).await? {
                        self.memory.strikes.remove(&(self.validity, uid));
                    } else {
                        refused.insert(uid);
                    }
                }
                Ok(None) | Err(Failure::Refused { .. }) => break,
                Err(failure) => {
                    // They come in order: the next one may be what it breaks at.
                    if let (Failure::Connection(_), Some(uid)) = (&failure, missing.first()) {
                        *self
                            .memory
                            .strikes
                            .entry((self.validity, *uid))
                            .or_default() += 1;
                    }
                    return Err(failure);
                }
            }
        }
        if !missing.is_empty() {
            let missing: Vec<u32> = missing.into_iter().collect();
            // Those that are gone are not missed.
            refused.extend(self.search(&format!("UID {}", set(&missing))).await?);
        }
        for uid in &refused {
            *self
                .memory
                .strikes
                .entry((self.validity, *uid))
                .or_default() += 1;
        }
        Ok(refused.into_iter().collect())
    }

    /// Store the headers of a mail, for a person to look at. What the server does not give is said in its place.
    async fn fetch_headers(
        &mut self,
        listed: Listed,
        reason: &'static str,
        detail: &str,
    ) -> Result<(), Failure> {
        let place = (self.validity, listed.uid);
        let strikes = self.memory.strike(self.validity, listed.uid);
        let mut raw = vec![];
        if strikes <= TRIES_OF_HEADERS {
            let command = format!("UID FETCH {} (UID BODY.PEEK[HEADER])", listed.uid);
            let bytes = SMALL;
            let mut answers =
                Answers::to(&mut self.session, self.stop, "FETCH", &command, bytes).await?;
            loop {
                match answers.next(|answer| fetched(answer, body)).await {
                    Ok(Some((_, header))) => raw = header,
                    Ok(None) | Err(Failure::Refused { .. }) => break,
                    Err(failure) => return Err(failure),
                }
            }
        }
        raw.truncate(usize::try_from(HEADER).unwrap_or(usize::MAX));
        if raw.is_empty() {
            raw = in_its_place(place).into_bytes();
        }
        let keeper = self.keeper();
        keeper.store_headers(listed, raw, reason, detail).await?;
        self.memory.strikes.remove(&place);
        Ok(())
    }

    fn keeper(&self) -> Store {
        Store {
            app: self.app.clone(),
            mailbox: self.mailbox.clone(),
            validity: self.validity,
        }
    }
}

fn body(attribute: &AttributeValue<'_>) -> Option<Vec<u8>> {
    match attribute {
        AttributeValue::BodySection { data, .. } => data.as_ref().map(|data| data.to_vec()),
        _ => None,
    }
}

fn size(attribute: &AttributeValue<'_>) -> Option<u32> {
    match attribute {
        AttributeValue::Rfc822Size(size) => Some(*size),
        _ => None,
    }
}

fn too_large(size: u64, limit: u64) -> String {
    format!(
        "The mail holds {size} bytes, and {limit} is the limit (Limits:MailBytes). It lies in the mailbox still."
    )
}

/// A mail about the mail that there is not. Each has its own: the same bytes would be the same mail.
fn in_its_place((validity, uid): (u32, u32)) -> String {
    format!(
        "Subject: (a mail that the mail server does not give)\r\nX-Place: {validity} {uid}\r\n\r\n"
    )
}

/// Puts mail of one folder into the database.
struct Store {
    app: AppState,
    mailbox: Mailbox,
    validity: u32,
}

impl Store {
    /// Store a mail. False: it cannot be stored, whoever tries.
    async fn store(&self, listed: Listed, raw: Vec<u8>) -> Result<bool, Failure> {
        match self.try_to_store(listed, raw).await {
            Ok(()) => Ok(true),
            Err(error @ Error::Unavailable(_)) => Err(error.into()),
            Err(error) => {
                let (mailbox, uid) = (self.mailbox.id.0, listed.uid);
                tracing::error!(mailbox.id = mailbox, uid, ?error, "a mail cannot be stored");
                Ok(false)
            }
        }
    }

    async fn try_to_store(&self, listed: Listed, raw: Vec<u8>) -> Result<(), Error> {
        let limit = self.app.settings.limits.mail_bytes;
        let size = u64::try_from(raw.len()).unwrap_or(u64::MAX);
        if size > limit {
            let detail = too_large(size, limit);
            let headers = headers_of(raw);
            return self
                .store_headers(listed, headers, "too_large", &detail)
                .await;
        }
        let now = self.app.clock.now();
        let mut tx = self.app.db.begin_job().await?;
        incoming_mail::store(&mut tx, &self.incoming(listed, raw, now)).await?;
        self.record(&mut tx, listed, true, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn store_headers(
        &self,
        listed: Listed,
        raw: Vec<u8>,
        reason: &str,
        detail: &str,
    ) -> Result<(), Error> {
        let now = self.app.clock.now();
        let new = self.incoming(listed, raw, now);
        let mut tx = self.app.db.begin_job().await?;
        mailboxes::store_incomplete(&mut tx, &new, reason, detail).await?;
        self.record(&mut tx, listed, false, now).await?;
        tx.commit().await?;
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

    async fn record(
        &self,
        conn: &mut sqlx::PgConnection,
        listed: Listed,
        is_whole: bool,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let fetched = Fetched {
            uid: listed.uid,
            size: listed.size,
            is_whole,
        };
        mailboxes::record(conn, self.mailbox.id, self.validity, fetched, now).await
    }
}

/// Up to the first empty line.
fn headers_of(mut raw: Vec<u8>) -> Vec<u8> {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n");
    let most = usize::try_from(HEADER).unwrap_or(usize::MAX);
    raw.truncate(end.map_or(most, |end| end + 4).min(most));
    raw
}
