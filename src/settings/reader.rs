//! From texts to typed values.

use std::fmt;
use std::str::FromStr;

use super::layers::{Layers, Source, Value};

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
