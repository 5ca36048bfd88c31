use ferrodesk::domain::Error;
use ferrodesk::domain::rules::references::{from_portable, named, references, to_portable};
use ferrodesk::domain::rules::{Definition, RefKind};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::any;

/// Everything has a name, even what there is not.
#[expect(clippy::unnecessary_wraps, reason = "what gives names may fail to")]
fn name(kind: RefKind, id: i32) -> Option<String> {
    Some(format!("{kind:?} \\ {id}"))
}

fn id(kind: RefKind, name: &str) -> Option<i32> {
    name.strip_prefix(&format!("{kind:?} \\ "))?.parse().ok()
}

/// Spans of time are the only numbers that stand for themselves.
const SPANS: [&str; 6] = [
    "not_updated_for",
    "created_more_than_ago",
    "overdue_by",
    "due_within",
    "set_due_date",
    "working_hours",
];

fn holds_number(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::Array(items) => items.iter().any(holds_number),
        Value::Object(members) => {
            let kind = members.get("type").and_then(Value::as_str);
            !kind.is_some_and(|kind| SPANS.contains(&kind)) && members.values().any(holds_number)
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_portable_form_is_the_same_rule(definition in any::definition()) {
        let portable = to_portable(&definition, &name).unwrap();
        prop_assert!(!holds_number(&portable), "{portable}");
        let read = from_portable(portable.clone(), &id).unwrap();
        prop_assert_eq!(&read, &definition);
        prop_assert_eq!(to_portable(&read, &name).unwrap(), portable);
    }

    #[test]
    fn what_has_no_name_stays_a_number(definition in any::definition()) {
        let portable = to_portable(&definition, &|_, _| None).unwrap();
        prop_assert_eq!(from_portable(portable.clone(), &|_, _| None).unwrap(), definition);
        prop_assert_eq!(named(&portable), []);
    }

    #[test]
    fn what_a_rule_refers_to_is_what_its_portable_form_names(definition in any::definition()) {
        let found: Vec<(RefKind, String)> = references(&definition)
            .unwrap()
            .into_iter()
            .map(|found| (found.kind, name(found.kind, found.id).unwrap()))
            .collect();
        prop_assert_eq!(named(&to_portable(&definition, &name).unwrap()), found);
    }
}

#[test]
fn a_rule_is_written_with_the_names_of_things() {
    let portable = json!({
        "trigger": { "type": "custom_field_edited", "value": "Field \\ 7" },
        "conditions": [
            { "type": "category_is", "value": "Category \\ 4" },
            { "type": "priority_is", "value": "critical" },
            { "type": "priority_is", "value": "Low" },
            { "type": "priority_is", "value": 1 },
            { "type": "origin_is", "value": "web_app" },
            { "type": "origin_is", "value": "InPerson" },
            { "type": "origin_is", "value": 3 },
            { "type": "custom_field_equals", "value": { "field": "Field \\ 8", "value": "high" } },
        ],
        "actions": [{ "type": "assign", "value": "User \\ 5" }, { "type": "assign", "value": 6 }],
    });
    let definition = from_portable(portable, &id).unwrap();
    let stored = json!({
        "trigger": { "type": "custom_field_edited", "value": 7 },
        "conditions": [
            { "type": "category_is", "value": 4 },
            { "type": "priority_is", "value": 2 },
            { "type": "priority_is", "value": -1 },
            { "type": "priority_is", "value": 1 },
            { "type": "origin_is", "value": 0 },
            { "type": "origin_is", "value": 8 },
            { "type": "origin_is", "value": 3 },
            { "type": "custom_field_equals", "value": { "field": 8, "value": "high" } },
        ],
        "actions": [{ "type": "assign", "value": 5 }, { "type": "assign", "value": 6 }],
    });
    assert_eq!(serde_json::to_value(&definition).unwrap(), stored);
    let places: Vec<String> = references(&definition)
        .unwrap()
        .into_iter()
        .map(|found| found.place)
        .collect();
    assert_eq!(
        places,
        [
            "trigger.value",
            "conditions[0].value",
            "conditions[7].value.field",
            "actions[0].value",
            "actions[1].value",
        ]
    );
}

#[test]
fn a_mistake_in_the_portable_form_is_named_with_its_place() {
    let closed = json!({ "type": "closed" });
    for (portable, place, says) in [
        (
            json!({ "trigger": closed, "conditions": [{ "type": "unanswered" }, { "type": "category_is", "value": "Nowhere" }] }),
            "conditions[1].value",
            "names no category: \"Nowhere\"",
        ),
        (
            json!({ "trigger": closed, "actions": [{ "type": "set_custom_field", "value": { "field": "Nothing", "value": "" } }] }),
            "actions[0].value.field",
            "names no custom field of tickets: \"Nothing\"",
        ),
        (
            json!({ "trigger": closed, "actions": [{ "type": "set_priority", "value": "urgent" }] }),
            "actions[0].value",
            "is to be one of low, normal, high, critical, or its number",
        ),
        (
            json!({ "trigger": closed, "conditions": [{ "type": "origin_is", "value": "fax" }] }),
            "conditions[0].value",
            "is to be one of web_app, email, widget, api, scheduler, mobile_app, phone, live_chat, in_person",
        ),
        (
            json!({ "trigger": closed, "conditions": [{ "type": "status_is", "value": true }] }),
            "conditions[0].value",
            "expected i32",
        ),
        (
            json!({ "trigger": { "type": "moon_rises" } }),
            "trigger.type",
            "expected one of `ticket_created`, `new_reply`",
        ),
        (json!({}), ".", "missing field `trigger`"),
        (
            json!({ "trigger": closed, "action": [] }),
            "action",
            "unknown field `action`",
        ),
    ] {
        match from_portable(portable.clone(), &id) {
            Err(Error::Invalid { parameter, problem }) => {
                assert_eq!(parameter, place, "{portable}: {problem}");
                assert!(problem.contains(says), "{portable}: {problem}");
            }
            other => panic!("{portable}: {other:?}"),
        }
    }
}

#[test]
fn parts_of_a_later_version_are_no_references() {
    let stored = json!({
        "trigger": { "type": "closed" },
        "conditions": [{ "type": "priority_is", "value": 99 }, { "type": "phase_is", "value": 4 }],
        "actions": [{ "type": "assign", "value": { "to": 4 } }],
    });
    let definition: Definition = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(references(&definition).unwrap(), []);
    assert_eq!(to_portable(&definition, &name).unwrap(), stored);
}
