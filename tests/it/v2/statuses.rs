use serde_json::json;

use super::is_problem;
use crate::support::TestApp;

#[tokio::test]
async fn the_three_statuses_that_are_always_there_may_be_renamed_and_nothing_more() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let all = admin.v2("GET", "statuses").await.is_ok().json();
    let names: Vec<&str> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["New", "In process", "Closed"]);
    let renamed = json!({"name": "Done", "color": "#00aa00", "stops_time": true});
    admin.v2("PATCH", "statuses/3").json(&renamed).await.is_ok();
    for (field, value) in [
        ("roles", json!(["technician"])),
        ("category_ids", json!([1])),
    ] {
        let mut change = json!({});
        change[field] = value;
        is_problem(
            &admin.v2("PATCH", "statuses/2").json(&change).await,
            400,
            "invalid",
            Some(field),
        );
    }
    is_problem(
        &admin.v2("DELETE", "statuses/1").await,
        403,
        "forbidden",
        None,
    );
    let other = admin.makes("statuses", json!({"name": "Waiting"})).await;
    is_problem(
        &admin
            .v2("DELETE", &format!("statuses/2?move_to={other}"))
            .await,
        403,
        "forbidden",
        None,
    );
}

#[tokio::test]
async fn a_color_is_six_digits_or_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for color in ["red", "#12345", "#1234567", "#12345g", "123456", "#äää"] {
        let reply = admin
            .v2("POST", "statuses")
            .json(&json!({"name": "A", "color": color}))
            .await;
        is_problem(&reply, 400, "invalid", Some("color"));
    }
    admin
        .makes("statuses", json!({"name": "A", "color": "#12aBcD"}))
        .await;
    admin
        .makes("statuses", json!({"name": "B", "color": ""}))
        .await;
}

#[tokio::test]
async fn a_status_for_some_roles_and_categories_is_given_by_them_and_there_only() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let other = admin.makes("categories", json!({"name": "Other"})).await;
    let other = i32::try_from(other).unwrap();
    let tess = app.technician("tess", &[1, other]).await;
    let ann = app.customer("ann").await;
    let here = ann.creates_a_ticket().await;
    let there = ann.has_a_ticket_in(other).await;
    let bounded = admin
        .makes("statuses", json!({"name": "Ordered", "category_ids": [1]}))
        .await;
    let set = |ticket: i32, status: i64| {
        let call = tess.post("UpdateTicket").param("id", ticket);
        call.param("statusId", status)
    };
    set(here, bounded).await.is_done();
    set(there, bounded).await.is_bad("statusId");
    let for_admins = admin
        .makes(
            "statuses",
            json!({"name": "Frozen", "roles": ["administrator"]}),
        )
        .await;
    set(here, for_admins).await.is_forbidden();
    let call = admin.post("UpdateTicket").param("id", here);
    call.param("statusId", for_admins).await.is_done();
    // Given again, it changes nothing and is refused to nobody who may change the ticket.
    set(here, for_admins).await.is_done();
    let for_techs = admin
        .makes(
            "statuses",
            json!({"name": "Tried", "roles": ["technician"]}),
        )
        .await;
    set(here, for_techs).await.is_done();
}

#[tokio::test]
async fn a_status_in_use_is_deleted_only_if_its_tickets_get_another() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ann = app.customer("ann").await;
    let ticket = ann.creates_a_ticket().await;
    let waiting = admin.makes("statuses", json!({"name": "Waiting"})).await;
    let call = admin.post("UpdateTicket").param("id", ticket);
    call.param("statusId", waiting).await.is_done();
    let one = format!("statuses/{waiting}");
    let refused = admin.v2("DELETE", &one).await;
    is_problem(&refused, 409, "in_use", None);
    assert_eq!(
        refused.json()["uses"],
        json!([{"what": "tickets", "count": 1}])
    );
    admin
        .v2("DELETE", &format!("{one}?move_to=3"))
        .await
        .has_status(204);
    let closed = ann.get("Ticket").param("id", ticket).await.is_ok().json();
    assert_eq!(closed["StatusID"], 3);
    assert!(closed["ResolvedDate"].is_string(), "{closed}");
}
