//! The tickets of the demo, as they stand after everything in the story was said.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::desk::{self, Desk};
use super::people::People;
use super::story::{self, Comment, Kind, State};
use super::{at, unheard_of};
use crate::error::Result;
use crate::html;
use crate::ids::{CommentId, StatusId, TicketId};
use crate::tickets::search;

/// The tickets a script is told of.
pub(super) struct Tickets {
    pub(super) open: TicketId,
    pub(super) closed: TicketId,
    /// The comment of the open ticket that says that a picture is attached.
    pub(super) comment_with_file: CommentId,
}

pub(super) async fn make(conn: &mut PgConnection, people: &People, desk: &Desk) -> Result<Tickets> {
    let mut ids = BTreeMap::new();
    for ticket in &story::TICKETS {
        let id = match find(conn, ticket).await? {
            Some(id) => id,
            None => insert(conn, people, desk, ticket).await?,
        };
        ids.insert(ticket.subject, id);
    }
    let id = |subject: &str| ids.get(subject).copied().ok_or_else(|| unheard_of(subject));
    let [one, other] = story::LINKED;
    link(conn, id(one)?, id(other)?).await?;
    let [part, whole] = story::PART_OF;
    set_parent(conn, id(part)?, id(whole)?).await?;
    let open = id(story::OPEN)?;
    set_fields(conn, desk, open).await?;
    set_integrations(conn, open, id(whole)?).await?;
    Ok(Tickets {
        open,
        closed: id(story::CLOSED)?,
        comment_with_file: comment_with_file(conn, people, open).await?,
    })
}

async fn find(conn: &mut PgConnection, ticket: &story::Ticket) -> Result<Option<TicketId>> {
    let id = sqlx::query_scalar!(
        "select id from tickets where created_at = $1 and subject = $2 order by id limit 1",
        at(ticket.hour),
        ticket.subject,
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(TicketId))
}

/// What the comments have made of a ticket.
struct Outcome {
    updated_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    last_by: &'static str,
    /// Who spoke last: the submitter's side, a technician, a technician to technicians.
    by_user: bool,
    by_performer: bool,
    for_tech_view: bool,
}

fn outcome(ticket: &story::Ticket) -> Outcome {
    let opened = at(ticket.hour);
    let mut outcome = Outcome {
        updated_at: opened,
        started_at: None,
        last_by: ticket.from,
        by_user: false,
        by_performer: false,
        for_tech_view: false,
    };
    for comment in ticket.said {
        let time = opened + TimeDelta::hours(comment.after);
        outcome.updated_at = time;
        outcome.last_by = comment.by;
        let by_staff = People::is_staff(comment.by);
        match comment.kind {
            Kind::System => {}
            Kind::Note => outcome.for_tech_view = true,
            Kind::Public => {
                outcome.by_user = !by_staff;
                outcome.by_performer = by_staff;
                outcome.for_tech_view = false;
            }
        }
        if by_staff && comment.kind != Kind::Note {
            outcome.started_at = outcome.started_at.or(Some(time));
        }
    }
    outcome
}

async fn insert(
    conn: &mut PgConnection,
    people: &People,
    desk: &Desk,
    ticket: &story::Ticket,
) -> Result<TicketId> {
    let outcome = outcome(ticket);
    let status = match ticket.state {
        State::New => StatusId::NEW,
        State::InProcess => StatusId::IN_PROCESS,
        State::Waiting => desk.waiting(),
        State::Closed => StatusId::CLOSED,
    };
    let assigned_to = ticket.assigned_to.map(|name| people.id(name)).transpose()?;
    let id = sqlx::query_scalar!(
        "insert into tickets (subject, body, priority, status_id, category_id, user_id, assigned_to_user_id,
             created_at, updated_at, due_date, start_date, resolved_date,
             updated_by_user, updated_by_performer, updated_for_tech_view, last_updated_by_user_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         returning id",
        ticket.subject,
        html::from_input(ticket.body),
        ticket.priority,
        status.0,
        desk.category(ticket.category)?.0,
        people.id(ticket.from)?.0,
        assigned_to.map(|user| user.0),
        at(ticket.hour),
        outcome.updated_at,
        ticket.due.map(at),
        outcome.started_at,
        (ticket.state == State::Closed).then_some(outcome.updated_at),
        outcome.by_user,
        outcome.by_performer,
        outcome.for_tech_view,
        people.id(outcome.last_by)?.0,
    )
    .fetch_one(&mut *conn)
    .await?;
    let id = TicketId(id);
    for comment in ticket.said {
        insert_comment(conn, people, id, at(ticket.hour), comment).await?;
    }
    for tag in ticket.tags {
        insert_tag(conn, id, tag).await?;
    }
    for subscriber in [Some(ticket.from), ticket.assigned_to]
        .into_iter()
        .flatten()
    {
        sqlx::query!(
            "insert into subscribers (ticket_id, user_id) values ($1, $2) on conflict do nothing",
            id.0,
            people.id(subscriber)?.0,
        )
        .execute(&mut *conn)
        .await?;
    }
    search::rebuild(conn, id).await?;
    Ok(id)
}

async fn insert_comment(
    conn: &mut PgConnection,
    people: &People,
    ticket: TicketId,
    opened: DateTime<Utc>,
    comment: &Comment,
) -> Result<()> {
    sqlx::query!(
        "insert into comments (ticket_id, user_id, created_at, body, for_techs_only, is_system)
         values ($1, $2, $3, $4, $5, $6)",
        ticket.0,
        people.id(comment.by)?.0,
        opened + TimeDelta::hours(comment.after),
        html::from_input(comment.text),
        comment.kind == Kind::Note,
        comment.kind == Kind::System,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_tag(conn: &mut PgConnection, ticket: TicketId, tag: &str) -> Result<()> {
    sqlx::query!(
        "insert into tags (name) values ($1) on conflict do nothing",
        tag
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into ticket_tags (ticket_id, tag_id)
         select $1, id from tags where lower(name) = lower($2)
         on conflict do nothing",
        ticket.0,
        tag,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn link(conn: &mut PgConnection, one: TicketId, other: TicketId) -> Result<()> {
    sqlx::query!(
        "insert into ticket_links (ticket_id, linked_ticket_id) values (least($1::integer, $2), greatest($1, $2))
         on conflict do nothing",
        one.0,
        other.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn set_parent(conn: &mut PgConnection, part: TicketId, whole: TicketId) -> Result<()> {
    sqlx::query!(
        "update tickets set parent_ticket_id = $2 where id = $1 and parent_ticket_id is null",
        part.0,
        whole.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One value of each type of field.
async fn set_fields(conn: &mut PgConnection, desk: &Desk, ticket: TicketId) -> Result<()> {
    let texts = [
        ("Serial number", "PF-3XK29"),
        ("Needed by", "2026-03-06T00:00:00Z"),
        ("Approved", "true"),
        ("Steps to reproduce", "Switch it on\nWait\nNothing happens"),
    ];
    for (field, value) in texts {
        sqlx::query!(
            "insert into ticket_field_values (ticket_id, field_id, value) values ($1, $2, $3) on conflict do nothing",
            ticket.0,
            desk.field(field)?.0,
            value,
        )
        .execute(&mut *conn)
        .await?;
    }
    let field = desk.field("Operating system")?;
    let option = desk::option_of(conn, field, "Windows").await?;
    sqlx::query!(
        "insert into ticket_field_values (ticket_id, field_id, option_id) values ($1, $2, $3) on conflict do nothing",
        ticket.0,
        field.0,
        option.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn comment_with_file(
    conn: &mut PgConnection,
    people: &People,
    ticket: TicketId,
) -> Result<CommentId> {
    let id = sqlx::query_scalar!(
        "select id from comments where ticket_id = $1 and user_id = $2 and not is_system order by id limit 1",
        ticket.0,
        people.id("demo.carl")?.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(CommentId(id))
}

/// Where else the two are worked on.
async fn set_integrations(
    conn: &mut PgConnection,
    open: TicketId,
    project: TicketId,
) -> Result<()> {
    sqlx::query!(
        "insert into ticket_integrations (ticket_id, jira_issue_url, github_issue_url, trello_card_url, gitlab_issue_url)
         values ($1, 'https://jira.brightwater.example/browse/DESK-1', null, null,
                 'https://gitlab.brightwater.example/desk/images/-/issues/7'),
                ($2, null, 'https://github.com/brightwater-example/mail-server/issues/12',
                 'https://trello.com/c/Br1ghtW8/4-move-the-mail-server', null)
         on conflict do nothing",
        open.0,
        project.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
