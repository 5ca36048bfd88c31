//! The layers of `appsettings.json`, merged key by key.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;

use anyhow::Context;
use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::Value as Json;

/// The file at the root of the project: every key with its default.
pub const DEFAULTS: &str = include_str!("../../appsettings.json");

/// Keys of existing installations that mean nothing here, or not yet: no reason for a warning. A `*` at the end
/// stands for anything.
const SILENT: [&str; 4] = [
    "attachmentss3*",
    "disablemailchecker",
    "allowedhosts",
    "logging:loglevel:*",
];

/// Keys whose values are shown to nobody.
const SECRET: [&str; 3] = [
    "connectionstrings:dbconnectionstring",
    "bootstrap:adminpassword",
    "security:instancekey",
];

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The file that is built in.
    Default,
    /// The operator's file.
    File(String),
    /// An environment variable.
    Environment(String),
    /// The program itself.
    Program,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => f.write_str(path),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Program => f.write_str("set by the program"),
        }
    }
}

/// A value before it has a type.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    List(Vec<String>),
}

/// A key with its value.
#[derive(Clone, Debug)]
struct Entry {
    /// The key as somebody spelled it: `Limits:Connections`.
    key: String,
    value: Value,
    source: Source,
}

/// Every key that anybody set, by its name in lower case.
#[derive(Clone, Debug)]
pub struct Layers {
    defaults: BTreeMap<String, Value>,
    entries: BTreeMap<String, Entry>,
}

impl Layers {
    /// The built-in layer alone.
    pub fn defaults() -> anyhow::Result<Self> {
        let mut layers = Self {
            defaults: BTreeMap::new(),
            entries: BTreeMap::new(),
        };
        layers.add_text(DEFAULTS, &Source::Default)?;
        layers.defaults = layers
            .entries
            .iter()
            .map(|(key, entry)| (key.clone(), entry.value.clone()))
            .collect();
        Ok(layers)
    }

    /// All layers: the defaults, `file` or else `./appsettings.json` when there is one, the environment.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut layers = Self::defaults()?;
        match file {
            Some(file) => layers.add_file(file)?,
            None if Path::new("appsettings.json").is_file() => {
                layers.add_file(Path::new("appsettings.json"))?;
            }
            None => {}
        }
        layers.add_environment(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }));
        Ok(layers)
    }

    /// A file over what is there.
    pub fn add_file(&mut self, file: &Path) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the settings in {}", file.display()))?;
        self.add_text(&text, &Source::File(file.display().to_string()))
    }

    /// The text of a file over what is there. Comments and trailing commas are fine, as in .NET; so is a byte order mark.
    pub fn add_text(&mut self, text: &str, source: &Source) -> anyhow::Result<()> {
        let options = ParseOptions {
            allow_comments: true,
            allow_trailing_commas: true,
            allow_loose_object_property_names: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let json: Json = parse_to_serde_value(text.trim_start_matches('\u{feff}'), &options)
            .map_err(|error| anyhow::anyhow!("{source}: {error}"))?;
        match json {
            Json::Null => {}
            Json::Object(_) => self.add_json("", &json, source)?,
            _ => anyhow::bail!("{source}: settings are an object: {{ \"Key\": value, … }}"),
        }
        Ok(())
    }

    fn add_json(&mut self, key: &str, json: &Json, source: &Source) -> anyhow::Result<()> {
        let value = match json {
            Json::Object(members) => {
                for (name, member) in members {
                    let key = if key.is_empty() {
                        name.clone()
                    } else {
                        format!("{key}:{name}")
                    };
                    self.add_json(&key, member, source)?;
                }
                return Ok(());
            }
            Json::Array(items) => {
                let texts = items.iter().map(|item| {
                    scalar(item).with_context(|| {
                        format!("{key} in {source} is a list of something else than texts")
                    })
                });
                Value::List(texts.collect::<anyhow::Result<_>>()?)
            }
            // Null is "not given".
            Json::Null => return Ok(()),
            _ => Value::Text(scalar(json).unwrap_or_default()),
        };
        self.put(key, value, source.clone());
        Ok(())
    }

    /// Environment variables over what is there: `Section__Key`, in any case; a list by `Section__Key__0`, … which
    /// replaces the whole list. Of the many variables of an environment only those that can be ours are looked at.
    pub fn add_environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        let sections: Vec<String> = self
            .defaults
            .keys()
            .filter_map(|key| key.split_once(':'))
            .map(|(section, _)| format!("{section}:"))
            .collect();
        let mut lists: BTreeMap<String, (String, BTreeMap<usize, String>)> = BTreeMap::new();
        for (name, value) in variables {
            let key = name.replace("__", ":");
            let lower = key.to_lowercase();
            let indexed = key
                .rsplit_once(':')
                .and_then(|(list, index)| Some((list, index.parse::<usize>().ok()?)));
            if let Some((list, index)) = indexed
                && matches!(
                    self.defaults.get(&list.to_lowercase()),
                    Some(Value::List(_))
                )
            {
                let (_, items) = lists
                    .entry(list.to_lowercase())
                    .or_insert_with(|| (name.clone(), BTreeMap::new()));
                items.insert(index, value);
            } else if self.defaults.contains_key(&lower)
                || sections.iter().any(|section| lower.starts_with(section))
            {
                self.put(&key, Value::Text(value), Source::Environment(name));
            }
        }
        for (key, (name, items)) in lists {
            let items = items.into_values().collect();
            self.put(&key, Value::List(items), Source::Environment(name));
        }
    }

    /// One value over what is there, by the program itself.
    pub fn set(&mut self, key: &str, value: &str) {
        self.put(key, Value::Text(value.to_owned()), Source::Program);
    }

    fn put(&mut self, key: &str, value: Value, source: Source) {
        let lower = key.to_lowercase();
        // The spelling of the defaults, when the key is known.
        let key = self
            .entries
            .get(&lower)
            .map_or_else(|| key.to_owned(), |known| known.key.clone());
        self.entries.insert(lower, Entry { key, value, source });
    }

    /// One sentence that names every key nobody knows; none when all are known.
    #[must_use]
    pub fn unknown_keys(&self) -> Option<String> {
        let unknown: Vec<&str> = self
            .entries
            .iter()
            .filter(|(lower, _)| !self.defaults.contains_key(*lower) && !is_silent(lower))
            .map(|(_, entry)| entry.key.as_str())
            .collect();
        (!unknown.is_empty()).then(|| format!("Unknown settings, ignored: {}", unknown.join(", ")))
    }

    /// Every known key with its value and where it comes from, for a person; secrets are not shown.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for (lower, entry) in &self.entries {
            if !self.defaults.contains_key(lower) {
                continue;
            }
            let value = match &entry.value {
                Value::Text(value) if value.is_empty() => "(empty)".to_owned(),
                Value::List(items) if items.is_empty() => "(empty)".to_owned(),
                _ if SECRET.contains(&lower.as_str()) => "(not shown)".to_owned(),
                Value::Text(value) => value.clone(),
                Value::List(items) => items.join(", "),
            };
            let _ = writeln!(text, "{} = {value}  [{}]", entry.key, entry.source);
        }
        text
    }
}

fn is_silent(lower: &str) -> bool {
    SILENT.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => lower.starts_with(start),
        None => lower == *known,
    })
}

/// A string, number or switch as text; none of anything else.
fn scalar(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(switch) => Some(switch.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Takes typed values out of the layers, and notes what is wrong, so that all of it can be told at once.
pub(super) struct Reader<'a> {
    layers: &'a Layers,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(layers: &'a Layers) -> Self {
        Self {
            layers,
            problems: vec![],
        }
    }

    /// A text, trimmed.
    pub(super) fn text(&mut self, key: &str) -> &'a str {
        match self.value(key) {
            Some(Value::Text(text)) => text.trim(),
            Some(Value::List(_)) => {
                self.problem(key, "must be a single value, not a list");
                ""
            }
            None => "",
        }
    }

    /// A text that may begin or end with blanks: a password.
    pub(super) fn verbatim(&mut self, key: &str) -> &'a str {
        match self.value(key) {
            Some(Value::Text(text)) => text,
            _ => self.text(key),
        }
    }

    /// A list; a single text counts as a list of its parts between commas or semicolons.
    pub(super) fn list(&mut self, key: &str) -> Vec<String> {
        let items: Vec<&str> = match self.value(key) {
            Some(Value::List(items)) => items.iter().map(String::as_str).collect(),
            Some(Value::Text(text)) => text.split([',', ';']).collect(),
            None => vec![],
        };
        items
            .into_iter()
            .map(|item| item.trim().to_owned())
            .filter(|item| !item.is_empty())
            .collect()
    }

    /// A switch: `true`, `"true"`, 1, on; empty is the default.
    pub(super) fn switch(&mut self, key: &str) -> bool {
        match self.text_or_default(key).to_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => true,
            "false" | "0" | "off" | "no" => false,
            other => {
                self.problem(key, &format!("must be true or false, not \"{other}\""));
                false
            }
        }
    }

    /// A number between two bounds; empty is the default.
    pub(super) fn number<N>(&mut self, key: &str, least: N, most: N) -> N
    where
        N: FromStr + PartialOrd + fmt::Display + Copy,
    {
        let text = self.text_or_default(key);
        match text.parse::<N>() {
            Ok(number) if number >= least && number <= most => number,
            _ => {
                self.problem(
                    key,
                    &format!("must be a number from {least} to {most}, not \"{text}\""),
                );
                least
            }
        }
    }

    /// Note what is wrong with a value; `problem` is read after the key.
    pub(super) fn problem(&mut self, key: &str, problem: &str) {
        let source = self
            .layers
            .entries
            .get(&key.to_lowercase())
            .map_or(&Source::Default, |entry| &entry.source);
        self.problems.push(format!("{key} {problem} [{source}]"));
    }

    /// Fail when anything was wrong.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        if self.problems.is_empty() {
            return Ok(());
        }
        anyhow::bail!("the settings are wrong:\n  {}", self.problems.join("\n  "))
    }

    fn text_or_default(&mut self, key: &str) -> &'a str {
        let text = self.text(key);
        if !text.is_empty() {
            return text;
        }
        match self.layers.defaults.get(&key.to_lowercase()) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    fn value(&mut self, key: &str) -> Option<&'a Value> {
        let entry = self.layers.entries.get(&key.to_lowercase());
        if entry.is_none() {
            self.problem(key, "has no default in appsettings.json");
        }
        entry.map(|entry| &entry.value)
    }
}
