use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::call::Reply;

fn names(reply: Reply) -> Vec<String> {
    let users = reply.is_ok().json();
    let names = users
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["Username"].as_str().unwrap().to_owned());
    names.collect()
}

#[tokio::test]
async fn users_are_listed_by_id_in_the_documents_shape() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.customer("ann").await;
    let users = admin.get("Users").await.is_ok().json();
    assert_is("[listed user]", &users);
    assert_eq!(names(admin.post("users").await), ["admin", "ann"]);
}

#[tokio::test]
async fn list_mode_company_and_department_choose_users() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.technician("tess", &[1]).await;
    app.customer("ann").await;
    app.customer("off").await;
    app.customer("gone").await;
    app.sql(
        "insert into companies (id, name) values (7, 'Acme');
        insert into departments (id, name) values (8, 'Sales');
        update users set company_id = 7 where username in ('ann', 'tess');
        update users set department_id = 8 where username in ('tess', 'off');
        update users set disabled = true where username = 'off';
        update users set deleted_at = now() where username = 'gone'",
    )
    .await;
    for (mode, expected) in [
        ("all", vec!["admin", "tess", "ann", "off"]),
        ("techs", vec!["admin", "tess"]),
        ("Admins", vec!["admin"]),
        ("regular", vec!["ann", "off"]),
        ("disabled", vec!["off"]),
        ("", vec!["admin", "tess", "ann", "off"]),
    ] {
        assert_eq!(
            names(admin.get("Users").param("listMode", mode).await),
            expected,
            "{mode}"
        );
    }
    assert_eq!(
        names(admin.get("Users").param("companyId", 7).await),
        ["tess", "ann"]
    );
    let both = admin
        .get("Users")
        .param("companyId", 7)
        .param("departmentId", 8)
        .await;
    assert_eq!(names(both), ["tess"]);
    let regular = admin
        .get("Users")
        .param("companyId", 7)
        .param("listMode", "regular")
        .await;
    assert_eq!(names(regular), ["ann"]);
    assert!(names(admin.get("Users").param("companyId", 99).await).is_empty());
}

#[tokio::test]
async fn pages_follow_each_other_and_hold_500_at_most() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql("insert into users (username) select 'user' || n from generate_series(1, 600) n")
        .await;
    let page = |count: i32, page: i32| admin.get("Users").param("count", count).param("page", page);
    assert_eq!(names(admin.get("Users").await).len(), 500);
    assert_eq!(names(page(10_000, 1).await).len(), 500);
    assert_eq!(names(page(10_000, 2).await).len(), 101);
    assert_eq!(names(page(2, 2).await), ["user2", "user3"]);
    assert!(names(page(500, i32::MAX).await).is_empty());
}

#[tokio::test]
async fn wrong_parameters_of_users_are_named() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (parameter, value) in [
        ("count", "0"),
        ("count", "{count}"),
        ("page", "-1"),
        ("page", "undefined"),
        ("listMode", "everybody"),
        ("departmentId", "x"),
        ("companyId", "2147483648"),
    ] {
        admin
            .get("Users")
            .param(parameter, value)
            .await
            .is_bad(parameter);
    }
}

#[tokio::test]
async fn users_is_for_administrators() {
    let app = TestApp::start().await;
    app.technician("tess", &[1])
        .await
        .get("Users")
        .await
        .is_forbidden();
    app.customer("ann").await.get("Users").await.is_forbidden();
    app.anonymous().get("Users").await.is_unauthorized();
}
