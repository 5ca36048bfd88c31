use futures_util::future::join_all;
use serde_json::{Value, json};

use super::fits;
use crate::support::TestApp;

#[tokio::test]
async fn an_asset_is_made_and_read_in_the_documents_shape() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    app.sql("insert into companies (id, name) values (7, 'ACME')")
        .await;
    let made = tess
        .post("Asset")
        .param("ModelName", " Macbook ")
        .param("manufacturer", "Apple")
        .param("Type", "Laptop")
        .param("supplier", "none")
        .param("serialNumber", "C02")
        .param("location", "Room 1")
        .param("comments", "two\nlines")
        .param("quantity", 3)
        .param("companyId", 7)
        .await
        .is_ok();
    let id = made.json()["id"].as_i64().unwrap();
    assert_eq!(made.text(), format!("{{\"id\":{id}}}"));
    let id = i32::try_from(id).unwrap();
    tess.post("AssignAssetToUser")
        .param("assetId", id)
        .param("userId", tess.id)
        .await
        .is_done();
    let asset = tess.asset(id).await;
    fits(&asset);
    for (key, value) in [
        ("Tickets", Value::Null),
        ("Fields", json!([])),
        ("Attachments", Value::Null),
        ("ItemID", json!(id)),
        ("Manufacturer", json!("Apple")),
        ("Supplier", json!("none")),
        ("ModelName", json!("Macbook")),
        ("Type", json!("Laptop")),
        ("SerialNumber", json!("C02")),
        ("Location", json!("Room 1")),
        ("Comments", json!("two\nlines")),
        ("Quantity", json!(3)),
        ("TicketCount", json!(0)),
        ("Company", json!("ACME")),
        ("CompanyID", json!(7)),
        ("Disabled", json!(false)),
    ] {
        assert_eq!(asset[key], value, "{key}");
    }
    for key in ["TypeID", "ManufacturerID", "SupplierID"] {
        assert!(asset[key].as_i64().unwrap() > 0, "{key}");
    }
    assert_eq!(asset["AssignedUsers"][0]["UserID"], json!(tess.id));
}

#[tokio::test]
async fn what_is_not_given_is_null_and_the_quantity_is_1() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.makes_an_asset("Macbook").await;
    let asset = admin.asset(id).await;
    fits(&asset);
    for key in [
        "SerialNumber",
        "Location",
        "Comments",
        "Company",
        "CompanyID",
    ] {
        assert_eq!(asset[key], Value::Null, "{key}");
    }
    assert_eq!(asset["Quantity"], 1);
    let entry = &asset["LogEntries"][0];
    assert_eq!(entry["Entry"], "created the asset");
    assert_eq!(entry["UserName"], "admin");
    assert_eq!(entry["UserID"], json!(admin.id));
    assert!(entry["Date"].as_str().unwrap().ends_with('Z'));
    assert_eq!(app.events().await, ["asset.created"]);
    assert_eq!(
        app.count("select count(*) from audit_log where action = 'asset.created' and after->>'manufacturer' = 'Apple'")
            .await,
        1
    );
}

#[tokio::test]
async fn names_are_made_once_whatever_their_case() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut ids = vec![];
    for name in ["Ärmel", "ärmel", " ÄRMEL "] {
        let call = admin.post("Asset").param("modelName", "m");
        let call = call.param("manufacturer", name).param("type", name);
        let made = call.param("supplier", name).await.is_ok().json();
        let id = i32::try_from(made["id"].as_i64().unwrap()).unwrap();
        let asset = admin.asset(id).await;
        assert_eq!(asset["Manufacturer"], "Ärmel");
        ids.push((
            asset["ManufacturerID"].clone(),
            asset["TypeID"].clone(),
            asset["SupplierID"].clone(),
        ));
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn parallel_calls_make_a_new_name_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let calls = (0..12).map(|number| {
        // The names in two orders, so that callers meet each other half-way.
        let (first, second) = if number % 2 == 0 {
            ("A", "B")
        } else {
            ("B", "A")
        };
        let call = admin.post("Asset").param("modelName", "m");
        let call = call.param("manufacturer", first).param("supplier", second);
        async move { call.param("type", first).await.is_ok() }
    });
    let made = join_all(calls).await;
    assert_eq!(made.len(), 12);
    assert_eq!(app.count("select count(*) from assets").await, 12);
    for (table, expected) in [
        ("select count(*) from manufacturers", 2),
        ("select count(*) from suppliers", 2),
        ("select count(*) from asset_types", 2),
    ] {
        assert_eq!(app.count(table).await, expected, "{table}");
    }
}

#[tokio::test]
async fn a_missing_or_wrong_parameter_is_named_and_nothing_is_made() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let required = ["modelName", "manufacturer", "type", "supplier"];
    for missing in required {
        for blank in [None, Some(""), Some("  ")] {
            let mut call = admin.post("Asset");
            for name in required {
                match blank {
                    _ if name != missing => call = call.param(name, "x"),
                    Some(blank) => call = call.param(name, blank),
                    None => {}
                }
            }
            call.await.is_bad(missing);
        }
    }
    let long = "x".repeat(301);
    for (name, value) in [
        ("modelName", long.as_str()),
        ("manufacturer", long.as_str()),
        ("type", "a\nb"),
        ("serialNumber", long.as_str()),
        ("location", "a\tb"),
        ("quantity", "-1"),
        ("quantity", "many"),
        ("quantity", "2147483648"),
        ("companyId", "x"),
    ] {
        let mut call = admin.post("Asset");
        for required in required.into_iter().filter(|required| *required != name) {
            call = call.param(required, "x");
        }
        call.param(name, value).await.is_bad(name);
    }
    let mut call = admin.post("Asset").param("companyId", 999);
    for name in required {
        call = call.param(name, "x");
    }
    call.await.is_not_found();
    for table in [
        "select count(*) from assets",
        "select count(*) from manufacturers",
        "select count(*) from suppliers",
        "select count(*) from asset_types",
        "select count(*) from outbox",
    ] {
        assert_eq!(app.count(table).await, 0, "{table}");
    }
}

const EVERYTHING: &[(&str, &str)] = &[
    ("manufacturer", "Pear"),
    ("type", "Notebook"),
    ("supplier", "Shop"),
    ("serialNumber", "C02"),
    ("location", "Room 1"),
    ("comments", "c"),
    ("quantity", "3"),
    ("companyId", "7"),
];

#[tokio::test]
async fn an_update_changes_what_is_given_and_sets_the_quantity_to_1() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql("insert into companies (id, name) values (7, 'ACME')")
        .await;
    let id = admin.makes_an_asset("Macbook").await;
    let changed = admin.updates(id, EVERYTHING).await;
    for (key, value) in [
        ("ModelName", json!("Macbook Pro")),
        ("Manufacturer", json!("Pear")),
        ("Type", json!("Notebook")),
        ("Supplier", json!("Shop")),
        ("SerialNumber", json!("C02")),
        ("Location", json!("Room 1")),
        ("Comments", json!("c")),
        ("Quantity", json!(3)),
        ("Company", json!("ACME")),
    ] {
        assert_eq!(changed[key], value, "{key}");
    }
    // What is absent or empty stays, but for the quantity.
    let empty = [("manufacturer", ""), ("location", ""), ("companyId", "")];
    let again = admin.updates(id, &empty).await;
    for (key, value) in changed.as_object().unwrap() {
        match key.as_str() {
            "Quantity" => assert_eq!(again[key], 1),
            "LogEntries" => {}
            key => assert_eq!(&again[key], value, "{key}"),
        }
    }
    assert_eq!(
        admin.log(id).await,
        [
            "changed quantity",
            "changed model name, manufacturer, type, supplier, serial number, location, comments, quantity, company",
            "created the asset",
        ]
    );
}

#[tokio::test]
async fn blanks_take_a_text_away_and_0_the_company() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql("insert into companies (id, name) values (7, 'ACME')")
        .await;
    let id = admin.makes_an_asset("Macbook").await;
    admin.updates(id, EVERYTHING).await;
    let blank = [
        ("serialNumber", " "),
        ("location", " "),
        ("comments", " "),
        ("companyId", "0"),
    ];
    let cleared = admin.updates(id, &blank).await;
    for key in [
        "SerialNumber",
        "Location",
        "Comments",
        "Company",
        "CompanyID",
    ] {
        assert_eq!(cleared[key], Value::Null, "{key}");
    }
    assert_eq!(
        admin.log(id).await[0],
        "changed serial number, location, comments, quantity, company"
    );
}

#[tokio::test]
async fn an_update_that_changes_nothing_tells_nobody() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.makes_an_asset("Macbook").await;
    for _ in 0..2 {
        admin
            .get("UpdateAsset")
            .param("id", id)
            .param("modelName", "Macbook")
            .param("manufacturer", "APPLE")
            .await
            .is_ok();
    }
    assert_eq!(admin.log(id).await, ["created the asset"]);
    assert_eq!(app.events().await, ["asset.created"]);
}

#[tokio::test]
async fn a_refused_update_changes_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.makes_an_asset("Macbook").await;
    let before = admin.asset(id).await;
    admin
        .post("UpdateAsset")
        .param("id", id)
        .await
        .is_bad("modelName");
    admin
        .post("UpdateAsset")
        .param("modelName", "x")
        .await
        .is_bad("id");
    for (name, value) in [
        ("quantity", "-1"),
        ("quantity", "x"),
        ("manufacturer", " "),
        ("serialNumber", "a\nb"),
    ] {
        let call = admin.post("UpdateAsset").param("id", id);
        let call = call.param("modelName", "Other").param("type", "New");
        call.param(name, value).await.is_bad(name);
    }
    let call = admin.post("UpdateAsset").param("id", id);
    let call = call.param("modelName", "Other").param("type", "New");
    call.param("companyId", 999).await.is_not_found();
    for unknown in [0, -1, 999] {
        let call = admin.post("UpdateAsset").param("id", unknown);
        call.param("modelName", "Other").await.is_not_found();
        admin.get("Asset").param("id", unknown).await.is_not_found();
    }
    assert_eq!(admin.asset(id).await, before);
    assert_eq!(app.count("select count(*) from asset_types").await, 1);
}

#[tokio::test]
async fn only_documented_parameters_change_an_asset() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.makes_an_asset("Macbook").await;
    let before = admin.asset(id).await;
    let changed = admin
        .post("UpdateAsset")
        .param("id", id)
        .param("modelName", "Macbook")
        .param("disabled", "true")
        .param("manufacturerId", 999)
        .param("itemId", 999)
        .param("createdAt", "2001-01-01")
        .param("assignedUsers", 1)
        .await
        .is_ok()
        .json();
    assert_eq!(changed, before);
}

#[tokio::test]
async fn disabling_and_enabling_are_told_once() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    let id = tess.makes_an_asset("Macbook").await;
    for (method, disabled) in [("DisableAsset", true), ("EnableAsset", false)] {
        for _ in 0..2 {
            tess.post(method).param("assetId", id).await.is_done();
        }
        assert_eq!(tess.asset(id).await["Disabled"], disabled);
        tess.post(method).await.is_bad("assetId");
        tess.post(method).param("assetId", 999).await.is_not_found();
    }
    tess.get(&format!("DisableAsset/{id}")).await.is_done();
    assert_eq!(
        tess.log(id).await,
        [
            "disabled the asset",
            "enabled the asset",
            "disabled the asset",
            "created the asset"
        ]
    );
    let events = [
        "asset.created",
        "asset.disabled",
        "asset.enabled",
        "asset.disabled",
    ];
    assert_eq!(app.events().await, events);
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        4
    );
}

#[tokio::test]
async fn assets_are_changed_by_staff_only_whatever_their_id() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ann = app.customer("ann").await;
    let id = admin.makes_an_asset("Macbook").await;
    admin
        .post("AssignAssetToUser")
        .param("assetId", id)
        .param("userId", ann.id)
        .await
        .is_done();
    let call = ann.post("Asset").param("modelName", "m");
    let call = call.param("manufacturer", "m").param("type", "t");
    call.param("supplier", "s").await.is_forbidden();
    for asset in [id, 999] {
        let call = ann.post("UpdateAsset").param("id", asset);
        call.param("modelName", "m").await.is_forbidden();
        for method in ["EnableAsset", "DisableAsset"] {
            ann.post(method)
                .param("assetId", asset)
                .await
                .is_forbidden();
        }
    }
    assert_eq!(admin.asset(id).await["ModelName"], "Macbook");
}

#[tokio::test]
async fn a_regular_user_reads_his_own_asset_and_of_it_what_is_his() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let mine = cast.admin.makes_an_asset("Macbook").await;
    let other = cast.admin.makes_an_asset("Printer").await;
    app.sql("update users set notes = 'Talks a lot', first_name = 'Ann' where username = 'owner'")
        .await;
    for (asset, user) in [
        (mine, &cast.owner),
        (mine, &cast.stranger),
        (other, &cast.stranger),
    ] {
        let call = cast.tech.post("AssignAssetToUser").param("assetId", asset);
        call.param("userId", user.id).await.is_done();
    }
    let seen = cast.owner.asset(mine).await;
    fits(&seen);
    let users = seen["AssignedUsers"].as_array().unwrap();
    assert_eq!(users.len(), 1);
    assert_eq!(users[0]["UserID"], json!(cast.owner.id));
    assert_eq!(users[0]["Email"], "owner@desk.test");
    assert_eq!(users[0]["Notes"], Value::Null);
    assert_eq!(seen["LogEntries"], json!([]));
    let users = cast.tech.asset(mine).await["AssignedUsers"].clone();
    assert_eq!(users.as_array().unwrap().len(), 2);
    assert_eq!(users[0]["Notes"], "Talks a lot");
    for person in [&cast.owner, &cast.manager, &cast.subscriber] {
        let hidden = person.get("Asset").param("id", other).await.is_not_found();
        let unknown = person.get("Asset").param("id", 999).await.is_not_found();
        assert_eq!(hidden.text(), unknown.text());
    }
    // A right taken away is gone at the next request.
    let call = cast.tech.post("UnAssignAssetToUser").param("assetId", mine);
    call.param("userId", cast.owner.id).await.is_done();
    cast.owner
        .get("Asset")
        .param("id", mine)
        .await
        .is_not_found();
}

#[tokio::test]
async fn the_number_of_tickets_is_that_of_those_the_reader_sees() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let asset = cast.admin.makes_an_asset("Macbook").await;
    let stranger = cast.stranger.has_a_ticket_in(1).await;
    let elsewhere = cast.stranger.has_a_ticket_in(2).await;
    for ticket in [cast.ticket, stranger, elsewhere] {
        let call = cast.admin.post("AddAssetToTicket").param("assetId", asset);
        call.param("ticketID", ticket).await.is_done();
    }
    app.sql("insert into asset_users select a.id, u.id from assets a, users u")
        .await;
    for (person, count) in [
        (&cast.admin, 3),
        (&cast.tech, 2),
        (&cast.elsewhere, 1),
        (&cast.owner, 1),
        (&cast.subscriber, 1),
        (&cast.manager, 1),
        (&cast.stranger, 2),
    ] {
        let shown = person.asset(asset).await;
        assert_eq!(shown["TicketCount"], count, "{}", person.name);
        let listed = person.get("Assets").await.is_ok().json();
        assert_eq!(listed[0]["TicketCount"], count, "{}", person.name);
    }
}
