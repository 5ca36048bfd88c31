//! From a rule to XML.

use std::io;

use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde::Serialize;
use serde_json::Value;

use crate::domain::error::{Error, Result};
use crate::domain::rules::Rule;

use super::pascal_case;

/// The rule's XML.
pub fn write(rule: &Rule) -> Result<Vec<u8>> {
    let trigger = stored(&rule.definition.trigger)?;
    let conditions = stored(&rule.definition.conditions)?;
    let actions = stored(&rule.definition.actions)?;
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    document(&mut writer, rule, &trigger, &conditions, &actions).map_err(Error::internal)?;
    Ok(writer.into_inner())
}

/// A part of a rule as it is stored: its names are those of the XML.
fn stored(part: &impl Serialize) -> Result<Value> {
    serde_json::to_value(part).map_err(Error::internal)
}

type To = Writer<Vec<u8>>;

fn document(
    to: &mut To,
    rule: &Rule,
    trigger: &Value,
    conditions: &Value,
    actions: &Value,
) -> io::Result<()> {
    to.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-16"), None)))?;
    to.create_element("AutomationRule")
        .with_attribute(("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"))
        .with_attribute(("xmlns:xsd", "http://www.w3.org/2001/XMLSchema"))
        .write_inner_content(|to| {
            leaf(to, "RuleID", &rule.id.to_string())?;
            leaf(to, "Name", &rule.name)?;
            leaf(to, "Enabled", if rule.enabled { "true" } else { "false" })?;
            element(to, "Trigger", trigger)?;
            list(to, "Conditions", "Condition", conditions)?;
            list(to, "Actions", "Action", actions)
        })?;
    Ok(())
}

fn list(to: &mut To, name: &str, item: &str, values: &Value) -> io::Result<()> {
    let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
    if values.is_empty() {
        to.create_element(name).write_empty()?;
        return Ok(());
    }
    to.create_element(name).write_inner_content(|to| {
        for value in values {
            element(to, item, value)?;
        }
        Ok(())
    })?;
    Ok(())
}

/// A value as an element: an object's members are elements in it, its `type` is the element's `xsi:type`; of a list
/// each item is such an element; of nothing there is none.
fn element(to: &mut To, name: &str, value: &Value) -> io::Result<()> {
    match value {
        Value::Null => Ok(()),
        Value::Bool(value) => leaf(to, name, if *value { "true" } else { "false" }),
        Value::Number(value) => leaf(to, name, &value.to_string()),
        Value::String(value) => leaf(to, name, value),
        Value::Array(values) => values.iter().try_for_each(|value| element(to, name, value)),
        Value::Object(members) => {
            let kind = members.get("type").and_then(Value::as_str);
            let members: Vec<(String, &Value)> = members
                .iter()
                .filter(|(name, _)| kind.is_none() || *name != "type")
                .flat_map(|(name, value)| content(kind.is_some(), name, value))
                .filter(|(_, value)| !value.is_null())
                .collect();
            let mut written = to.create_element(name);
            if let Some(kind) = kind {
                written = written.with_attribute(("xsi:type", pascal_case(kind).as_str()));
            }
            if members.is_empty() {
                written.write_empty()?;
                return Ok(());
            }
            written.write_inner_content(|to| {
                members
                    .iter()
                    .try_for_each(|(name, value)| element(to, name, value))
            })?;
            Ok(())
        }
    }
}

/// A member as elements. The value of a part that has several members is these members.
fn content<'a>(of_part: bool, name: &str, value: &'a Value) -> Vec<(String, &'a Value)> {
    match value.as_object() {
        Some(members) if of_part && name == "value" && !members.contains_key("type") => members
            .iter()
            .map(|(name, value)| (pascal_case(name), value))
            .collect(),
        _ => vec![(pascal_case(name), value)],
    }
}

/// An element that holds text. A character that no XML may hold is shown as one that could not be read; a carriage
/// return is written out, for a parser would make a line feed of it.
fn leaf(to: &mut To, name: &str, text: &str) -> io::Result<()> {
    let text: String = text.chars().map(readable).collect();
    let text = escape(text).replace('\r', "&#xD;");
    to.create_element(name)
        .write_text_content(BytesText::from_escaped(text))?;
    Ok(())
}

fn readable(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' => character,
        '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        _ => character,
    }
}
