//! What a field takes for a value, and how a value is shown.

use super::date;
use super::{Field, FieldType};
use crate::ids::OptionId;

/// The longest text, in bytes.
const LONGEST: usize = 64 * 1024;

/// A value as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Text, a date in ISO 8601, `true` or `false`.
    Text(String),
    /// An option of the drop-down.
    Option(OptionId),
}

impl Value {
    /// What the database holds; `None` when that is nothing.
    pub(super) fn stored(text: Option<String>, option: Option<OptionId>) -> Option<Self> {
        option.map(Self::Option).or(text.map(Self::Text))
    }

    /// The text, unless it is an option.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Option(_) => None,
        }
    }

    /// The option, if it is one.
    pub(super) fn option(&self) -> Option<OptionId> {
        match self {
            Self::Text(_) => None,
            Self::Option(option) => Some(*option),
        }
    }
}

/// Read what somebody sent for the field; `None` clears it. Errors: what is wrong, to be read after "a value that".
pub(super) fn read(field: &Field, text: &str) -> Result<Option<Value>, String> {
    if text.len() > LONGEST {
        return Err("is too long".to_owned());
    }
    if text.contains('\0') {
        return Err("holds a zero byte".to_owned());
    }
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(None);
    }
    let value = match field.kind {
        FieldType::Text | FieldType::MultilineText => Value::Text(text.to_owned()),
        FieldType::Date => Value::Text(date::canonical(trimmed).ok_or("is not a date")?),
        FieldType::Checkbox => Value::Text(
            ticked(trimmed)
                .ok_or("is neither true nor false")?
                .to_string(),
        ),
        FieldType::SelectionCombo => {
            Value::Option(option(field, trimmed).ok_or("is not one of its options")?)
        }
    };
    Ok(Some(value))
}

/// "For checkboxes pass true or false"; clients also send what HTML forms send, and what we show.
fn ticked(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" | "✓" => Some(true),
        "false" | "0" | "off" | "no" => Some(false),
        _ => None,
    }
}

/// A drop-down is set by the option's id, or by its text.
fn option(field: &Field, text: &str) -> Option<OptionId> {
    let by_id = text.parse().ok().and_then(|id| {
        field
            .options
            .iter()
            .find(|option| option.id == OptionId(id))
    });
    let by_text = || {
        let text = text.to_lowercase();
        field
            .options
            .iter()
            .find(|option| option.name.trim().to_lowercase() == text)
    };
    by_id.or_else(by_text).map(|option| option.id)
}

/// A stored value as text for people.
pub(super) fn shown(field: &Field, text: Option<&str>, option: Option<OptionId>) -> Option<String> {
    match field.kind {
        FieldType::SelectionCombo => field
            .options
            .iter()
            .find(|known| Some(known.id) == option)
            .map(|option| option.name.clone()),
        FieldType::Checkbox => Some(if text == Some("true") { "✓" } else { "" }.to_owned()),
        FieldType::Text | FieldType::Date | FieldType::MultilineText => text.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FieldOption, Usage};
    use super::*;
    use crate::ids::FieldId;

    fn field(kind: FieldType) -> Field {
        Field {
            id: FieldId(1),
            usage: Usage::Tickets,
            name: "Colour".to_owned(),
            kind,
            mandatory: false,
            for_techs_only: false,
            for_admins_only: false,
            order_by: 0,
            show_in_grid: false,
            options: [(7, "Red"), (8, "7")]
                .map(|(id, name)| FieldOption {
                    id: OptionId(id),
                    name: name.to_owned(),
                })
                .into(),
        }
    }

    #[test]
    fn a_drop_down_takes_an_id_or_a_text_and_the_id_goes_first() {
        let combo = field(FieldType::SelectionCombo);
        for (text, id) in [("7", 7), ("8", 8), ("red", 7), (" RED ", 7)] {
            assert_eq!(read(&combo, text), Ok(Some(Value::Option(OptionId(id)))));
        }
        for text in ["9", "green", "-7", "7.0"] {
            assert!(read(&combo, text).is_err());
        }
    }

    #[test]
    fn a_check_box_takes_true_and_false_and_shows_a_tick() {
        let checkbox = field(FieldType::Checkbox);
        for (text, value, text_shown) in [
            ("True", "true", "✓"),
            ("on", "true", "✓"),
            ("0", "false", ""),
        ] {
            assert_eq!(
                read(&checkbox, text),
                Ok(Some(Value::Text(value.to_owned())))
            );
            assert_eq!(
                shown(&checkbox, Some(value), None).as_deref(),
                Some(text_shown)
            );
        }
        assert!(read(&checkbox, "2").is_err());
    }

    #[test]
    fn nothing_clears_a_field_of_any_type() {
        for kind in [1, 2, 3, 4, 5] {
            assert_eq!(read(&field(FieldType::from(kind)), " "), Ok(None));
        }
    }

    #[test]
    fn text_is_kept_as_sent_but_for_what_cannot_be_stored() {
        let text = field(FieldType::MultilineText);
        assert_eq!(
            read(&text, " a\nb "),
            Ok(Some(Value::Text(" a\nb ".to_owned())))
        );
        assert!(read(&text, "a\0b").is_err());
        assert!(read(&text, &"a".repeat(LONGEST + 1)).is_err());
    }
}
