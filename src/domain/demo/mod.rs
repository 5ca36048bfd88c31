//! A small company to try things on: sections, categories, people, tickets in every state with all that hangs on
//! them, assets, articles, templates and a rule. The same every time: all of it has fixed texts and times.
//!
//! Safe to run twice: every function here finds what it would make by its name, and makes what is missing.
//! [`bulk`] makes very many tickets by a few statements.

pub mod bulk;
mod desk;
mod knowledge;
mod people;
mod story;
mod tickets;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::attachments::{self, NewFile, Owner};
use crate::error::{Error, Result};
use crate::ids::{AssetId, AttachmentId, CategoryId, CommentId, FieldId, TicketId, UserId};

pub use people::PEOPLE;

/// A person of the company who can log in.
#[derive(Debug, Serialize)]
pub struct Login {
    /// What he is: administrator, technician, manager, customer.
    pub role: &'static str,
    /// The name he logs in with.
    pub username: &'static str,
    /// Everybody can know it.
    pub password: &'static str,
}

/// What a script needs to know of the company.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Company {
    /// A category every customer may open tickets in.
    pub category_id: CategoryId,
    /// An open ticket with comments, a file, tags, custom fields and subscribers.
    pub ticket_id: TicketId,
    /// A closed ticket of the same customer.
    pub closed_ticket_id: TicketId,
    /// The customer.
    pub user_id: UserId,
    /// A custom field of tickets that holds text.
    pub text_field_id: FieldId,
    /// An asset.
    pub asset_id: AssetId,
    /// An article.
    pub article_id: i32,
    /// The file of the open ticket.
    pub attachment_id: AttachmentId,
    /// A rule.
    pub rule_id: i32,
    /// Who can log in.
    pub logins: Vec<Login>,
}

/// The company but for the file, whose bytes are not the domain's.
#[derive(Debug)]
pub struct Unfinished {
    category: CategoryId,
    /// The open ticket.
    ticket: TicketId,
    /// Its comment that the file hangs on.
    pub comment: CommentId,
    /// Who wrote that comment.
    author: UserId,
    closed_ticket: TicketId,
    customer: UserId,
    text_field: FieldId,
    asset: AssetId,
    article: i32,
    rule: i32,
}

/// The hour at which the story of the company begins; its events are so many hours later.
pub(crate) fn at(hours: i64) -> DateTime<Utc> {
    let beginning = Utc.with_ymd_and_hms(2026, 3, 2, 8, 0, 0).single();
    beginning.unwrap_or_default() + TimeDelta::hours(hours)
}

/// Something the story speaks of and nobody has made: a slip in its tables.
fn unheard_of(name: &str) -> Error {
    Error::internal(format!("the demo knows no {name}"))
}

/// Make the company, or what is missing of it. `hash` makes the hash of a password; it is asked only for people whose
/// password is another one. Hold a transaction: half a company is none.
pub async fn company(
    conn: &mut PgConnection,
    hash: impl Fn(&str) -> Result<String>,
) -> Result<Unfinished> {
    sqlx::query_scalar!(
        r#"select true as "turn!" from pg_advisory_xact_lock(hashtext('ferrodesk demo'))"#
    )
    .fetch_one(&mut *conn)
    .await?;
    let people = people::make(conn, hash).await?;
    let desk = desk::make(conn, &people).await?;
    let made = tickets::make(conn, &people, &desk).await?;
    let asset = knowledge::assets(conn, &people, made.open).await?;
    let article = knowledge::articles(conn, &people, &desk).await?;
    knowledge::templates(conn).await?;
    let rule = knowledge::rule(conn, &desk).await?;
    Ok(Unfinished {
        category: desk.category("Hardware")?,
        ticket: made.open,
        comment: made.comment_with_file,
        author: people.id("demo.carl")?,
        closed_ticket: made.closed,
        customer: people.id("demo.carl")?,
        text_field: desk.field("Serial number")?,
        asset,
        article,
        rule,
    })
}

/// The file that hangs on the comment, when it is there already.
pub async fn attachment(
    conn: &mut PgConnection,
    comment: CommentId,
) -> Result<Option<AttachmentId>> {
    let id = sqlx::query_scalar!(
        "select id from attachments where comment_id = $1 order by id limit 1",
        comment.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(AttachmentId))
}

/// Hang the file on the comment; its bytes are stored already.
pub async fn attach(
    conn: &mut PgConnection,
    company: &Unfinished,
    file: &NewFile,
) -> Result<AttachmentId> {
    let owner = Owner::Comment {
        ticket: company.ticket,
        comment: company.comment,
    };
    let actor = Actor::console(at(3));
    attachments::insert_as(conn, &actor, owner, company.author, file).await
}

impl Unfinished {
    /// The company with its file.
    #[must_use]
    pub fn with(self, attachment: AttachmentId) -> Company {
        Company {
            category_id: self.category,
            ticket_id: self.ticket,
            closed_ticket_id: self.closed_ticket,
            user_id: self.customer,
            text_field_id: self.text_field,
            asset_id: self.asset,
            article_id: self.article,
            attachment_id: attachment,
            rule_id: self.rule,
            logins: PEOPLE
                .iter()
                .map(|person| Login {
                    role: person.role,
                    username: person.username,
                    password: person.password,
                })
                .collect(),
        }
    }
}
