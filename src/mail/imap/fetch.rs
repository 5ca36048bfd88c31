//! Mail is fetched and stored, each in a transaction of its own.
//!
//! A mail that cannot be fetched (the server does not give it, or the connection breaks at it) is tried again, alone and
//! after the others, so that it never stops them. After some tries a person hears of it instead.

use std::collections::BTreeSet;

use async_imap::imap_proto::AttributeValue;

use super::answers::{Answers, fetched, set};
use super::failure::Failure;
use super::keeping::{self, HEADER, Keeping, Listed};
use super::visit::Visit;
use super::wire::SMALL;
use crate::domain::mailboxes;

/// How many mails are asked for at once.
pub(super) const BATCH: usize = 50;

/// How much more of a mail may come than its size says.
const SPARE: u64 = 1024 * 1024;

/// After so many tries the headers must do.
const TRIES: u32 = 5;

/// After so many, headers are not asked for either.
const TRIES_OF_HEADERS: u32 = 7;

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
            let detail = keeping::too_large(each.size.into(), limit);
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
            .map(|each| u64::from(each.size) * 2 + SPARE)
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
        raw.truncate(HEADER);
        if raw.is_empty() {
            raw = in_its_place(place).into_bytes();
        }
        let keeper = self.keeper();
        keeper.store_headers(listed, raw, reason, detail).await?;
        self.memory.strikes.remove(&place);
        Ok(())
    }

    fn keeper(&self) -> Keeping {
        Keeping {
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

/// A mail about the mail that there is not. Each has its own: the same bytes would be the same mail.
fn in_its_place((validity, uid): (u32, u32)) -> String {
    format!(
        "Subject: (a mail that the mail server does not give)\r\nX-Place: {validity} {uid}\r\n\r\n"
    )
}
