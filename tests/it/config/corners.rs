//! What is easily got wrong about files: texts that look like something else, order among rules, the schema.

use serde_json::Value;

use super::{EXAMPLES, Place, example, pretty_assertions};
use crate::support::program::answer;

/// Two rules of which the first runs the second, in this order in the file.
const FORWARD: &str = "\
rules:
  - name: First
    trigger: { type: ticket_created }
    actions:
      - { type: trigger_rule, value: Second }
  - name: Second
    trigger: { type: triggered_by_another_rule }
    actions:
      - { type: add_tag, value: x }
";

/// Two that run each other.
const CIRCLE: &str = "\
rules:
  - name: First
    trigger: { type: triggered_by_another_rule }
    actions:
      - { type: trigger_rule, value: Second }
  - name: Second
    trigger: { type: triggered_by_another_rule }
    actions:
      - { type: trigger_rule, value: First }
";

#[tokio::test]
async fn a_rule_may_run_one_that_comes_after_it_in_the_file() {
    let place = Place::new().await;
    let path = place.file(FORWARD);
    place.apply(&path).await;
    assert_eq!(place.apply(&path).await, "Nothing to change.\n");
    // Now the first runs by itself no more, and the second waits no more: neither could be changed before the other.
    let turned = "\
rules:
  - name: Second
    trigger: { type: closed }
  - name: First
    trigger: { type: ticket_created }
    actions:
      - { type: add_tag, value: y }
";
    let path = place.file(turned);
    place.apply(&path).await;
    assert_eq!(place.apply(&path).await, "Nothing to change.\n");
}

#[tokio::test]
async fn rules_that_run_each_other_in_a_circle_are_a_mistake() {
    let place = Place::new().await;
    let before = place.everything().await;
    let path = place.file(CIRCLE);
    let (code, _, errors) = place.run(&["apply", &path]).await;
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("desk.yaml:2:5: rule \"First\""), "{errors}");
    assert!(place.everything().await == before);
}

#[tokio::test]
async fn what_follows_from_a_mistake_is_not_told_as_another_one() {
    let place = Place::new().await;
    let text = "\
sections:
  - name: IT
    order: first
categories:
  - name: Hardware
    section: IT
statuses:
  - name: Waiting
    categories: ['IT \\ Hardware']
";
    let path = place.file(text);
    let (_, _, errors) = place.run(&["apply", &path]).await;
    assert!(errors.contains("desk.yaml:3:12:"), "{errors}");
    assert!(errors.contains(": 1 mistake in "), "{errors}");
}

/// Texts that YAML would take for something else.
const ODD: [&str; 33] = [
    "yes",
    "no",
    "null",
    "~",
    "404",
    "1e3",
    "0x1F",
    "007",
    "1_000",
    "12:30",
    "2026-01-01",
    "# no comment",
    "- no list",
    "a: b",
    "{a}",
    "[a]",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a`",
    "\"a\"",
    "'a'",
    "a # b",
    "ü \u{1f600}",
    "true",
    "-",
    "?",
    ".5",
    "<<",
    "=",
    "a\\ b",
];

#[tokio::test]
async fn texts_that_look_like_something_else_come_back_as_they_are() {
    let place = Place::new().await;
    let mut text = String::from("sections:\n");
    for name in ODD {
        let name = serde_json::to_string(name).unwrap();
        text.extend(["  - name: ", &name, "\n"]);
    }
    let notes = [
        "a\nb",
        "a\nb\n",
        "  a\n b\n\n",
        "\ta\n",
        "a \nb",
        "a\r\nb",
        "# a\n---\nb",
        &"long words ".repeat(40),
    ];
    text.push_str("categories:\n");
    for (number, notes) in notes.iter().enumerate() {
        let notes = serde_json::to_string(notes).unwrap();
        let number = number.to_string();
        text.extend(["  - name: \"c", &number, "\"\n    notes: ", &notes, "\n"]);
    }
    let path = place.file(&text);
    place.apply(&path).await;
    let exported = place.export().await;
    let mut connection = place.database().connect().await;
    let stored: Vec<String> =
        sqlx::query_scalar("select notes from categories where name like 'c_' order by name")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert_eq!(stored, notes);
    let elsewhere = Place::new().await;
    elsewhere.apply(&elsewhere.file(&exported)).await;
    pretty_assertions(&elsewhere.export().await, &exported);
    let mut connection = elsewhere.database().connect().await;
    let found: Vec<String> =
        sqlx::query_scalar("select notes from categories where name like 'c_' order by name")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert_eq!(found, notes);
    let names: i64 = sqlx::query_scalar("select count(*) from sections where name = any ($1)")
        .bind(&ODD[..])
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(names, i64::try_from(ODD.len()).unwrap());
}

#[tokio::test]
async fn an_export_changes_nothing_even_with_prune_and_brings_back_what_was_changed() {
    let place = Place::new().await;
    answer(&mut place.command(&["demo"])).await;
    let first = place.export().await;
    let exported = place.folder.path().join("first.yaml");
    std::fs::write(&exported, &first).unwrap();
    let exported = exported.to_str().unwrap();
    let said = answer(&mut place.command(&["apply", exported, "--prune"])).await;
    assert_eq!(said, "Nothing to change.\n");
    let changes = "\
sections:
  - name: it
    order: 9
categories:
  - name: Hardware
    section: IT
    kb_only: true
    notes: Other notes
    technicians: []
statuses:
  - id: 3
    name: Done
  - name: New one
";
    place.apply(&place.file(changes)).await;
    assert!(place.export().await != first);
    answer(&mut place.command(&["apply", exported, "--prune"])).await;
    pretty_assertions(&place.export().await, &first);
}

#[tokio::test]
async fn examples_and_exports_keep_to_the_schema() {
    let place = Place::new().await;
    answer(&mut place.command(&["demo"])).await;
    let schema: Value =
        serde_json::from_str(&answer(&mut place.command(&["config-schema"])).await).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut files = vec![place.export().await];
    for name in EXAMPLES {
        files.push(std::fs::read_to_string(example(name)).unwrap());
    }
    for text in files {
        let file: Value = serde_saphyr::from_str(&text).unwrap();
        let mistakes: Vec<String> = validator
            .iter_errors(&file)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(mistakes.is_empty(), "{mistakes:?}");
    }
    for wrong in [
        "secions: []",
        "sections: [{nme: A}]",
        "sections: [{name: A, order: first}]",
        "custom_fields: [{name: A, usage: cars, type: text}]",
    ] {
        let file: Value = serde_saphyr::from_str(wrong).unwrap();
        assert!(!validator.is_valid(&file), "{wrong}");
    }
}

#[tokio::test]
async fn of_two_files_applied_at_once_both_are_done() {
    let place = Place::new().await;
    let files: Vec<String> = (0..2)
        .map(|number| {
            let path = place.folder.path().join(format!("{number}.yaml"));
            let mut text = String::from("sections:\n");
            for section in 0..20 {
                let line = format!("  - name: S{section}\n    order: {number}\n");
                text.push_str(&line);
            }
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect();
    let commands = [["apply", files[0].as_str()], ["apply", files[1].as_str()]];
    let (first, second) = tokio::join!(place.run(&commands[0]), place.run(&commands[1]));
    assert_eq!((first.0, second.0), (0, 0), "{first:?} {second:?}");
    let mut connection = place.database().connect().await;
    let orders: Vec<(i32, i64)> =
        sqlx::query_as("select order_by, count(*) from sections group by order_by")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert_eq!(
        orders.len(),
        1,
        "half of one, half of the other: {orders:?}"
    );
    assert_eq!(orders[0].1, 20);
}
