//! Custom fields of tickets: their values, as text in one canonical form by the field's type.

mod date;
mod repo;
mod value;

use std::collections::HashMap;

use serde_json::Value as Json;
use sqlx::PgConnection;

use crate::access::custom_fields as access;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::{CategoryId, FieldId, OptionId, TicketId};

/// "Text = 1, Date = 2, `SelectionCombo` = 3, Checkbox = 4, `MultilineText` = 5."
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// One line.
    Text,
    /// A date, with or without a time.
    Date,
    /// One of the field's options.
    SelectionCombo,
    /// Ticked or not.
    Checkbox,
    /// Several lines.
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
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: FieldType,
    /// Must be filled in on the web pages.
    pub mandatory: bool,
    /// Technicians of the ticket's category and administrators only.
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

/// A choice of a drop-down.
#[derive(Clone, Debug)]
pub struct FieldOption {
    /// The option.
    pub id: OptionId,
    /// What one reads.
    pub name: String,
}

/// A field of a ticket with its value.
#[derive(Clone, Debug)]
pub struct FieldValue {
    /// The field.
    pub field: Field,
    /// The value as text for people: the option's text, `✓` for a ticked check box.
    pub text: Option<String>,
    /// The option of a drop-down.
    pub option_id: Option<OptionId>,
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

/// Set fields of a ticket, all or none; an empty value clears the field. The caller has checked that the actor may
/// change the ticket. Errors: `NotFound`, alike for an unknown field, one of other categories and one the actor
/// does not see; Invalid for a value its type does not take.
pub async fn set_on_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    category: CategoryId,
    values: &[(FieldId, String)],
) -> Result<()> {
    let ids: Vec<i32> = values.iter().map(|(id, _)| id.0).collect();
    let fields: HashMap<FieldId, Field> = repo::of_category(conn, category, &ids)
        .await?
        .into_iter()
        .filter(|field| access::sees(actor, category, field))
        .map(|field| (field.id, field))
        .collect();
    let mut read = vec![];
    for (id, text) in values {
        let field = fields.get(id).ok_or(Error::NotFound("custom field"))?;
        let value = value::read(field, text).map_err(|problem| {
            Error::invalid(
                "customFields",
                format!("gives field {id} a value that {problem}"),
            )
        })?;
        read.push((*id, value));
    }
    for (id, value) in read {
        repo::set(conn, ticket, id, value.as_ref()).await?;
    }
    Ok(())
}

/// The fields of these tickets that have a value and that the actor sees, by `OrderByNumber` then id. Two
/// statements, however many tickets. The caller has checked that the actor sees the tickets.
pub async fn of_tickets(
    conn: &mut PgConnection,
    actor: &Actor,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Vec<FieldValue>>> {
    let stored = repo::values(conn, tickets).await?;
    let mut ids: Vec<i32> = stored.iter().map(|value| value.field_id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let fields: HashMap<FieldId, Field> = repo::by_id(conn, &ids)
        .await?
        .into_iter()
        .map(|field| (field.id, field))
        .collect();
    let mut values: HashMap<TicketId, Vec<FieldValue>> = HashMap::new();
    for stored in stored {
        let Some(field) = fields
            .get(&stored.field_id)
            .filter(|field| access::sees(actor, stored.category_id, field))
        else {
            continue;
        };
        values
            .entry(stored.ticket_id)
            .or_default()
            .push(FieldValue {
                text: value::shown(field, stored.value.as_deref(), stored.option_id),
                field: field.clone(),
                option_id: stored.option_id,
            });
    }
    Ok(values)
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
