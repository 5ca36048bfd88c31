use serde_json::json;

use super::is_problem;
use crate::support::TestApp;

#[tokio::test]
async fn a_user_is_made_with_his_roles_and_a_password_and_logs_in() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql("insert into companies (id, name) values (7, 'Empire'); insert into departments (id, name) values (3, 'Sales')").await;
    let draft = json!({
        "username": "tess",
        "email": "tess@desk.test",
        "first_name": "Tess",
        "last_name": "Tester",
        "manager": true,
        "technician_of": [1],
        "company_id": 7,
        "department_id": 3,
        "phone": "1",
        "location": "2",
        "notes": "3",
        "greeting": "4",
        "signature": "5",
        "send_email": false,
        "password": "open sesame",
    });
    let made = admin.v2("POST", "users").json(&draft).await.has_status(201);
    assert!(!made.text().contains("sesame"));
    let mut expected = draft.clone();
    expected.as_object_mut().unwrap().remove("password");
    expected["id"] = made.json()["id"].clone();
    for (name, value) in [
        ("administrator", false),
        ("department_manager", false),
        ("disabled", false),
        ("out_of_office", false),
    ] {
        expected[name] = json!(value);
    }
    assert_eq!(made.json(), expected);
    let tess = app.known("tess", "open sesame");
    tess.get("Authorization").await.is_ok();
    tess.get("Users").await.is_forbidden();
}

#[tokio::test]
async fn a_change_of_roles_or_password_holds_from_the_next_call_on() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let user = json!({"username": "tess", "password": "open sesame"});
    let id = admin.makes("users", user).await;
    let tess = app.known("tess", "open sesame");
    tess.get("Users").await.is_forbidden();
    let one = format!("users/{id}");
    admin
        .v2("PATCH", &one)
        .json(&json!({"administrator": true}))
        .await
        .is_ok();
    tess.get("Users").await.is_ok();
    admin
        .v2("PATCH", &one)
        .json(&json!({"administrator": false}))
        .await
        .is_ok();
    tess.get("Users").await.is_forbidden();
    let new = json!({"password": "another one"});
    admin
        .v2("PUT", &format!("{one}/password"))
        .json(&new)
        .await
        .has_status(204);
    tess.get("Authorization").await.is_unauthorized();
    app.known("tess", "another one")
        .get("Authorization")
        .await
        .is_ok();
    admin
        .v2("PATCH", &one)
        .json(&json!({"disabled": true}))
        .await
        .is_ok();
    app.known("tess", "another one")
        .get("Authorization")
        .await
        .is_unauthorized();
}

#[tokio::test]
async fn a_user_without_a_password_is_nobody_who_logs_in() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin.makes("users", json!({"username": "carl"})).await;
    app.known("carl", "")
        .get("Authorization")
        .await
        .is_unauthorized();
    let empty = admin
        .v2("POST", "users")
        .json(&json!({"username": "c2", "password": ""}))
        .await;
    is_problem(&empty, 400, "invalid", Some("password"));
    let number = admin
        .v2("POST", "users")
        .json(&json!({"username": "c2", "password": 5}))
        .await;
    is_problem(&number, 400, "invalid", Some("password"));
}

#[tokio::test]
async fn a_user_joins_the_company_of_his_address_as_everywhere() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql(
        "insert into companies (id, name, email_domains) values (7, 'Empire', '{empire.test}')",
    )
    .await;
    let made = admin
        .v2("POST", "users")
        .json(&json!({"username": "vader", "email": "v@empire.test"}))
        .await;
    assert_eq!(made.has_status(201).json()["company_id"], 7);
}

#[tokio::test]
async fn what_a_user_cannot_have_names_its_field() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.person("tess").await;
    for (field, value, status, code) in [
        ("username", json!("TESS"), 409, "conflict"),
        ("username", json!("tess@desk.test"), 409, "conflict"),
        ("email", json!("Tess@Desk.Test"), 409, "conflict"),
        ("username", json!("a:b"), 400, "invalid"),
        ("username", json!(""), 400, "invalid"),
        ("email", json!("nobody"), 400, "invalid"),
        ("company_id", json!(99), 400, "invalid"),
        ("department_id", json!(99), 400, "invalid"),
        ("technician_of", json!([99]), 400, "invalid"),
    ] {
        let mut draft = json!({"username": "new"});
        draft[field] = value;
        let reply = admin.v2("POST", "users").json(&draft).await;
        is_problem(&reply, status, code, Some(field));
    }
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let one = format!("users/{}", admin.id);
    for (field, value) in [("administrator", false), ("disabled", true)] {
        let mut change = json!({});
        change[field] = json!(value);
        let reply = admin.v2("PATCH", &one).json(&change).await;
        is_problem(&reply, 400, "invalid", Some(field));
    }
    admin.v2("DELETE", &one).await.has_status(400);
}

#[tokio::test]
async fn two_administrators_cannot_dismiss_each_other_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let boss = app.person("boss").await;
    app.change("update users set is_admin = true where id = $1", boss.id.0)
        .await;
    let (one, other) = (format!("users/{}", admin.id), format!("users/{}", boss.id));
    let dismissed = json!({"administrator": false});
    let first = async { admin.v2("PATCH", &other).json(&dismissed).await };
    let second = async { boss.v2("PATCH", &one).json(&dismissed).await };
    let (first, second) = futures_util::join!(first, second);
    let done = [&first, &second]
        .iter()
        .filter(|reply| reply.status == 200)
        .count();
    assert_eq!(done, 1, "{} {}", first.text(), second.text());
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_a_merged_one_lives_on_in_another() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    let ticket = ann.creates_a_ticket().await;
    admin
        .v2("DELETE", &format!("users/{}?move_to={}", ann.id, bob.id))
        .await
        .has_status(204);
    bob.get("Ticket").param("id", ticket).await.is_ok();
    is_problem(
        &admin.v2("GET", &format!("users/{}", ann.id)).await,
        404,
        "not_found",
        None,
    );
    let stale = admin
        .v2("DELETE", &format!("users/{}", bob.id))
        .header("if-match", "\"x\"")
        .await;
    is_problem(&stale, 412, "stale", None);
    admin
        .v2("DELETE", &format!("users/{}", bob.id))
        .await
        .has_status(204);
    bob.get("Authorization").await.is_unauthorized();
}

#[tokio::test]
async fn users_are_found_by_what_they_are() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql("insert into companies (id, name) values (7, 'Empire')")
        .await;
    app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    app.change(
        "update users set company_id = 7, disabled = true where id = $1",
        ann.id.0,
    )
    .await;
    for (query, names) in [
        ("username=TESS", vec!["tess"]),
        ("email=ann@desk.test", vec!["ann"]),
        ("company_id=7", vec!["ann"]),
        ("department_id=7", vec![]),
        ("staff=true", vec!["admin", "tess"]),
        ("staff=false", vec!["ann"]),
        ("disabled=true", vec!["ann"]),
        ("disabled=false&limit=1", vec!["admin"]),
    ] {
        let page = admin
            .v2("GET", &format!("users?{query}"))
            .await
            .is_ok()
            .json();
        let found: Vec<&str> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["username"].as_str().unwrap())
            .collect();
        assert_eq!(found, names, "{query}");
    }
}

#[tokio::test]
async fn a_password_sent_twice_with_a_key_is_stored_nowhere() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let send = || {
        let call = admin.v2("POST", "users").header("idempotency-key", "k");
        call.json(&json!({"username": "carl", "password": "open sesame"}))
    };
    send().await.has_status(201);
    send().await.has_status(201);
    let stored = app.count("select count(*) from idempotency_keys where to_jsonb(idempotency_keys)::text like '%sesame%'").await;
    let audited = app
        .count("select count(*) from audit_log where to_jsonb(audit_log)::text like '%sesame%'")
        .await;
    assert_eq!((stored, audited), (0, 0));
    // Nor in a form in which whoever has a copy of the database tries passwords as fast as he can hash.
    let body = serde_json::to_vec(&json!({"username": "carl", "password": "open sesame"})).unwrap();
    let stored: Vec<u8> = sqlx::query_scalar("select request_hash from idempotency_keys")
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
    assert_ne!(stored, blake3::hash(&body).as_bytes());
    let other = admin.v2("POST", "users").header("idempotency-key", "k");
    let other = other.json(&json!({"username": "carl", "password": "another one"}));
    is_problem(&other.await, 422, "idempotency_key_reused", None);
}
