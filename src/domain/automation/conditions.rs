//! Whether a condition holds, and what it looks at.

use chrono::{Datelike, TimeDelta, Timelike};

use super::compiled::{CompiledCondition, CompiledRule};
use super::facts::{Facts, Text};
use crate::custom_fields::Comparable;
use crate::rules::{Condition, Hours, Minutes};
use crate::tickets::{Origin, Priority};

/// Whether all conditions of a rule hold.
pub(super) fn all_hold(rule: &CompiledRule, facts: &Facts) -> bool {
    rule.conditions.iter().all(|it| holds(it, facts))
}

fn span(minutes: Minutes) -> TimeDelta {
    TimeDelta::minutes(minutes.0.into())
}

/// Whether a condition holds. Spans of time are business time where the category has hours.
pub(super) fn holds(it: &CompiledCondition, facts: &Facts) -> bool {
    match &it.condition {
        Condition::SubjectContains(_) => it.is_in(facts.subject.as_str()),
        Condition::BodyContains(_) => it.is_in(facts.body.as_str()),
        Condition::LatestReplyContains(_) => {
            let reply = facts.reply.as_ref();
            reply.is_some_and(|reply| it.is_in(reply.as_str()))
        }
        Condition::CategoryIs(id) => facts.category == *id,
        Condition::PriorityIs(priority) => facts.priority == priority.number(),
        Condition::StatusIs(id) => facts.status == *id,
        Condition::CompanyIs(id) => facts.company == Some(*id),
        Condition::DepartmentIs(id) => facts.department == Some(*id),
        Condition::SubmitterIs(id) => facts.submitter == *id,
        Condition::AssigneeIs(id) => facts.assignee.is_some_and(|assignee| assignee.id == *id),
        Condition::AssigneeIsNone => facts.assignee.is_none(),
        Condition::AssigneeIsDisabled => facts.assignee.is_some_and(|assignee| assignee.disabled),
        Condition::AssigneeIsOutOfOffice => facts
            .assignee
            .is_some_and(|assignee| assignee.out_of_office),
        Condition::HasTag(name) => facts.tags.contains(&name.to_lowercase()),
        Condition::OriginIs(origin) => facts.origin == origin.number(),
        Condition::CustomFieldEquals(value) => {
            let field = facts.fields.get(&value.field);
            field.is_some_and(|field| field.equals(&value.value))
        }
        Condition::CustomFieldGreater(value) => {
            let field = facts.fields.get(&value.field);
            field.is_some_and(|field| field.is_greater_than(&value.value))
        }
        Condition::Unanswered => facts.is_unanswered(),
        Condition::UpdatedByTech => facts.updated_by_performer,
        Condition::CreatedMoreThanAgo(minutes) => facts.since(facts.created_at) > span(*minutes),
        Condition::NotUpdatedFor(minutes) => facts.since(facts.updated_at) >= span(*minutes),
        Condition::OverdueBy(minutes) => {
            let due = facts.due_date.filter(|due| *due <= facts.now);
            due.is_some_and(|due| facts.since(due) >= span(*minutes))
        }
        Condition::DueWithin(minutes) => {
            let due = facts.due_date.filter(|due| *due > facts.now);
            due.is_some_and(|due| facts.until(due) <= span(*minutes))
        }
        Condition::DayOfWeek(days) => {
            let today = facts.local().weekday().num_days_from_monday();
            days.iter().any(|day| day.number() == today)
        }
        Condition::WorkingHours(hours) => is_within(hours, facts) != hours.outside,
    }
}

/// Between the two times of day, be it over midnight.
fn is_within(hours: &Hours, facts: &Facts) -> bool {
    let time = facts.local().time();
    if hours.from <= hours.to {
        hours.from <= time && time < hours.to
    } else {
        hours.from <= time || time < hours.to
    }
}

/// What the condition looks at, as it is now, for people.
pub(super) fn seen(condition: &Condition, facts: &Facts) -> String {
    let number = |id: Option<i32>| id.map_or("none".to_owned(), |id| id.to_string());
    match condition {
        Condition::SubjectContains(_) => facts.subject.beginning(),
        Condition::BodyContains(_) => facts.body.beginning(),
        Condition::LatestReplyContains(_) => {
            let reply = facts.reply.as_ref().map(Text::beginning);
            reply.unwrap_or_else(|| "no reply".to_owned())
        }
        Condition::CategoryIs(_) => format!("category {}", facts.category),
        Condition::PriorityIs(_) => {
            let priority = Priority::from_number(facts.priority.into());
            priority.map_or("", Priority::name).to_owned()
        }
        Condition::StatusIs(_) => format!("status {}", facts.status),
        Condition::CompanyIs(_) => format!("company {}", number(facts.company.map(|id| id.0))),
        Condition::DepartmentIs(_) => {
            format!("department {}", number(facts.department.map(|id| id.0)))
        }
        Condition::SubmitterIs(_) => format!("user {}", facts.submitter),
        Condition::AssigneeIs(_)
        | Condition::AssigneeIsNone
        | Condition::AssigneeIsDisabled
        | Condition::AssigneeIsOutOfOffice => assignee(facts),
        Condition::HasTag(_) => {
            let mut tags: Vec<&str> = facts.tags.iter().map(String::as_str).collect();
            tags.sort_unstable();
            format!("tags: {}", tags.join(", "))
        }
        Condition::OriginIs(_) => Origin::from_number(facts.origin.into())
            .map_or("", Origin::name)
            .to_owned(),
        Condition::CustomFieldEquals(value) | Condition::CustomFieldGreater(value) => {
            let field = facts.fields.get(&value.field);
            field.map_or("no such field".to_owned(), Comparable::shown)
        }
        Condition::Unanswered => format!("unanswered: {}", facts.is_unanswered()),
        Condition::UpdatedByTech => {
            format!("a technician spoke last: {}", facts.updated_by_performer)
        }
        Condition::CreatedMoreThanAgo(_) => {
            format!("created {}", ago(facts.since(facts.created_at)))
        }
        Condition::NotUpdatedFor(_) => format!("changed {}", ago(facts.since(facts.updated_at))),
        Condition::OverdueBy(_) | Condition::DueWithin(_) => due(facts),
        Condition::DayOfWeek(_) | Condition::WorkingHours(_) => {
            let local = facts.local();
            let (weekday, zone) = (local.weekday(), facts.calendar.zone());
            format!("{weekday} {:02}:{:02} {zone}", local.hour(), local.minute())
        }
    }
}

fn assignee(facts: &Facts) -> String {
    facts.assignee.map_or("no assignee".to_owned(), |it| {
        let disabled = if it.disabled { ", disabled" } else { "" };
        let away = if it.out_of_office {
            ", out of office"
        } else {
            ""
        };
        format!("user {}{disabled}{away}", it.id)
    })
}

fn due(facts: &Facts) -> String {
    match facts.due_date {
        None => "no due date".to_owned(),
        Some(due) if due <= facts.now => format!("due {}", ago(facts.since(due))),
        Some(due) => format!("due in {} minutes", facts.until(due).num_minutes()),
    }
}

fn ago(passed: TimeDelta) -> String {
    format!("{} minutes ago", passed.num_minutes())
}
