//! Changing a ticket: all parameters of one call are applied, or none.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;

use crate::access::tickets::{Action, require};
use crate::access::users::login_without_address;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::html::Body;
use crate::ids::{CategoryId, StatusId, TicketId, UserId};
use crate::{categories, outbox, statuses, subscribers, tags, text};

use super::repo::{self, RowChange};
use super::{Change, Priority, TicketCore, fetch_for_update, history, search};

/// What to change; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Subject: one line.
    pub subject: Option<String>,
    /// Body.
    pub body: Option<Body>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Another category, which the actor must see.
    pub category_id: Option<CategoryId>,
    /// Status; closing and reopening are among them.
    pub status_id: Option<StatusId>,
    /// Due date; `Clear` removes it.
    pub due_date: Change<DateTime<Utc>>,
    /// All tags anew; an empty list clears them.
    pub tags: Option<Vec<String>>,
    /// Another submitter. Staff only.
    pub user_id: Option<UserId>,
    /// Another creation date. Staff only.
    pub date: Option<DateTime<Utc>>,
    /// Assignee; `Clear` removes it. Staff only.
    pub assigned_user_id: Change<UserId>,
    /// Time spent, in all. Staff only.
    pub time_spent_seconds: Option<i32>,
    /// When it was resolved; ignored together with a status. Staff only.
    pub close_date: Option<DateTime<Utc>>,
    /// Tell nobody. Staff only.
    pub suppress_notification: bool,
}

impl Changes {
    /// What the owner may change himself.
    fn has_own(&self) -> bool {
        self.subject.is_some()
            || self.body.is_some()
            || self.priority.is_some()
            || self.category_id.is_some()
            || self.due_date.is_wanted()
            || self.tags.is_some()
    }

    /// What only staff may change.
    fn has_staff(&self) -> bool {
        self.user_id.is_some()
            || self.date.is_some()
            || self.assigned_user_id.is_wanted()
            || self.time_spent_seconds.is_some()
            || self.close_date.is_some()
            || self.suppress_notification
    }
}

/// A subject: one line, neither empty nor over 1,000 characters. Line breaks, which some clients send, become blanks.
pub(crate) fn valid_subject(subject: &str) -> Result<String> {
    let folded = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.is_empty() {
        return Err(Error::invalid("subject", "is missing"));
    }
    text::line("subject", &folded, 1000)
}

/// "Assignee must be a technician of the category": or an administrator, who may do everything there.
pub(super) async fn require_assignable(
    conn: &mut PgConnection,
    user: UserId,
    category: CategoryId,
    parameter: &'static str,
) -> Result<String> {
    let candidate = repo::candidate(conn, user, category)
        .await?
        .ok_or(Error::NotFound("user"))?;
    if candidate.disabled {
        return Err(Error::invalid(parameter, "is a disabled user"));
    }
    if !candidate.is_admin && !candidate.is_technician {
        return Err(Error::invalid(
            parameter,
            "is no technician of the ticket's category; AddCategoryTechPermission makes him one",
        ));
    }
    Ok(login_without_address(&candidate.name()).to_owned())
}

/// Change a ticket. One forbidden or wrong change refuses all of them.
pub async fn update(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
    changes: &Changes,
) -> Result<()> {
    let ticket = fetch_for_update(conn, actor, id, Action::View).await?;
    change(conn, actor, &ticket, changes).await
}

/// [`update`] of a ticket whose row is locked.
pub(super) async fn change(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: &TicketCore,
    changes: &Changes,
) -> Result<()> {
    if changes.has_own() {
        require(actor, Action::Edit, &ticket.facts)?;
    }
    if changes.has_staff() {
        require(actor, Action::Staff, &ticket.facts)?;
    }
    let mut plan = Plan::default();
    plan.texts(conn, ticket, changes).await?;
    plan.category(conn, actor, ticket, changes).await?;
    plan.people(conn, ticket, changes).await?;
    plan.dates(conn, actor, ticket, changes).await?;
    plan.status(conn, actor, ticket, changes).await?;
    plan.apply(conn, actor, ticket, changes).await
}

/// What will be done, and how a person would say it.
#[derive(Debug, Default)]
struct Plan {
    subject: Option<String>,
    body: Option<Body>,
    row: RowChange<'static>,
    said: Vec<String>,
    events: Vec<&'static str>,
    /// What rules and others ask for by name: how it was and how it is.
    changed: Map<String, Value>,
}

impl Plan {
    fn note(&mut self, what: &str, from: impl Into<Value>, to: impl Into<Value>) {
        let change = json!({ "from": from.into(), "to": to.into() });
        self.changed.insert(what.to_owned(), change);
    }

    async fn texts(
        &mut self,
        conn: &mut PgConnection,
        ticket: &TicketCore,
        changes: &Changes,
    ) -> Result<()> {
        if let Some(subject) = &changes.subject {
            let subject = valid_subject(subject)?;
            if subject != ticket.subject {
                self.said.push(format!(
                    "changed the subject from \"{}\" to \"{subject}\"",
                    ticket.subject
                ));
                self.subject = Some(subject);
            }
        }
        if let Some(body) = &changes.body
            && **body != *repo::body(conn, ticket.id).await?
        {
            self.body = Some(body.clone());
            self.said.push("edited the text".to_owned());
        }
        if let Some(priority) = changes
            .priority
            .filter(|priority| priority.number() != ticket.priority)
        {
            self.row.priority = Some(priority.number());
            self.note("priority", ticket.priority, priority.number());
            self.said
                .push(format!("set the priority to {}", priority.name()));
        }
        Ok(())
    }

    async fn category(
        &mut self,
        conn: &mut PgConnection,
        actor: &Actor,
        ticket: &TicketCore,
        changes: &Changes,
    ) -> Result<()> {
        let Some(id) = changes.category_id.filter(|id| *id != ticket.category_id) else {
            return Ok(());
        };
        let category = categories::find_visible(conn, actor, id).await?;
        categories::require_for_ticket(&category)?;
        let from = repo::category_name(conn, ticket.category_id).await?;
        self.row.category_id = Some(id);
        self.note("category", ticket.category_id.0, id.0);
        self.said.push(format!(
            "moved the ticket from \"{from}\" to \"{}\"",
            category.name
        ));
        Ok(())
    }

    async fn people(
        &mut self,
        conn: &mut PgConnection,
        ticket: &TicketCore,
        changes: &Changes,
    ) -> Result<()> {
        let category = changes.category_id.unwrap_or(ticket.category_id);
        if let Some(user) = changes.user_id.filter(|user| *user != ticket.user_id) {
            let submitter = repo::candidate(conn, user, category)
                .await?
                .ok_or(Error::NotFound("user"))?;
            self.row.user_id = Some(user);
            self.said.push(format!(
                "made {} the submitter",
                login_without_address(&submitter.name())
            ));
        }
        match changes.assigned_user_id {
            Change::Keep => {}
            change if change.value() == ticket.assigned_to_user_id => {}
            Change::Clear => {
                self.row.assigned_to_user_id = Change::Clear;
                self.said.push("removed the assignee".to_owned());
                self.events.push("ticket.unassigned");
                let before = ticket.assigned_to_user_id.map(|user| user.0);
                self.note("assignee", before, Value::Null);
            }
            Change::Set(user) => {
                let name = require_assignable(conn, user, category, "assignedUserId").await?;
                self.row.assigned_to_user_id = Change::Set(user);
                self.said.push(format!("assigned the ticket to {name}"));
                self.events.push("ticket.assigned");
                let before = ticket.assigned_to_user_id.map(|user| user.0);
                self.note("assignee", before, user.0);
            }
        }
        Ok(())
    }

    async fn dates(
        &mut self,
        conn: &mut PgConnection,
        actor: &Actor,
        ticket: &TicketCore,
        changes: &Changes,
    ) -> Result<()> {
        let shown = |date: DateTime<Utc>| date.format("%Y-%m-%d %H:%M").to_string();
        let due = changes.due_date;
        if due.is_wanted() && due.value() != ticket.due_date {
            let text = |date: Option<DateTime<Utc>>| date.map(|date| date.to_rfc3339());
            self.note("dueDate", text(ticket.due_date), text(due.value()));
        }
        match due {
            Change::Keep => {}
            change if change.value() == ticket.due_date => {}
            Change::Set(due) => {
                self.row.due_date = Change::Set(due);
                self.said
                    .push(format!("set the due date to {} UTC", shown(due)));
            }
            Change::Clear => {
                self.row.due_date = Change::Clear;
                self.said.push("removed the due date".to_owned());
            }
        }
        if let Some(date) = changes.date.filter(|date| *date != ticket.created_at) {
            self.row.created_at = Some(date);
            self.said
                .push(format!("set the creation date to {} UTC", shown(date)));
        }
        if let Some(date) = changes
            .close_date
            .filter(|date| changes.status_id.is_none() && ticket.resolved_date != Some(*date))
        {
            self.row.resolved_date = Change::Set(date);
            self.said
                .push(format!("set the closing date to {} UTC", shown(date)));
        }
        if let Some(seconds) = changes
            .time_spent_seconds
            .filter(|seconds| *seconds != ticket.time_spent_seconds)
        {
            if seconds < 0 {
                return Err(Error::invalid("timeSpentInSeconds", "is negative"));
            }
            self.row.time_spent_seconds = Some(seconds);
            self.said
                .push(format!("set the time spent to {seconds} seconds"));
            repo::log_time(
                conn,
                ticket,
                actor.user_id,
                seconds.saturating_sub(ticket.time_spent_seconds),
                actor.now(),
            )
            .await?;
        }
        Ok(())
    }

    /// The status asked for, and what follows from an assignment.
    async fn status(
        &mut self,
        conn: &mut PgConnection,
        actor: &Actor,
        ticket: &TicketCore,
        changes: &Changes,
    ) -> Result<()> {
        let assigned = matches!(self.row.assigned_to_user_id, Change::Set(_));
        if assigned && ticket.start_date.is_none() {
            self.row.start_date = Some(actor.now());
        }
        let Some(asked) = changes.status_id else {
            if assigned && ticket.status_id == StatusId::NEW {
                self.row.status_id = Some(StatusId::IN_PROCESS);
                self.note("status", StatusId::NEW.0, StatusId::IN_PROCESS.0);
                self.said.push("began to work on it".to_owned());
            }
            return Ok(());
        };
        require(actor, Action::Close, &ticket.facts)?;
        if asked == ticket.status_id {
            return Ok(());
        }
        let category = changes.category_id.unwrap_or(ticket.category_id);
        let name = statuses::require_for(conn, actor, asked, category).await?;
        let reopens = ticket.is_closed();
        if asked != StatusId::CLOSED && !reopens {
            // Closing and reopening is the owner's; where the work stands is said by those who do it.
            require(actor, Action::Staff, &ticket.facts)?;
        }
        let staff = actor.is_staff_of(ticket.category_id);
        let status = if reopens && !staff {
            StatusId::IN_PROCESS
        } else {
            asked
        };
        self.row.status_id = Some(status);
        self.note("status", ticket.status_id.0, status.0);
        if asked == StatusId::CLOSED {
            self.row.resolved_date = Change::Set(actor.now());
            self.said.push("closed the ticket".to_owned());
            self.events.push("ticket.closed");
        } else if reopens {
            self.row.resolved_date = Change::Clear;
            self.said.push("reopened the ticket".to_owned());
            self.events.push("ticket.reopened");
        } else {
            self.said.push(format!("set the status to \"{name}\""));
        }
        Ok(())
    }

    async fn apply(
        self,
        conn: &mut PgConnection,
        actor: &Actor,
        ticket: &TicketCore,
        changes: &Changes,
    ) -> Result<()> {
        let mut said = self.said;
        let mut reword = self.subject.is_some() || self.body.is_some();
        if let Some(names) = &changes.tags {
            let retagged = tags::set(conn, ticket.id, names).await?;
            if retagged && names.is_empty() {
                said.push("removed all tags".to_owned());
            } else if retagged {
                said.push(format!("set the tags to {}", names.join(", ")));
            }
            reword |= retagged;
        }
        if said.is_empty() {
            return Ok(());
        }
        let row = RowChange {
            subject: self.subject.as_deref(),
            body: self.body.as_deref(),
            ..self.row
        };
        repo::update(conn, ticket.id, &row, actor.user_id, actor.now()).await?;
        if let Change::Set(assignee) = row.assigned_to_user_id {
            subscribers::add(conn, ticket.id, assignee).await?;
        }
        if reword {
            search::rebuild(conn, ticket.id).await?;
        }
        history::record(conn, actor, ticket.id, &said.join(", ")).await?;
        for event in self.events {
            let payload = json!({
                "suppressNotification": changes.suppress_notification,
                "assignedToUserId": row.assigned_to_user_id.value(),
            });
            outbox::record(conn, actor, event, Some(ticket.id), payload).await?;
        }
        outbox::record(
            conn,
            actor,
            "ticket.updated",
            Some(ticket.id),
            json!({ "changes": said.len(), "changed": self.changed }),
        )
        .await
    }
}
