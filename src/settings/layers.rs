//! The layers of `appsettings.json`, merged key by key.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;
use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde::Serialize;
use serde_json::Value as Json;

/// The file at the root of the project: every key with its default.
pub const DEFAULTS: &str = include_str!("../../appsettings.json");

/// Keys of existing installations that mean nothing here, or not yet: no reason for a warning. A `*` at the end
/// stands for anything.
const SILENT: [&str; 3] = ["attachmentss3*", "allowedhosts", "logging:loglevel:*"];

/// Keys whose values are shown to nobody.
const SECRET: [&str; 6] = [
    "connectionstrings:dbconnectionstring",
    "bootstrap:adminpassword",
    "security:instancekey",
    "mail:password",
    "mail:oauth2:clientsecret",
    "mail:oauth2:refreshtoken",
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
pub(super) enum Value {
    Text(String),
    List(Vec<String>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key as somebody spelled it: `Limits:Connections`.
    key: String,
    pub(super) value: Value,
    pub(super) source: Source,
}

/// Every key that anybody set, by its name in lower case.
#[derive(Clone, Debug)]
pub struct Layers {
    pub(super) defaults: BTreeMap<String, Value>,
    pub(super) entries: BTreeMap<String, Entry>,
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

    /// What a person should know of keys without effect, a sentence each.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let bucket = self.entries.get("attachmentss3bucket");
        let s3 = bucket.filter(|entry| entry.value != Value::Text(String::new()));
        let s3 = s3.map(|entry| {
            format!(
                "{} has no effect yet: attachments are kept in AttachmentsPath",
                entry.key
            )
        });
        self.unknown_keys().into_iter().chain(s3).collect()
    }

    /// One sentence that names every key nobody knows; none when all are known.
    fn unknown_keys(&self) -> Option<String> {
        let unknown: Vec<&str> = self
            .entries
            .iter()
            .filter(|(lower, _)| !self.defaults.contains_key(*lower) && !is_silent(lower))
            .map(|(_, entry)| entry.key.as_str())
            .collect();
        (!unknown.is_empty()).then(|| format!("Unknown settings, ignored: {}", unknown.join(", ")))
    }

    /// Every known key with its value and where it comes from; secrets are not shown.
    #[must_use]
    pub fn known(&self) -> Vec<Known> {
        let known = self.entries.iter();
        known
            .filter(|(lower, _)| self.defaults.contains_key(*lower))
            .map(|(lower, entry)| Known {
                key: entry.key.clone(),
                value: match &entry.value {
                    Value::Text(value) if value.is_empty() => "(empty)".to_owned(),
                    Value::List(items) if items.is_empty() => "(empty)".to_owned(),
                    _ if SECRET.contains(&lower.as_str()) => "(not shown)".to_owned(),
                    Value::Text(value) => value.clone(),
                    Value::List(items) => items.join(", "),
                },
                source: entry.source.to_string(),
            })
            .collect()
    }

    /// [`Layers::known`] for a person, a line each.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for Known { key, value, source } in self.known() {
            let _ = writeln!(text, "{key} = {value}  [{source}]");
        }
        text
    }
}

/// A key as it is shown.
#[derive(Debug, Serialize)]
pub struct Known {
    /// `Limits:Connections`
    pub key: String,
    /// Its value, unless it is secret.
    pub value: String,
    /// Where the value comes from.
    pub source: String,
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
