//! JSON bodies: one object whose members are parameters.

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use crate::domain;
use crate::http::error::ApiError;

use super::bag::{ParamBag, Source, Value, named};

/// The members of the outermost object, repeated names included: a map would hide them.
struct Members(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_unit<E>(self) -> Result<Members, E> {
                Ok(Members(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Members, A::Error> {
                // Libraries of scripting languages write an empty map as an empty list.
                match items.next_element::<serde::de::IgnoredAny>()? {
                    None => Ok(Members(Vec::new())),
                    Some(_) => Err(serde::de::Error::invalid_type(
                        serde::de::Unexpected::Seq,
                        &self,
                    )),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_any(Object)
    }
}

/// Add the members of a JSON body. `null` has none.
pub(super) fn add(bag: &mut ParamBag, body: &[u8]) -> Result<(), ApiError> {
    let Members(members) = serde_json::from_slice(body)
        .map_err(|error| ApiError::Malformed(format!("The body is not a JSON object: {error}.")))?;
    for (name, value) in members {
        if holds_nul(&value) {
            return Err(domain::Error::invalid(named(&name), "holds a NUL character").into());
        }
        match value {
            Json::Array(items) => bag.add(Source::Body, &name, Value::Array(items))?,
            other => {
                if let Some(text) = text(&other) {
                    bag.add_text(Source::Body, &name, text)?;
                }
            }
        }
    }
    Ok(())
}

/// A JSON value as a parameter's text: objects and arrays as JSON, `null` not at all.
pub(super) fn text(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Depth is bounded: the parser refuses more than 128 levels.
fn holds_nul(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains('\0'),
        Json::Array(items) => items.iter().any(holds_nul),
        Json::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}
