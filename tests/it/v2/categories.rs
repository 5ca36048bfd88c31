use futures_util::future::join_all;
use serde_json::{Value, json};

use super::is_problem;
use crate::support::TestApp;

#[tokio::test]
async fn a_category_has_all_that_administrators_decide() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (tess, ann) = (app.person("tess").await, app.person("ann").await);
    app.sql("insert into companies (id, name) values (7, 'Empire')")
        .await;
    let section = admin.makes("sections", json!({"name": "IT"})).await;
    let draft = json!({
        "name": "Hardware",
        "section_id": section,
        "notes": "Printers and the like",
        "for_techs_only": false,
        "for_specific_users": true,
        "user_ids": [ann.id],
        "company_ids": [7],
        "kb_only": false,
        "disabled": false,
        "from_address": "hardware@desk.test",
        "order": 4,
        "technician_ids": [tess.id],
    });
    let made = admin
        .v2("POST", "categories")
        .json(&draft)
        .await
        .has_status(201);
    let mut expected = draft.clone();
    // Always open, unless told.
    expected["business_hours_id"] = Value::Null;
    expected["id"] = made.json()["id"].clone();
    assert_eq!(made.json(), expected);
    // What the other API shows follows.
    let shown = ann.get("Categories").await.is_ok().json();
    let shown = shown
        .as_array()
        .unwrap()
        .iter()
        .find(|each| each["Name"] == "Hardware")
        .unwrap();
    assert_eq!(shown["NameWithSection"], "IT \\ Hardware");
    let technicians = tess
        .get("TechsForCategory")
        .param("id", &made.json()["id"])
        .await
        .is_ok()
        .json();
    assert!(technicians.to_string().contains("tess"));
}

#[tokio::test]
async fn a_reference_to_nothing_names_its_field() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let gone = app.person("gone").await;
    app.change(
        "update users set deleted_at = now() where id = $1",
        gone.id.0,
    )
    .await;
    for (field, value) in [
        ("section_id", json!(99)),
        ("user_ids", json!([99])),
        ("user_ids", json!([gone.id])),
        ("user_ids", json!([0])),
        ("company_ids", json!([99])),
        ("technician_ids", json!([99])),
        ("technician_ids", json!([gone.id])),
        ("from_address", json!("nobody")),
    ] {
        let mut draft = json!({"name": "A"});
        draft[field] = value;
        let reply = admin.v2("POST", "categories").json(&draft).await;
        is_problem(&reply, 400, "invalid", Some(field));
    }
    assert_eq!(
        admin.v2("GET", "categories").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_technician_made_here_works_at_once_and_one_taken_away_no_more() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (tess, ann) = (app.person("tess").await, app.customer("ann").await);
    let ticket = ann.creates_a_ticket().await;
    tess.get("Ticket").param("id", ticket).await.is_not_found();
    admin
        .v2("PATCH", "categories/1")
        .json(&json!({"technician_ids": [tess.id]}))
        .await
        .is_ok();
    tess.get("Ticket").param("id", ticket).await.is_ok();
    admin
        .v2("PATCH", "categories/1")
        .json(&json!({"technician_ids": []}))
        .await
        .is_ok();
    tess.get("Ticket").param("id", ticket).await.is_not_found();
}

#[tokio::test]
async fn a_category_in_use_is_deleted_only_if_its_tickets_go_somewhere() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ann = app.customer("ann").await;
    let ticket = ann.creates_a_ticket().await;
    let refused = admin.v2("DELETE", "categories/1").await;
    is_problem(&refused, 409, "in_use", None);
    assert_eq!(
        refused.json()["uses"],
        json!([{"what": "tickets", "count": 1}])
    );
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap()
            .contains("move_to")
    );
    is_problem(
        &admin.v2("DELETE", "categories/1?move_to=1").await,
        409,
        "conflict",
        Some("move_to"),
    );
    is_problem(
        &admin.v2("DELETE", "categories/1?move_to=99").await,
        409,
        "conflict",
        Some("move_to"),
    );
    let other = admin.makes("categories", json!({"name": "Other"})).await;
    admin
        .v2("DELETE", &format!("categories/1?move_to={other}"))
        .await
        .has_status(204);
    assert_eq!(
        ann.get("Ticket").param("id", ticket).await.is_ok().json()["CategoryID"],
        other
    );
    is_problem(
        &admin.v2("GET", "categories/1").await,
        404,
        "not_found",
        None,
    );
}

#[tokio::test]
async fn a_status_of_one_category_is_not_one_of_all_when_that_category_goes() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let gone = admin.makes("categories", json!({"name": "Gone"})).await;
    let heir = admin.makes("categories", json!({"name": "Heir"})).await;
    let status = admin
        .makes(
            "statuses",
            json!({"name": "Ordered", "category_ids": [gone]}),
        )
        .await;
    let refused = admin.v2("DELETE", &format!("categories/{gone}")).await;
    is_problem(&refused, 409, "in_use", None);
    assert_eq!(
        refused.json()["uses"],
        json!([{"what": "statuses", "count": 1}])
    );
    admin
        .v2("DELETE", &format!("categories/{gone}?move_to={heir}"))
        .await
        .has_status(204);
    let status = admin.v2("GET", &format!("statuses/{status}")).await.is_ok();
    assert_eq!(status.json()["category_ids"], json!([heir]));
}

#[tokio::test]
async fn a_ticket_that_is_made_while_its_category_is_deleted_is_in_a_category_or_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ann = app.customer("ann").await;
    let target = admin.makes("categories", json!({"name": "Target"})).await;
    for round in 0..5 {
        let doomed = admin
            .makes("categories", json!({"name": format!("Doomed {round}")}))
            .await;
        let create = || async {
            let call = ann
                .post("Ticket")
                .param("categoryId", doomed)
                .param("subject", "s");
            call.param("body", "b").param("priorityId", 0).await
        };
        let path = format!("categories/{doomed}?move_to={target}");
        let delete = async { admin.v2("DELETE", &path).await };
        let (made, deleted) = futures_util::join!(join_all((0..6).map(|_| create())), delete);
        assert_eq!(deleted.status, 204, "{}", deleted.text());
        for reply in made {
            let status = reply.status.as_u16();
            assert!([200, 404].contains(&status), "{status}: {}", reply.text());
            if status == 200 {
                let ticket = ann
                    .get("Ticket")
                    .param("id", reply.number())
                    .await
                    .is_ok()
                    .json();
                assert_eq!(ticket["CategoryID"], target);
            }
        }
    }
}

#[tokio::test]
async fn a_section_is_deleted_with_its_categories_moved() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let from = admin.makes("sections", json!({"name": "From"})).await;
    let to = admin.makes("sections", json!({"name": "To"})).await;
    let category = admin
        .makes("categories", json!({"name": "A", "section_id": from}))
        .await;
    let refused = admin.v2("DELETE", &format!("sections/{from}")).await;
    is_problem(&refused, 409, "in_use", None);
    assert_eq!(
        refused.json()["uses"],
        json!([{"what": "categories", "count": 1}])
    );
    let twin = admin
        .makes("categories", json!({"name": "a", "section_id": to}))
        .await;
    let path = format!("sections/{from}?move_to={to}");
    is_problem(
        &admin.v2("DELETE", &path).await,
        409,
        "conflict",
        Some("move_to"),
    );
    admin
        .v2("DELETE", &format!("categories/{twin}"))
        .await
        .has_status(204);
    admin.v2("DELETE", &path).await.has_status(204);
    let moved = admin
        .v2("GET", &format!("categories/{category}"))
        .await
        .json();
    assert_eq!(moved["section_id"], to);
}

#[tokio::test]
async fn two_categories_of_one_section_have_two_names() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let taken = admin
        .v2("POST", "categories")
        .json(&json!({"name": "general ISSUES"}))
        .await;
    is_problem(&taken, 409, "conflict", Some("name"));
    let section = admin.makes("sections", json!({"name": "IT"})).await;
    admin
        .makes(
            "categories",
            json!({"name": "General issues", "section_id": section}),
        )
        .await;
}
