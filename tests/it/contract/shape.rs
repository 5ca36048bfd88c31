//! What the objects of answers hold: names, order, types. `shapes.json` has them all, the keys of the document first, then
//! those that live servers send besides. Types: `number`, `string`, `boolean`, `date` (with zone), `plain date` (without),
//! `null` (always), `{ticket}` an object of that shape, `[ticket]` a list of them, `{}` and `[]` always empty; with a `?`
//! behind it, it may be null.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::NaiveDateTime;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Shape {
    /// Keys that the document shows.
    document: Map<String, Value>,
    /// Keys that live servers send after those.
    besides: Map<String, Value>,
}

static SHAPES: LazyLock<BTreeMap<String, Shape>> =
    LazyLock::new(|| serde_json::from_str(include_str!("shapes.json")).unwrap());

impl Shape {
    fn named(name: &str) -> &'static Self {
        let shape = SHAPES.get(name);
        shape.unwrap_or_else(|| panic!("no shape is called {name}"))
    }

    fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.document.iter().chain(&self.besides);
        all.map(|(key, kind)| (key.as_str(), kind.as_str().unwrap()))
    }
}

/// The name between these brackets.
fn within(kind: &str, open: char, close: char) -> Option<&str> {
    let name = kind.strip_prefix(open)?.strip_suffix(close)?;
    (!name.is_empty()).then_some(name)
}

/// The shape that a type is made of.
fn inner(kind: &str) -> Option<&str> {
    let kind = kind.trim_end_matches('?');
    within(kind, '[', ']').or_else(|| within(kind, '{', '}'))
}

/// What is wrong with an answer, and what it had.
#[derive(Default)]
pub(super) struct Difference {
    pub(super) missing: BTreeSet<String>,
    pub(super) extra: BTreeSet<String>,
    pub(super) types: BTreeSet<String>,
    pub(super) order: bool,
    /// Keys that had a value, below the name of their shape.
    pub(super) filled: BTreeSet<(String, String)>,
}

impl Difference {
    /// An answer beside the type it should have.
    pub(super) fn between(kind: &str, actual: &Value) -> Self {
        let mut difference = Self::default();
        difference.value("", kind, actual);
        difference
    }

    pub(super) fn is_none(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && self.types.is_empty() && !self.order
    }

    pub(super) fn text(&self) -> String {
        let Self {
            missing,
            extra,
            types,
            order,
            ..
        } = self;
        format!("missing {missing:?}, extra {extra:?}, types {types:?}, another order: {order}")
    }

    fn value(&mut self, path: &str, kind: &str, actual: &Value) {
        let bare = kind.trim_end_matches('?');
        let fits = match (bare, actual) {
            (_, Value::Null) => bare != kind || bare == "null",
            ("{}", Value::Object(keys)) => keys.is_empty(),
            ("[]", Value::Array(items)) => items.is_empty(),
            ("number", Value::Number(number)) => number.is_i64(),
            ("boolean", Value::Bool(_)) | ("string", Value::String(_)) => true,
            ("date", Value::String(text)) => text.strip_suffix('Z').is_some_and(is_date),
            ("plain date", Value::String(text)) => is_date(text),
            (kind, Value::Object(_)) if within(kind, '{', '}').is_some() => {
                return self.object(path, inner(kind).unwrap(), actual);
            }
            (kind, Value::Array(items)) if within(kind, '[', ']').is_some() => {
                for item in items {
                    self.object(path, inner(kind).unwrap(), item);
                }
                true
            }
            _ => false,
        };
        if !fits {
            self.types.insert(format!("{path}: {actual} is no {kind}"));
        }
    }

    fn object(&mut self, path: &str, name: &str, actual: &Value) {
        let Value::Object(actual) = actual else {
            self.types.insert(format!("{path}: {actual} is no object"));
            return;
        };
        let shape = Shape::named(name);
        let expected: Vec<&str> = shape.keys().map(|(key, _)| key).collect();
        let keys: Vec<&str> = actual.keys().map(String::as_str).collect();
        let below = |key: &&str| format!("{path}.{key}");
        let missing = expected.iter().filter(|key| !keys.contains(key));
        self.missing.extend(missing.map(below));
        let extra = keys.iter().filter(|key| !expected.contains(key));
        self.extra.extend(extra.map(below));
        self.order |= keys != expected;
        for (key, kind) in shape.keys() {
            let Some(value) = actual.get(key) else {
                continue;
            };
            self.value(&format!("{path}.{key}"), kind, value);
            if !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty()) {
                self.filled.insert((name.to_owned(), key.to_owned()));
            }
        }
    }
}

/// `2020-02-28T04:48:00.5`: a fraction to the millisecond without zeros behind.
fn is_date(text: &str) -> bool {
    let fraction = text.split_once('.').map(|(_, fraction)| fraction);
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").is_ok()
        && fraction.is_none_or(|digits| (1..=3).contains(&digits.len()) && !digits.ends_with('0'))
}

/// How many keys the document shows of this type, those of objects within it among them.
pub(super) fn documented(kind: &str) -> usize {
    let of_shape = |name| {
        let keys = &Shape::named(name).document;
        let below = keys.values().filter_map(Value::as_str).map(documented);
        keys.len() + below.sum::<usize>()
    };
    inner(kind).map_or(0, of_shape)
}

/// Keys of these shapes that may be without a value, and never had one.
pub(super) fn never_filled(filled: &BTreeSet<(String, String)>) -> Vec<String> {
    let used: BTreeSet<&String> = filled.iter().map(|(shape, _)| shape).collect();
    let mut never = vec![];
    for name in used {
        for (key, kind) in Shape::named(name).keys() {
            let may_lack = kind.ends_with('?') || within(kind, '[', ']').is_some();
            if may_lack && !filled.contains(&(name.clone(), key.to_owned())) {
                never.push(format!("{name}.{key}"));
            }
        }
    }
    never
}

/// All shapes with their keys, for readers.
pub(crate) fn in_words() -> Vec<(&'static str, String)> {
    SHAPES
        .iter()
        .map(|(name, shape)| {
            let keys: Vec<String> = shape
                .keys()
                .map(|(key, kind)| format!("`{key}` {}", kind.replace('?', " or null")))
                .collect();
            (name.as_str(), keys.join(", "))
        })
        .collect()
}

/// The answer, or a part of it, is of this type: `{ticket}`, `[comment]`.
#[track_caller]
pub(crate) fn assert_is(kind: &str, actual: &Value) {
    let difference = Difference::between(kind, actual);
    assert!(
        difference.is_none(),
        "{kind}: {}\n{actual}",
        difference.text()
    );
    if let (Value::Array(items), Some(_)) = (actual, within(kind, '[', ']')) {
        assert!(!items.is_empty(), "{kind}: nothing to compare");
    }
}
