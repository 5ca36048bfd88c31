use std::future::IntoFuture;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::call::{Call, Credentials};
use crate::support::people::Person;

/// A user as the administrator reads him.
async fn read(admin: &Person<'_>, user: &Person<'_>) -> Value {
    let call = admin.get("User").param("userId", user.id);
    call.await.is_ok().json()
}

fn update<'a>(admin: &Person<'a>, user: &Person<'_>) -> Call<'a> {
    admin.post("UpdateUser").param("userId", user.id)
}

/// Him by a token of his.
async fn with_token<'a>(person: &Person<'a>) -> Person<'a> {
    let token = person.call(reqwest::Method::GET, "/user/token").await;
    Person {
        app: person.app,
        id: person.id,
        name: person.name.clone(),
        credentials: Credentials::Bearer(token.is_ok().text()),
    }
}

/// Every parameter of the document with a value, and where it shows.
const EVERYTHING: [(&str, &str, &str, &str); 14] = [
    ("username", "joe", "Username", "joe"),
    ("email", "joe@acme.example", "Email", "joe@acme.example"),
    ("firstName", "Joe", "FirstName", "Joe"),
    ("lastName", "Doe", "LastName", "Doe"),
    ("notes", "Beware:\r\nbites", "Notes", "Beware:\r\nbites"),
    ("phone", "+1 555", "Phone", "+1 555"),
    ("location", "Room 4", "Location", "Room 4"),
    ("department", "Sales", "Department", "Sales"),
    ("disabled", "true", "Disabled", "true"),
    ("company", "Acme", "CompanyName", "Acme"),
    ("enableEmailNotifications", "false", "SendEmail", "false"),
    ("greeting", "Hi #FirstName#", "Greeting", "Hi #FirstName#"),
    ("signature", "Cheers,\r\nJoe", "Signature", "Cheers,\r\nJoe"),
    ("outOfOffice", "true", "OutOfOffice", "true"),
];

#[tokio::test]
async fn every_parameter_of_the_document_is_applied_alone_and_together() {
    let app = TestApp::start().await;
    let (admin, ann, bob) = (
        app.admin().await,
        app.customer("ann").await,
        app.customer("bob").await,
    );
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let mut together = update(&admin, &ann);
    for (parameter, value, _, _) in EVERYTHING {
        together = together.param(parameter, value);
    }
    together.await.is_done();
    let user = read(&admin, &ann).await;
    for (parameter, _, key, shown) in EVERYTHING {
        assert_eq!(text(&user[key]), shown, "{parameter}");
    }
    for (parameter, value, key, shown) in EVERYTHING {
        let before = read(&admin, &bob).await;
        // Two users cannot have one name.
        let (value, shown) = match parameter {
            "username" => ("jim", "jim"),
            "email" => ("jim@acme.example", "jim@acme.example"),
            _ => (value, shown),
        };
        update(&admin, &bob).param(parameter, value).await.is_done();
        let after = read(&admin, &bob).await;
        assert_eq!(text(&after[key]), shown, "{parameter}");
        let others = |user: &Value| {
            let mut user = user.clone();
            for changed in [
                key,
                "FullName",
                "FullNameAndLogin",
                "DepartmentName",
                "DepartmentID",
                "CompanyId",
            ] {
                user[changed] = Value::Null;
            }
            user
        };
        assert_eq!(others(&after), others(&before), "{parameter}");
    }
    let updates = "select count(*) from outbox where event = 'user.updated' and payload ? 'userId'";
    assert_eq!(app.count(updates).await, 15);
}

/// ann has everything, and is disabled.
async fn fill(app: &TestApp) {
    app.sql(
        "insert into companies (id, name) values (7, 'Acme');
        insert into departments (id, name) values (8, 'Sales');
        update users set first_name = 'Ann', last_name = 'Lee', notes = 'x', phone = 'x', location = 'x', greeting = 'x',
            signature = 'x', company_id = 7, department_id = 8, disabled = true, send_email = false, out_of_office = true
        where username = 'ann'",
    )
    .await;
}

/// A call with these parameters, all empty.
fn emptying<'a>(admin: &Person<'a>, user: &Person<'_>, parameters: &[&str]) -> Call<'a> {
    parameters
        .iter()
        .fold(update(admin, user), |call, name| call.param(name, ""))
}

#[tokio::test]
async fn what_cannot_be_empty_is_not_given_when_it_is() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    fill(&app).await;
    let before = read(&admin, &ann).await;
    update(&admin, &ann).await.is_done();
    let switches = ["disabled", "enableEmailNotifications", "outOfOffice"];
    let names = ["username", "email", "password"];
    emptying(&admin, &ann, &[switches, names].concat())
        .await
        .is_done();
    update(&admin, &ann)
        .param("username", " ")
        .param("email", " ")
        .await
        .is_done();
    assert_eq!(read(&admin, &ann).await, before);
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        0
    );
    assert_eq!(app.count("select count(*) from outbox").await, 0);
}

#[tokio::test]
async fn an_empty_value_clears_what_may_be_empty() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    fill(&app).await;
    let before = read(&admin, &ann).await;
    let parameters = [
        "firstName",
        "lastName",
        "notes",
        "phone",
        "location",
        "greeting",
        "signature",
        "company",
        "department",
    ];
    emptying(&admin, &ann, &parameters).await.is_done();
    let after = read(&admin, &ann).await;
    for key in [
        "FirstName",
        "LastName",
        "Phone",
        "Location",
        "Greeting",
        "Signature",
    ] {
        assert_eq!(after[key], "", "{key}");
    }
    for key in [
        "Notes",
        "CompanyName",
        "CompanyId",
        "Department",
        "DepartmentID",
    ] {
        assert_eq!(after[key], Value::Null, "{key}");
    }
    for key in ["Username", "Email", "Disabled", "SendEmail", "OutOfOffice"] {
        assert_eq!(after[key], before[key], "{key}");
    }
}

#[tokio::test]
async fn what_the_document_does_not_name_changes_nothing() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    app.sql("insert into companies (id, name) values (7, 'Acme')")
        .await;
    let mut call = update(&admin, &ann).param("firstName", "Ann");
    for (name, value) in [
        ("isAdmin", "true"),
        ("is_admin", "true"),
        ("isTech", "true"),
        ("isManager", "true"),
        ("isDepartmentManager", "true"),
        ("companyId", "7"),
        ("departmentId", "7"),
        ("passwordHash", "x"),
        ("tokenVersion", "9"),
        ("twoFactorEnabled", "true"),
        ("twoFactorAuthEnabled", "true"),
        ("sendEmail", "false"),
        ("createdAt", "2000-01-01"),
        ("lastSeen", "2000-01-01"),
        ("lastPasswordChange", "2000-01-01"),
        ("deletedAt", "2000-01-01"),
        ("lang", "de"),
        ("avatarUrl", "x"),
        ("ipAddress", "x"),
        ("darkMode", "true"),
        ("categoryId", "1"),
    ] {
        call = call.param(name, value);
    }
    call.await.is_done();
    let untouched = "select count(*) from users where first_name = 'Ann' and not is_admin and not is_manager
        and not is_department_manager and company_id is null and department_id is null and token_version = 1
        and not two_factor_enabled and send_email and created_at > now() - interval '1 day' and lang = ''
        and avatar_url is null and password_hash <> 'x' and deleted_at is null and last_seen_at is null
        and last_password_change_at is null and ip_address is null and not dark_mode";
    assert_eq!(app.count(untouched).await, 1);
    let grants = "select count(*) from category_technicians";
    assert_eq!(app.count(grants).await, 0);
    let changed =
        "select count(*) from outbox where payload -> 'changes' = '[\"firstName\"]'::jsonb";
    assert_eq!(app.count(changed).await, 1);
}

#[tokio::test]
async fn names_of_others_are_taken_and_ones_own_are_not() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    app.customer("bob").await;
    for (parameter, taken) in [
        ("username", "BOB"),
        ("username", "Bob@desk.test"),
        ("email", "BOB@desk.test"),
    ] {
        update(&admin, &ann)
            .param(parameter, taken)
            .await
            .is_bad(parameter);
    }
    app.sql("insert into users (username) values ('old@desk.test')")
        .await;
    update(&admin, &ann)
        .param("email", "old@desk.test")
        .await
        .is_bad("email");
    assert_eq!(app.count("select count(*) from outbox").await, 0);
    // Her own, in another case or in the other's place.
    update(&admin, &ann)
        .param("username", "Ann")
        .param("email", "Ann@Desk.test")
        .await
        .is_done();
    update(&admin, &ann)
        .param("username", "ann@desk.test")
        .await
        .is_done();
    let user = read(&admin, &ann).await;
    assert_eq!(
        (&user["Username"], &user["Email"]),
        (&json!("ann@desk.test"), &json!("Ann@Desk.test"))
    );
    // What she gave up is free.
    update(&admin, &app.customer("bob").await)
        .param("username", "ann")
        .await
        .is_done();
}

#[tokio::test]
async fn a_new_password_ends_the_old_one_and_every_token_at_once() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let by_token = with_token(&ann).await;
    by_token.get("Authorization").await.is_ok();
    update(&admin, &ann)
        .param("password", "canary: a new one")
        .await
        .is_done();
    by_token.get("Authorization").await.is_unauthorized();
    ann.get("Authorization").await.is_unauthorized();
    let anew = app.known("ann", "canary: a new one");
    let record = anew.get("Authorization").await.is_ok().json();
    assert_ne!(record["LastPasswordChange"], Value::Null);
    with_token(&anew).await.get("Authorization").await.is_ok();
    let recorded =
        "select count(*) from audit_log where action = 'user.updated' and object_id is not null
        and after = '{\"password\": \"changed\"}'::jsonb";
    assert_eq!(app.count(recorded).await, 1);
    let leaked = "select count(*) from (select a::text t from audit_log a union all select o::text from outbox o
        union all select u::text from users u) x where t like '%canary%' or t like '%password-of-ann%'";
    assert_eq!(app.count(leaked).await, 0);
    let hashes = "select count(*) from (select a::text t from audit_log a union all select o::text from outbox o) x
        where t like '%argon2%'";
    assert_eq!(app.count(hashes).await, 0);
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once_and_his_old_token_stays_dead() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let by_token = with_token(&ann).await;
    ann.get("Authorization").await.is_ok();
    update(&admin, &ann).param("disabled", true).await.is_done();
    by_token.get("Authorization").await.is_unauthorized();
    ann.get("Authorization").await.is_unauthorized();
    update(&admin, &ann)
        .param("disabled", false)
        .await
        .is_done();
    by_token.get("Authorization").await.is_unauthorized();
    ann.get("Authorization").await.is_ok();
}

#[tokio::test]
async fn the_last_administrator_who_may_log_in_cannot_be_disabled() {
    let app = TestApp::start().await;
    let (admin, boss) = (app.admin().await, app.customer("boss").await);
    app.sql("update users set is_admin = true, disabled = true where username = 'boss'")
        .await;
    let disable = || update(&admin, &admin).param("disabled", true);
    disable().param("firstName", "x").await.is_bad("disabled");
    assert_eq!(read(&admin, &admin).await["FirstName"], "");
    update(&admin, &boss)
        .param("disabled", false)
        .await
        .is_done();
    disable().await.is_done();
    admin.get("Authorization").await.is_unauthorized();
    boss.get("Authorization").await.is_ok();
}

#[tokio::test]
async fn of_two_administrators_who_disable_each_other_one_is_left() {
    let app = TestApp::start().await;
    let (admin, boss) = (app.admin().await, app.customer("boss").await);
    app.sql("update users set is_admin = true").await;
    for person in [&admin, &boss] {
        person.get("Authorization").await.is_ok();
    }
    let lock = app.hold_lock("users.administrators").await;
    let calls = [(&admin, &boss), (&boss, &admin)]
        .map(|(one, other)| update(one, other).param("disabled", true).into_future());
    let (replies, ()) = tokio::join!(join_all(calls), lock.release_when_waited_for_by(2));
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    let left = "select count(*) from users where is_admin and not disabled";
    assert_eq!(app.count(left).await, 1);
}

#[tokio::test]
async fn companies_and_departments_are_made_when_new_and_taken_when_known() {
    let app = TestApp::start().await;
    let (admin, ann, bob) = (
        app.admin().await,
        app.customer("ann").await,
        app.customer("bob").await,
    );
    for (user, company, department) in [(&ann, "New Ltd", "New"), (&bob, " NEW LTD", "new ")] {
        update(&admin, user)
            .param("company", company)
            .param("department", department)
            .await
            .is_done();
    }
    let (one, other) = (read(&admin, &ann).await, read(&admin, &bob).await);
    for key in ["CompanyId", "CompanyName", "DepartmentID", "Department"] {
        assert_eq!(one[key], other[key], "{key}");
    }
    assert_eq!(one["CompanyName"], "New Ltd");
    let made =
        "select count(*) from audit_log where action in ('company.created', 'department.created')";
    assert_eq!(app.count(made).await, 2);
}

#[tokio::test]
async fn of_many_who_want_one_name_at_once_one_gets_it_and_none_waits_in_vain() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql("insert into users (username) select 'user' || n from generate_series(1, 20) n")
        .await;
    admin.get("Authorization").await.is_ok();
    let users: Vec<i32> = sqlx::query_scalar("select id from users where username like 'user%'")
        .fetch_all(&mut app.database.connect().await)
        .await
        .unwrap();
    let calls = users.iter().map(|id| {
        let call = admin.post("UpdateUser").param("userId", id);
        let call = call.param("username", "joe").param("company", "New Ltd");
        call.param("department", "New").into_future()
    });
    let (made, refused): (Vec<_>, Vec<_>) = join_all(calls)
        .await
        .into_iter()
        .partition(|reply| reply.status == 200);
    assert_eq!(made.len(), 1);
    for reply in refused {
        reply.is_bad("username");
    }
    let calls = users.iter().map(|id| {
        let call = admin.post("UpdateUser").param("userId", id);
        call.param("company", "Other")
            .param("department", "Other")
            .into_future()
    });
    for reply in join_all(calls).await {
        reply.is_done();
    }
    assert_eq!(app.count("select count(*) from companies").await, 2);
    assert_eq!(app.count("select count(*) from departments").await, 2);
}

#[tokio::test]
async fn the_audit_log_says_what_was_and_what_is() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    update(&admin, &ann)
        .param("phone", "+1 555")
        .param("notes", "Beware")
        .param("lastName", "")
        .param("outOfOffice", false)
        .await
        .is_done();
    let (actor, before, after): (i32, Value, Value) = sqlx::query_as(
        "select actor_user_id, before, after from audit_log
        where action = 'user.updated' and object_type = 'user' and object_id = $1",
    )
    .bind(ann.id.0)
    .fetch_one(&mut app.database.connect().await)
    .await
    .unwrap();
    assert_eq!(actor, admin.id.0);
    assert_eq!(before, json!({ "phone": "", "notes": null }));
    assert_eq!(after, json!({ "phone": "+1 555", "notes": "Beware" }));
}

#[tokio::test]
async fn wrong_parameters_are_named_and_nothing_is_half_done() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let before = read(&admin, &ann).await;
    let long = "x".repeat(300);
    let longer = "x".repeat(10_001);
    admin
        .post("UpdateUser")
        .param("phone", "1")
        .await
        .is_bad("userId");
    for (parameter, value) in [
        ("username", long.as_str()),
        ("username", "ann:admin"),
        ("username", "a\nb"),
        ("email", "ann"),
        ("email", "a@b@c"),
        ("firstName", &long),
        ("lastName", "a\r\nb"),
        ("phone", &long),
        ("location", &long),
        ("company", &long),
        ("department", &long),
        ("notes", &longer),
        ("greeting", "\u{1b}[31m"),
        ("signature", &longer),
        ("password", &"x".repeat(1025)),
        ("disabled", "perhaps"),
        ("enableEmailNotifications", "2"),
        ("outOfOffice", "x"),
    ] {
        let call = update(&admin, &ann)
            .query("company", "New Ltd")
            .param(parameter, value);
        call.await.has_status(400);
        let call = update(&admin, &ann).param(parameter, value);
        call.await.is_bad(parameter);
    }
    assert_eq!(read(&admin, &ann).await, before);
    assert_eq!(app.count("select count(*) from companies").await, 0);
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        0
    );
}

#[tokio::test]
async fn unknown_and_deleted_users_are_not_found() {
    let app = TestApp::start().await;
    let (admin, gone) = (app.admin().await, app.customer("gone").await);
    admin
        .post("DeleteUser")
        .param("userId", gone.id)
        .await
        .is_done();
    let call = admin.post("UpdateUser").param("userId", 999);
    let unknown = call.param("phone", "1").await.is_not_found().text();
    let call = update(&admin, &gone)
        .param("phone", "1")
        .param("password", "revived")
        .param("disabled", false);
    assert_eq!(call.await.is_not_found().text(), unknown);
    let alive = "select count(*) from users where phone <> '' or (password_hash is not null) <> (username = 'admin')";
    assert_eq!(app.count(alive).await, 0);
}

#[tokio::test]
async fn only_administrators_update_users_even_themselves() {
    let app = TestApp::start().await;
    let (tess, ann) = (
        app.technician("tess", &[1]).await,
        app.customer("ann").await,
    );
    for person in [&tess, &ann] {
        for id in [tess.id.0, ann.id.0, 999] {
            // The role comes before the look-up and before the parameters.
            let call = person.post("UpdateUser").param("userId", id);
            call.param("email", "x").await.is_forbidden();
        }
    }
    update(&app.anonymous(), &ann)
        .param("phone", "1")
        .await
        .is_unauthorized();
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        0
    );
}
