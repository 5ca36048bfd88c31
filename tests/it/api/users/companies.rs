use std::future::IntoFuture;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::people::Person;

/// Every company as the administrator reads it.
async fn companies(admin: &Person<'_>) -> Value {
    admin.get("Companies").await.is_ok().json()
}

#[tokio::test]
async fn companies_are_listed_by_id_in_the_documents_shape() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    assert_eq!(companies(&admin).await, json!([]));
    app.sql(
        "insert into companies (id, name, email_domains, notes) values
            (8, 'Acme', '{acme.example,acme.test}', 'Pays late'), (7, 'Zebra', '{}', null)",
    )
    .await;
    let listed = companies(&admin).await;
    assert_is("[company]", &listed);
    let expected = json!([
        { "CompanyID": 7, "Name": "Zebra", "EmailDomain": null, "Notes": null },
        { "CompanyID": 8, "Name": "Acme", "EmailDomain": "acme.example;acme.test", "Notes": "Pays late" },
    ]);
    assert_eq!(listed, expected);
    // A list takes no id.
    let by_path = admin.call(reqwest::Method::POST, "/api/companies/5").await;
    assert_eq!(by_path.is_ok().json(), expected);
}

#[tokio::test]
async fn a_company_is_made_once_whatever_the_case_of_its_name() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin
        .post("Company")
        .param("name", " Acme ")
        .param("emailDomains", "@Acme.Example; acme.test ;acme.test")
        .await
        .is_ok()
        .number();
    let again = admin
        .get("company")
        .param("Name", "ACME")
        .param("emailDomains", "other.example")
        .await;
    assert_eq!(again.is_ok().number(), id);
    let expected = json!([
        { "CompanyID": id, "Name": "Acme", "EmailDomain": "acme.example;acme.test", "Notes": null },
    ]);
    assert_eq!(companies(&admin).await, expected);
    // The domains place new users.
    let user = admin
        .post("CreateUser")
        .param("email", "joe@ACME.test")
        .await
        .is_ok()
        .number();
    let user = admin.get("User").param("userId", user).await.is_ok().json();
    assert_eq!(user["CompanyId"], id);
    let audited = "select count(*) from audit_log where action = 'company.created'";
    assert_eq!(app.count(audited).await, 1);
}

#[tokio::test]
async fn of_fifty_who_make_one_company_at_once_one_does_and_all_get_its_id() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin.get("Authorization").await.is_ok();
    let calls = (0..50).map(|n| {
        let name = if n % 2 == 0 { "Acme" } else { "ACME" };
        admin.post("Company").param("name", name).into_future()
    });
    let ids: Vec<i32> = join_all(calls)
        .await
        .into_iter()
        .map(|reply| reply.is_ok().number())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(app.count("select count(*) from companies").await, 1);
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_company_is_updated_by_what_is_given() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql(
        "insert into companies (id, name, email_domains, notes) values (7, 'Acme', '{acme.example}', 'Pays late')",
    )
    .await;
    let update = || admin.post("UpdateCompany").param("id", 7);
    let company = async |name: &str, domains: Option<&str>, notes: Option<&str>| {
        let expected =
            json!([{ "CompanyID": 7, "Name": name, "EmailDomain": domains, "Notes": notes }]);
        assert_eq!(companies(&admin).await, expected);
    };
    // Nothing given, nothing changed, nothing recorded; an empty name is none.
    update().param("name", "").await.is_done();
    update().param("name", "Acme").await.is_done();
    company("Acme", Some("acme.example"), Some("Pays late")).await;
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        0
    );

    update().param("name", "ACME").await.is_done();
    update().param("notes", "a\r\nb").await.is_done();
    company("ACME", Some("acme.example"), Some("a\r\nb")).await;
    update()
        .param("EmailDomains", "B.example;@c.example")
        .await
        .is_done();
    company("ACME", Some("b.example;c.example"), Some("a\r\nb")).await;
    update()
        .param("notes", "")
        .param("emailDomains", "")
        .await
        .is_done();
    company("ACME", None, None).await;
    let by_path = admin
        .call(reqwest::Method::GET, "/api/UpdateCompany/7")
        .param("name", "Acme Ltd");
    by_path.await.is_done();
    company("Acme Ltd", None, None).await;
    let audited =
        "select count(*) from audit_log where action = 'company.updated' and object_id = 7
        and before is not null and after is not null";
    assert_eq!(app.count(audited).await, 5);
}

#[tokio::test]
async fn a_taken_name_is_refused_and_nothing_is_half_done() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql("insert into companies (id, name) values (7, 'Acme'), (8, 'Zebra')")
        .await;
    let before = companies(&admin).await;
    let update = || admin.post("UpdateCompany").param("id", 7);
    update()
        .param("name", "ZEBRA")
        .param("notes", "x")
        .await
        .is_bad("name");
    update()
        .param("name", "Other")
        .param("emailDomains", "a b")
        .await
        .is_bad("emailDomains");
    assert_eq!(companies(&admin).await, before);
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        0
    );
}

#[tokio::test]
async fn wrong_parameters_of_companies_are_named() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql("insert into companies (id, name) values (7, 'Acme')")
        .await;
    let long = "x".repeat(201);
    let longer = "x".repeat(10_001);
    admin.post("Company").await.is_bad("name");
    for name in ["", "  ", "a\nb", &long] {
        admin
            .post("Company")
            .param("name", name)
            .await
            .is_bad("name");
    }
    for domains in [
        "acme",
        "a..example",
        "joe@a.example",
        "a.example,b.example",
        "a.example;gmail.com",
    ] {
        let call = admin.post("Company").param("name", "New");
        call.param("emailDomains", domains)
            .await
            .is_bad("emailDomains");
        let call = admin.post("UpdateCompany").param("id", 7);
        call.param("emailDomains", domains)
            .await
            .is_bad("emailDomains");
    }
    admin
        .post("UpdateCompany")
        .param("name", "x")
        .await
        .is_bad("id");
    for (parameter, value) in [
        ("name", long.as_str()),
        ("name", "a\nb"),
        ("notes", &longer),
        ("notes", "\u{1b}[31m"),
    ] {
        let call = admin
            .post("UpdateCompany")
            .param("id", 7)
            .param(parameter, value);
        call.await.is_bad(parameter);
    }
    admin
        .post("UpdateCompany")
        .param("id", 999)
        .param("name", "x")
        .await
        .is_not_found();
    assert_eq!(app.count("select count(*) from companies").await, 1);
}

#[tokio::test]
async fn companies_are_for_administrators() {
    let app = TestApp::start().await;
    app.sql("insert into companies (id, name) values (7, 'Acme')")
        .await;
    let (tess, ann) = (
        app.technician("tess", &[1]).await,
        app.customer("ann").await,
    );
    app.sql("update users set is_manager = true, company_id = 7")
        .await;
    for person in [&tess, &ann] {
        person.get("Companies").await.is_forbidden();
        person
            .post("Company")
            .param("name", "New")
            .await
            .is_forbidden();
        // The role is checked before the look-up, and before the parameters are looked at.
        for id in [7, 999] {
            let call = person.post("UpdateCompany").param("id", id);
            call.param("emailDomains", "gmail.com").await.is_forbidden();
        }
    }
    for method in ["Companies", "Company", "UpdateCompany"] {
        app.anonymous().get(method).await.is_unauthorized();
    }
    assert_eq!(app.count("select count(*) from companies").await, 1);
}
