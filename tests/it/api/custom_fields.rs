use serde_json::Value;

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::people::Person;

/// Fields 1, 2, 3, 4 of what their number says, the last two for technicians and for administrators; and 5 of tickets
/// before 1.
async fn with_fields() -> TestApp {
    let app = TestApp::start().await;
    app.sql(
        "insert into custom_fields (id, usage, type, name, order_by, for_techs_only, for_admins_only, for_all_categories) values
            (1, 1, 1, 'a', 2, false, false, true), (2, 2, 3, 'b', 0, false, false, true), (3, 3, 2, 'c', 0, true, false, true),
            (4, 4, 4, 'd', 0, false, true, true), (5, 1, 5, 'e', 1, false, false, false);
        insert into custom_field_options (field_id, name) values (2, 'Gold')",
    )
    .await;
    app
}

async fn ids(person: &Person<'_>, params: &[(&str, &str)]) -> Vec<i64> {
    let call = params
        .iter()
        .fold(person.get("CustomFields"), |call, (name, value)| {
            call.param(name, value)
        });
    let fields = call.await.is_ok().json();
    let fields = fields.as_array().unwrap().iter();
    fields
        .map(|field| field["FieldID"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn all_fields_or_those_of_one_usage_are_listed() {
    let app = with_fields().await;
    let (tess, admin) = (app.technician("tess", &[1]).await, app.admin().await);
    assert_eq!(ids(&admin, &[]).await, [5, 1, 2, 3, 4]);
    assert_eq!(ids(&admin, &[("type", "")]).await, [5, 1, 2, 3, 4]);
    assert_eq!(ids(&admin, &[("type", "1")]).await, [5, 1]);
    assert_eq!(ids(&admin, &[("Type", "4")]).await, [4]);
    // What is for administrators only is not there for technicians.
    assert_eq!(ids(&tess, &[]).await, [5, 1, 2, 3]);
    assert_eq!(ids(&tess, &[("type", "4")]).await, Vec::<i64>::new());
}

#[tokio::test]
async fn a_field_has_the_shape_of_those_of_a_category() {
    let app = with_fields().await;
    let fields = app.admin().await.post("CustomFields").await.is_ok().json();
    assert_is("[field]", &fields);
    let fields = fields.as_array().unwrap();
    let usages: Vec<&Value> = fields.iter().map(|field| &field["UsageType"]).collect();
    assert_eq!(usages, [1, 1, 2, 3, 4]);
    assert_eq!(fields[2]["SelectionComboOptions"][0]["Name"], "Gold");
}

#[tokio::test]
async fn they_are_for_staff_and_of_four_usages() {
    let app = with_fields().await;
    let ann = app.customer("ann").await;
    ann.get("CustomFields").await.is_forbidden();
    app.anonymous().get("CustomFields").await.is_unauthorized();
    let admin = app.admin().await;
    for wrong in ["0", "5", "-1", "x", "99999999999"] {
        let call = admin.get("CustomFields").param("type", wrong);
        call.await.is_bad("type");
    }
}
