//! What rules do, through the services that everybody else uses.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{letters, repo, requests, trigger};
use crate::actor::Actor;
use crate::business_hours;
use crate::comments::{self, NewComment};
use crate::context::Context;
use crate::custom_fields::{self, Named, Owner};
use crate::error::{Error, Result};
use crate::html::{self, Body};
use crate::ids::{CommentId, RuleId, TicketId};
use crate::masks::{Audience, Escape, Values};
use crate::outbox::Event;
use crate::rules::{Action, Minutes};
use crate::tickets::update::{self, Changes};
use crate::tickets::{self, Change};
use crate::users::full_name;
use crate::{subscribers, tags};

/// For what, on which ticket and in whose name something is done.
#[derive(Clone, Debug)]
pub(super) struct Doing<'a> {
    pub(super) context: &'a Context,
    pub(super) event: &'a Event,
    pub(super) ticket: TicketId,
    pub(super) actor: Actor,
}

impl Doing<'_> {
    /// What masks stand for in a text for this audience.
    pub(super) async fn values(
        &self,
        conn: &mut PgConnection,
        audience: Audience,
    ) -> Result<Values> {
        self.values_for(conn, audience, "").await
    }

    /// The same in a text for these people.
    pub(super) async fn values_for(
        &self,
        conn: &mut PgConnection,
        audience: Audience,
        recipients: &str,
    ) -> Result<Values> {
        let mut values = Values::load(conn, &self.context.app_url, self.ticket, audience).await?;
        if let Some(comment) = trigger::comment(self.event) {
            values = values.until(CommentId(comment));
        }
        let originator = repo::name(conn, self.event.actor).await?;
        let originator = originator
            .map(|it| full_name(&it.first_name, &it.last_name, &it.username))
            .unwrap_or_default();
        Ok(values.telling(trigger::sentence(self.event), &originator, recipients))
    }

    async fn update(&self, conn: &mut PgConnection, changes: Changes) -> Result<()> {
        update::update(conn, &self.actor, self.ticket, &changes).await
    }
}

/// Do an action. Returns the rules that are to run because of it.
pub(super) async fn perform(
    conn: &mut PgConnection,
    doing: &Doing<'_>,
    action: &Action,
) -> Result<Vec<RuleId>> {
    let (actor, ticket) = (&doing.actor, doing.ticket);
    match action {
        Action::Assign(_)
        | Action::MoveToCategory(_)
        | Action::SetStatus(_)
        | Action::SetPriority(_)
        | Action::SetDueDate(_) => {
            let changes = changes(conn, doing, action).await?;
            doing.update(conn, changes).await?;
        }
        Action::SetCustomField(value) => {
            let mut values = doing.values(conn, Audience::Customer).await?;
            let text = values.fill(conn, &value.value, Escape::Text).await?;
            let set = [(value.field, text)];
            let owner = Owner::Ticket(ticket);
            custom_fields::set(conn, actor, owner, &set, Named::Value).await?;
        }
        Action::AddTag(name) => tags::tag_ticket(conn, actor, ticket, name).await?,
        Action::RemoveTag(name) => tags::untag_ticket(conn, actor, ticket, name).await?,
        Action::AddSubscriber(user) => {
            subscribers::subscribe(conn, actor, ticket, Some(*user)).await?;
        }
        Action::AddReply(text) => comment(conn, doing, text, false).await?,
        Action::AddTechsOnlyNote(text) => comment(conn, doing, text, true).await?,
        Action::SendMail(mail) => letters::send(conn, doing, mail).await?,
        Action::HttpRequest(request) => requests::send(conn, doing, request).await?,
        Action::TriggerRule(rule) => return Ok(vec![*rule]),
    }
    Ok(vec![])
}

async fn changes(conn: &mut PgConnection, doing: &Doing<'_>, action: &Action) -> Result<Changes> {
    let mut changes = Changes::default();
    match action {
        Action::Assign(user) => changes.assigned_user_id = Change::Set(*user),
        Action::MoveToCategory(category) => changes.category_id = Some(*category),
        Action::SetStatus(status) => changes.status_id = Some(*status),
        Action::SetPriority(priority) => changes.priority = Some(*priority),
        Action::SetDueDate(span) => {
            let due = due_date(conn, doing.context.now, doing.ticket, *span).await?;
            changes.due_date = Change::Set(due);
        }
        _ => {}
    }
    Ok(changes)
}

/// When so much business time has passed. Errors: Invalid when that never comes.
pub(super) async fn due_date(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    ticket: TicketId,
    Minutes(minutes): Minutes,
) -> Result<DateTime<Utc>> {
    let system = Actor::system(now);
    let ticket = tickets::fetch_for(conn, &system, ticket, crate::access::tickets::Action::View);
    let category = ticket.await?.category_id;
    let calendar = business_hours::of_category(conn, category).await?;
    let due = calendar.after(now, TimeDelta::minutes(minutes.into()));
    // The database knows fewer years than our type of moments.
    let last = now + TimeDelta::days(365_000);
    if due > last {
        return Err(Error::invalid("dueDate", "lies too far away"));
    }
    Ok(due)
}

async fn comment(
    conn: &mut PgConnection,
    doing: &Doing<'_>,
    text: &str,
    for_techs_only: bool,
) -> Result<()> {
    let audience = if for_techs_only {
        Audience::Staff
    } else {
        Audience::Customer
    };
    let mut values = doing.values(conn, audience).await?;
    let new = NewComment {
        body: body(conn, &mut values, text).await?,
        for_techs_only,
        ..NewComment::default()
    };
    comments::add(conn, &doing.actor, doing.ticket, &new).await?;
    Ok(())
}

/// A text with its masks filled, as a body: plain text stays plain whatever the values are.
pub(super) async fn body(conn: &mut PgConnection, values: &mut Values, text: &str) -> Result<Body> {
    let filled = values.fill(conn, &markup(text), Escape::Html).await?;
    Body::from_input(filled).await
}

/// A rule's text as HTML.
pub(super) fn markup(text: &str) -> String {
    if html::is_markup(text) {
        text.to_owned()
    } else {
        html::from_text(text)
    }
}
