use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use ferrodesk::api::table::{Verbs, table};
use reqwest::Method as Verb;

use super::shape::{Difference, documented, never_filled};
use super::{Method, Parameter, methods};
use crate::permissions::Stage;
use crate::support::call::Reply;

/// How clients spell the names of parameters.
pub(super) const SPELLINGS: [fn(&str) -> String; 4] = [
    |name| name.to_owned(),
    |name| format!("{}{}", name[..1].to_uppercase(), &name[1..]),
    str::to_lowercase,
    str::to_uppercase,
];

/// The stage of the permissions, and what it lacks.
pub(super) async fn prepare(stage: &Stage) {
    stage.reset().await;
    stage.sql(include_str!("stage.sql")).await;
    stage.app.heard_of_changes();
}

/// What methods that write have done, by verb and name.
fn effects() -> BTreeMap<&'static str, &'static str> {
    let parts = include_str!("effects.sql").split("\n-- ").skip(2);
    parts.map(|part| part.split_once('\n').unwrap()).collect()
}

impl Method {
    fn key(&self) -> String {
        format!("{} {}", self.verb, self.name)
    }

    /// The call of an administrator, with every parameter spelled so, under one of the two roots.
    pub(super) async fn call(&self, stage: &Stage, spell: fn(&str) -> String, root: &str) -> Reply {
        self.call_with(stage, spell, root, |one| Some(one.value.clone()))
            .await
    }

    /// The call of somebody else, as the document spells it.
    pub(super) async fn call_as(&self, stage: &Stage, role: &str) -> Reply {
        let value = |one: &Parameter| Some(one.value.clone());
        self.call_by(stage, role, SPELLINGS[0], "", value).await
    }

    /// The administrator's with these values of the parameters, and without those that have none.
    async fn call_with(
        &self,
        stage: &Stage,
        spell: fn(&str) -> String,
        root: &str,
        value: impl Fn(&Parameter) -> Option<String>,
    ) -> Reply {
        self.call_by(stage, "administrator", spell, root, value)
            .await
    }

    async fn call_by(
        &self,
        stage: &Stage,
        role: &str,
        spell: fn(&str) -> String,
        root: &str,
        value: impl Fn(&Parameter) -> Option<String>,
    ) -> Reply {
        let mut person = stage.app.anonymous();
        person.credentials = stage.credentials(role, false);
        let verb: Verb = self.verb.parse().unwrap();
        let mut path = if self.name.starts_with('/') {
            format!("{root}{}", self.name)
        } else {
            format!("{root}/api/{}", self.name)
        };
        let mut sent = vec![];
        for parameter in &self.parameters {
            let Some(value) = value(parameter) else {
                continue;
            };
            // A JSON object is no name of something on the stage.
            let value = if value == "{file}" || value.starts_with("{\"") {
                value
            } else {
                stage.value(role, &value)
            };
            let segment = format!("{{{}}}", parameter.name);
            if path.contains(&segment) {
                path = path.replace(&segment, &value);
            } else {
                sent.push((spell(&parameter.name), value));
            }
        }
        let call = person.call(verb, &path);
        let call = sent
            .into_iter()
            .fold(call, |call, (name, value)| match value.as_str() {
                "{file}" => call.file(&name, "b.txt", *b"data"),
                value => call.param(&name, value),
            });
        call.await
    }

    /// The answer beside what it should be.
    fn compare(answer: &str, reply: &Reply) -> Difference {
        let text = reply.text();
        let header = |name| {
            let value = reply.headers.get(name);
            value.map_or("", |value| value.to_str().unwrap())
        };
        let kind = header("content-type");
        let mut difference = Difference::default();
        let fits = match answer {
            "id" => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
            "empty" => text.is_empty(),
            "file" => header("content-disposition").contains("a.txt") && text == "data",
            "xml" => kind.starts_with("application/xml") && text.starts_with("<?xml"),
            "page" => kind.starts_with("text/html") && text.starts_with("<!doctype html>"),
            "text" => kind.starts_with("text/plain") && !text.is_empty(),
            json => {
                let actual = reply.json();
                difference = Difference::between(json, &actual);
                let compact = actual.to_string();
                kind == "application/json; charset=utf-8" && compact == text
            }
        };
        if !fits {
            let start: String = text.chars().take(80).collect();
            difference
                .types
                .insert(format!("{kind} {start:?} is no {answer}"));
        }
        difference
    }
}

/// Root of an address under which everything is served, as often as there are spellings.
fn root(spelling: usize) -> &'static str {
    ["", "/helpdesk"][spelling % 2]
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the table is for people too")]
async fn every_method_takes_its_parameters_in_any_spelling_does_what_they_say_and_answers_as_the_document_shows()
 {
    let stage = Stage::set().await;
    let mut effects = effects();
    let mut report = String::from(
        "| method | documented keys | missing | extra | types that differ |\n|---|--:|--:|--:|--:|\n",
    );
    let (mut wrong, mut filled) = (String::new(), BTreeSet::new());
    for method in methods() {
        let key = method.key();
        let effect = effects.remove(key.as_str());
        let mut found = Difference::default();
        for (number, spell) in SPELLINGS.into_iter().enumerate() {
            prepare(&stage).await;
            let reply = method.call(&stage, spell, root(number)).await;
            if reply.status != 200 {
                let (status, text, name) = (reply.status, reply.text(), spell("aName"));
                writeln!(wrong, "{key} ({name}): {status} {text}").unwrap();
                continue;
            }
            if let Some(effect) = effect {
                let question = effect.replace("{answer}", &reply.text());
                if !stage.is_true(&question).await {
                    writeln!(wrong, "{key} ({}): has not done it", spell("aName")).unwrap();
                }
            }
            found = Method::compare(&method.answer, &reply);
            filled.append(&mut found.filled);
            if !found.is_none() {
                writeln!(wrong, "{key}: {}", found.text()).unwrap();
            }
        }
        let (missing, extra, types) = (found.missing.len(), found.extra.len(), found.types.len());
        let documented = documented(&method.answer);
        writeln!(
            report,
            "| {key} | {documented} | {missing} | {extra} | {types} |"
        )
        .unwrap();
    }
    let never = never_filled(&filled);
    println!("{report}");
    assert!(wrong.is_empty(), "{report}\n{wrong}");
    assert!(never.is_empty(), "never with a value: {never:?}");
    assert!(effects.is_empty(), "of no method: {:?}", effects.keys());
}

/// Every parameter that chooses what a method reads is read under each of its spellings: with another value the answer is
/// another one.
#[tokio::test]
async fn every_parameter_changes_the_answer_in_any_spelling() {
    let stage = Stage::set().await;
    prepare(&stage).await;
    let mut wrong = vec![];
    for method in methods() {
        for changed in method.parameters.iter().filter(|one| one.other.is_some()) {
            for (number, spell) in SPELLINGS.into_iter().enumerate() {
                let usual = method.call(&stage, spell, root(number)).await.text();
                let value = |one: &Parameter| match &changed.other {
                    Some(other) if one.name == changed.name => Some(other.clone()),
                    _ => Some(one.value.clone()),
                };
                let reply = method.call_with(&stage, spell, root(number), value).await;
                let answer = changed.then.as_ref().unwrap_or(&method.answer);
                let found = if reply.status != 200 {
                    reply.text()
                } else if reply.text() == usual {
                    format!("changes nothing: {usual}")
                } else {
                    Method::compare(answer, &reply).text()
                };
                if found != Difference::default().text() {
                    let name = spell(&changed.name);
                    wrong.push(format!("{} {name}: {found}", method.key()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_parameter_has_a_value_that_shows_what_it_does() {
    let effects = effects();
    let table = table();
    for method in methods() {
        let key = method.key();
        let served = table.methods().iter().find(|served| {
            let verb = match served.verbs {
                Verbs::Get => "GET",
                Verbs::Post => "POST",
                Verbs::Any => &method.verb,
            };
            served.name == method.name && verb == method.verb
        });
        let writes = served.unwrap().writes;
        assert_eq!(effects.contains_key(&*key), writes, "{key}");
        for parameter in &method.parameters {
            let is_choice = !writes && !parameter.required;
            assert_eq!(
                parameter.other.is_some(),
                is_choice,
                "{key} {}",
                parameter.name
            );
        }
    }
}

#[test]
fn the_table_has_the_methods_of_the_document_in_its_order_and_under_its_verbs() {
    let documented = methods();
    let table = table();
    assert_eq!(table.methods().len(), documented.len());
    for (method, served) in documented.iter().zip(table.methods()) {
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
    for method in methods() {
        for left_out in method.parameters.iter().filter(|one| one.required) {
            if method.name.contains('{') {
                continue;
            }
            prepare(&stage).await;
            let value = |one: &Parameter| (one.name != left_out.name).then(|| one.value.clone());
            let reply = method.call_with(&stage, SPELLINGS[0], "", value).await;
            let parameter = &left_out.name;
            let case = format!("{} {parameter}", method.key());
            let is_named = matches!(parameter.as_str(), "file" | "cf7000001")
                || reply.text().contains(&format!("\"{parameter}\""));
            match reply.status.as_u16() {
                200 => optional.push(case),
                400 if is_named => {}
                status => wrong.push(format!("{case}: {status} {}", reply.text())),
            }
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

/// What is no number, no switch or no date is named to him, whether it is required or not.
#[tokio::test]
async fn a_value_of_another_type_is_named() {
    let stage = Stage::set().await;
    prepare(&stage).await;
    let before = stage.state().await;
    let mut wrong = vec![];
    for method in methods() {
        for bad in &method.parameters {
            let typed = matches!(
                &*bad.kind,
                "int" | "int[]" | "bool" | "DateTime" | "datetime"
            ) || bad.name.ends_with("From")
                || bad.name.ends_with("To");
            if !typed {
                continue;
            }
            let value = |one: &Parameter| {
                let is_bad = one.name == bad.name;
                Some(if is_bad { "nonsense" } else { &one.value }.to_owned())
            };
            let reply = method.call_with(&stage, SPELLINGS[0], "", value).await;
            if reply.status != 400 || !reply.text().contains(&format!("\"{}\"", bad.name)) {
                let (key, name) = (method.key(), &bad.name);
                wrong.push(format!("{key} {name}: {} {}", reply.status, reply.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(stage.state().await, before);
}
