use std::future::IntoFuture;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::call::{Call, Reply};
use crate::support::people::Person;

/// A user as the administrator reads him.
async fn read(admin: &Person<'_>, id: i32) -> Value {
    admin.get("User").param("userId", id).await.is_ok().json()
}

#[tokio::test]
async fn an_administrator_creates_a_user_who_can_log_in() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin
        .post("CreateUser")
        .param("email", "joe@acme.example")
        .param("username", "joe")
        .param("password", "secret:with colon")
        .param("firstName", "Joe")
        .param("lastName", "Doe")
        .param("phone", "+1 555")
        .param("location", "Room 4")
        .param("company", "Acme")
        .param("department", "Sales")
        .param("sendWelcomeEmail", true)
        .await
        .is_ok()
        .number();
    let user = read(&admin, id).await;
    for (key, value) in [
        ("Username", "joe"),
        ("Email", "joe@acme.example"),
        ("FullName", "Joe Doe"),
        ("Phone", "+1 555"),
        ("Location", "Room 4"),
        ("CompanyName", "Acme"),
        ("Department", "Sales"),
    ] {
        assert_eq!(user[key], value, "{key}");
    }
    for key in ["IsAdmin", "IsTech", "IsManager", "Disabled"] {
        assert_eq!(user[key], false, "{key}");
    }
    for login in ["joe", "JOE@acme.example"] {
        let reply = app
            .client
            .post(format!("http://{}/api/Authorization", app.address));
        let reply = reply
            .basic_auth(login, Some("secret:with colon"))
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status(), 200);
    }
    let audited =
        "select count(*) from audit_log where action = 'user.created' and object_id is not null";
    assert_eq!(app.count(audited).await, 1);
    let told = "select count(*) from outbox where event = 'user.created' and (payload ->> 'sendWelcomeEmail')::boolean";
    assert_eq!(app.count(told).await, 1);
    let secrets = "select count(*) from (select after::text t from audit_log union all select payload::text from outbox) x
        where t like '%secret%'";
    assert_eq!(app.count(secrets).await, 0);
}

#[tokio::test]
async fn the_address_is_enough_and_is_the_username_then() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin
        .get("createuser")
        .param("Email", " max@test ")
        .await
        .is_ok()
        .number();
    let user = read(&admin, id).await;
    assert_eq!(
        (&user["Username"], &user["Email"]),
        (&json!("max@test"), &json!("max@test"))
    );
    assert_eq!(user["FullNameAndLogin"], "max@test");
    // A strong password nobody knows, and none that an empty one matches.
    assert_eq!(app.count("select count(*) from users where username = 'max@test' and password_hash like '$argon2id$%'").await, 1);
}

#[tokio::test]
async fn a_company_and_a_department_are_taken_when_known_and_made_when_new() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql(
        "insert into companies (id, name, email_domains) values (7, 'Acme', '{acme.example,acme.test}');
        insert into departments (id, name) values (8, 'Sales')",
    )
    .await;
    let create = async |email: &str, company: &str, department: &str| {
        let call = admin
            .post("CreateUser")
            .param("email", email)
            .param("company", company);
        let id = call.param("department", department).await.is_ok().number();
        let user = read(&admin, id).await;
        (user["CompanyId"].as_i64(), user["DepartmentID"].as_i64())
    };
    assert_eq!(
        create("a@x.test", "ACME", " sales ").await,
        (Some(7), Some(8))
    );
    assert_eq!(create("b@Acme.Example", "", "").await, (Some(7), None));
    assert_eq!(create("c@sub.acme.example", "", "").await, (None, None));
    let (company, department) = create("d@acme.example", "New Ltd", "New").await;
    assert_eq!(
        create("e@x.test", "new ltd", "NEW").await,
        (company, department)
    );
    assert_eq!(app.count("select count(*) from companies").await, 2);
    assert_eq!(app.count("select count(*) from departments").await, 2);
}

#[tokio::test]
async fn a_taken_address_or_username_is_refused_and_named() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.customer("ann").await;
    let create = |email: &str, username: &str| {
        admin
            .post("CreateUser")
            .param("email", email)
            .param("username", username)
    };
    create("ANN@desk.test", "other").await.is_bad("email");
    create("other@desk.test", "Ann").await.is_bad("username");
    // Both log in: a user name that is another's address would be him.
    create("other@desk.test", "ann@desk.test")
        .await
        .is_bad("username");
    app.sql("insert into users (username, email) values ('old@desk.test', 'new@desk.test')")
        .await;
    create("old@desk.test", "other").await.is_bad("email");
    assert_eq!(
        app.count("select count(*) from users where deleted_at is null")
            .await,
        3
    );
    assert_eq!(app.count("select count(*) from outbox").await, 0);
}

#[tokio::test]
async fn wrong_parameters_of_create_user_are_named() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let long = "x".repeat(300);
    admin.post("CreateUser").await.is_bad("email");
    for email in [
        "joe",
        "joe@",
        "@test",
        "a b@test",
        "a:b@test",
        "a@b@c",
        "a@b\nBcc: c@d",
        &format!("{long}@test"),
    ] {
        admin
            .post("CreateUser")
            .param("email", email)
            .await
            .is_bad("email");
    }
    for (parameter, value) in [
        ("username", long.as_str()),
        ("username", "joe:admin"),
        ("firstName", &long),
        ("lastName", "a\r\nb"),
        ("phone", &long),
        ("location", &long),
        ("company", &long),
        ("department", &long),
        ("password", &"x".repeat(1025)),
        ("sendWelcomeEmail", "perhaps"),
    ] {
        let call = admin
            .post("CreateUser")
            .param("email", "joe@test")
            .param(parameter, value);
        call.await.is_bad(parameter);
    }
    assert_eq!(
        app.count("select count(*) from users where deleted_at is null")
            .await,
        1
    );
    assert_eq!(app.count("select count(*) from companies").await, 0);
}

#[tokio::test]
async fn only_administrators_create_users() {
    let app = TestApp::start().await;
    app.sql("insert into companies (id, name) values (7, 'Acme')")
        .await;
    let manager = app.customer("manager").await;
    app.change(
        "update users set is_manager = true, company_id = 7 where id = $1",
        manager.id.0,
    )
    .await;
    for person in [
        manager,
        app.technician("tess", &[1]).await,
        app.customer("ann").await,
    ] {
        let call = person
            .post("CreateUser")
            .param("email", "joe@test")
            .param("isAdmin", true);
        call.await.is_forbidden();
    }
    app.anonymous()
        .post("CreateUser")
        .param("email", "joe@test")
        .await
        .is_unauthorized();
    assert_eq!(
        app.count("select count(*) from users where email = 'joe@test'")
            .await,
        0
    );
}

#[tokio::test]
async fn a_new_user_is_a_regular_one_whatever_is_asked_for() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql("insert into companies (id, name) values (7, 'Acme')")
        .await;
    let mut call = admin
        .post("CreateUser")
        .param("email", "joe@test")
        .param("password", "secret");
    for (name, value) in [
        ("isAdmin", "true"),
        ("is_admin", "true"),
        ("isTech", "true"),
        ("isManager", "true"),
        ("isDepartmentManager", "true"),
        ("companyId", "7"),
        ("company_id", "7"),
        ("departmentId", "7"),
        ("passwordHash", "x"),
        ("tokenVersion", "9"),
        ("disabled", "true"),
        ("id", "4711"),
        ("userId", "4711"),
        ("notes", "x"),
        ("signature", "x"),
        ("twoFactorEnabled", "true"),
        ("sendEmail", "false"),
        ("createdAt", "2000-01-01"),
        ("lang", "de"),
        ("avatarUrl", "x"),
        ("userAgent", "x"),
        ("categoryId", "1"),
    ] {
        call = call.param(name, value);
    }
    let id = call.await.is_ok().number();
    assert_ne!(id, 4711);
    let untouched = "select count(*) from users where email = 'joe@test' and not is_admin and not is_manager
        and not is_department_manager and company_id is null and department_id is null and token_version = 1
        and not disabled and notes is null and signature = '' and not two_factor_enabled and send_email
        and created_at > now() - interval '1 day' and lang = '' and avatar_url is null and password_hash <> 'x'
        and deleted_at is null and username = email";
    assert_eq!(app.count(untouched).await, 1);
    assert_eq!(
        app.count("select count(*) from category_technicians").await,
        0
    );
}

/// Fifty calls at once, each by somebody the server already knows.
async fn fifty<'a>(admin: &Person<'a>, call: impl Fn(i32) -> Call<'a>) -> Vec<Reply> {
    admin.get("Authorization").await.is_ok();
    join_all((0..50).map(|n| call(n).into_future())).await
}

#[tokio::test]
async fn of_fifty_who_create_one_address_at_once_one_does() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let call = |_| {
        admin
            .post("CreateUser")
            .param("email", "joe@test")
            .param("company", "New Ltd")
    };
    let replies = fifty(&admin, call).await;
    let (made, refused): (Vec<_>, Vec<_>) =
        replies.into_iter().partition(|reply| reply.status == 200);
    assert_eq!((made.len(), refused.len()), (1, 49));
    for reply in refused {
        reply.is_bad("email");
    }
    assert_eq!(
        app.count("select count(*) from users where email = 'joe@test'")
            .await,
        1
    );
    assert_eq!(app.count("select count(*) from companies").await, 1);
}

#[tokio::test]
async fn of_fifty_who_bring_one_new_company_at_once_one_makes_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let call = |n| {
        let company = if n % 2 == 0 { "New Ltd" } else { "NEW LTD" };
        let call = admin
            .post("CreateUser")
            .param("email", format!("user{n}@test"));
        call.param("company", company).param("department", "New")
    };
    for reply in fifty(&admin, call).await {
        reply.is_ok();
    }
    assert_eq!(app.count("select count(*) from companies").await, 1);
    assert_eq!(app.count("select count(*) from departments").await, 1);
    assert_eq!(
        app.count("select count(distinct company_id) from users where email like 'user%'")
            .await,
        1
    );
    assert_eq!(
        app.count("select count(*) from users where company_id is not null")
            .await,
        50
    );
}
