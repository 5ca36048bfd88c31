//! Values as rules compare them.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::repo::{self, Which};
use super::value::{self, Value};
use super::{Field, FieldType, Usage};
use crate::error::Result;
use crate::ids::{FieldId, TicketId};

/// A field and the value that a ticket has in it.
#[derive(Clone, Debug)]
pub(crate) struct Comparable {
    field: Field,
    value: Option<Value>,
}

/// These fields with the values that a ticket has in them. A field that its category does not have has none.
pub(crate) async fn comparable(
    conn: &mut PgConnection,
    ticket: TicketId,
    fields: &[FieldId],
) -> Result<HashMap<FieldId, Comparable>> {
    let ids: Vec<i32> = fields.iter().map(|id| id.0).collect();
    let which = Which {
        usage: Some(Usage::Tickets),
        ids: Some(&ids),
        category: None,
    };
    let fields = repo::fields(conn, which).await?;
    let stored = repo::stored(conn, Usage::Tickets, &[ticket.0]).await?;
    let mut values: HashMap<FieldId, Value> = stored
        .into_iter()
        .filter_map(|row| Some((row.field_id, Value::stored(row.value, row.option_id)?)))
        .collect();
    let comparable = fields.into_iter().map(|field| {
        let value = values.remove(&field.id);
        (field.id, Comparable { field, value })
    });
    Ok(comparable.collect())
}

impl Comparable {
    /// What a person reads of it.
    pub(crate) fn shown(&self) -> String {
        let value = self.value.as_ref();
        let shown = value.and_then(|it| value::shown(&self.field, it.text(), it.option()));
        shown.unwrap_or_default()
    }

    /// Whether it has this value, as a person types it; texts in any case. A check box that nobody ticked is unticked.
    pub(crate) fn equals(&self, typed: &str) -> bool {
        let Ok(typed) = value::read(&self.field, typed) else {
            return false;
        };
        match (&self.value, &typed) {
            (Some(Value::Text(own)), Some(Value::Text(typed))) => {
                own.trim().to_lowercase() == typed.trim().to_lowercase()
            }
            (None, Some(Value::Text(typed))) if self.field.kind == FieldType::Checkbox => {
                typed == "false"
            }
            (own, typed) => own == typed,
        }
    }

    /// Whether it has a greater value: a later date, a greater number. Of other texts none is greater.
    pub(crate) fn is_greater_than(&self, typed: &str) -> bool {
        if self.field.kind == FieldType::Date {
            let typed = value::read(&self.field, typed).ok().flatten();
            let own = self.value.as_ref().and_then(Value::text);
            return match (own, typed.as_ref().and_then(Value::text)) {
                // Both are written in one way, in which the later one is the greater text.
                (Some(own), Some(typed)) => own > typed,
                _ => false,
            };
        }
        let number = |text: &str| -> Option<f64> {
            let number: f64 = text.trim().replace(',', ".").parse().ok()?;
            number.is_finite().then_some(number)
        };
        match (number(&self.shown()), number(typed)) {
            (Some(own), Some(typed)) => own > typed,
            _ => false,
        }
    }
}
