use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{closed, doing, with};
use crate::support::TestApp;
use crate::v2::is_problem;

fn running(rule: i64) -> Value {
    json!([{ "type": "trigger_rule", "value": rule }])
}

fn waiting() -> Value {
    json!({ "type": "triggered_by_another_rule" })
}

/// A member of a rule, and where it refers to what is not there; field 2 is one of assets.
const GONE: [(&str, &str, &str); 9] = [
    (
        "conditions",
        r#"[{"type": "category_is", "value": 999}]"#,
        "conditions[0].value",
    ),
    (
        "conditions",
        r#"[{"type": "status_is", "value": 999}]"#,
        "conditions[0].value",
    ),
    (
        "conditions",
        r#"[{"type": "company_is", "value": 999}]"#,
        "conditions[0].value",
    ),
    (
        "conditions",
        r#"[{"type": "department_is", "value": 999}]"#,
        "conditions[0].value",
    ),
    (
        "conditions",
        r#"[{"type": "submitter_is", "value": 999}]"#,
        "conditions[0].value",
    ),
    (
        "conditions",
        r#"[{"type": "custom_field_greater", "value": {"field": 2, "value": "x"}}]"#,
        "conditions[0].value.field",
    ),
    (
        "actions",
        r#"[{"type": "set_custom_field", "value": {"field": 2, "value": "x"}}]"#,
        "actions[0].value.field",
    ),
    (
        "actions",
        r#"[{"type": "assign", "value": -1}]"#,
        "actions[0].value",
    ),
    (
        "actions",
        r#"[{"type": "trigger_rule", "value": 999}]"#,
        "actions[0].value",
    ),
];

#[tokio::test]
async fn what_a_rule_refers_to_must_be_there_unless_it_was_before() {
    let app = TestApp::start().await;
    app.sql(
        "insert into custom_fields (id, usage, type, name) values (1, 1, 1, 'Of tickets'), (2, 2, 1, 'Of assets')",
    )
    .await;
    let cast = app.cast().await;
    let admin = &cast.admin;
    for (member, value, field) in GONE {
        let detail = admin.refuses_rule(&with(member, value), field).await;
        assert!(detail.contains("names no"), "{detail}");
    }
    let tech = cast.tech.id.0;
    let rule = json!({
        "name": "n", "trigger": { "type": "custom_field_edited", "value": 1 },
        "conditions": [{ "type": "assignee_is", "value": tech }],
        "actions": [{ "type": "set_status", "value": 3 }],
    });
    let id = admin.makes("rules", rule.clone()).await;
    admin
        .v2("DELETE", &format!("users/{tech}"))
        .await
        .has_status(204);
    let one = format!("rules/{id}");
    let change = json!({ "enabled": false, "actions": [{ "type": "set_status", "value": 2 }] });
    admin.v2("PATCH", &one).json(&change).await.is_ok();
    let change = json!({ "actions": [{ "type": "assign", "value": 999 }] });
    let refused = admin.v2("PATCH", &one).json(&change).await;
    is_problem(&refused, 400, "invalid", Some("actions[0].value"));
    let mut again = rule;
    again["name"] = "another".into();
    admin.refuses_rule(&again, "conditions[0].value").await;
}

#[tokio::test]
async fn rules_run_rules_that_wait_for_it_and_never_in_a_circle() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let last = admin
        .makes("rules", doing("last", &waiting(), &json!([])))
        .await;
    let middle = admin
        .makes("rules", doing("middle", &waiting(), &running(last)))
        .await;
    let first = admin
        .makes("rules", doing("first", &closed(), &running(middle)))
        .await;
    let detail = admin
        .refuses_rule(&doing("n", &closed(), &running(first)), "actions[0].value")
        .await;
    assert!(detail.contains("triggered_by_another_rule"), "{detail}");
    for (rule, target) in [(last, last), (last, middle), (middle, middle)] {
        let change = json!({ "actions": running(target) });
        let refused = admin
            .v2("PATCH", &format!("rules/{rule}"))
            .json(&change)
            .await;
        is_problem(&refused, 400, "invalid", Some("actions[0].value"));
    }
    let change = json!({ "trigger": closed() });
    let refused = admin
        .v2("PATCH", &format!("rules/{last}"))
        .json(&change)
        .await;
    is_problem(&refused, 400, "invalid", Some("trigger"));

    let refused = admin.v2("DELETE", &format!("rules/{last}")).await;
    is_problem(&refused, 409, "in_use", None);
    assert!(refused.text().contains("1 rules"), "{}", refused.text());
    let other = admin
        .makes("rules", doing("other", &waiting(), &json!([])))
        .await;
    let refused = admin
        .v2("DELETE", &format!("rules/{last}?move_to={other}"))
        .await;
    is_problem(&refused, 400, "invalid", Some("move_to"));
    for rule in [first, middle, last] {
        admin
            .v2("DELETE", &format!("rules/{rule}"))
            .await
            .has_status(204);
    }
}

#[tokio::test]
async fn two_rules_made_to_run_each_other_at_once_do_not_both_do_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for round in 0..5 {
        let mut rules = vec![];
        for name in ["a", "b", "c", "d"] {
            let rule = doing(&format!("{name}{round}"), &waiting(), &json!([]));
            rules.push(admin.makes("rules", rule).await);
        }
        let changes = rules.iter().zip(rules.iter().cycle().skip(1));
        let calls = changes.map(async |(rule, target)| {
            let call = admin.v2("PATCH", &format!("rules/{rule}"));
            call.json(&json!({ "actions": running(*target) })).await
        });
        let statuses: Vec<u16> = join_all(calls)
            .await
            .iter()
            .map(|reply| reply.status.as_u16())
            .collect();
        let refused = statuses.iter().filter(|status| **status == 400).count();
        assert_eq!(refused, 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 3);
    }
}

#[tokio::test]
async fn rules_that_mean_a_merged_user_mean_the_other_one() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let (admin, from, to) = (&cast.admin, cast.tech.id.0, cast.owner.id.0);
    let rule = |user: i32| {
        json!({
            "name": "n", "trigger": { "type": "not_updated_for", "value": from },
            "conditions": [{ "type": "submitter_is", "value": user }, { "type": "status_is", "value": 1 }],
            "actions": [{ "type": "assign", "value": user }, { "type": "add_subscriber", "value": to }],
        })
    };
    let id = admin.makes("rules", rule(from)).await;
    let merge = admin.post("MergeUsers");
    merge
        .param("fromUserId", from)
        .param("toUserId", to)
        .await
        .is_done();
    let after = admin.v2("GET", &format!("rules/{id}")).await.is_ok().json();
    for member in ["trigger", "conditions", "actions"] {
        assert_eq!(after[member], rule(to)[member]);
    }
}

#[tokio::test]
async fn what_a_rule_refers_to_is_in_use_and_gives_its_place_to_another_one() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut made = vec![];
    for (path, name) in [
        ("categories", "a"),
        ("categories", "b"),
        ("statuses", "a"),
        ("statuses", "b"),
    ] {
        made.push(admin.makes(path, json!({ "name": name })).await);
    }
    let rule = |at: usize| {
        json!({
            "name": "n", "trigger": closed(),
            "conditions": [{ "type": "category_is", "value": made[at] }, { "type": "unanswered" }],
            "actions": [{ "type": "set_status", "value": made[2 + at] }, { "type": "move_to_category", "value": made[at] }],
        })
    };
    let id = admin.makes("rules", rule(0)).await;
    for (path, from, to) in [
        ("categories", made[0], made[1]),
        ("statuses", made[2], made[3]),
    ] {
        let refused = admin.v2("DELETE", &format!("{path}/{from}")).await;
        is_problem(&refused, 409, "in_use", None);
        assert!(refused.text().contains("1 rules"), "{}", refused.text());
        let moved = format!("{path}/{from}?move_to={to}");
        admin.v2("DELETE", &moved).await.has_status(204);
    }
    let after = admin.v2("GET", &format!("rules/{id}")).await.is_ok().json();
    for member in ["conditions", "actions"] {
        assert_eq!(after[member], rule(1)[member]);
    }
}
