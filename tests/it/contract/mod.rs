//! Every method as a client program sees it: all parameters of the document in every spelling, and of each answer the
//! keys, their order and their types. `methods.json` says what the document says, in our words; the types of a sample are
//! `null` where the document's shows nothing.

mod odd_ids;
mod undocumented;

use std::fmt::Write;

use ferrodesk::api::table::{Verbs, table};
use reqwest::Method as Verb;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::permissions::Stage;
use crate::support::call::Reply;

/// A method of the document.
#[derive(Deserialize)]
pub(crate) struct Method {
    section: String,
    pub(crate) name: String,
    pub(crate) verb: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) answer: Answer,
    /// What each key of the answer, or of an item of it, holds.
    #[serde(default)]
    sample: Value,
    /// Keys that live servers send besides, after those of the document.
    #[serde(default)]
    extra: Vec<String>,
    /// What is otherwise here than the document says, or where it says nothing, and why.
    #[serde(default)]
    pub(crate) differs: String,
}

#[derive(Deserialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) required: bool,
    /// A good one.
    value: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answer {
    Object,
    List,
    /// A bare number.
    Id,
    Empty,
    File,
    Xml,
}

/// How clients spell the names of parameters.
const SPELLINGS: [fn(&str) -> String; 4] = [
    |name| name.to_owned(),
    |name| format!("{}{}", name[..1].to_uppercase(), &name[1..]),
    str::to_lowercase,
    str::to_uppercase,
];

pub(crate) fn methods() -> Vec<Method> {
    serde_json::from_str(include_str!("methods.json")).unwrap()
}

/// Everything that the methods are called with is there.
async fn prepare(stage: &Stage) {
    stage.reset().await;
    stage.sql(include_str!("stage.sql")).await;
    stage.app.heard_of_changes();
}

/// What is wrong with the keys of an answer.
#[derive(Default)]
struct Difference {
    documented: usize,
    missing: Vec<String>,
    extra: Vec<String>,
    types: Vec<String>,
    order: bool,
}

impl Difference {
    fn is_none(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && self.types.is_empty() && !self.order
    }

    /// Compare an object with its sample; `path` stands before its keys.
    fn compare(
        &mut self,
        path: &str,
        actual: &Value,
        sample: &Map<String, Value>,
        allowed: &[String],
    ) {
        let Value::Object(actual) = actual else {
            self.types.push(format!("{path} is no object"));
            return;
        };
        self.documented += sample.len();
        let extra = allowed
            .iter()
            .filter_map(|key| key.strip_prefix(path))
            .filter(|key| !key.contains('.'));
        let expected: Vec<&str> = sample.keys().map(String::as_str).chain(extra).collect();
        let keys: Vec<&str> = actual.keys().map(String::as_str).collect();
        let named = |key: &&str| format!("{path}{key}");
        self.missing
            .extend(expected.iter().filter(|key| !keys.contains(key)).map(named));
        self.extra
            .extend(keys.iter().filter(|key| !expected.contains(key)).map(named));
        self.order |= keys != expected;
        for (key, sample) in sample {
            if let Some(actual) = actual.get(key) {
                self.value(&format!("{path}{key}"), actual, sample, allowed);
            }
        }
    }

    fn value(&mut self, path: &str, actual: &Value, sample: &Value, allowed: &[String]) {
        let below = format!("{path}.");
        match (sample, actual) {
            (Value::Object(sample), actual) => self.compare(&below, actual, sample, allowed),
            (Value::Array(samples), Value::Array(items)) => match samples.first() {
                Some(Value::Object(sample)) if items.is_empty() => {
                    self.missing
                        .extend(sample.keys().map(|key| format!("{below}{key}")));
                }
                Some(Value::Object(sample)) => {
                    for item in items {
                        self.compare(&below, item, sample, allowed);
                    }
                }
                _ => {}
            },
            // Nobody knows of what type; or there is nothing, where others have something.
            (Value::String(kind), _) if kind == "null" => {}
            (_, Value::Null) => {}
            (Value::String(kind), actual) if kind == kind_of(actual) => {}
            (sample, actual) => self.types.push(format!("{path}: {actual} is no {sample}")),
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

impl Method {
    /// The call of an administrator, with every parameter spelled so, under one of the two roots.
    async fn call(&self, stage: &Stage, spell: fn(&str) -> String, root: &str) -> Reply {
        prepare(stage).await;
        self.send(stage, spell, root).await
    }

    /// The same on the stage as it is.
    async fn send(&self, stage: &Stage, spell: fn(&str) -> String, root: &str) -> Reply {
        let mut person = stage.app.anonymous();
        person.credentials = stage.credentials("administrator", false);
        let verb: Verb = self.verb.parse().unwrap();
        let call = person.call(verb, &format!("{root}/{}", self.name));
        let parameters = self.parameters.iter().fold(call, |call, parameter| {
            let name = spell(&parameter.name);
            match parameter.value.as_str() {
                "{file}" => call.file(&name, "b.txt", *b"data"),
                // A JSON object is no name of something on the stage.
                json if json.starts_with("{\"") => call.param(&name, json),
                value => call.param(&name, stage.value("administrator", value)),
            }
        });
        parameters.await
    }

    /// The shape of the answer beside that of the document.
    fn compare(&self, reply: &Reply) -> Difference {
        let mut difference = Difference::default();
        let text = reply.text();
        let kind = reply.headers.get("content-type");
        let kind = kind.map_or("", |kind| kind.to_str().unwrap_or_default());
        let is_json = kind == "application/json; charset=utf-8";
        let no_sample = Map::new();
        let sample = self.sample.as_object().unwrap_or(&no_sample);
        let fits = match self.answer {
            Answer::Id => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
            Answer::Empty => text.is_empty(),
            Answer::File => reply.headers.contains_key("content-disposition"),
            Answer::Xml => kind.starts_with("application/xml") && text.starts_with("<?xml"),
            Answer::Object => {
                difference.compare("", &reply.json(), sample, &self.extra);
                is_json
            }
            Answer::List => {
                let items = reply.json();
                let items = items.as_array().map_or(&[][..], Vec::as_slice);
                for item in items {
                    difference.compare("", item, sample, &self.extra);
                }
                difference.documented = sample.len();
                is_json && !items.is_empty()
            }
        };
        if !fits {
            let start: String = text.chars().take(80).collect();
            difference
                .types
                .push(format!("{kind} {start:?} is no {:?}", self.answer));
        }
        difference
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the table is for people too")]
async fn every_method_takes_its_parameters_in_any_spelling_and_answers_as_the_document_shows() {
    let stage = Stage::set().await;
    let mut report = String::from(
        "| method | verb | documented keys | missing | extra | types that differ |\n|---|---|--:|--:|--:|--:|\n",
    );
    let mut wrong = String::new();
    for method in methods() {
        for (number, spell) in SPELLINGS.into_iter().enumerate() {
            let root = ["/api", "/helpdesk/api"][number % 2];
            let reply = method.call(&stage, spell, root).await;
            let (name, verb) = (&method.name, &method.verb);
            if reply.status != 200 {
                let spelled = spell("anyName");
                writeln!(
                    wrong,
                    "{verb} {name} ({spelled}): {} {}",
                    reply.status,
                    reply.text()
                )
                .unwrap();
                continue;
            }
            let found = method.compare(&reply);
            if !found.is_none() {
                let Difference {
                    missing,
                    extra,
                    types,
                    order,
                    ..
                } = &found;
                writeln!(wrong, "{verb} {name}: missing {missing:?}, extra {extra:?}, types {types:?}, order {order}").unwrap();
            }
            if number == 0 {
                let Difference {
                    documented,
                    missing,
                    extra,
                    types,
                    ..
                } = found;
                let (missing, extra, types) = (missing.len(), extra.len(), types.len());
                writeln!(
                    report,
                    "| {name} | {verb} | {documented} | {missing} | {extra} | {types} |"
                )
                .unwrap();
            }
        }
    }
    println!("{report}");
    assert!(wrong.is_empty(), "{report}\n{wrong}");
}

#[test]
fn the_table_has_the_methods_of_the_document_in_its_order_and_under_its_verbs() {
    let documented = methods();
    let table = table();
    let served = table.methods().get(..documented.len()).unwrap();
    for (method, served) in documented.iter().zip(served) {
        assert_eq!(
            (served.section, served.name),
            (&*method.section, &*method.name)
        );
        let verbs = match served.verbs {
            Verbs::Get => "GET",
            Verbs::Post => "POST",
            Verbs::Any => &method.verb,
        };
        assert_eq!(verbs, method.verb, "{}", method.name);
    }
}

/// What a client leaves out by mistake is named to him.
#[tokio::test]
async fn a_required_parameter_that_is_missing_is_named() {
    let stage = Stage::set().await;
    let mut wrong = vec![];
    let mut optional = vec![];
    for mut method in methods() {
        for at in 0..method.parameters.len() {
            let left_out = method.parameters.remove(at);
            if left_out.required {
                let reply = method.call(&stage, SPELLINGS[0], "/api").await;
                let (name, parameter) = (&method.name, &left_out.name);
                let case = format!("{} {name} {parameter}", method.verb);
                let is_named = matches!(parameter.as_str(), "file" | "cf7000001")
                    || reply.text().contains(&format!("\"{parameter}\""));
                match reply.status.as_u16() {
                    200 => optional.push(case),
                    400 if is_named => {}
                    status => wrong.push(format!("{case}: {status} {}", reply.text())),
                }
            }
            method.parameters.insert(at, left_out);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(optional, OPTIONAL_ALL_THE_SAME);
}

/// The document does not say that they may be left out, and clients do so all the same.
const OPTIONAL_ALL_THE_SAME: &[&str] = &[
    // Normal, when nothing is said.
    "POST Ticket priorityId",
    // The caller himself.
    "POST AddSubscriber userId",
    "POST RemoveSubscriber userId",
    // What is not named stays as it is.
    "POST UpdateCompany name",
    "POST UpdateCompany notes",
    // The document's own example leaves it out.
    "POST Article forTechsOnly",
];
