mod references;
mod xml;

use serde_json::{Value, json};

use super::is_problem;
use crate::support::TestApp;
use crate::support::people::Person;

fn closed() -> Value {
    json!({ "type": "closed" })
}

/// A rule that does this.
fn doing(name: &str, trigger: &Value, actions: &Value) -> Value {
    json!({ "name": name, "trigger": trigger, "actions": actions })
}

impl Person<'_> {
    async fn refuses_rule(&self, rule: &Value, field: &str) -> String {
        let reply = self.v2("POST", "rules").json(rule).await;
        assert_eq!(reply.status, 400, "{rule}: {}", reply.text());
        let problem = reply.json();
        assert_eq!(problem["field"], field, "{rule}: {problem}");
        problem["detail"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_rule_is_made_and_shown_as_json_and_as_xml() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let rule = json!({
        "name": " Urgent first ", "order": 5,
        "trigger": { "type": "ticket_created" },
        "conditions": [{ "type": "subject_contains", "value": "urgent" }, { "type": "day_of_week", "value": ["Sat", "Sun", "Sat"] }],
        "actions": [
            { "type": "set_priority", "value": 2 },
            { "type": "http_request", "value": { "method": "post", "url": "https://x.test/#ticketId#" } },
        ],
    });
    let id = admin.makes("rules", rule).await;
    let expected = json!({
        "id": id, "name": "Urgent first", "enabled": true, "order": 5,
        "trigger": { "type": "ticket_created" },
        "conditions": [{ "type": "subject_contains", "value": "urgent" }, { "type": "day_of_week", "value": ["Sat", "Sun"] }],
        "actions": [
            { "type": "set_priority", "value": 2 },
            { "type": "http_request", "value": { "method": "POST", "url": "https://x.test/#ticketId#", "headers": [], "body": "" } },
        ],
    });
    let one = admin.v2("GET", &format!("rules/{id}")).await.is_ok();
    assert_eq!(one.json(), expected);
    let all = admin.v2("GET", "rules").await.is_ok().json();
    assert_eq!(all["items"], json!([expected]));
    let xml = admin.get(&format!("Rule/{id}")).await.is_ok().text();
    for part in [
        "<Name>Urgent first</Name>",
        "<Value>Sun</Value>",
        "<Method>POST</Method>",
    ] {
        assert!(xml.contains(part), "{xml}");
    }
}

#[tokio::test]
async fn a_rule_is_changed_and_deleted() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let rule = doing("Urgent first", &closed(), &json!([]));
    let id = admin.makes("rules", rule).await;
    let one = format!("rules/{id}");
    let change = json!({ "enabled": false, "order": -1 });
    let changed = admin.v2("PATCH", &one).json(&change).await.is_ok().json();
    assert_eq!(
        (&changed["enabled"], &changed["order"]),
        (&json!(false), &json!(-1))
    );
    let xml = admin.get(&format!("Rule/{id}")).await.is_ok().text();
    assert!(xml.contains("<Enabled>false</Enabled>"));
    let same = doing("URGENT FIRST", &closed(), &json!([]));
    let taken = admin.v2("POST", "rules").json(&same).await;
    is_problem(&taken, 409, "conflict", Some("name"));
    admin.v2("DELETE", &one).await.has_status(204);
    admin.get(&format!("Rule/{id}")).await.is_not_found();
    let actions: Vec<String> =
        sqlx::query_scalar("select action from audit_log where object_type = 'rule' order by id")
            .fetch_all(&mut app.database.connect().await)
            .await
            .unwrap();
    assert_eq!(actions, ["rule.created", "rule.updated", "rule.deleted"]);
}

/// A member of a rule, where it is wrong, and what is said about it.
const UNKNOWN: [(&str, &str, &str, &str); 8] = [
    (
        "conditions",
        r#"[{"type": "unanswered"}, {"type": "mood_is", "value": 1}]"#,
        "conditions[1].type",
        "subject_contains",
    ),
    (
        "conditions",
        r#"[{"type": "category_is", "value": "Repairs"}]"#,
        "conditions[0].value",
        "expected i32",
    ),
    (
        "conditions",
        r#"[{"type": "priority_is", "value": 9}]"#,
        "conditions[0].value",
        "a priority: -1 low, 0 normal, 1 high or 2 critical",
    ),
    (
        "actions",
        r#"[{"type": "send_mail", "value": {"to": [{"type": "friends"}], "subject": "s", "body": "b"}}]"#,
        "actions[0].value.to[0].type",
        "technicians_of_category",
    ),
    (
        "actions",
        r#"[{"type": "assign", "value": 1, "note": "x"}]"#,
        "actions[0].note",
        "note",
    ),
    (
        "actions",
        r#"[{"type": "set_custom_field", "value": {"value": "x"}}]"#,
        "actions[0].value.field",
        "missing field `field`",
    ),
    (
        "trigger",
        r#"{"type": "moon_rises"}"#,
        "trigger.type",
        "ticket_created",
    ),
    (
        "trigger",
        r#"{"type": "not_updated_for", "value": -5}"#,
        "trigger.value",
        "u32",
    ),
];

/// A rule that closed tickets trigger, with this member.
fn with(member: &str, value: &str) -> Value {
    let mut rule = json!({ "name": "n", "trigger": closed() });
    rule[member] = serde_json::from_str(value).unwrap();
    rule
}

#[tokio::test]
async fn a_part_that_is_not_known_is_refused_at_its_place() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (member, value, field, says) in UNKNOWN {
        let detail = admin.refuses_rule(&with(member, value), field).await;
        assert!(detail.contains(says), "{value}: {detail}");
    }
    assert_eq!(app.count("select count(*) from rules").await, 0);
}

/// A member of a rule, and where it is wrong.
const SENSELESS: [(&str, &str, &str); 17] = [
    ("name", r#""""#, "name"),
    ("name", r#""a\nb""#, "name"),
    (
        "trigger",
        r#"{"type": "not_updated_for", "value": 0}"#,
        "trigger.value",
    ),
    (
        "conditions",
        r#"[{"type": "subject_contains", "value": " "}]"#,
        "conditions[0].value",
    ),
    (
        "conditions",
        r#"[{"type": "has_tag", "value": "a,b"}]"#,
        "conditions[0].value",
    ),
    (
        "conditions",
        r#"[{"type": "day_of_week", "value": []}]"#,
        "conditions[0].value",
    ),
    (
        "conditions",
        r#"[{"type": "due_within", "value": 0}]"#,
        "conditions[0].value",
    ),
    (
        "conditions",
        r#"[{"type": "working_hours", "value": {"from": "09:00", "to": "09:00:00"}}]"#,
        "conditions[0].value.to",
    ),
    (
        "actions",
        r#"[{"type": "add_reply", "value": "a\u0000b"}]"#,
        "actions[0].value",
    ),
    (
        "actions",
        r#"[{"type": "set_due_date", "value": 0}]"#,
        "actions[0].value",
    ),
    (
        "actions",
        r#"[{"type": "send_mail", "value": {"to": [], "subject": "s", "body": "b"}}]"#,
        "actions[0].value.to",
    ),
    (
        "actions",
        r#"[{"type": "send_mail", "value": {"subject": "s", "body": "b",
            "to": [{"type": "submitter"}, {"type": "address", "value": "somebody"}]}}]"#,
        "actions[0].value.to[1].value",
    ),
    (
        "actions",
        r#"[{"type": "http_request", "value": {"method": "TRACE", "url": "http://x.test"}}]"#,
        "actions[0].value.method",
    ),
    (
        "actions",
        r#"[{"type": "http_request", "value": {"method": "GET", "url": "file:///etc/passwd"}}]"#,
        "actions[0].value.url",
    ),
    (
        "actions",
        r#"[{"type": "http_request", "value": {"method": "GET", "url": "http://"}}]"#,
        "actions[0].value.url",
    ),
    (
        "actions",
        r#"[{"type": "http_request", "value": {"method": "GET", "url": "http://x.test",
            "headers": [{"name": "A", "value": "b"}, {"name": "A B", "value": "c"}]}}]"#,
        "actions[0].value.headers[1].name",
    ),
    (
        "actions",
        r#"[{"type": "http_request", "value": {"method": "GET", "url": "http://x.test",
            "headers": [{"name": "A", "value": "b\r\nC: d"}]}}]"#,
        "actions[0].value.headers[0].value",
    ),
];

#[tokio::test]
async fn what_no_rule_can_do_is_refused_at_its_place() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (member, value, field) in SENSELESS {
        admin.refuses_rule(&with(member, value), field).await;
    }
}

#[tokio::test]
async fn names_texts_and_lists_are_bounded() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let text = |long: usize| json!([{ "type": "body_contains", "value": "ü".repeat(long) }]);
    let rule = |name: usize, conditions: Value| json!({ "name": "ü".repeat(name), "trigger": closed(), "conditions": conditions });
    let many = |count: usize| json!(vec![json!({ "type": "unanswered" }); count]);
    admin.makes("rules", rule(200, text(10_000))).await;
    admin.makes("rules", rule(1, many(50))).await;
    admin.refuses_rule(&rule(201, json!([])), "name").await;
    let long = rule(2, text(10_001));
    admin.refuses_rule(&long, "conditions[0].value").await;
    admin.refuses_rule(&rule(2, many(51)), "conditions").await;
    let mut actions = rule(2, json!([]));
    actions["actions"] = json!(vec![json!({ "type": "add_tag", "value": "t" }); 51]);
    admin.refuses_rule(&actions, "actions").await;
}

#[tokio::test]
async fn a_rule_of_a_later_version_is_listed_and_may_go() {
    let app = TestApp::start().await;
    let definition = json!({
        "trigger": { "type": "moon_rises" }, "conditions": [], "actions": [{ "type": "brew_tea", "value": ["green", 2] }],
    });
    app.sql(
        r#"insert into rules (id, name, definition) values
            (1, 'Later', '{"trigger": {"type": "moon_rises"}, "conditions": [], "actions": [{"type": "brew_tea", "value": ["green", 2]}]}')"#,
    )
    .await;
    let admin = app.admin().await;
    let all = admin.v2("GET", "rules").await.is_ok().json();
    assert_eq!(all["items"][0]["trigger"], definition["trigger"]);
    assert_eq!(all["items"][0]["actions"], definition["actions"]);
    let change = admin
        .v2("PATCH", "rules/1")
        .json(&json!({ "order": 2 }))
        .await;
    assert_eq!(change.json()["field"], "trigger.type", "{}", change.text());
    admin.post("DisableRule").param("id", 1).await.is_done();
    admin.v2("DELETE", "rules/1").await.has_status(204);
}

#[tokio::test]
async fn the_audit_log_has_no_secret_of_a_rule() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let rule = |key: &str| {
        let request = json!({
            "method": "POST", "url": format!("https://bot:{key}@hooks.test/services/{key}?key={key}"),
            "headers": [{ "name": "Authorization", "value": format!("Bearer {key}") }], "body": key,
        });
        doing(
            "Call",
            &closed(),
            &json!([{ "type": "add_tag", "value": "called" }, { "type": "http_request", "value": request }]),
        )
    };
    let id = admin.makes("rules", rule("hush-1")).await;
    let one = format!("rules/{id}");
    admin.v2("PUT", &one).json(&rule("hush-2")).await.is_ok();
    admin.v2("DELETE", &one).await.has_status(204);
    let rows: Vec<(String, Option<Value>, Option<Value>)> = sqlx::query_as(
        "select action, before, after from audit_log where object_type = 'rule' order by id",
    )
    .fetch_all(&mut app.database.connect().await)
    .await
    .unwrap();
    assert_eq!(rows.len(), 3);
    let all = format!("{rows:?}");
    assert!(!all.contains("hush"), "{all}");
    assert_eq!(
        rows[0].2.as_ref().unwrap()["actions"],
        json!([{ "type": "add_tag", "value": "called" }, { "type": "http_request", "value": {
            "method": "POST", "url": "hooks.test (not logged)",
            "headers": [{ "name": "Authorization", "value": "(not logged)" }], "body": "(not logged)",
        } }])
    );
}

#[tokio::test]
async fn rules_are_for_administrators_only() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let id = cast
        .admin
        .makes("rules", doing("n", &closed(), &json!([])))
        .await;
    for person in [&cast.owner, &cast.manager, &cast.tech] {
        for (verb, path) in [
            ("GET", "rules".to_owned()),
            ("GET", format!("rules/{id}")),
            ("GET", "rules/999".to_owned()),
            ("DELETE", format!("rules/{id}")),
        ] {
            is_problem(&person.v2(verb, &path).await, 403, "forbidden", None);
        }
        let call = person.v2("POST", "rules");
        let refused = call.json(&doing("m", &closed(), &json!([]))).await;
        is_problem(&refused, 403, "forbidden", None);
    }
}

#[tokio::test]
async fn the_description_shows_each_kind_of_part_with_its_value_and_nothing_else() {
    let app = TestApp::start().await;
    let path = "/api/openapi.json";
    let document = app.anonymous().call(reqwest::Method::GET, path).await;
    let document = document.is_ok().json();
    let schemas = &document["components"]["schemas"];
    let kinds = [
        "RuleTrigger",
        "RuleCondition",
        "RuleAction",
        "RuleRecipient",
    ]
    .map(|name| {
        let kinds = schemas[name]["oneOf"].as_array().unwrap();
        for kind in kinds {
            assert_eq!(kind["additionalProperties"], false, "{kind}");
        }
        kinds.len()
    });
    assert_eq!(kinds, [15, 25, 14, 6]);
    let draft = &schemas["RuleDraft"]["properties"];
    let refers = |name: &str| json!(format!("#/components/schemas/{name}"));
    assert_eq!(draft["trigger"]["$ref"], refers("RuleTrigger"));
    assert_eq!(draft["actions"]["items"]["$ref"], refers("RuleAction"));
    let edited = &schemas["RuleTrigger"]["oneOf"][10];
    assert_eq!(edited["required"], json!(["type"]));
    let assign = &schemas["RuleAction"]["oneOf"][0];
    assert_eq!(assign["properties"]["value"]["$ref"], refers("UserId"));
    assert_eq!(assign["required"], json!(["value", "type"]));
    assert_eq!(schemas["UserId"]["type"], "integer");
    assert_eq!(schemas["Priority"]["enum"], json!([-1, 0, 1, 2]));
}
