use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

/// Asset 500. Fields 21 for everybody, 22 a date, 26 for technicians, 27 for administrators; 1 of tickets.
async fn with_fields() -> TestApp {
    let app = TestApp::start().await;
    app.sql(
        "insert into categories (id, name) values (2, 'Elsewhere');
        insert into manufacturers (id, name) values (1, 'Acme'); insert into suppliers (id, name) values (1, 'Acme');
        insert into asset_types (id, name) values (1, 'Printer');
        insert into assets (id, model_name, manufacturer_id, supplier_id, type_id) values (500, 'LaserFire', 1, 1, 1);
        insert into custom_fields (id, usage, type, name, for_techs_only, for_admins_only) values
            (21, 2, 1, 'Room', false, false), (22, 2, 2, 'Bought', false, false), (26, 2, 1, 'Techs', true, false),
            (27, 2, 1, 'Admins', false, true), (1, 1, 1, 'Of tickets', false, false)",
    )
    .await;
    app
}

fn set<'a>(person: &Person<'a>, asset: i32, field: i32, value: &str) -> Call<'a> {
    person
        .post("SetCustomFieldForAsset")
        .param("id", asset)
        .param("fieldId", field)
        .param("value", value)
}

/// What the person reads of the asset's fields, in the list as by itself.
async fn values(person: &Person<'_>) -> Vec<(i64, String)> {
    let asset = person.asset(500).await;
    let list = person.get("Assets").await.is_ok().json();
    assert_eq!(list[0]["Fields"], asset["Fields"]);
    let fields = asset["Fields"].as_array().unwrap().iter();
    fields
        .map(|field| {
            let value = field["Value"].as_str().unwrap().to_owned();
            (field["FieldID"].as_i64().unwrap(), value)
        })
        .collect()
}

#[tokio::test]
async fn staff_sets_fields_of_assets_and_everybody_sees_his() {
    let app = with_fields().await;
    let (ann, tess, admin) = (
        app.customer("ann").await,
        app.technician("tess", &[2]).await,
        app.admin().await,
    );
    // His, for customers see no other.
    app.change(
        "insert into asset_users (asset_id, user_id) values (500, $1)",
        ann.id.0,
    )
    .await;
    assert_eq!(values(&tess).await, []);
    set(&tess, 500, 21, "17").await.is_done();
    set(&tess, 500, 22, "31.12.2024").await.is_done();
    set(&tess, 500, 26, "old").await.is_done();
    set(&admin, 500, 27, "dear").await.is_done();
    let all = [(21, "17"), (22, "2024-12-31"), (26, "old"), (27, "dear")];
    let all = all.map(|(id, text)| (id, text.to_owned()));
    assert_eq!(values(&ann).await, all[..2]);
    assert_eq!(values(&tess).await, all[..3]);
    assert_eq!(values(&admin).await, all);
    assert_is("[field of a ticket]", &admin.asset(500).await["Fields"]);
    set(&tess, 500, 21, "").await.is_done();
    assert_eq!(values(&tess).await, all[1..3]);
}

#[tokio::test]
async fn what_was_changed_is_told_to_those_who_see_it() {
    let app = with_fields().await;
    let admin = app.admin().await;
    for field in [21, 26, 27] {
        for _ in 0..2 {
            set(&admin, 500, field, "a").await.is_done();
        }
    }
    assert_eq!(
        app.count("select count(*) from asset_log where entry in ('set the field \"Room\" to \"a\"', 'set the field \"Techs\" to \"a\"')")
            .await,
        2
    );
    assert_eq!(app.count("select count(*) from asset_log").await, 2);
    assert_eq!(
        app.count("select count(*) from audit_log where action = 'asset.field_changed' and object_id = 500")
            .await,
        3
    );
    assert_eq!(
        app.count("select count(*) from outbox where event = 'asset.field_changed' and payload->>'assetId' = '500'")
            .await,
        3
    );
}

#[tokio::test]
async fn others_and_unknown_ones_are_refused() {
    let app = with_fields().await;
    let (ann, tess) = (
        app.customer("ann").await,
        app.technician("tess", &[1]).await,
    );
    app.change(
        "insert into asset_users (asset_id, user_id) values (500, $1)",
        ann.id.0,
    )
    .await;
    let known = set(&ann, 500, 21, "a").await.is_forbidden().text();
    assert_eq!(set(&ann, 999, 99, "a").await.is_forbidden().text(), known);
    set(&tess, 999, 21, "a").await.is_not_found();
    let unknown = set(&tess, 500, 99, "a").await.is_not_found().text();
    for field in [27, 1] {
        let answer = set(&tess, 500, field, "a").await.is_not_found().text();
        assert_eq!(answer, unknown);
    }
    set(&tess, 500, 22, "soon").await.is_bad("value");
    for missing in ["id", "fieldId", "value"] {
        let all = [("id", 500), ("fieldId", 21), ("value", 1)];
        let given = all.iter().filter(|(name, _)| *name != missing);
        let call = given.fold(
            tess.post("SetCustomFieldForAsset"),
            |call, (name, value)| call.param(name, value),
        );
        call.await.is_bad(missing);
    }
    assert_eq!(
        app.count("select count(*) from asset_field_values").await,
        0
    );
}
