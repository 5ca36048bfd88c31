use std::collections::{BTreeMap, BTreeSet};

use ferrodesk::api::table::{self as methods, Verbs};
use ferrodesk::v2::table as operations;
use reqwest::Method;
use serde_json::Value;

use crate::support::TestApp;

/// What answers without a login.
const OPEN: [&str; 0] = [];

pub(super) async fn document(app: &TestApp) -> Value {
    let reply = app
        .anonymous()
        .call(Method::GET, "/api/openapi.json")
        .await
        .is_ok();
    assert_eq!(
        reply.headers["content-type"],
        "application/json; charset=utf-8"
    );
    reply.json()
}

/// Path, verb and description of every operation.
pub(super) fn described(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let verbs = item.as_object().unwrap().iter();
            verbs.map(|(verb, operation)| (path.clone(), verb.clone(), operation.clone()))
        })
        .collect()
}

#[tokio::test]
async fn every_operation_of_both_tables_is_described_and_nothing_else_is() {
    let app = TestApp::start().await;
    let described: BTreeSet<(String, String)> = described(&document(&app).await)
        .into_iter()
        .map(|(path, verb, _)| (path, verb))
        .collect();
    let mut expected = BTreeSet::new();
    for method in methods::table().methods() {
        let path = if method.name.starts_with('/') {
            method.name.to_owned()
        } else {
            format!("/api/{}", method.name)
        };
        let verbs: &[&str] = match method.verbs {
            Verbs::Get => &["get"],
            Verbs::Post => &["post"],
            Verbs::Any => &["get", "post"],
        };
        expected.extend(verbs.iter().map(|verb| (path.clone(), (*verb).to_owned())));
    }
    for operation in operations::table().operations() {
        let verb = format!("{:?}", operation.verb).to_lowercase();
        expected.insert((operation.path.clone(), verb));
    }
    assert_eq!(described, expected);
}

#[tokio::test]
async fn every_operation_that_is_described_answers_and_wants_a_login() {
    let app = TestApp::start_with(|settings| settings.disable_rate_limit = true).await;
    let nobody = app.anonymous();
    for (path, verb, operation) in described(&document(&app).await) {
        let address = path.replace("{id}", "1").replace("{option_id}", "1");
        let verb = Method::from_bytes(verb.to_uppercase().as_bytes()).unwrap();
        let status = nobody.call(verb.clone(), &address).await.status.as_u16();
        let id = operation["operationId"].as_str().unwrap();
        let expected = if OPEN.contains(&id) { 200 } else { 401 };
        assert_eq!(status, expected, "{verb} {address}");
        let schemes: Vec<&Value> = operation["security"].as_array().unwrap().iter().collect();
        assert_eq!(schemes.len(), 2, "{id}: basic or bearer");
        assert!(operation["responses"]["401"].is_object(), "{id}");
    }
}

#[tokio::test]
async fn names_are_unique_and_every_reference_leads_somewhere() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let mut ids = BTreeMap::new();
    for (path, verb, operation) in described(&document) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        let other = ids.insert(id.clone(), (path.clone(), verb));
        assert!(other.is_none(), "{id} is {path} and {other:?}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{id}");
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        for name in path
            .split('{')
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap())
        {
            let declared = parameters
                .iter()
                .any(|parameter| parameter["name"] == name && parameter["in"] == "path");
            assert!(declared, "{id}: {name}");
        }
    }
    let mut references = vec![];
    collect(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                references.push(reference.to_owned());
            }
            members
                .values()
                .for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[tokio::test]
async fn the_description_is_there_below_the_other_root_too() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    for path in ["/helpdesk/api/openapi.json", "/API/OpenApi.json"] {
        nobody.call(Method::GET, path).await.is_ok();
    }
}

/// A schema, followed to where it is written.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

#[tokio::test]
async fn every_parameter_and_every_member_of_a_body_is_described_in_words() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let mut silent = BTreeSet::new();
    let mut seen = 0;
    for (_, _, operation) in described(&document) {
        let id = operation["operationId"].as_str().unwrap();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            seen += 1;
            if parameter["description"].as_str().is_none_or(str::is_empty) {
                silent.insert(format!("{id}: {}", parameter["name"]));
            }
        }
        let contents = operation["requestBody"]["content"].as_object();
        for content in contents.into_iter().flat_map(|contents| contents.values()) {
            let body = resolve(&document, &content["schema"]);
            for (name, member) in body["properties"].as_object().into_iter().flatten() {
                seen += 1;
                if !has_words(member) {
                    silent.insert(format!("{id}: {name}"));
                }
            }
        }
    }
    assert!(seen > 500, "{seen}");
    assert!(silent.is_empty(), "{silent:#?}");
}

/// A description of the member itself, beside a reference too.
fn has_words(member: &Value) -> bool {
    member["description"]
        .as_str()
        .is_some_and(|text| !text.is_empty())
}
