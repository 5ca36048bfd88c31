//! Custom fields of tickets, assets, users and companies: their values, as text in one canonical form by the field's
//! type.

mod compare;
mod date;
mod kept;
mod options;
mod repo;
mod service;
mod trace;
mod uses;
mod value;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::ids::{AssetId, CompanyId, FieldId, OptionId, TicketId, UserId};

pub(crate) use compare::{Comparable, comparable};
pub use kept::{CustomFieldDraft, CustomFieldKind};
pub use options::{OptionDraft, delete_option};
pub use service::{
    all, for_category, of_assets, of_owner, of_ticket, of_tickets, set, set_on_ticket,
};

/// "1 - for Tickets, 2 - for Assets, 3 - for Users, 4 - for Companies."
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CustomFieldUsage)]
pub enum Usage {
    /// Tickets, of all categories or of some.
    Tickets,
    /// Assets.
    Assets,
    /// Users.
    Users,
    /// Companies.
    Companies,
}

impl Usage {
    /// The number on the wire and in the database.
    #[must_use]
    pub fn number(self) -> i16 {
        match self {
            Self::Tickets => 1,
            Self::Assets => 2,
            Self::Users => 3,
            Self::Companies => 4,
        }
    }

    /// The usage of this number, if there is one.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        [Self::Tickets, Self::Assets, Self::Users, Self::Companies]
            .into_iter()
            .find(|usage| i32::from(usage.number()) == number)
    }
}

impl From<i16> for Usage {
    /// The schema lets no other numbers in.
    fn from(number: i16) -> Self {
        Self::from_number(number.into()).unwrap_or(Self::Tickets)
    }
}

/// What has values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A ticket.
    Ticket(TicketId),
    /// An asset.
    Asset(AssetId),
    /// A user.
    User(UserId),
    /// A company.
    Company(CompanyId),
}

impl Owner {
    /// Which fields it has.
    #[must_use]
    pub fn usage(self) -> Usage {
        match self {
            Self::Ticket(_) => Usage::Tickets,
            Self::Asset(_) => Usage::Assets,
            Self::User(_) => Usage::Users,
            Self::Company(_) => Usage::Companies,
        }
    }

    /// Its id.
    #[must_use]
    pub fn number(self) -> i32 {
        match self {
            Self::Ticket(id) => id.0,
            Self::Asset(id) => id.0,
            Self::User(id) => id.0,
            Self::Company(id) => id.0,
        }
    }

    /// What it is, in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ticket(_) => "ticket",
            Self::Asset(_) => "asset",
            Self::User(_) => "user",
            Self::Company(_) => "company",
        }
    }
}

/// "Text = 1, Date = 2, `SelectionCombo` = 3, Checkbox = 4, `MultilineText` = 5."
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CustomFieldType)]
pub enum FieldType {
    /// One line.
    Text,
    /// A date, with or without a time.
    Date,
    /// One of the field's options.
    #[serde(rename = "drop_down")]
    SelectionCombo,
    /// Ticked or not.
    Checkbox,
    /// Several lines.
    #[serde(rename = "multiline")]
    MultilineText,
}

impl FieldType {
    /// The number on the wire and in the database.
    #[must_use]
    pub fn number(self) -> i16 {
        match self {
            Self::Text => 1,
            Self::Date => 2,
            Self::SelectionCombo => 3,
            Self::Checkbox => 4,
            Self::MultilineText => 5,
        }
    }
}

impl From<i16> for FieldType {
    /// The schema lets no other numbers in; text is what any value can be read as.
    fn from(number: i16) -> Self {
        match number {
            2 => Self::Date,
            3 => Self::SelectionCombo,
            4 => Self::Checkbox,
            5 => Self::MultilineText,
            _ => Self::Text,
        }
    }
}

/// A custom field.
#[derive(Clone, Debug)]
pub struct Field {
    /// The field.
    pub id: FieldId,
    /// What it is for.
    pub usage: Usage,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: FieldType,
    /// Must be filled in on the web pages.
    pub mandatory: bool,
    /// Technicians (of a ticket: those of its category) and administrators only.
    pub for_techs_only: bool,
    /// Administrators only.
    pub for_admins_only: bool,
    /// Its place among the others.
    pub order_by: i32,
    /// Shown in lists on the web pages.
    pub show_in_grid: bool,
    /// The choices of a drop-down, in order.
    pub options: Vec<FieldOption>,
}

/// Whom a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever sees what has it.
    Everybody,
    /// Technicians and administrators.
    Technicians,
    /// Administrators.
    Administrators,
}

impl Audience {
    /// As the two marks of a field say it.
    #[must_use]
    pub fn of(for_admins_only: bool, for_techs_only: bool) -> Self {
        match (for_admins_only, for_techs_only) {
            (true, _) => Self::Administrators,
            (false, true) => Self::Technicians,
            (false, false) => Self::Everybody,
        }
    }
}

impl Field {
    /// Whom it is for.
    #[must_use]
    pub fn audience(&self) -> Audience {
        Audience::of(self.for_admins_only, self.for_techs_only)
    }
}

/// A choice of a drop-down.
#[derive(Clone, Debug)]
pub struct FieldOption {
    /// The option.
    pub id: OptionId,
    /// What one reads.
    pub name: String,
}

/// A field with a value, or with none.
#[derive(Clone, Debug)]
pub struct FieldValue {
    /// The field.
    pub field: Field,
    /// The value as text for people: the option's text, `✓` for a ticked check box.
    pub text: Option<String>,
    /// The option of a drop-down.
    pub option_id: Option<OptionId>,
}

/// How a call names the values it brings, so that it can be told which one is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// All of them in `customFields`.
    CustomFields,
    /// The one in `value`.
    Value,
    /// Each by the id of its field: `cf12345`.
    Cf,
}

impl Named {
    /// The parameter with the value for this field.
    fn parameter(self, field: FieldId) -> Cow<'static, str> {
        match self {
            Self::CustomFields => "customFields".into(),
            Self::Value => "value".into(),
            Self::Cf => format!("cf{field}").into(),
        }
    }
}

/// Read `{ "ID1" : "value", "ID2" : "value" }`, the form of the parameter `customFields`, in the order it has.
/// Numbers and booleans pass for their text, null for nothing. Errors: Invalid.
pub fn parse(text: &str) -> Result<Vec<(FieldId, String)>> {
    let wrong = |problem| Error::invalid("customFields", problem);
    let Ok(Json::Object(fields)) = serde_json::from_str::<Json>(text) else {
        return Err(wrong(
            "is not a JSON object like { \"1\": \"value\", \"2\": \"value\" }",
        ));
    };
    fields
        .into_iter()
        .map(|(id, value)| {
            let id = id
                .trim()
                .parse()
                .map_err(|_| wrong("names a field by something else than its id"))?;
            let value = match value {
                Json::String(text) => text,
                Json::Null => String::new(),
                value @ (Json::Bool(_) | Json::Number(_)) => value.to_string(),
                Json::Array(_) | Json::Object(_) => {
                    return Err(wrong("holds a value that is a list or an object"));
                }
            };
            if value.contains('\0') {
                return Err(wrong("holds a NUL character"));
            }
            Ok((FieldId(id), value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_as_an_object_of_ids_and_values() {
        let fields = parse(r#"{ "12": "a", " 3 ": 4.5, "5": true, "6": null }"#).unwrap();
        let expected = [(12, "a"), (3, "4.5"), (5, "true"), (6, "")];
        assert_eq!(
            fields,
            expected.map(|(id, text)| (FieldId(id), text.to_owned()))
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "[]",
            "1",
            "{",
            r#"{"a":"b"}"#,
            r#"{"1":[]}"#,
            r#"{"99999999999":"b"}"#,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
