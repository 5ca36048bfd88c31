use futures_util::future::join_all;
use serde_json::Value;

use crate::support::TestApp;
use crate::support::call::Reply;
use crate::support::people::Person;

/// The system comments of a ticket, newest first.
async fn system_comments(reader: &Person<'_>, ticket: i32) -> Vec<String> {
    let comments = reader.get("Comments").param("id", ticket).await;
    let comments: Vec<Value> = serde_json::from_value(comments.is_ok().json()).unwrap();
    let system = comments
        .iter()
        .filter(|comment| comment["IsSystem"] == true);
    system
        .map(|comment| comment["Body"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn staff_assigns_and_takes_back_and_each_is_told_once() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let asset = tess.makes_an_asset("Macbook").await;
    for (method, assigned) in [("AssignAssetToUser", 1), ("UnAssignAssetToUser", 0)] {
        for _ in 0..2 {
            let call = tess.post(method).param("assetId", asset);
            call.param("userId", ann.id).await.is_done();
        }
        let users = tess.asset(asset).await["AssignedUsers"].clone();
        assert_eq!(users.as_array().unwrap().len(), assigned);
        let seen = ann.get("Asset").param("id", asset).await.status;
        assert_eq!(seen.as_u16(), if assigned == 1 { 200 } else { 404 });
    }
    assert_eq!(
        tess.log(asset).await,
        [
            "took the asset from ann",
            "assigned the asset to ann",
            "created the asset"
        ]
    );
    let events = ["asset.created", "asset.assigned", "asset.unassigned"];
    assert_eq!(app.events().await, events);
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        3
    );
}

#[tokio::test]
async fn unknown_assets_and_users_are_not_found_and_parameters_are_named() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let asset = admin.makes_an_asset("Macbook").await;
    let gone = app.customer("gone").await;
    app.change(
        "update users set deleted_at = now() where id = $1",
        gone.id.0,
    )
    .await;
    for method in ["AssignAssetToUser", "UnAssignAssetToUser"] {
        for (asset, user) in [
            (asset, 999),
            (asset, 0),
            (asset, gone.id.0),
            (999, admin.id.0),
            (-1, admin.id.0),
        ] {
            let call = admin.post(method).param("assetId", asset);
            call.param("userId", user).await.is_not_found();
        }
        let call = admin.post(method).param("userId", 1);
        call.await.is_bad("assetId");
        let call = admin.post(method).param("assetId", asset);
        call.await.is_bad("userId");
        let call = admin.post(method).param("assetId", "x");
        call.param("userId", 1).await.is_bad("assetId");
    }
    for method in ["AddAssetToTicket", "RemoveAssetFromTicket"] {
        let call = admin.post(method).param("assetId", asset);
        call.await.is_bad("ticketID");
        let call = admin.post(method).param("ticketId", 1);
        call.await.is_bad("assetId");
        let call = admin.post(method).param("assetId", asset);
        call.param("ticketID", 999).await.is_not_found();
    }
    assert_eq!(app.count("select count(*) from asset_users").await, 0);
    assert_eq!(app.events().await, ["asset.created"]);
}

#[tokio::test]
async fn assigning_is_for_staff() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ann = app.customer("ann").await;
    let asset = admin.makes_an_asset("Macbook").await;
    for method in ["AssignAssetToUser", "UnAssignAssetToUser"] {
        for (asset, user) in [(asset, ann.id.0), (asset, 999), (999, ann.id.0)] {
            let call = ann.post(method).param("assetId", asset);
            call.param("userId", user).await.is_forbidden();
        }
    }
    assert_eq!(app.count("select count(*) from asset_users").await, 0);
}

#[tokio::test]
async fn parallel_calls_assign_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ann = app.customer("ann").await;
    let asset = admin.makes_an_asset("Macbook").await;
    let calls = (0..8).map(|_| {
        let call = admin.post("AssignAssetToUser").param("assetId", asset);
        async { call.param("userId", ann.id).await.is_done() }
    });
    join_all(calls).await;
    assert_eq!(app.count("select count(*) from asset_users").await, 1);
    assert_eq!(admin.log(asset).await.len(), 2);
}

#[tokio::test]
async fn staff_of_the_ticket_names_an_asset_and_everybody_reads_that() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let asset = cast.elsewhere.makes_an_asset("Macbook").await;
    for (method, named) in [("AddAssetToTicket", 1), ("RemoveAssetFromTicket", 0)] {
        for _ in 0..2 {
            let call = cast.tech.get(method).param("assetId", asset);
            call.param("ticketID", cast.ticket).await.is_done();
        }
        let call = cast.tech.get("Assets");
        let found = call.param("assignedToTicketId", cast.ticket).await;
        assert_eq!(found.is_ok().json().as_array().unwrap().len(), named);
        assert_eq!(cast.tech.asset(asset).await["TicketCount"], named);
    }
    // The number alone: who reads it may not see the asset.
    assert_eq!(
        system_comments(&cast.owner, cast.ticket).await,
        [
            format!("<!--html-->tech removed asset {asset}"),
            format!("<!--html-->tech added asset {asset}")
        ]
    );
    assert_eq!(
        cast.tech.log(asset).await,
        [
            format!("removed the asset from ticket {}", cast.ticket),
            format!("added the asset to ticket {}", cast.ticket),
            "created the asset".to_owned(),
        ]
    );
    let told = app
        .count("select count(*) from outbox where event like 'ticket.asset%' and ticket_id is not null")
        .await;
    assert_eq!(told, 2);
}

async fn call(person: &Person<'_>, method: &str, asset: i32, ticket: i32) -> Reply {
    let call = person.post(method).param("assetId", asset);
    call.param("ticketID", ticket).await
}

#[tokio::test]
async fn the_ticket_decides_who_names_assets_on_it() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let asset = cast.admin.makes_an_asset("Macbook").await;
    for method in ["AddAssetToTicket", "RemoveAssetFromTicket"] {
        for person in [&cast.owner, &cast.subscriber, &cast.manager] {
            // Whether there is such an asset is not told.
            let known = call(person, method, asset, cast.ticket)
                .await
                .is_forbidden();
            let unknown = call(person, method, 999, cast.ticket).await.is_forbidden();
            assert_eq!(known.text(), unknown.text());
        }
        for person in [&cast.stranger, &cast.elsewhere] {
            let hidden = call(person, method, asset, cast.ticket)
                .await
                .is_not_found();
            let unknown = call(person, method, asset, 999).await.is_not_found();
            assert_eq!(hidden.text(), unknown.text());
        }
        call(&cast.tech, method, 999, cast.ticket)
            .await
            .is_not_found();
    }
    assert_eq!(app.count("select count(*) from asset_tickets").await, 0);
    assert_eq!(
        app.count("select count(*) from comments where is_system")
            .await,
        0
    );
}

#[tokio::test]
async fn calls_that_meet_on_one_asset_and_one_user_all_succeed() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let asset = cast.admin.makes_an_asset("Macbook").await;
    let (admin, ticket, user) = (&cast.admin, cast.ticket, cast.owner.id);
    let calls = (0..24).map(|number| {
        let call = match number % 6 {
            0 => admin.post("AssignAssetToUser").param("userId", user),
            1 => admin.post("UnAssignAssetToUser").param("userId", user),
            2 => admin.post("AddAssetToTicket").param("ticketID", ticket),
            3 => admin
                .post("RemoveAssetFromTicket")
                .param("ticketID", ticket),
            4 => admin.post("DisableAsset"),
            _ => admin.post("EnableAsset"),
        };
        async move { call.param("assetId", asset).await.is_done() }
    });
    join_all(calls).await;
    // Each thing that happened is told once, and the last one is what holds.
    let log = admin.log(asset).await;
    for (done, undone, holds) in [
        (
            "assigned the asset",
            "took the asset",
            "select count(*) from asset_users",
        ),
        (
            "added the asset",
            "removed the asset",
            "select count(*) from asset_tickets",
        ),
        (
            "disabled",
            "enabled",
            "select count(*) from assets where disabled",
        ),
    ] {
        let told = |word| log.iter().filter(|entry| entry.starts_with(word)).count();
        let left = i64::try_from(told(done) - told(undone)).unwrap();
        assert_eq!(app.count(holds).await, left, "{log:?}");
    }
}
