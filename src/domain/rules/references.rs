//! What a rule refers to by numbers, and the portable form in which it does so by names: `"value": "Hardware \\ Printers"`
//! instead of `"value": 4`, `"high"` instead of `1`.
//!
//! A test goes through every part there is: one whose number is not listed in `slot` fails it.

use serde::Deserialize;
use serde_json::Value;

use super::{Action, Condition, Definition, Part, Trigger, draft};
use crate::error::{Error, Result};
use crate::tickets::{Origin, Priority};

/// What kind of thing a rule refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefKind {
    /// A category, portably `Section \ Category` or `Category`.
    Category,
    /// A user, portably his user name.
    User,
    /// A status.
    Status,
    /// A custom field of tickets.
    Field,
    /// A company.
    Company,
    /// A department.
    Department,
    /// Another rule.
    Rule,
}

impl RefKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Category,
        Self::User,
        Self::Status,
        Self::Field,
        Self::Company,
        Self::Department,
        Self::Rule,
    ];

    /// What a person calls it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::User => "user",
            Self::Status => "status",
            Self::Field => "custom field of tickets",
            Self::Company => "company",
            Self::Department => "department",
            Self::Rule => "rule",
        }
    }
}

/// One thing that a rule refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it is.
    pub kind: RefKind,
    /// Which one.
    pub id: i32,
    /// Where it stands in the rule: `conditions[2].value`.
    pub place: String,
}

/// What a number in a rule stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Of(RefKind),
    Priority,
    Origin,
}

/// What the value of a part of this type stands for, and which member of it, if it has several.
fn slot(part: &str) -> Option<(Slot, Option<&'static str>)> {
    let slot = match part {
        "category_is" | "move_to_category" => Slot::Of(RefKind::Category),
        "submitter_is" | "assignee_is" | "assign" | "add_subscriber" => Slot::Of(RefKind::User),
        "status_is" | "set_status" => Slot::Of(RefKind::Status),
        "company_is" => Slot::Of(RefKind::Company),
        "department_is" => Slot::Of(RefKind::Department),
        "trigger_rule" => Slot::Of(RefKind::Rule),
        "custom_field_edited" => Slot::Of(RefKind::Field),
        "priority_is" | "set_priority" => Slot::Priority,
        "origin_is" => Slot::Origin,
        "custom_field_equals" | "custom_field_greater" | "set_custom_field" => {
            return Some((Slot::Of(RefKind::Field), Some("field")));
        }
        _ => return None,
    };
    Some((slot, None))
}

/// Show each number of a definition's JSON that stands for something to `visit`, with its place.
fn walk(
    definition: &mut Value,
    visit: &mut impl FnMut(&str, Slot, &mut Value) -> Result<()>,
) -> Result<()> {
    if let Some(trigger) = definition.get_mut("trigger") {
        walk_part(trigger, "trigger", visit)?;
    }
    for list in ["conditions", "actions"] {
        let parts = definition.get_mut(list).and_then(Value::as_array_mut);
        for (number, part) in parts.into_iter().flatten().enumerate() {
            walk_part(part, &format!("{list}[{number}]"), visit)?;
        }
    }
    Ok(())
}

fn walk_part(
    part: &mut Value,
    place: &str,
    visit: &mut impl FnMut(&str, Slot, &mut Value) -> Result<()>,
) -> Result<()> {
    let kind = part.get("type").and_then(Value::as_str);
    let Some((slot, member)) = kind.and_then(slot) else {
        return Ok(());
    };
    let value = part.get_mut("value");
    let (value, place) = match member {
        None => (value, format!("{place}.value")),
        Some(member) => (
            value.and_then(|value| value.get_mut(member)),
            format!("{place}.value.{member}"),
        ),
    };
    match value {
        Some(value) => visit(&place, slot, value),
        None => Ok(()),
    }
}

fn id_of(value: &Value) -> Option<i32> {
    value.as_i64().and_then(|id| i32::try_from(id).ok())
}

fn stored(definition: &Definition) -> Result<Value> {
    serde_json::to_value(definition).map_err(Error::internal)
}

/// Everything a definition refers to, in the order in which it stands there.
pub fn references(definition: &Definition) -> Result<Vec<Reference>> {
    references_in(stored(definition)?)
}

/// Everything that a definition as it is stored refers to.
pub(super) fn references_in(mut definition: Value) -> Result<Vec<Reference>> {
    let mut found = vec![];
    walk(&mut definition, &mut |place, slot, value| {
        if let (Slot::Of(kind), Some(id)) = (slot, id_of(value)) {
            let place = place.to_owned();
            found.push(Reference { kind, id, place });
        }
        Ok(())
    })?;
    Ok(found)
}

/// The definition as it is stored, with every reference to `from` made one to `to`; `None` when it has none.
pub(super) fn repointed(
    mut definition: Value,
    of: RefKind,
    from: i32,
    to: i32,
) -> Result<Option<Value>> {
    let mut changed = false;
    walk(&mut definition, &mut |_, slot, value| {
        if slot == Slot::Of(of) && id_of(value) == Some(from) {
            *value = to.into();
            changed = true;
        }
        Ok(())
    })?;
    Ok(changed.then_some(definition))
}

/// The definition with names in the place of numbers: `name` gives them. What has no name, for it is gone, stays a
/// number, and so does what stands in a part that this version does not know.
pub fn to_portable(
    definition: &Definition,
    name: &impl Fn(RefKind, i32) -> Option<String>,
) -> Result<Value> {
    let mut portable = stored(definition)?;
    walk(&mut portable, &mut |_, slot, value| {
        let named = id_of(value).and_then(|number| match slot {
            Slot::Of(kind) => name(kind, number),
            Slot::Priority => Priority::from_number(number).map(|it| word(it.name())),
            Slot::Origin => Origin::from_number(number).map(|it| word(it.name())),
        });
        if let Some(named) = named {
            *value = named.into();
        }
        Ok(())
    })?;
    Ok(portable)
}

/// The definition that has this portable form: `id` finds what a name names. A number is taken for the id itself.
///
/// Errors: Invalid, naming the place, for a name that names nothing and for what no definition can be.
pub fn from_portable(
    mut portable: Value,
    id: &impl Fn(RefKind, &str) -> Option<i32>,
) -> Result<Definition> {
    walk(&mut portable, &mut |place, slot, value| {
        if let Some(named) = value.as_str() {
            *value = number(place, slot, named, id)?.into();
        }
        Ok(())
    })?;
    let written: Written = serde_path_to_error::deserialize(portable)
        .map_err(|error| Error::invalid(error.path().to_string(), error.inner().to_string()))?;
    Ok(Definition {
        trigger: written.trigger,
        conditions: written.conditions,
        actions: written.actions,
    })
}

/// What a portable definition names, in the order in which it stands there.
#[must_use]
pub fn named(portable: &Value) -> Vec<(RefKind, String)> {
    let mut found = vec![];
    // What the visitor never refuses, the walk does not.
    let _ = walk(&mut portable.clone(), &mut |_, slot, value| {
        if let (Slot::Of(kind), Some(name)) = (slot, value.as_str()) {
            found.push((kind, name.to_owned()));
        }
        Ok(())
    });
    found
}

/// A definition of which every part is known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(deserialize_with = "draft::known")]
    trigger: Part<Trigger>,
    #[serde(default, deserialize_with = "draft::all_known")]
    conditions: Vec<Part<Condition>>,
    #[serde(default, deserialize_with = "draft::all_known")]
    actions: Vec<Part<Action>>,
}

fn number(
    place: &str,
    slot: Slot,
    named: &str,
    id: &impl Fn(RefKind, &str) -> Option<i32>,
) -> Result<i32> {
    match slot {
        Slot::Of(kind) => id(kind, named).ok_or_else(|| {
            let named: String = named.chars().take(200).collect();
            Error::invalid(
                place.to_owned(),
                format!("names no {}: \"{named}\"", kind.word()),
            )
        }),
        Slot::Priority => {
            let all = Priority::ALL.map(|(priority, name)| (i32::from(priority.number()), name));
            by_word(place, named, &all)
        }
        Slot::Origin => {
            let all: Vec<_> = (0..).zip(Origin::NAMES).collect();
            by_word(place, named, &all)
        }
    }
}

fn by_word(place: &str, named: &str, all: &[(i32, &str)]) -> Result<i32> {
    let found = all
        .iter()
        .find(|(_, name)| named.eq_ignore_ascii_case(name) || named == word(name));
    found.map(|(number, _)| *number).ok_or_else(|| {
        let words: Vec<String> = all.iter().map(|(_, name)| word(name)).collect();
        let problem = format!("is to be one of {}, or its number", words.join(", "));
        Error::invalid(place.to_owned(), problem)
    })
}

/// `WebApp` is `web_app`, `API` is `api`.
fn word(name: &str) -> String {
    let mut word = String::new();
    let mut after_small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && after_small {
            word.push('_');
        }
        after_small = letter.is_ascii_lowercase();
        word.push(letter.to_ascii_lowercase());
    }
    word
}
