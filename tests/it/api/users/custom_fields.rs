use std::future::IntoFuture;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

/// The method that sets, the one that reads, what they are about and which fields it has.
const OWNERS: [(&str, &str, &str, i32); 2] = [
    ("SetCustomFieldForUser", "UserCustomFields", "user", 30),
    (
        "SetCustomFieldForCompany",
        "CompanyCustomFields",
        "company",
        40,
    ),
];

/// User 500 and company 500. Fields 31 to 35 of users and 41 to 45 of companies, of each type; those that end in 6 for
/// technicians, in 7 for administrators; 1 of tickets.
async fn with_fields() -> TestApp {
    let app = TestApp::start().await;
    app.sql(
        "insert into categories (id, name) values (2, 'Elsewhere');
        insert into users (id, username, email) values (500, 'bob', 'bob@desk.test');
        insert into companies (id, name) values (500, 'ACME');
        insert into custom_fields (id, usage, type, name, order_by)
            select usage * 10 + type, usage, type, 'Field ' || type, -type
            from generate_series(3, 4) usage, generate_series(1, 5) type;
        insert into custom_fields (id, usage, type, name, for_techs_only, for_admins_only)
            select usage * 10 + audience, usage, 1, 'For ' || audience, audience = 6, audience = 7
            from generate_series(3, 4) usage, generate_series(6, 7) audience;
        insert into custom_fields (id, usage, type, name) values (1, 1, 1, 'Of tickets');
        insert into custom_field_options (id, field_id, name) values (333, 33, 'Gold'), (433, 43, 'Gold')",
    )
    .await;
    app
}

fn set<'a>(person: &Person<'a>, method: &str, id: i32, field: i32, value: &str) -> Call<'a> {
    person
        .post(method)
        .param("id", id)
        .param("fieldId", field)
        .param("value", value)
}

async fn read(person: &Person<'_>, method: &str) -> Value {
    person.get(method).param("id", 500).await.is_ok().json()
}

fn values(items: &Value) -> Vec<(i64, &str)> {
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| {
            let id = item["FieldID"].as_i64().unwrap();
            (id, item["Value"].as_str().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn users_and_companies_have_fields_of_every_type() {
    let app = with_fields().await;
    let tess = app.technician("tess", &[2]).await;
    for (set_one, read_all, _, tens) in OWNERS {
        assert_eq!(read(&tess, read_all).await, json!([]));
        for (field, value) in [
            (1, "a"),
            (2, "1/31/2024"),
            (3, "gold"),
            (4, "true"),
            (5, "a\nb"),
        ] {
            set(&tess, set_one, 500, tens + field, value)
                .await
                .is_done();
        }
        let items = read(&tess, read_all).await;
        let shown = [
            (5, "a\nb"),
            (4, "✓"),
            (3, "Gold"),
            (2, "2024-01-31"),
            (1, "a"),
        ];
        let shown = shown.map(|(field, value)| (i64::from(tens + field), value));
        assert_eq!(values(&items), shown);
        assert_eq!(items[2]["OptionID"], tens * 10 + 33);
        set(&tess, set_one, 500, tens + 2, "").await.is_done();
        assert_eq!(read(&tess, read_all).await.as_array().unwrap().len(), 4);
    }
}

#[tokio::test]
async fn users_and_companies_show_their_fields_as_in_the_document() {
    let app = with_fields().await;
    let admin = app.admin().await;
    for (set_one, read_all, _, tens) in OWNERS {
        for field in [1, 3, 6, 7] {
            set(&admin, set_one, 500, tens + field, "Gold")
                .await
                .is_done();
        }
        let items = read(&admin, read_all).await;
        assert_is("[field of an owner]", &items);
        let access: Vec<&Value> = items
            .as_array()
            .unwrap()
            .iter()
            .map(|item| &item["AccessType"])
            .collect();
        assert_eq!(access, [0, 0, 1, 2]);
    }
}

#[tokio::test]
async fn the_users_id_has_two_names() {
    let app = with_fields().await;
    let admin = app.admin().await;
    admin
        .get("SetCustomFieldForUser")
        .param("userId", 500)
        .param("FieldID", 31)
        .param("value", "a")
        .await
        .is_done();
    let call = admin.post("UserCustomFields").param("UserID", 500);
    assert_eq!(values(&call.await.is_ok().json()), [(31, "a")]);
    let call = admin.get("UserCustomFields/500");
    assert_eq!(values(&call.await.is_ok().json()), [(31, "a")]);
    let call = admin.get("CompanyCustomFields").param("userId", 500);
    call.await.is_bad("id");
}

#[tokio::test]
async fn customers_neither_read_nor_set_them_not_even_their_own() {
    let app = with_fields().await;
    let ann = app.customer("ann").await;
    for (set_one, read_all, _, tens) in OWNERS {
        let known = set(&ann, set_one, 500, tens + 1, "a")
            .await
            .is_forbidden()
            .text();
        let unknown = set(&ann, set_one, 999, 99, "a").await.is_forbidden().text();
        assert_eq!(known, unknown);
        set(&ann, set_one, ann.id.0, tens + 1, "a")
            .await
            .is_forbidden();
        for id in [500, 999, ann.id.0] {
            ann.get(read_all).param("id", id).await.is_forbidden();
        }
        app.anonymous()
            .get(read_all)
            .param("id", 500)
            .await
            .is_unauthorized();
    }
    assert_eq!(app.count("select count(*) from user_field_values").await, 0);
}

#[tokio::test]
async fn unknown_ones_and_wrong_values_are_refused() {
    let app = with_fields().await;
    let (tess, admin) = (app.technician("tess", &[1]).await, app.admin().await);
    app.sql("insert into users (id, username, email, deleted_at) values (501, 'gone', '', now())")
        .await;
    for (set_one, read_all, _, tens) in OWNERS {
        for id in [0, 501, 999] {
            set(&tess, set_one, id, tens + 1, "a").await.is_not_found();
            tess.get(read_all).param("id", id).await.is_not_found();
        }
        let unknown = set(&tess, set_one, 500, 99, "a")
            .await
            .is_not_found()
            .text();
        // For administrators, of something else, of tickets.
        for field in [tens + 7, 71 - tens, 1] {
            let answer = set(&tess, set_one, 500, field, "a").await.is_not_found();
            assert_eq!(answer.text(), unknown);
        }
        set(&admin, set_one, 500, tens + 7, "a").await.is_done();
        assert_eq!(read(&tess, read_all).await, json!([]));
        assert_eq!(
            values(&read(&admin, read_all).await),
            [(i64::from(tens + 7), "a")]
        );
        set(&tess, set_one, 500, tens + 2, "soon")
            .await
            .is_bad("value");
        let call = tess.post(set_one).param("id", 500);
        call.param("fieldId", tens + 1).await.is_bad("value");
        let call = tess.post(set_one).param("id", 500).param("value", "a");
        call.await.is_bad("fieldId");
        let call = tess.post(set_one).param("fieldId", tens + 1);
        call.param("value", "a").await.is_bad("id");
    }
}

#[tokio::test]
async fn a_change_is_audited_and_told_once() {
    let app = with_fields().await;
    let tess = app.technician("tess", &[1]).await;
    for (set_one, _, word, tens) in OWNERS {
        for value in ["Gold", "gold", ""] {
            set(&tess, set_one, 500, tens + 3, value).await.is_done();
        }
        let told: (i64, i64) = sqlx::query_as(
            "select (select count(*) from audit_log where action = $1 || '.field_changed' and object_type = $1
                    and object_id = 500 and before->>'fieldId' = $2 and 'Gold' in (before->>'value', after->>'value')),
                (select count(*) from outbox where event = $1 || '.field_changed' and ticket_id is null
                    and payload->>($1 || 'Id') = '500' and payload->>'fieldId' = $2)",
        )
        .bind(word)
        .bind((tens + 3).to_string())
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
        assert_eq!(told, (2, 2));
    }
    assert_eq!(app.count("select count(*) from outbox").await, 4);
}

#[tokio::test]
async fn of_many_who_set_one_field_at_once_one_is_told() {
    let app = with_fields().await;
    let admin = app.admin().await;
    let calls =
        (0..16).map(|_| set(&admin, "SetCustomFieldForCompany", 500, 41, "a").into_future());
    for reply in join_all(calls).await {
        reply.is_done();
    }
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        1
    );
}
