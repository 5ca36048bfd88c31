//! What applying a file changes, for people and for scripts.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::{Map, Value};

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is made.
    Create,
    /// Fields of it change.
    Update,
    /// It is deleted.
    Delete,
}

/// One object that is not as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What is done to it.
    pub action: Action,
    /// What it is: `category`.
    pub kind: &'static str,
    /// What it is called.
    pub name: String,
    /// The fields that differ.
    pub fields: Vec<FieldChange>,
}

/// A field that is not as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// What it is called in the file.
    pub field: String,
    /// How it was.
    pub old: Value,
    /// How it is.
    pub new: Value,
}

impl Change {
    /// The change between two objects in the form of the file; nothing where there is none.
    #[must_use]
    pub fn between(
        kind: &'static str,
        name: String,
        old: Option<&Map<String, Value>>,
        new: Option<&Map<String, Value>>,
    ) -> Option<Self> {
        let action = match (old, new) {
            (None, None) => return None,
            (None, Some(_)) => Action::Create,
            (Some(_), Some(_)) => Action::Update,
            (Some(_), None) => Action::Delete,
        };
        let value = |object: Option<&Map<String, Value>>, field: &str| {
            let found = object.and_then(|object| object.get(field));
            found.cloned().unwrap_or_default()
        };
        let mut fields = vec![];
        for field in new.or(old).into_iter().flat_map(Map::keys) {
            let (old, new) = (value(old, field), value(new, field));
            let says_something = action == Action::Update || !is_nothing(&old) || !is_nothing(&new);
            if old != new && says_something {
                let field = field.clone();
                fields.push(FieldChange { field, old, new });
            }
        }
        (action != Action::Update || !fields.is_empty()).then_some(Self {
            action,
            kind,
            name,
            fields,
        })
    }

    /// A block of lines; coloured, for a stream that takes the colours out where nobody sees them.
    #[must_use]
    pub fn describe(&self) -> String {
        let (sign, color) = match self.action {
            Action::Create => ('+', AnsiColor::Green),
            Action::Update => ('~', AnsiColor::Yellow),
            Action::Delete => ('-', AnsiColor::Red),
        };
        let style = Style::new().fg_color(Some(color.into()));
        let mut text = format!(
            "{style}{sign} {} {}{style:#}\n",
            self.kind,
            quoted(&self.name)
        );
        let (red, green) = (
            Style::new().fg_color(Some(AnsiColor::Red.into())),
            Style::new().fg_color(Some(AnsiColor::Green.into())),
        );
        for FieldChange { field, old, new } in &self.fields {
            let _ = match self.action {
                Action::Create => writeln!(text, "    {field}: {green}{new}{green:#}"),
                Action::Delete => Ok(()),
                Action::Update => writeln!(
                    text,
                    "    {field}: {red}{old}{red:#} → {green}{new}{green:#}"
                ),
            };
        }
        text
    }
}

/// How many objects each action is done to: `2 to create, 1 to change, 0 to delete`.
#[must_use]
pub fn count(changes: &[Change], is_done: bool) -> String {
    let number = |action| {
        changes
            .iter()
            .filter(|change| change.action == action)
            .count()
    };
    let words = if is_done {
        ["created", "changed", "deleted"]
    } else {
        ["to create", "to change", "to delete"]
    };
    let [made, altered, deleted] = words;
    format!(
        "{} {made}, {} {altered}, {} {deleted}",
        number(Action::Create),
        number(Action::Update),
        number(Action::Delete),
    )
}

/// A name as JSON has it: nothing in it can pass for something of ours, or play with the terminal.
fn quoted(name: &str) -> Value {
    Value::String(name.to_owned())
}

/// A new object that lacks the field would be the same.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_nothing),
    }
}
