use serde_json::{Value, json};

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::call::Reply;

fn ids(reply: Reply) -> Vec<i64> {
    let categories = reply.is_ok().json();
    let ids = categories
        .as_array()
        .unwrap()
        .iter()
        .map(|category| category["CategoryID"].as_i64().unwrap());
    ids.collect()
}

/// Categories 2 for technicians, 3 for Ann, 4 for Acme, 5 disabled, 6 for articles.
async fn with_categories() -> TestApp {
    let app = TestApp::start().await;
    app.customer("ann").await;
    app.customer("acme").await;
    app.sql(
        "insert into companies (id, name) values (7, 'Acme');
        update users set company_id = 7 where username = 'acme';
        insert into sections (id, name) values (9, 'Sales');
        insert into categories (id, name, section_id, for_techs_only, for_specific_users, disabled, kb_only, order_by)
        values (2, 'Internal', null, true, false, false, false, 1), (3, 'For Ann', 9, false, true, false, false, 2),
            (4, 'For Acme', 9, false, true, false, false, 3), (5, 'Old', 9, false, false, true, false, 4),
            (6, 'Articles', 9, false, false, false, true, 5);
        insert into category_users (category_id, user_id) select 3, id from users where username = 'ann';
        insert into category_companies (category_id, company_id) values (4, 7);
        update categories set from_address = 'support@desk.test'",
    )
    .await;
    app
}

#[tokio::test]
async fn categories_have_the_documents_shape() {
    let app = with_categories().await;
    let categories = app.admin().await.get("Categories").await.is_ok().json();
    assert_is("[category]", &categories);
    assert_eq!(categories[0]["NameWithSection"], "General issues");
    assert_eq!(categories[0]["SectionID"], Value::Null);
    assert_eq!(categories[2]["NameWithSection"], "Sales \\ For Ann");
    assert_eq!(categories[2]["Section"], "Sales");
    assert_eq!(categories[2]["ForSpecificUsers"], true);
    assert_eq!(categories[1]["ForTechsOnly"], true);
    assert_eq!(categories[4]["Disabled"], true);
    assert_eq!(categories[5]["KBOnly"], true);
    assert_eq!(categories[0]["FromAddress"], "support@desk.test");
}

#[tokio::test]
async fn everybody_sees_the_categories_he_has_permissions_to_see() {
    let app = with_categories().await;
    assert_eq!(
        ids(app.admin().await.get("categories").await),
        [1, 2, 3, 4, 5, 6]
    );
    assert_eq!(
        ids(app.customer("ann").await.post("Categories").await),
        [1, 3, 6]
    );
    assert_eq!(
        ids(app.customer("acme").await.get("Categories").await),
        [1, 4, 6]
    );
    assert_eq!(
        ids(app.customer("bob").await.get("Categories").await),
        [1, 6]
    );
    assert_eq!(
        ids(app
            .technician("tess", &[2, 5])
            .await
            .get("Categories")
            .await),
        [1, 2, 6]
    );
    app.anonymous().get("Categories").await.is_unauthorized();
}

#[tokio::test]
async fn from_address_is_for_staff() {
    let app = with_categories().await;
    let ann = app
        .customer("ann")
        .await
        .get("Categories")
        .await
        .is_ok()
        .json();
    assert_eq!(ann[0]["FromAddress"], Value::Null);
    let tess = app
        .technician("tess", &[2])
        .await
        .get("Categories")
        .await
        .is_ok()
        .json();
    assert_eq!(tess[0]["FromAddress"], "support@desk.test");
}

#[tokio::test]
async fn tickets_are_counted_for_staff_of_the_category_only() {
    let app = with_categories().await;
    let ann = app.customer("ann").await;
    for category in [1, 1, 3] {
        ann.has_a_ticket_in(category).await;
    }
    let counts = async |reply: crate::support::call::Call<'_>| {
        let categories = reply.await.is_ok().json();
        let of = |id: i32| {
            categories
                .as_array()
                .unwrap()
                .iter()
                .find(|c| c["CategoryID"] == id)
                .unwrap()["TicketCount"]
                .clone()
        };
        (of(1), of(3))
    };
    assert_eq!(
        counts(app.admin().await.get("Categories")).await,
        (json!(2), json!(1))
    );
    assert_eq!(counts(ann.get("Categories")).await, (json!(0), json!(0)));
    let tess = app.technician("tess", &[3]).await;
    assert_eq!(counts(tess.get("Categories")).await, (json!(0), json!(1)));
}

#[tokio::test]
async fn technicians_and_administrators_are_possible_assignees() {
    let app = with_categories().await;
    let (admin, tess, ann) = (
        app.admin().await,
        app.technician("tess", &[1, 2]).await,
        app.customer("ann").await,
    );
    app.technician("other", &[3]).await;
    let off = app.technician("off", &[1]).await;
    app.change("update users set disabled = true where id = $1", off.id.0)
        .await;
    for _ in 0..3 {
        ann.has_a_ticket_in(1).await;
    }
    app.change("update tickets set assigned_to_user_id = $1", tess.id.0)
        .await;
    app.sql("update tickets set status_id = 3 where id = (select min(id) from tickets)")
        .await;
    let techs = admin
        .get("TechsForCategory")
        .param("id", 1)
        .await
        .is_ok()
        .json();
    assert_is("[technician]", &techs);
    let listed: Vec<_> = techs
        .as_array()
        .unwrap()
        .iter()
        .map(|tech| {
            (
                &tech["Username"],
                &tech["TicketsAssigned"],
                &tech["IsAdmin"],
            )
        })
        .collect();
    let expected = [
        (json!("admin"), json!(0), json!(true)),
        (json!("tess"), json!(2), json!(false)),
    ];
    let mut expected: Vec<_> = expected.iter().map(|(a, b, c)| (a, b, c)).collect();
    expected.sort_by_key(|(name, _, _)| {
        techs
            .as_array()
            .unwrap()
            .iter()
            .position(|tech| &&tech["Username"] == name)
    });
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn possible_assignees_are_told_to_staff_who_see_the_category() {
    let app = with_categories().await;
    let (ann, tess) = (
        app.customer("ann").await,
        app.technician("tess", &[1]).await,
    );
    // The role is checked before the look-up.
    ann.get("TechsForCategory")
        .param("id", 1)
        .await
        .is_forbidden();
    ann.get("TechsForCategory")
        .param("id", 999)
        .await
        .is_forbidden();
    tess.get("TechsForCategory").param("id", 1).await.is_ok();
    tess.call(reqwest::Method::GET, "/api/TechsForCategory/6")
        .await
        .is_ok();
    let invisible = tess
        .get("TechsForCategory")
        .param("id", 2)
        .await
        .is_not_found()
        .text();
    let unknown = tess
        .get("TechsForCategory")
        .param("id", 999)
        .await
        .is_not_found()
        .text();
    assert_eq!(invisible, unknown);
    tess.get("TechsForCategory").await.is_bad("id");
    tess.get("TechsForCategory")
        .param("id", "x")
        .await
        .is_bad("id");
    app.anonymous()
        .get("TechsForCategory")
        .param("id", 1)
        .await
        .is_unauthorized();
}

#[tokio::test]
async fn priorities_have_names() {
    let app = TestApp::start().await;
    let expected = r#"[{"PriorityID":-1,"Name":"Low"},{"PriorityID":0,"Name":"Normal"},{"PriorityID":1,"Name":"High"},{"PriorityID":2,"Name":"Critical"}]"#;
    assert_eq!(
        app.customer("ann")
            .await
            .get("Priorities")
            .await
            .is_ok()
            .text(),
        expected
    );
    app.anonymous().get("Priorities").await.is_unauthorized();
}
