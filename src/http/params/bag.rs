//! The bag of parameters: every name in one spelling, every value with where it came from.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::domain;
use crate::http::error::ApiError;

use super::deserializer;

/// Parameters one request may hold.
const MAX_PARAMETERS: usize = 1_000;

/// Elements one array parameter may hold.
const MAX_ELEMENTS: usize = 200;

/// Where a value came from; the first one that has a name wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Path,
    Body,
    Query,
}

/// A value as it came.
#[derive(Debug)]
pub(super) enum Value {
    /// A text, number or truth value.
    Text(String),
    /// A JSON array.
    Array(Vec<serde_json::Value>),
}

impl Value {
    /// The value where one is wanted; an array is handed over as its JSON text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Array(items) => {
                Cow::Owned(serde_json::to_string(items).unwrap_or_else(|_| "[]".into()))
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Array(items) => items.is_empty(),
        }
    }
}

#[derive(Debug)]
struct Entry {
    source: Source,
    /// Lower case, without `_` and `[]`.
    name: String,
    value: Value,
}

/// Every parameter of a request.
#[derive(Debug, Default)]
pub struct ParamBag {
    entries: Vec<Entry>,
}

/// One spelling of a name: lower case, without `_`, `[]` and `[0]`.
fn canonical(name: &str) -> String {
    let plain = match name.split_once('[') {
        Some((plain, index))
            if index
                .strip_suffix(']')
                .is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            plain
        }
        _ => name,
    };
    plain
        .chars()
        .filter(|symbol| *symbol != '_')
        .map(|symbol| symbol.to_ascii_lowercase())
        .collect()
}

/// `category_id` as the document writes it: `categoryId`.
pub(super) fn spelling(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    let mut capital = false;
    for symbol in field.chars() {
        if symbol == '_' {
            capital = true;
        } else if capital {
            name.push(symbol.to_ascii_uppercase());
            capital = false;
        } else {
            name.push(symbol);
        }
    }
    name
}

/// The name a client sent, fit to be named in an answer.
pub(super) fn named(name: &str) -> String {
    let plain = name.chars().filter(|symbol| !symbol.is_control());
    plain.take(64).collect()
}

impl ParamBag {
    /// Read the known parameters into a struct. Errors: 400 that names the parameter.
    pub fn read<T: DeserializeOwned>(&self) -> domain::Result<T> {
        deserializer::read(self)
    }

    /// The parameters whose names begin with `prefix` (lower case), without it: for `cf` and `cf1624=asd`,
    /// `("1624", "asd")`. Empty values too. Errors: one name with different values.
    pub fn starting_with(&self, prefix: &str) -> domain::Result<Vec<(&str, Cow<'_, str>)>> {
        let mut found: Vec<(&str, Cow<'_, str>)> = Vec::new();
        for entry in &self.entries {
            let Some(rest) = entry.name.strip_prefix(prefix) else {
                continue;
            };
            if found.iter().any(|(known, _)| *known == rest) {
                continue;
            }
            let text = self
                .find(&entry.name)
                .and_then(|found| found.single().transpose())
                .transpose()
                .map_err(|problem| domain::Error::invalid(named(&entry.name), problem))?;
            found.push((rest, text.unwrap_or_default()));
        }
        Ok(found)
    }

    /// All values of `field` (a `snake_case` name), if there are any.
    pub(super) fn find(&self, field: &str) -> Option<Found<'_>> {
        let values: Vec<(Source, &Value)> = self
            .entries
            .iter()
            .filter(|entry| {
                let wanted = field.bytes().filter(|byte| *byte != b'_');
                wanted.eq(entry.name.bytes())
            })
            .map(|entry| (entry.source, &entry.value))
            .collect();
        (!values.is_empty()).then_some(Found { values })
    }

    pub(super) fn add_text(
        &mut self,
        source: Source,
        name: &str,
        text: impl Into<String>,
    ) -> Result<(), ApiError> {
        self.add(source, name, Value::Text(text.into()))
    }

    pub(super) fn add(&mut self, source: Source, name: &str, value: Value) -> Result<(), ApiError> {
        if self.entries.len() >= MAX_PARAMETERS {
            return Err(ApiError::Malformed(format!(
                "The request has more than {MAX_PARAMETERS} parameters."
            )));
        }
        // PostgreSQL cannot store them, and no client means them.
        if matches!(&value, Value::Text(text) if text.contains('\0')) {
            return Err(domain::Error::invalid(named(name), "holds a NUL character").into());
        }
        self.entries.push(Entry {
            source,
            name: canonical(name),
            value,
        });
        Ok(())
    }

    /// `name=value&…`.
    pub(super) fn add_form(&mut self, source: Source, form: &[u8]) -> Result<(), ApiError> {
        for (name, value) in form_urlencoded::parse(form) {
            self.add_text(source, &name, value)?;
        }
        Ok(())
    }
}

/// What a request says about one parameter.
#[derive(Clone, Debug, Default)]
pub(super) struct Found<'a> {
    values: Vec<(Source, &'a Value)>,
}

impl<'a> Found<'a> {
    /// Given, but without a value.
    pub(super) fn is_empty(&self) -> bool {
        self.values.iter().all(|(_, value)| value.is_empty())
    }

    /// The one value, `None` when it is empty. Errors: what is wrong, to be read after the name.
    pub(super) fn single(&self) -> Result<Option<Cow<'a, str>>, &'static str> {
        let mut texts = self
            .values
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(_, value)| value.text());
        let Some(first) = texts.next() else {
            return Ok(None);
        };
        if texts.any(|text| text != first) {
            return Err("is given twice with different values");
        }
        Ok(Some(first))
    }

    /// The elements of an array: repeats, commas, JSON arrays. Errors: what is wrong, to be read after the name.
    pub(super) fn elements(&self) -> Result<Vec<Cow<'a, str>>, String> {
        let filled = || self.values.iter().filter(|(_, value)| !value.is_empty());
        let Some(first) = filled().map(|(source, _)| *source).min() else {
            return Ok(Vec::new());
        };
        let mut elements = Vec::new();
        for (_, value) in filled().filter(|(source, _)| *source == first) {
            add_elements(value, &mut elements);
            if elements.len() > MAX_ELEMENTS {
                return Err(format!("has more than {MAX_ELEMENTS} elements"));
            }
        }
        Ok(elements)
    }
}

/// The elements of one value. At most one more than allowed is looked at.
fn add_elements<'a>(value: &'a Value, elements: &mut Vec<Cow<'a, str>>) {
    let left = (MAX_ELEMENTS + 1).saturating_sub(elements.len());
    match value {
        Value::Array(items) => add_items(items, left, elements),
        Value::Text(text) => {
            if text.starts_with('[')
                && let Ok(items) = serde_json::from_str::<Vec<serde_json::Value>>(text)
            {
                add_items(&items, left, elements);
                return;
            }
            let pieces = text.split(',').map(str::trim);
            let filled = pieces.filter(|piece| !piece.is_empty());
            elements.extend(filled.take(left).map(Cow::Borrowed));
        }
    }
}

fn add_items(items: &[serde_json::Value], left: usize, elements: &mut Vec<Cow<'_, str>>) {
    let texts = items.iter().take(left).filter_map(super::json::text);
    elements.extend(texts.filter(|text| !text.is_empty()).map(Cow::Owned));
}
