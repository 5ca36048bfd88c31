//! From the text of a desk file to what it holds. Every part keeps its place, so that whatever turns out to be wrong
//! with it later can be shown there.

use std::fmt;

use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};
use serde_path_to_error::Segment;
use serde_saphyr::{DuplicateKeyPolicy, Location, Spanned};

use super::Mistake;

/// The most a desk file may hold: no desk comes near, and no other file is read whole by mistake.
pub const LIMIT: usize = 4 * 1024 * 1024;

/// A step into a file: a key, or a place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The value of this key.
    Key(String),
    /// The item at this place, from 0.
    Item(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(place: usize) -> Self {
        Self::Item(place)
    }
}

/// A file that is sound YAML.
#[derive(Debug)]
pub struct Source {
    root: Node,
}

/// An object of a file: the fields that stand there, and the whole with the defaults of the others.
#[derive(Clone, Debug)]
pub struct Given<T> {
    /// Where it stands.
    pub path: Vec<Step>,
    /// The fields that are given.
    pub fields: Map<String, Value>,
    /// All of it, but for what is wrong; nothing when too much is.
    pub item: Option<T>,
    /// Something in it is wrong, and told.
    pub is_wrong: bool,
}

type Node = Spanned<Content>;

#[derive(Debug)]
enum Content {
    Scalar(Value),
    List(Vec<Node>),
    Object(Vec<(Spanned<String>, Node)>),
}

impl Source {
    /// Read a text. Errors: the one place where it stops to be YAML, or where a key comes twice.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let options = serde_saphyr::options! {
            duplicate_keys: DuplicateKeyPolicy::Error,
            alias_limits: serde_saphyr::alias_limits! {
                max_total_replayed_events: 100_000,
                max_replay_stack_depth: 16,
            },
            strict_booleans: true,
            leading_zero_numbers_as_strings: true,
            underscored_numbers_as_strings: true,
            with_snippet: false,
        };
        let read = serde_saphyr::from_str_with_options::<Node>(text, options);
        let root = read.map_err(|error| {
            let place = error.location().unwrap_or(Location::UNKNOWN);
            Mistake {
                line: place.line().max(1),
                column: place.column().max(1),
                message: without_place(&error),
            }
        })?;
        Ok(Self { root })
    }

    /// The mistake of what stands at this path, or of the nearest thing above it that stands anywhere.
    #[must_use]
    pub fn mistake(&self, path: &[Step], message: impl Into<String>) -> Mistake {
        let place = self.find(path).1;
        Mistake {
            line: place.line(),
            column: place.column(),
            message: message.into(),
        }
    }

    /// The mistake of a key itself.
    #[must_use]
    pub fn mistake_of_key(&self, path: &[Step], message: impl Into<String>) -> Mistake {
        let mut place = None;
        if let Some((Step::Key(last), above)) = path.split_last()
            && let (Some(Content::Object(members)), _) = self.find(above)
        {
            let member = members.iter().find(|(key, _)| key.value == *last);
            place = member.map(|(key, _)| key.referenced);
        }
        let place = place.unwrap_or_else(|| self.find(path).1);
        Mistake {
            line: place.line(),
            column: place.column(),
            message: message.into(),
        }
    }

    /// What stands at the path, and where; without the first, the path ends in nothing.
    fn find(&self, path: &[Step]) -> (Option<&Content>, Location) {
        let mut node = &self.root;
        for step in path {
            let next = match (step, &node.value) {
                (Step::Key(key), Content::Object(members)) => {
                    let member = members.iter().find(|(name, _)| name.value == *key);
                    member.map(|(_, value)| value)
                }
                (Step::Item(place), Content::List(items)) => items.get(*place),
                _ => None,
            };
            match next {
                Some(next) => node = next,
                None => return (None, node.referenced),
            }
        }
        (Some(&node.value), node.referenced)
    }

    /// The keys of the file, each of which must be one of these.
    pub fn keys(&self, known: &[&str], mistakes: &mut Vec<Mistake>) {
        match &self.root.value {
            Content::Object(members) => {
                for (key, _) in members {
                    if !known.contains(&key.value.as_str()) {
                        let message = format!(
                            "there is no key `{}` here; those there are: {}",
                            key.value,
                            known.join(", ")
                        );
                        let path = [Step::Key(key.value.clone())];
                        mistakes.push(self.mistake_of_key(&path, message));
                    }
                }
            }
            // An empty file, or one of comments only.
            Content::Scalar(Value::Null) => {}
            _ => mistakes.push(self.mistake(
                &[],
                "a desk file is a list of keys and values: `sections:` and so on",
            )),
        }
    }

    /// Whether the file has this key, with whatever value.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.find(&[key.into()]).0.is_some()
    }

    /// The value of a key, all of it.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<Value> {
        self.find(&[key.into()]).0.map(json)
    }

    /// The objects below a key; a bare text stands for an object with this text in the field `short`. What is wrong
    /// is told.
    pub fn objects<T: DeserializeOwned>(
        &self,
        key: &str,
        short: Option<&str>,
        mistakes: &mut Vec<Mistake>,
    ) -> Vec<Given<T>> {
        let items = match self.find(&[key.into()]).0 {
            None | Some(Content::Scalar(Value::Null)) => return vec![],
            Some(Content::List(items)) => items,
            Some(_) => {
                mistakes
                    .push(self.mistake(&[key.into()], format!("`{key}` is a list: `- name: …`")));
                return vec![];
            }
        };
        let mut given = vec![];
        for (place, item) in items.iter().enumerate() {
            let path = vec![key.into(), place.into()];
            let fields = match (json(&item.value), short) {
                (Value::Object(fields), None) => fields,
                (text @ Value::String(_), Some(short)) => {
                    Map::from_iter([(short.to_owned(), text)])
                }
                (_, short) => {
                    let is = if short.is_some() {
                        "names, in quotes where they look like numbers"
                    } else {
                        "objects: `- name: …`"
                    };
                    mistakes.push(self.mistake(&path, format!("`{key}` is a list of {is}")));
                    continue;
                }
            };
            let before = mistakes.len();
            let item = self.object(&path, fields.clone(), mistakes);
            let is_wrong = mistakes.len() > before;
            given.push(Given {
                path,
                fields,
                item,
                is_wrong,
            });
        }
        given
    }

    /// A `T` of these fields. Each field that is wrong is told; the others are looked at without it.
    pub fn object<T: DeserializeOwned>(
        &self,
        path: &[Step],
        mut fields: Map<String, Value>,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<T> {
        let mut removed = vec![];
        loop {
            let whole = Value::Object(fields.clone());
            let error = match serde_path_to_error::deserialize::<_, T>(whole) {
                Ok(item) => return Some(item),
                Err(error) => error,
            };
            let mut at = path.to_vec();
            at.extend(error.path().iter().filter_map(|segment| match segment {
                Segment::Seq { index } => Some(Step::Item(*index)),
                Segment::Map { key } => Some(Step::Key(key.clone())),
                Segment::Enum { .. } | Segment::Unknown => None,
            }));
            let message = in_words(&error.inner().to_string());
            if removed
                .iter()
                .any(|field| message == format!("`{field}` is missing"))
            {
                return None;
            }
            let is_key = message.starts_with("there is no field");
            mistakes.push(if is_key {
                self.mistake_of_key(&at, message)
            } else {
                self.mistake(&at, message)
            });
            let field = at.get(path.len());
            let Some(Step::Key(field)) = field else {
                return None;
            };
            fields.remove(field)?;
            removed.push(field.clone());
        }
    }
}

/// What serde says of a value, as one says it of a file.
fn in_words(said: &str) -> String {
    if let Some(rest) = said.strip_prefix("unknown field ") {
        return format!(
            "there is no field {}",
            rest.replace(", expected one of ", "; those there are: ")
                .replace(", expected ", "; there is: ")
        );
    }
    if let Some(rest) = said.strip_prefix("missing field ") {
        return format!("{rest} is missing");
    }
    if let Some(rest) = said.strip_prefix("unknown variant ") {
        return format!(
            "there is no {}",
            rest.replace(", expected one of ", "; those there are: ")
        );
    }
    if let Some(rest) = said.strip_prefix("invalid type: ") {
        let quotes = if rest.ends_with("expected a string")
            && !rest.starts_with("map")
            && !rest.starts_with("sequence")
            && !rest.starts_with("null")
        {
            ": put it in quotes"
        } else {
            ""
        };
        return format!(
            "{}{quotes}",
            rest.replace(", expected", " where one expects")
        );
    }
    said.to_owned()
}

/// The sentence of the parser without the line and column that we say in our own way.
fn without_place(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let sentence = text
        .split_once(" at line ")
        .map_or(text.as_str(), |(sentence, _)| sentence);
    let sentence = sentence
        .split_once(", set DuplicateKeyPolicy")
        .map_or(sentence, |(sentence, _)| sentence);
    sentence.trim_end_matches([':', ' ']).to_owned()
}

/// As JSON, without the places.
fn json(content: &Content) -> Value {
    match content {
        Content::Scalar(value) => value.clone(),
        Content::List(items) => items.iter().map(|item| json(&item.value)).collect(),
        Content::Object(members) => {
            let members = members.iter();
            members
                .map(|(key, value)| (key.value.clone(), json(&value.value)))
                .collect::<Map<_, _>>()
                .into()
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Content, E> {
        Ok(Content::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Content, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("this is no number"))?;
        Ok(Content::Scalar(Value::Number(number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Scalar(Value::Null))
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Content, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        Content::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Content, A::Error> {
        let mut items = vec![];
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Content::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut members: Vec<(Spanned<String>, Node)> = vec![];
        while let Some((key, value)) = map.next_entry::<Spanned<String>, Node>()? {
            if members.iter().any(|(known, _)| known.value == key.value) {
                return Err(A::Error::custom(format!(
                    "the key {} comes twice",
                    key.value
                )));
            }
            members.push((key, value));
        }
        Ok(Content::Object(members))
    }
}
