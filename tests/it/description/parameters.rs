//! The parameters of the helpdesk API as they are described are those of the document, letter for letter.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{described, document};
use crate::contract::methods;
use crate::support::TestApp;

/// What is described beside the document, by method.
const BESIDE: [(&str, &str); 6] = [
    // "Files can be attached", says the document in words, without a name.
    ("Ticket", "file"),
    ("Comment", "file"),
    ("Article", "file"),
    // Client programs send it.
    ("UpdateTicket", "closeDate"),
    // Decision 004: hits come in pages.
    ("Search", "count"),
    ("Search", "offset"),
];

/// A parameter for each custom field of the data, `cf12`: described as a whole.
const OF_FIELDS: &str = "cf";

/// All that an operation takes in the path, the query and the body.
fn taken(operation: &Value) -> BTreeSet<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let mut names: BTreeSet<String> = parameters
        .map(|parameter| match parameter["name"].as_str().unwrap() {
            "fields" => OF_FIELDS.to_owned(),
            name => name.to_owned(),
        })
        .collect();
    let body = &operation["requestBody"]["content"]["multipart/form-data"]["schema"];
    if let Some(members) = body["properties"].as_object() {
        names.extend(members.keys().cloned());
    }
    if body["additionalProperties"].is_object() {
        names.insert(OF_FIELDS.to_owned());
    }
    names
}

#[tokio::test]
async fn the_described_parameters_of_a_method_are_those_of_the_document_in_its_spelling() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let written = methods();
    let mut found = BTreeSet::new();
    let mut used = BTreeSet::new();
    let mut different = vec![];
    for (path, verb, operation) in described(&document) {
        if path.starts_with("/api/v2/") {
            continue;
        }
        let name = path.strip_prefix("/api/").unwrap_or(&path);
        // A method that answers to both verbs stands in the document with one.
        let of_name = || written.iter().filter(|method| method.name == name);
        let method = of_name()
            .find(|method| method.verb.eq_ignore_ascii_case(&verb))
            .or_else(|| of_name().next());
        let Some(method) = method else {
            different.push(format!("{path} is none of the document's methods"));
            continue;
        };
        found.insert((method.name.as_str(), method.verb.as_str()));
        let mut expected: BTreeSet<String> = method
            .parameters
            .iter()
            .map(|parameter| match parameter.name.strip_prefix(OF_FIELDS) {
                Some(number) if number.parse::<u32>().is_ok() => OF_FIELDS.to_owned(),
                _ => parameter.name.clone(),
            })
            .collect();
        let taken = taken(&operation);
        for beside in BESIDE.iter().filter(|(of, _)| *of == method.name) {
            if taken.contains(beside.1) {
                used.insert(*beside);
                expected.insert(beside.1.to_owned());
            }
        }
        if verb == "get" {
            // A file needs a body.
            expected.remove("file");
        }
        let missing: Vec<&String> = expected.difference(&taken).collect();
        let extra: Vec<&String> = taken.difference(&expected).collect();
        if !missing.is_empty() || !extra.is_empty() {
            different.push(format!("{verb} {path}: not {missing:?}, but {extra:?}"));
        }
    }
    assert!(different.is_empty(), "{different:#?}");
    assert_eq!(found.len(), written.len(), "{found:?}");
    assert_eq!(used, BTreeSet::from(BESIDE), "nothing is excused in vain");
}
