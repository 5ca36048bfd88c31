//! Which triggers an event sets off.

use serde_json::Value;

use crate::ids::{FieldId, RuleId, UserId};
use crate::outbox::Event;
use crate::rules::Trigger;

/// The event of a moment that a rule waited for; its payload names the rule.
pub(super) const DUE: &str = "rule.due";

/// A trigger without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Created,
    Reply,
    ReplyBySubmitter,
    Status,
    Closed,
    Reopened,
    Assigned,
    Category,
    Priority,
    DueDate,
    Field,
    Overdue,
    DueWithin,
    NotUpdated,
    Rule,
}

impl Kind {
    pub(super) fn of(trigger: Trigger) -> Self {
        match trigger {
            Trigger::TicketCreated => Self::Created,
            Trigger::NewReply => Self::Reply,
            Trigger::NewReplyBySubmitter => Self::ReplyBySubmitter,
            Trigger::StatusChanged => Self::Status,
            Trigger::Closed => Self::Closed,
            Trigger::Reopened => Self::Reopened,
            Trigger::Assigned => Self::Assigned,
            Trigger::CategoryChanged => Self::Category,
            Trigger::PriorityChanged => Self::Priority,
            Trigger::DueDateChanged => Self::DueDate,
            Trigger::CustomFieldEdited(_) => Self::Field,
            Trigger::BecomesOverdue => Self::Overdue,
            Trigger::DueWithin(_) => Self::DueWithin,
            Trigger::NotUpdatedFor(_) => Self::NotUpdated,
            Trigger::TriggeredByAnotherRule => Self::Rule,
        }
    }
}

/// What an event says to rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) kind: Kind,
    /// The field that was edited.
    pub(super) field: Option<FieldId>,
    /// The one rule whose moment has come.
    pub(super) rule: Option<RuleId>,
}

impl From<Kind> for Heard {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            field: None,
            rule: None,
        }
    }
}

/// What the event says to rules; nothing for most events.
pub(super) fn heard(event: &Event) -> Vec<Heard> {
    let is = |member: &str| event.payload.get(member) == Some(&Value::Bool(true));
    let kinds: &[Kind] = match event.name.as_str() {
        "ticket.created" if number(event, "assignedToUserId").is_some() => {
            &[Kind::Created, Kind::Assigned]
        }
        "ticket.created" => &[Kind::Created],
        "comment.created" if !is("isSystem") && !is("forTechsOnly") => {
            &[Kind::Reply, Kind::ReplyBySubmitter]
        }
        "ticket.closed" => &[Kind::Closed],
        "ticket.reopened" => &[Kind::Reopened],
        "ticket.assigned" => &[Kind::Assigned],
        "ticket.field_changed" => {
            let field = number(event, "fieldId").map(FieldId);
            return vec![Heard {
                field,
                ..Kind::Field.into()
            }];
        }
        DUE => {
            let rule = number(event, "ruleId").map(RuleId);
            let kinds = [Kind::Overdue, Kind::DueWithin, Kind::NotUpdated];
            let heard = kinds.map(|kind| Heard {
                rule,
                ..kind.into()
            });
            return rule.map(|_| heard.to_vec()).unwrap_or_default();
        }
        "ticket.updated" => return changed(event),
        _ => &[],
    };
    kinds.iter().copied().map(Heard::from).collect()
}

/// What an update changed.
fn changed(event: &Event) -> Vec<Heard> {
    let kinds = [
        ("status", Kind::Status),
        ("category", Kind::Category),
        ("priority", Kind::Priority),
        ("dueDate", Kind::DueDate),
    ];
    let changed = event.payload.get("changed");
    let kinds = kinds
        .into_iter()
        .filter(|(member, _)| changed.is_some_and(|changed| changed.get(member).is_some()));
    kinds.map(|(_, kind)| kind.into()).collect()
}

fn number(event: &Event, member: &str) -> Option<i32> {
    let number = event.payload.get(member)?.as_i64()?;
    i32::try_from(number).ok()
}

/// Whose reply it is.
pub(super) fn author(event: &Event) -> Option<UserId> {
    number(event, "userId").map(UserId)
}

/// The reply it is about.
pub(super) fn comment(event: &Event) -> Option<i32> {
    number(event, "commentId")
}

/// What has happened, for people.
pub(super) fn sentence(event: &Event) -> &'static str {
    match event.name.as_str() {
        "ticket.created" => "A ticket was created",
        "comment.created" => "A reply was added",
        "ticket.closed" => "The ticket was closed",
        "ticket.reopened" => "The ticket was reopened",
        "ticket.assigned" => "The ticket was assigned",
        "ticket.field_changed" => "A field was changed",
        DUE => "A moment has come that a rule waited for",
        _ => "The ticket was changed",
    }
}
