use ferrodesk::api::tickets::custom_fields::CustomField;
use ferrodesk::domain::custom_fields;
use ferrodesk::domain::ids::{CategoryId, FieldId, TicketId};
use ferrodesk::domain::{Error, Result};
use serde_json::{Value, json};

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::people::Person;

/// Fields 1 to 5 of each type, 6 for technicians, 7 for administrators, 8 of category 2 only, 9 of assets.
async fn with_fields() -> TestApp {
    let app = TestApp::start().await;
    app.sql(
        "insert into categories (id, name) values (2, 'Other');
        insert into custom_fields (id, usage, type, name, order_by) values
            (1, 1, 1, 'Text', 5), (2, 1, 2, 'Date', 4), (3, 1, 3, 'Colour', 3), (4, 1, 4, 'Box', 2), (5, 1, 5, 'Lines', 1);
        insert into custom_fields (id, usage, type, name, order_by, for_techs_only, for_admins_only, for_all_categories) values
            (6, 1, 1, 'Techs', 6, true, false, true), (7, 1, 1, 'Admins', 7, false, true, true),
            (8, 1, 1, 'Other', 8, false, false, false), (9, 2, 1, 'Asset', 9, false, false, true);
        insert into custom_field_categories (field_id, category_id) values (8, 2);
        insert into custom_field_options (id, field_id, name, order_by) values (11, 3, 'Red', 2), (12, 3, 'Blue', 1)",
    )
    .await;
    app
}

async fn set(
    app: &TestApp,
    person: &Person<'_>,
    ticket: i32,
    values: &[(i32, &str)],
) -> Result<()> {
    let values: Vec<_> = values
        .iter()
        .map(|(id, value)| (FieldId(*id), (*value).to_owned()))
        .collect();
    let mut tx = app.state.db.begin().await?;
    let actor = person.actor().await;
    custom_fields::set_on_ticket(&mut tx, &actor, TicketId(ticket), CategoryId(1), &values).await?;
    tx.commit().await?;
    Ok(())
}

async fn read(app: &TestApp, person: &Person<'_>, ticket: i32) -> Value {
    let actor = person.actor().await;
    let mut conn = app.state.db.read().await.unwrap();
    let mut values = custom_fields::of_tickets(&mut conn, &actor, &[TicketId(ticket)])
        .await
        .unwrap();
    let values = values.remove(&TicketId(ticket)).unwrap_or_default();
    serde_json::to_value(
        values
            .into_iter()
            .map(CustomField::from)
            .collect::<Vec<_>>(),
    )
    .unwrap()
}

#[tokio::test]
async fn values_are_read_by_type_and_shown_in_the_order_of_the_fields() {
    let app = with_fields().await;
    let ann = app.customer("ann").await;
    let ticket = ann.has_a_ticket_in(1).await;
    assert_eq!(read(&app, &ann, ticket).await, json!([]));
    let values = [
        (1, "a"),
        (2, "12/31/2024"),
        (3, "red"),
        (4, "True"),
        (5, "a\nb"),
    ];
    set(&app, &ann, ticket, &values).await.unwrap();
    let shown = read(&app, &ann, ticket).await;
    assert_is("[field of a ticket]", &shown);
    let shown = shown.as_array().unwrap();
    let values: Vec<_> = shown
        .iter()
        .map(|value| (&value["FieldID"], value["Value"].as_str().unwrap()))
        .collect();
    let expected = [
        (5, "a\nb"),
        (4, "✓"),
        (3, "Red"),
        (2, "2024-12-31"),
        (1, "a"),
    ]
    .map(|(id, text)| (json!(id), text));
    assert_eq!(
        values,
        expected
            .iter()
            .map(|(id, text)| (id, *text))
            .collect::<Vec<_>>()
    );
    assert_eq!(shown[2]["OptionID"], 11);
    assert_eq!(
        shown[2]["SelectionComboOptions"],
        json!([{"OptionID": 12, "Name": "Blue"}, {"OptionID": 11, "Name": "Red"}])
    );
    assert_eq!(shown[0]["SelectionComboOptions"], Value::Null);
}

#[tokio::test]
async fn a_field_is_set_again_and_cleared_by_nothing() {
    let app = with_fields().await;
    let ann = app.customer("ann").await;
    let ticket = ann.has_a_ticket_in(1).await;
    set(&app, &ann, ticket, &[(3, "11"), (1, "a"), (4, "1")])
        .await
        .unwrap();
    set(&app, &ann, ticket, &[(3, "12"), (1, ""), (4, ""), (5, "")])
        .await
        .unwrap();
    let shown = read(&app, &ann, ticket).await;
    assert_eq!(
        (shown.as_array().unwrap().len(), &shown[0]["Value"]),
        (1, &json!("Blue"))
    );
}

#[tokio::test]
async fn a_value_the_type_does_not_take_refuses_all() {
    let app = with_fields().await;
    let ann = app.customer("ann").await;
    let ticket = ann.has_a_ticket_in(1).await;
    for wrong in [
        (2, "2024-30-01"),
        (3, "green"),
        (3, "13"),
        (4, "perhaps"),
        (1, "a\0b"),
    ] {
        let refused = set(&app, &ann, ticket, &[(5, "a"), wrong])
            .await
            .unwrap_err();
        assert!(
            matches!(&refused, Error::Invalid { parameter, .. } if parameter == "customFields"),
            "{refused}"
        );
        assert!(
            refused.to_string().contains(&wrong.0.to_string()),
            "{refused}"
        );
    }
    assert_eq!(
        app.count("select count(*) from ticket_field_values").await,
        0
    );
}

#[tokio::test]
async fn fields_one_does_not_see_are_as_unknown_and_left_out() {
    let app = with_fields().await;
    let (ann, tess, admin) = (
        app.customer("ann").await,
        app.technician("tess", &[1]).await,
        app.admin().await,
    );
    let other = app.technician("otto", &[2]).await;
    let ticket = ann.has_a_ticket_in(1).await;
    for (person, unseen) in [
        (&ann, vec![6, 7, 8, 9, 99]),
        (&other, vec![6, 7, 8, 9]),
        (&tess, vec![7, 8, 9]),
        (&admin, vec![8, 9]),
    ] {
        for field in unseen {
            let refused = set(&app, person, ticket, &[(1, "a"), (field, "a")])
                .await
                .unwrap_err();
            assert!(
                matches!(refused, Error::NotFound("custom field")),
                "{refused}"
            );
        }
    }
    assert_eq!(
        app.count("select count(*) from ticket_field_values").await,
        0
    );
    set(&app, &admin, ticket, &[(1, "a"), (6, "a"), (7, "a")])
        .await
        .unwrap();
    for (person, seen) in [
        (&ann, vec![1]),
        (&other, vec![1]),
        (&tess, vec![1, 6]),
        (&admin, vec![1, 6, 7]),
    ] {
        let shown = read(&app, person, ticket).await;
        let ids: Vec<_> = shown
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value["FieldID"].as_i64().unwrap())
            .collect();
        assert_eq!(ids, seen);
    }
}
