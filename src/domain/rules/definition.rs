//! What a rule is made of, as it is stored: `{"trigger": …, "conditions": [ … ], "actions": [ … ]}`, each part
//! `{"type": "subject_contains", "value": "urgent"}`.

use std::fmt;

use chrono::NaiveTime;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::schema::ExactRecipient;
use crate::ids::{CategoryId, CompanyId, DepartmentId, FieldId, RuleId, StatusId, UserId};
use crate::tickets::{Origin, Priority};

/// When a rule runs, under which conditions, and what it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// What makes it run.
    pub trigger: Part<Trigger>,
    /// What must hold, all of it.
    #[serde(default)]
    pub conditions: Vec<Part<Condition>>,
    /// What it does, in this order.
    #[serde(default)]
    pub actions: Vec<Part<Action>>,
}

/// A part of a rule. One that this version does not know, for a later one stored it, is kept and shown as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part<T> {
    /// One of those below.
    Known(T),
    /// Something else.
    Unknown(Unknown),
}

/// A part that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// What kind of part.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its value.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
}

/// What makes a rule run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "type",
    content = "value",
    rename_all = "snake_case",
    deny_unknown_fields
)]
#[schema(as = RuleTrigger)]
pub enum Trigger {
    /// A ticket was created.
    TicketCreated,
    /// Somebody replied.
    NewReply,
    /// The submitter replied.
    NewReplyBySubmitter,
    /// The status changed.
    StatusChanged,
    /// The ticket was closed.
    Closed,
    /// The ticket was reopened.
    Reopened,
    /// The ticket was assigned.
    Assigned,
    /// The category changed.
    CategoryChanged,
    /// The priority changed.
    PriorityChanged,
    /// The due date changed.
    DueDateChanged,
    /// A custom field was edited: this one, or any.
    CustomFieldEdited(Option<FieldId>),
    /// The due date has passed.
    BecomesOverdue,
    /// The due date comes that soon.
    DueWithin(Minutes),
    /// Nothing has happened for so long.
    NotUpdatedFor(Minutes),
    /// Another rule runs it.
    TriggeredByAnotherRule,
}

/// A span of time in whole minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(as = RuleMinutes, minimum = 1)]
pub struct Minutes(pub u32);

/// What must hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "type",
    content = "value",
    rename_all = "snake_case",
    deny_unknown_fields
)]
#[schema(as = RuleCondition)]
pub enum Condition {
    /// The subject contains this text.
    SubjectContains(String),
    /// The body contains this text.
    BodyContains(String),
    /// The latest reply contains this text.
    LatestReplyContains(String),
    /// The ticket is in this category.
    CategoryIs(CategoryId),
    /// It has this priority.
    PriorityIs(Priority),
    /// It has this status.
    StatusIs(StatusId),
    /// The submitter belongs to this company.
    CompanyIs(CompanyId),
    /// The submitter belongs to this department.
    DepartmentIs(DepartmentId),
    /// It is this user's ticket.
    SubmitterIs(UserId),
    /// It is assigned to this user.
    AssigneeIs(UserId),
    /// It is assigned to nobody.
    AssigneeIsNone,
    /// Whoever it is assigned to is disabled.
    AssigneeIsDisabled,
    /// Whoever it is assigned to is out of office.
    AssigneeIsOutOfOffice,
    /// It has this tag.
    HasTag(String),
    /// It came this way.
    OriginIs(Origin),
    /// A custom field has this value.
    CustomFieldEquals(FieldValue),
    /// A custom field has a greater value.
    CustomFieldGreater(FieldValue),
    /// It waits for an answer.
    Unanswered,
    /// A technician spoke last.
    UpdatedByTech,
    /// It was created longer ago.
    CreatedMoreThanAgo(Minutes),
    /// Nothing has happened for so long.
    NotUpdatedFor(Minutes),
    /// The due date passed so long ago.
    OverdueBy(Minutes),
    /// The due date comes that soon.
    DueWithin(Minutes),
    /// It is one of these days.
    DayOfWeek(Vec<Day>),
    /// It is between these times of day, or it is not.
    WorkingHours(Hours),
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RuleDay)]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    /// Monday is 0.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::Mon => 0,
            Self::Tue => 1,
            Self::Wed => 2,
            Self::Thu => 3,
            Self::Fri => 4,
            Self::Sat => 5,
            Self::Sun => 6,
        }
    }
}

/// A part of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RuleHours)]
pub struct Hours {
    /// The begin.
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", example = "09:00:00")]
    pub from: NaiveTime,
    /// The end.
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", example = "09:00:00")]
    pub to: NaiveTime,
    /// Outside rather than inside.
    #[serde(default)]
    pub outside: bool,
}

/// A custom field and a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RuleFieldValue)]
pub struct FieldValue {
    /// The field.
    pub field: FieldId,
    /// The value, as a person types it.
    #[schema(max_length = 10_000)]
    pub value: String,
}

/// What a rule does. Texts may hold masks such as `#ticketId#`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "type",
    content = "value",
    rename_all = "snake_case",
    deny_unknown_fields
)]
#[schema(as = RuleAction)]
pub enum Action {
    /// Assign the ticket to this user.
    Assign(UserId),
    /// Move it to this category.
    MoveToCategory(CategoryId),
    /// Give it this status.
    SetStatus(StatusId),
    /// Give it this priority.
    SetPriority(Priority),
    /// Make it due so long from now.
    SetDueDate(Minutes),
    /// Give a custom field this value.
    SetCustomField(FieldValue),
    /// Add this tag.
    AddTag(String),
    /// Remove this tag.
    RemoveTag(String),
    /// Subscribe this user.
    AddSubscriber(UserId),
    /// Add a reply for everybody.
    AddReply(String),
    /// Add a note for technicians.
    AddTechsOnlyNote(String),
    /// Send mail.
    SendMail(Mail),
    /// Call an address.
    HttpRequest(HttpRequest),
    /// Run another rule.
    TriggerRule(RuleId),
}

/// Mail that a rule sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RuleMail)]
pub struct Mail {
    /// Who gets it.
    // Nobody is nothing in XML; a draft with nobody is refused by its checks.
    #[serde(default)]
    #[schema(required, value_type = Vec<ExactRecipient>, min_items = 1, max_items = 50)]
    pub to: Vec<Recipient>,
    /// Its subject.
    #[schema(min_length = 1, max_length = 200)]
    pub subject: String,
    /// Its body.
    #[schema(max_length = 10_000)]
    pub body: String,
}

/// Who gets mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "type",
    content = "value",
    rename_all = "snake_case",
    deny_unknown_fields
)]
#[schema(as = RuleRecipient)]
pub enum Recipient {
    /// Whose ticket it is.
    Submitter,
    /// Who works on it.
    Assignee,
    /// Every technician of its category.
    TechniciansOfCategory,
    /// Every administrator.
    Administrators,
    /// Everybody who subscribes to it.
    Subscribers,
    /// This address.
    Address(String),
}

/// A request that a rule makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RuleHttpRequest)]
pub struct HttpRequest {
    /// Its verb.
    #[schema(pattern = "^(GET|POST|PUT|PATCH|DELETE)$")]
    pub method: String,
    /// Its address; behind the host it may hold masks.
    #[schema(pattern = "^https?://", max_length = 2_000)]
    pub url: String,
    /// Its headers.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub headers: Vec<Header>,
    /// Its body.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub body: String,
}

/// A header of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RuleHeader)]
pub struct Header {
    /// Its name.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
    )]
    pub name: String,
    /// Its value.
    #[schema(max_length = 10_000)]
    pub value: String,
}

macro_rules! stored_as_number {
    ($($kind:ident, $expected:literal);*) => {$(
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i16(self.number())
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Numbers;

                impl Visitor<'_> for Numbers {
                    type Value = $kind;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_i64<E: Error>(self, number: i64) -> Result<$kind, E> {
                        i32::try_from(number)
                            .ok()
                            .and_then($kind::from_number)
                            .ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
                    }

                    fn visit_u64<E: Error>(self, number: u64) -> Result<$kind, E> {
                        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
                    }
                }

                deserializer.deserialize_i32(Numbers)
            }
        }

        impl PartialSchema for $kind {
            fn schema() -> RefOr<Schema> {
                let numbers = (-1..16).filter(|number| Self::from_number(*number).is_some());
                ObjectBuilder::new()
                    .schema_type(SchemaType::new(Type::Integer))
                    .description(Some($expected))
                    .enum_values(Some(numbers))
                    .into()
            }
        }

        impl ToSchema for $kind {}
    )*};
}

stored_as_number!(
    Priority, "a priority: -1 low, 0 normal, 1 high or 2 critical";
    Origin, "an origin: 0 web app, 1 e-mail, 2 widget, 3 API, 4 scheduler, 5 mobile app, 6 phone, 7 live chat or 8 in person"
);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reads(stored: &Value) -> Definition {
        let read: Definition = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), *stored);
        read
    }

    #[test]
    fn a_definition_is_read_and_written_as_it_is_stored() {
        let read = reads(&json!({
            "trigger": { "type": "not_updated_for", "value": 60 },
            "conditions": [
                { "type": "subject_contains", "value": "urgent" },
                { "type": "category_is", "value": 4 },
                { "type": "priority_is", "value": -1 },
                { "type": "unanswered" },
                { "type": "custom_field_equals", "value": { "field": 3, "value": "x" } },
                { "type": "day_of_week", "value": ["Sat", "Sun"] },
                { "type": "working_hours", "value": { "from": "09:00:00", "to": "17:00:00", "outside": true } },
            ],
            "actions": [
                { "type": "set_priority", "value": 2 },
                { "type": "send_mail", "value": {
                    "to": [{ "type": "submitter" }, { "type": "address", "value": "a@x.test" }],
                    "subject": "s", "body": "b",
                } },
            ],
        }));
        assert_eq!(
            read.trigger,
            Part::Known(Trigger::NotUpdatedFor(Minutes(60)))
        );
        assert_eq!(read.conditions[3], Part::Known(Condition::Unanswered));
        assert!(
            read.conditions
                .iter()
                .all(|part| matches!(part, Part::Known(_)))
        );
        assert!(
            read.actions
                .iter()
                .all(|part| matches!(part, Part::Known(_)))
        );
    }

    #[test]
    fn what_a_later_version_stored_is_kept_as_it_is() {
        let read = reads(&json!({
            "trigger": { "type": "moon_rises", "value": { "phase": "full" } },
            "conditions": [{ "type": "mood_is" }, { "type": "priority_is", "value": 99 }],
            "actions": [{ "type": "brew_tea", "value": ["green", 2] }],
        }));
        assert!(matches!(&read.trigger, Part::Unknown(part) if part.kind == "moon_rises"));
        // A known part with a value that it cannot have is unknown as well.
        assert!(matches!(read.conditions[1], Part::Unknown(_)));
    }

    #[test]
    fn a_rule_may_have_no_conditions() {
        let stored = json!({ "trigger": { "type": "closed" } });
        let read: Definition = serde_json::from_value(stored).unwrap();
        assert_eq!((read.conditions.len(), read.actions.len()), (0, 0));
    }
}
