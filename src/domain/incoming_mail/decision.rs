//! What becomes of a mail. Nothing is changed here: it is found out, and found out again in the transaction that does
//! it.

use std::collections::HashSet;

use chrono::TimeDelta;
use sqlx::PgConnection;

use super::letter::{Authentication, Automatic, Letter, Sender};
use super::{IncomingMailId, Queued, repo, threads};
use crate::access::tickets::Action;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ids::{CategoryId, TicketId, UserId};
use crate::users::{self, Known, credentials};
use crate::{settings, tickets};

/// Tickets of one sender within an hour; more wait in the quarantine.
const TICKETS_AN_HOUR: i64 = 10;

/// The most users who are subscribed because a mail names them.
const MOST_SUBSCRIBERS: usize = 50;

/// What the operator decided about mail that comes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Servers whose word about senders is believed.
    pub servers: Vec<String>,
    /// Mail of staff is theirs although nobody vouches for it.
    pub staff: bool,
    /// The address that mail is sent from; may be empty.
    pub own_address: String,
}

/// Why a mail is quarantined or ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// For programs, such as `not_on_ticket`.
    pub word: &'static str,
    /// For people.
    pub sentence: String,
}

impl Reason {
    /// A reason.
    pub fn new(word: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            word,
            sentence: sentence.into(),
        }
    }
}

/// Who is meant by an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// This user.
    Known(UserId),
    /// Somebody who is to become a user.
    New(Sender),
}

/// What becomes of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is stored, and that is all.
    Ignore(Reason),
    /// A person has to decide.
    Quarantine(Reason),
    /// A comment.
    Comment {
        /// On this ticket.
        ticket: TicketId,
        /// By this user.
        author: UserId,
    },
    /// A new ticket.
    Ticket(Opening),
}

/// How a mail opens a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Where.
    pub category: CategoryId,
    /// Who wrote the mail.
    pub author: Who,
    /// Whose ticket it is, when he forwarded what somebody else wrote.
    pub on_behalf_of: Option<Who>,
    /// Users whom it names as receivers.
    pub subscribers: Vec<UserId>,
}

fn ignore(word: &'static str, sentence: &str) -> Decision {
    Decision::Ignore(Reason::new(word, sentence))
}

fn quarantine(word: &'static str, sentence: &str) -> Decision {
    Decision::Quarantine(Reason::new(word, sentence))
}

/// What is known before it is decided.
struct Case<'a> {
    context: &'a Context,
    trust: &'a Trust,
    mail: &'a Queued,
    letter: &'a Letter,
    own: HashSet<String>,
}

/// What becomes of this mail.
pub async fn decide(
    conn: &mut PgConnection,
    context: &Context,
    trust: &Trust,
    mail: &Queued,
    letter: &Letter,
) -> Result<Decision> {
    let sender = match &letter.sender {
        Ok(sender) => sender,
        Err(problem) => return Ok(quarantine("no_sender", problem.sentence())),
    };
    let case = Case {
        context,
        trust,
        mail,
        letter,
        own: own_addresses(conn, trust).await?,
    };
    if let Some(decision) = case.unwritten(sender) {
        return Ok(decision);
    }
    let known = users::known_by_address(conn, &spellings(&sender.address)).await?;
    if let Some(decision) = case.pretended(known) {
        return Ok(decision);
    }
    if let Some(decision) = case.answer(conn, known).await? {
        return Ok(decision);
    }
    case.opening(conn, sender, known).await
}

/// The desk's own addresses, in lower case.
async fn own_addresses(conn: &mut PgConnection, trust: &Trust) -> Result<HashSet<String>> {
    let mut own: HashSet<String> = repo::own_addresses(conn).await?.into_iter().collect();
    own.insert(trust.own_address.to_lowercase());
    Ok(own)
}

/// The ways in which users may have their address: the domain in ASCII, as it is in letters, or as people write it.
pub(super) fn spellings(address: &str) -> Vec<String> {
    let mut spellings = vec![address.to_owned()];
    if let Some((name, domain)) = address.rsplit_once('@') {
        let (domain, _) = idna::domain_to_unicode(domain);
        let written = format!("{name}@{domain}");
        if written != address {
            spellings.push(written);
        }
    }
    spellings
}

impl Case<'_> {
    /// Nobody wrote it to the desk: to answer it would begin a loop.
    fn unwritten(&self, sender: &Sender) -> Option<Decision> {
        let is_own = threads::is_ours(&self.context.keys, &self.letter.message_id)
            || self.own.contains(&sender.address.to_lowercase());
        if is_own {
            return Some(ignore("own_mail", "The desk itself sent this mail."));
        }
        let (word, sentence) = match self.letter.automatic? {
            Automatic::Reply => (
                "automatic_reply",
                "The mail was written by a program, or asks not to be answered by one.",
            ),
            Automatic::Bounce => (
                "bounce",
                "A server tells that a mail could not be delivered.",
            ),
            Automatic::List => ("list", "The mail came over a mailing list."),
        };
        Some(ignore(word, sentence))
    }

    /// It may not be from the user whose address it bears.
    fn pretended(&self, known: Option<Known>) -> Option<Decision> {
        let known = known?;
        if known.is_disabled {
            let sentence = "The sender is a user who may not log in any more.";
            return Some(quarantine("disabled_user", sentence));
        }
        match self.letter.authentication {
            Authentication::Failed => Some(quarantine(
                "forged_sender",
                "The domain of the sender says that the mail is not from there.",
            )),
            Authentication::Unknown if known.is_staff && !self.trust.staff => Some(quarantine(
                "unproved_staff",
                "The mail bears the address of a technician or administrator, and no server that is trusted vouches \
                 for it (see the settings Mail:TrustedAuthserv and Mail:TrustStaffSenders).",
            )),
            Authentication::Passed | Authentication::Unknown => None,
        }
    }

    /// It answers a mail about a ticket.
    async fn answer(
        &self,
        conn: &mut PgConnection,
        known: Option<Known>,
    ) -> Result<Option<Decision>> {
        let claims = threads::claims(conn, &self.context.keys, self.letter).await?;
        let mut stranger = None;
        for claim in claims {
            let exists = repo::ticket_exists(conn, claim.ticket).await?;
            let Some(is_closed) = exists else {
                continue;
            };
            if let Some(known) = known
                && self.is_on_ticket(conn, known.id, claim.ticket).await?
            {
                if is_closed && self.letter.is_no_reply {
                    let sentence = "Nobody reads the sender's address, and the ticket is closed.";
                    return Ok(Some(ignore("automatic_reply", sentence)));
                }
                return Ok(Some(Decision::Comment {
                    ticket: claim.ticket,
                    author: known.id,
                }));
            }
            if claim.by_thread {
                stranger.get_or_insert(claim);
            }
        }
        Ok(stranger.map(|claim| {
            let sentence = if claim.is_proved {
                "The mail answers one about ticket"
            } else {
                "The mail claims to answer one about ticket"
            };
            Decision::Quarantine(Reason::new(
                "not_on_ticket",
                format!(
                    "{sentence} #{}, and its sender has nothing to do with that.",
                    claim.ticket
                ),
            ))
        }))
    }

    async fn is_on_ticket(
        &self,
        conn: &mut PgConnection,
        user: UserId,
        ticket: TicketId,
    ) -> Result<bool> {
        let actor = actor(conn, user, self.context).await?;
        match tickets::fetch_for(conn, &actor, ticket, Action::Comment).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound(_) | Error::Forbidden(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// It opens a ticket.
    async fn opening(
        &self,
        conn: &mut PgConnection,
        sender: &Sender,
        known: Option<Known>,
    ) -> Result<Decision> {
        let creates = settings::load(conn).await?.users_from_mail;
        if known.is_none() && !creates {
            let sentence = "The sender is no user, and the desk makes no users of senders.";
            return Ok(quarantine("unknown_sender", sentence));
        }
        let is_staff = known.is_some_and(|known| known.is_staff);
        if !is_staff && self.writes_too_much(conn, sender).await? {
            let sentence = "The sender has opened ten tickets within an hour.";
            return Ok(quarantine("too_many", sentence));
        }
        let Some(category) = repo::category(conn, self.mail.category).await? else {
            let sentence = "There is no category that takes the ticket.";
            return Ok(quarantine("no_category", sentence));
        };
        let original = self.letter.forwarded_from.as_ref().filter(|original| {
            let address = original.address.to_lowercase();
            is_staff && address != sender.address.to_lowercase() && !self.own.contains(&address)
        });
        let on_behalf_of = match original {
            Some(original) => who(conn, original, creates).await?,
            None => None,
        };
        Ok(Decision::Ticket(Opening {
            category,
            author: known.map_or_else(|| Who::New(sender.clone()), |known| Who::Known(known.id)),
            on_behalf_of,
            subscribers: self.named(conn, sender).await?,
        }))
    }

    async fn writes_too_much(&self, conn: &mut PgConnection, sender: &Sender) -> Result<bool> {
        let since = self.context.now - TimeDelta::hours(1);
        let opened = repo::tickets_opened_since(conn, &sender.address, since).await?;
        Ok(opened >= TICKETS_AN_HOUR)
    }

    /// Users among the receivers. Nobody is made a user by being named, and nobody by a mail that is not its sender's.
    async fn named(&self, conn: &mut PgConnection, sender: &Sender) -> Result<Vec<UserId>> {
        if self.letter.authentication == Authentication::Failed {
            return Ok(vec![]);
        }
        let sender = sender.address.to_lowercase();
        let mut addresses = vec![];
        for address in &self.letter.recipients {
            let address = address.to_lowercase();
            if address != sender && !self.own.contains(&address) {
                addresses.extend(spellings(&address));
            }
        }
        let mut users = repo::users_by_addresses(conn, &addresses).await?;
        users.truncate(MOST_SUBSCRIBERS);
        Ok(users)
    }
}

/// Who is meant by an address; none: nobody, and nobody is to be.
async fn who(conn: &mut PgConnection, sender: &Sender, creates: bool) -> Result<Option<Who>> {
    let known = users::known_by_address(conn, &spellings(&sender.address)).await?;
    Ok(match known {
        Some(known) if known.is_disabled => None,
        Some(known) => Some(Who::Known(known.id)),
        None => creates.then(|| Who::New(sender.clone())),
    })
}

/// A user who acts by a mail.
pub(super) async fn actor(
    conn: &mut PgConnection,
    user: UserId,
    context: &Context,
) -> Result<Actor> {
    let account = credentials::by_id(conn, user).await?;
    let (account, _) = account
        .filter(|(account, _)| !account.is_disabled())
        .ok_or(Error::NotFound("user"))?;
    Ok(account.to_actor(context.now, None))
}

/// What a person decides about a mail that waits or was ignored: a ticket, or a comment on this one.
pub(super) async fn decide_by_hand(
    conn: &mut PgConnection,
    context: &Context,
    mail: &Queued,
    letter: &Letter,
    ticket: Option<TicketId>,
) -> Result<Decision> {
    let Ok(sender) = &letter.sender else {
        return Err(Error::invalid("id", "is a mail without a sender"));
    };
    let author = who(conn, sender, true)
        .await?
        .ok_or_else(|| Error::invalid("id", "is a mail of a user who may not log in any more"))?;
    if let Some(ticket) = ticket {
        let author = match author {
            Who::Known(user) => user,
            Who::New(sender) => {
                let system = Actor::system(context.now);
                users::create_by_mail(conn, &system, &sender.address, &sender.name).await?
            }
        };
        return Ok(Decision::Comment { ticket, author });
    }
    let category = repo::category(conn, mail.category)
        .await?
        .ok_or_else(|| Error::invalid("category_id", "is missing: no category takes the ticket"))?;
    Ok(Decision::Ticket(Opening {
        category,
        author,
        on_behalf_of: None,
        subscribers: vec![],
    }))
}

/// Whether somebody was told within the hour that a sender writes too much.
pub(super) async fn is_told(
    conn: &mut PgConnection,
    mail: IncomingMailId,
    address: &str,
    context: &Context,
) -> Result<bool> {
    let since = context.now - TimeDelta::hours(1);
    repo::was_quarantined_since(conn, mail, address, "too_many", since).await
}
