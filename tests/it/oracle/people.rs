//! Subscribers and users, and the numbers of one's own tickets, beside the rules in plain SQL.

use serde_json::Value;

use super::{Oracle, PEOPLE, desk, ids};
use crate::support::people::Person;

/// Technicians of any category, and administrators.
const IS_STAFF: &str = "((select is_admin from users where id = $1)
    or exists (select from category_technicians where user_id = $1))";

/// No more than who asks.
const CALLER: &str = "select $1::integer as id";

#[tokio::test]
async fn subscribers_are_those_of_the_oracle_and_addresses_are_for_staff() {
    let app = desk().await;
    let (mut shown, mut hidden) = (0, 0);
    for name in PEOPLE {
        let person = app.person(name).await;
        let mut oracle = Oracle::of(&app, &person).await;
        let seen = oracle.tickets("t.id % 23 = 0 and t.id <= 1000").await;
        for id in (1..=1000).filter(|id| id % 23 == 0) {
            let answer = person.get("Subscribers").param("id", id).await;
            if !seen.contains(&id) {
                answer.is_not_found();
                hidden += 1;
                continue;
            }
            let subscribers = answer.is_ok().json();
            let all = format!("select user_id as id from subscribers where ticket_id = {id}");
            let expected = oracle.ids(CALLER, &all).await;
            assert_eq!(ids(&subscribers, "UserID"), expected, "{name} {id}");
            shown += expected.len();

            let told = subscribers.as_array().unwrap().iter();
            let told: Vec<Value> = told.filter(|it| !it["Email"].is_null()).cloned().collect();
            let with_address = format!("{all} and (user_id = $1 or {IS_STAFF})");
            let expected = oracle.ids(CALLER, &with_address).await;
            assert_eq!(ids(&Value::Array(told), "UserID"), expected, "{name} {id}");
        }
    }
    assert!(shown > 100 && hidden > 100, "{shown} {hidden}");
}

async fn all_users(person: &Person<'_>, parameter: (&str, &str)) -> super::Ids {
    let mut all = super::Ids::new();
    for page in 1.. {
        let call = person.get("Users").param("count", 7).param("page", page);
        let users = call.param(parameter.0, parameter.1).await.is_ok().json();
        let before = all.len();
        all.extend(ids(&users, "UserID"));
        let length = users.as_array().unwrap().len();
        assert_eq!(all.len(), before + length, "a user came twice");
        if length < 7 {
            break;
        }
    }
    all
}

#[tokio::test]
async fn users_are_those_of_the_oracle_and_for_administrators() {
    let app = desk().await;
    app.sql(
        "update users set disabled = true where username in ('user3', 'user11');
        update users set deleted_at = now() where username = 'user4'",
    )
    .await;
    for name in PEOPLE.into_iter().filter(|name| *name != "administrator") {
        app.person(name).await.get("Users").await.is_forbidden();
    }
    let admin = app.person("administrator").await;
    let mut oracle = Oracle::of(&app, &admin).await;
    for (parameter, condition) in [
        (("listMode", "all"), "true"),
        (("listMode", "disabled"), "u.disabled"),
        (
            ("listMode", "techs"),
            "(u.is_admin or u.id in (select user_id from category_technicians))",
        ),
        (("companyId", "2"), "u.company_id = 2"),
        (("departmentId", "3"), "u.department_id = 3"),
    ] {
        let statement =
            format!("select u.id from users u where u.deleted_at is null and {condition}");
        let expected = oracle.ids(CALLER, &statement).await;
        assert!(!expected.is_empty(), "{parameter:?}");
        let found = all_users(&admin, parameter).await;
        assert_eq!(found, expected, "{parameter:?}");
    }
}

#[tokio::test]
async fn both_shapes_of_the_numbers_count_what_the_oracle_counts() {
    let app = desk().await;
    for name in PEOPLE {
        let person = app.person(name).await;
        let mut oracle = Oracle::of(&app, &person).await;
        for (own, keys) in [("true", 7), ("false", 8)] {
            let stats = person.get("Stats").param("forCurrentUser", own);
            let stats = stats.await.is_ok().json();
            assert_eq!(stats.as_object().unwrap().len(), keys, "{name} {own}");
            for (key, condition) in [
                ("NewTickets", "t.status_id = 1"),
                ("InProcess", "t.status_id = 2"),
                ("Unclosed", "t.status_id <> 3"),
                (
                    "Unanswered",
                    "t.status_id <> 3 and (t.status_id = 1 or t.updated_by_user or t.updated_for_tech_view)",
                ),
                (
                    "Unassigned",
                    "t.status_id <> 3 and t.assigned_to_user_id is null",
                ),
                (
                    "HandledByMe",
                    "t.status_id <> 3 and t.assigned_to_user_id = $1",
                ),
            ] {
                let expected = oracle.tickets(condition).await.len();
                assert_eq!(stats[key], expected, "{name} {own} {key}");
            }
            let (key, condition) = match own {
                "true" => ("SubmittedByMe", "t.status_id <> 3 and t.user_id = $1"),
                _ => ("TotalTickets", "true"),
            };
            let expected = oracle.tickets(condition).await.len();
            assert_eq!(stats[key], expected, "{name} {own} {key}");
        }
    }
}
