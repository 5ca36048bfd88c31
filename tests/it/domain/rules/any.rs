//! Any rule at all, for tests of what holds for every rule.

use chrono::NaiveTime;
use ferrodesk::domain::ids::{
    CategoryId, CompanyId, DepartmentId, FieldId, RuleId, StatusId, UserId,
};
use ferrodesk::domain::rules::{
    Action, Condition, Day, Definition, FieldValue, Header, Hours, HttpRequest, Mail, Minutes,
    Part, Recipient, RuleDraft, Trigger,
};
use ferrodesk::domain::tickets::{Origin, Priority};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// A text of characters that XML may hold.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let awkward = prop_oneof![
        Just("<&>\"'"),
        Just("]]>"),
        Just("\r\n"),
        Just("\r"),
        Just("\t "),
        Just("<!-- -->"),
        Just("&#xD;&lt;"),
        Just("\u{85}\u{2028}\u{feff}"),
    ]
    .prop_map(str::to_owned);
    let plain = "[^\u{0}-\u{1f}\u{fffe}\u{ffff}]{0,6}";
    vec(prop_oneof![plain, awkward], 0..3).prop_map(|pieces| pieces.concat())
}

fn minutes() -> impl Strategy<Value = Minutes> {
    any::<u32>().prop_map(Minutes)
}

fn field_value() -> impl Strategy<Value = FieldValue> {
    (any::<i32>(), text()).prop_map(|(field, value)| FieldValue {
        field: FieldId(field),
        value,
    })
}

fn priority() -> impl Strategy<Value = Priority> {
    (-1..3).prop_map(|number| Priority::from_number(number).unwrap())
}

fn origin() -> impl Strategy<Value = Origin> {
    (0..9).prop_map(|number| Origin::from_number(number).unwrap())
}

fn time() -> impl Strategy<Value = NaiveTime> {
    (0..86_400_u32)
        .prop_map(|second| NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap())
}

fn days() -> impl Strategy<Value = Vec<Day>> {
    let week = [
        Day::Mon,
        Day::Tue,
        Day::Wed,
        Day::Thu,
        Day::Fri,
        Day::Sat,
        Day::Sun,
    ];
    vec(proptest::sample::select(week.to_vec()), 0..8)
}

fn trigger() -> impl Strategy<Value = Trigger> {
    prop_oneof![
        Just(Trigger::TicketCreated),
        Just(Trigger::NewReply),
        Just(Trigger::NewReplyBySubmitter),
        Just(Trigger::StatusChanged),
        Just(Trigger::Closed),
        Just(Trigger::Reopened),
        Just(Trigger::Assigned),
        Just(Trigger::CategoryChanged),
        Just(Trigger::PriorityChanged),
        Just(Trigger::DueDateChanged),
        option::of(any::<i32>()).prop_map(|id| Trigger::CustomFieldEdited(id.map(FieldId))),
        Just(Trigger::BecomesOverdue),
        minutes().prop_map(Trigger::DueWithin),
        minutes().prop_map(Trigger::NotUpdatedFor),
        Just(Trigger::TriggeredByAnotherRule),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let about = prop_oneof![
        text().prop_map(Condition::SubjectContains),
        text().prop_map(Condition::BodyContains),
        text().prop_map(Condition::LatestReplyContains),
        any::<i32>().prop_map(|id| Condition::CategoryIs(CategoryId(id))),
        priority().prop_map(Condition::PriorityIs),
        any::<i32>().prop_map(|id| Condition::StatusIs(StatusId(id))),
        any::<i32>().prop_map(|id| Condition::CompanyIs(CompanyId(id))),
        any::<i32>().prop_map(|id| Condition::DepartmentIs(DepartmentId(id))),
        any::<i32>().prop_map(|id| Condition::SubmitterIs(UserId(id))),
        any::<i32>().prop_map(|id| Condition::AssigneeIs(UserId(id))),
        text().prop_map(Condition::HasTag),
        origin().prop_map(Condition::OriginIs),
        field_value().prop_map(Condition::CustomFieldEquals),
        field_value().prop_map(Condition::CustomFieldGreater),
    ];
    let state = prop_oneof![
        Just(Condition::AssigneeIsNone),
        Just(Condition::AssigneeIsDisabled),
        Just(Condition::AssigneeIsOutOfOffice),
        Just(Condition::Unanswered),
        Just(Condition::UpdatedByTech),
    ];
    let when = prop_oneof![
        minutes().prop_map(Condition::CreatedMoreThanAgo),
        minutes().prop_map(Condition::NotUpdatedFor),
        minutes().prop_map(Condition::OverdueBy),
        minutes().prop_map(Condition::DueWithin),
        days().prop_map(Condition::DayOfWeek),
        (time(), time(), any::<bool>())
            .prop_map(|(from, to, outside)| Condition::WorkingHours(Hours { from, to, outside })),
    ];
    prop_oneof![about, state, when]
}

fn recipient() -> impl Strategy<Value = Recipient> {
    prop_oneof![
        Just(Recipient::Submitter),
        Just(Recipient::Assignee),
        Just(Recipient::TechniciansOfCategory),
        Just(Recipient::Administrators),
        Just(Recipient::Subscribers),
        text().prop_map(Recipient::Address),
    ]
}

fn http_request() -> impl Strategy<Value = HttpRequest> {
    let header = (text(), text()).prop_map(|(name, value)| Header { name, value });
    (text(), text(), vec(header, 0..3), text()).prop_map(|(method, url, headers, body)| {
        HttpRequest {
            method,
            url,
            headers,
            body,
        }
    })
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        any::<i32>().prop_map(|id| Action::Assign(UserId(id))),
        any::<i32>().prop_map(|id| Action::MoveToCategory(CategoryId(id))),
        any::<i32>().prop_map(|id| Action::SetStatus(StatusId(id))),
        priority().prop_map(Action::SetPriority),
        minutes().prop_map(Action::SetDueDate),
        field_value().prop_map(Action::SetCustomField),
        text().prop_map(Action::AddTag),
        text().prop_map(Action::RemoveTag),
        any::<i32>().prop_map(|id| Action::AddSubscriber(UserId(id))),
        text().prop_map(Action::AddReply),
        text().prop_map(Action::AddTechsOnlyNote),
        (vec(recipient(), 0..3), text(), text())
            .prop_map(|(to, subject, body)| Action::SendMail(Mail { to, subject, body })),
        http_request().prop_map(Action::HttpRequest),
        any::<i32>().prop_map(|id| Action::TriggerRule(RuleId(id))),
    ]
}

/// A definition whose every part is known.
pub(crate) fn definition() -> impl Strategy<Value = Definition> {
    (trigger(), vec(condition(), 0..6), vec(action(), 0..6)).prop_map(
        |(trigger, conditions, actions)| Definition {
            trigger: Part::Known(trigger),
            conditions: conditions.into_iter().map(Part::Known).collect(),
            actions: actions.into_iter().map(Part::Known).collect(),
        },
    )
}

/// A rule as somebody could write it, sensible or not.
pub(crate) fn draft() -> impl Strategy<Value = RuleDraft> {
    (text(), any::<bool>(), definition()).prop_map(|(name, enabled, definition)| RuleDraft {
        name,
        enabled,
        order: 0,
        trigger: definition.trigger,
        conditions: definition.conditions,
        actions: definition.actions,
    })
}
