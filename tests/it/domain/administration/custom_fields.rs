use ferrodesk::domain::custom_fields::{
    CustomFieldDraft, CustomFieldKind, FieldType, OptionDraft, Usage, delete_option,
};
use ferrodesk::domain::ids::{FieldId, OptionId};
use ferrodesk::domain::{Error, Result};
use futures_util::future::join_all;
use serde_json::json;

use super::{Desk, is_conflict, is_in_use, is_invalid, succeeded};

pub(super) fn draft(name: &str, usage: Usage, kind: FieldType) -> CustomFieldDraft {
    CustomFieldDraft {
        name: name.into(),
        usage,
        kind,
        mandatory: false,
        for_techs_only: false,
        for_admins_only: false,
        order: 0,
        show_in_grid: false,
        category_ids: None,
        options: vec![],
    }
}

pub(super) fn combo(options: &[(Option<i32>, &str)]) -> CustomFieldDraft {
    let options = options.iter().map(|(id, name)| OptionDraft {
        id: *id,
        name: (*name).into(),
    });
    CustomFieldDraft {
        options: options.collect(),
        ..draft("Colour", Usage::Tickets, FieldType::SelectionCombo)
    }
}

impl Desk {
    pub(super) async fn delete_option(
        &self,
        field: i32,
        option: i32,
        to: Option<i32>,
    ) -> Result<()> {
        let mut tx = self.app.state.db.begin().await?;
        let (field, option, to) = (FieldId(field), OptionId(option), to.map(OptionId));
        delete_option(&mut tx, &self.admin, field, option, to).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Field 11 of tickets with options 101 (which ticket 1 has), 102 and 103; 12 to 15 of each thing, with a value each.
pub(super) const KEPT: &str = r#"
    insert into categories (id, name) values (2, 'Other');
    insert into users (id, username) values (501, 'ann');
    insert into companies (id, name) values (601, 'Acme');
    insert into tickets (id, subject, body, category_id, user_id, created_at, updated_at)
        select n, 'ticket ' || n, 'b', 1, 501, now(), now() from generate_series(1, 3) n;
    insert into manufacturers (id, name) values (1, 'm');
    insert into suppliers (id, name) values (1, 's');
    insert into asset_types (id, name) values (1, 't');
    insert into assets (id, model_name, manufacturer_id, supplier_id, type_id) values (701, 'PC', 1, 1, 1);
    insert into custom_fields (id, usage, type, name) values (11, 1, 3, 'Colour'), (12, 1, 1, 'of tickets'),
        (13, 2, 2, 'of assets'), (14, 3, 4, 'of users'), (15, 4, 5, 'of companies');
    insert into custom_field_options (id, field_id, name, order_by) values
        (101, 11, 'Red', 2), (102, 11, 'Blue', 1), (103, 11, 'Green', 3);
    insert into ticket_field_values (ticket_id, field_id, value, option_id) values
        (1, 11, null, 101), (1, 12, 'one', null), (2, 12, 'two', null);
    insert into asset_field_values (asset_id, field_id, value) values (701, 13, '2024-01-31');
    insert into user_field_values (user_id, field_id, value) values (501, 14, 'true');
    insert into company_field_values (company_id, field_id, value) values (601, 15, 'big');
    insert into rules (id, name, definition) values (1, 'one', '{
        "trigger": {"type": "custom_field_edited", "value": 12},
        "conditions": [{"type": "custom_field_equals", "value": {"field": 12, "value": "one"}}],
        "actions": [{"type": "set_custom_field", "value": {"field": 12, "value": "two"}}]}');
    select setval(pg_get_serial_sequence(name, 'id'), 1000) from unnest('{tickets,custom_fields,custom_field_options}'::text[]) name"#;

#[tokio::test]
async fn a_field_is_made_changed_and_shown_by_either_face() {
    let desk = Desk::with("insert into categories (id, name) values (2, 'Other')").await;
    let made = desk
        .create::<CustomFieldKind>(CustomFieldDraft {
            mandatory: true,
            for_techs_only: true,
            order: -5,
            show_in_grid: true,
            category_ids: Some(vec![2, 1, 2]),
            ..combo(&[(None, " Red "), (None, "Blue")])
        })
        .await
        .unwrap();
    let [red, blue] = made.draft.options.as_slice() else {
        panic!("{made:?}");
    };
    let (red, blue) = (red.id.unwrap(), blue.id.unwrap());
    let expected = json!({
        "name": "Colour", "usage": "tickets", "type": "drop_down", "mandatory": true, "for_techs_only": true,
        "for_admins_only": false, "order": -5, "show_in_grid": true, "category_ids": [1, 2],
        "options": [{ "id": red, "name": "Red" }, { "id": blue, "name": "Blue" }],
    });
    assert_eq!(json!(made.draft), expected);
    let admin = desk.app.admin().await;
    let shown = admin.get("CustomFieldsForCategory").param("categoryId", 2);
    let shown = shown.await.is_ok().json();
    assert_eq!(shown[0]["FieldID"], made.id);
    assert_eq!(
        shown[0]["SelectionComboOptions"],
        json!([{ "OptionID": red, "Name": "Red" }, { "OptionID": blue, "Name": "Blue" }])
    );
    let mut after = made.draft.clone();
    after.category_ids = Some(vec![]);
    after.name = "Color".into();
    let stored = desk.update::<CustomFieldKind>(made.id, after.clone()).await;
    assert_eq!(stored.unwrap(), after);
    assert_eq!(desk.list::<CustomFieldKind>(0, 10).await[0].draft, after);
    let shown = admin.get("CustomFieldsForCategory").param("categoryId", 2);
    assert_eq!(shown.await.is_ok().json(), json!([]));
    desk.delete::<CustomFieldKind>(made.id, None).await.unwrap();
    let audited = desk.audited().await;
    let actions: Vec<_> = audited.iter().map(|row| &row[0]).collect();
    let words = ["created", "updated", "deleted"].map(|word| format!("custom_field.{word}"));
    assert_eq!(actions, words.iter().collect::<Vec<_>>());
    assert_eq!(
        (&audited[0][1], &audited[0][4]),
        (&json!("custom_field"), &expected)
    );
}

#[tokio::test]
async fn what_no_field_can_be_is_refused() {
    let desk = Desk::with(KEPT).await;
    let long = "x".repeat(201);
    let of_users = draft("New", Usage::Users, FieldType::Text);
    let categories = |ids: &[i32], draft: CustomFieldDraft| CustomFieldDraft {
        category_ids: Some(ids.into()),
        ..draft
    };
    let text = draft("New", Usage::Tickets, FieldType::Text);
    for (wrong, field) in [
        (draft(" ", Usage::Tickets, FieldType::Text), "name"),
        (draft(&long, Usage::Tickets, FieldType::Text), "name"),
        (categories(&[1], of_users), "category_ids"),
        (categories(&[1, 17], text.clone()), "category_ids"),
        (categories(&[-1], text.clone()), "category_ids"),
        (
            CustomFieldDraft {
                kind: FieldType::Text,
                ..combo(&[(None, "x")])
            },
            "options",
        ),
        (combo(&[(None, "x"), (None, "X")]), "options"),
        (combo(&[(None, &long)]), "options"),
        (combo(&[(Some(999), "x")]), "options"),
        (combo(&[(Some(101), "x")]), "options"),
    ] {
        let wrong = CustomFieldDraft {
            name: wrong.name.replace("Colour", "New"),
            ..wrong
        };
        is_invalid(desk.create::<CustomFieldKind>(wrong).await, field);
    }
    is_conflict(
        desk.create::<CustomFieldKind>(draft("COLOUR", Usage::Tickets, FieldType::Date))
            .await,
        "name",
    );
    desk.create::<CustomFieldKind>(draft("COLOUR", Usage::Users, FieldType::Date))
        .await
        .unwrap();
    let made = join_all(
        (0..10)
            .map(|_| desk.create::<CustomFieldKind>(draft("New", Usage::Assets, FieldType::Text))),
    )
    .await;
    assert_eq!(succeeded(&made), 1);
}

#[tokio::test]
async fn options_keep_their_values_under_other_names_and_in_another_order() {
    let desk = Desk::with(KEPT).await;
    let update =
        |options: &[(Option<i32>, &str)]| desk.update::<CustomFieldKind>(11, combo(options));
    // By their names they are who they are.
    update(&[(None, "Blue"), (None, "Red"), (Some(103), "Green")])
        .await
        .unwrap();
    assert_eq!(desk.audited().await.len(), 0);
    // Two exchange their names, one goes, one comes.
    let options = [(Some(101), "Blue"), (Some(102), "Red"), (None, "White")];
    let stored = update(&options).await.unwrap();
    let white = stored.options[2].id.unwrap();
    assert_eq!(
        stored,
        combo(&[
            (Some(101), "Blue"),
            (Some(102), "Red"),
            (Some(white), "White")
        ])
    );
    let options = [(None, "WHITE"), (Some(101), "Navy")];
    let stored = update(&options).await.unwrap();
    assert_eq!(
        stored,
        combo(&[(Some(white), "WHITE"), (Some(101), "Navy")])
    );
    let value = "select option_id from ticket_field_values where field_id = 11";
    assert_eq!(desk.numbers(value).await, [101]);
    assert_eq!(desk.audited().await.len(), 2);
}

#[tokio::test]
async fn an_option_with_values_is_not_left_out_and_nothing_is_half_done() {
    let desk = Desk::with(KEPT).await;
    let before = desk.find::<CustomFieldKind>(11).await.unwrap();
    let after = CustomFieldDraft {
        name: "Other".into(),
        ..combo(&[(Some(102), "Blue"), (None, "White")])
    };
    is_in_use(
        desk.update::<CustomFieldKind>(11, after).await,
        &[("values", 1)],
    );
    assert_eq!(desk.find::<CustomFieldKind>(11).await.unwrap(), before);
    is_in_use(desk.delete_option(11, 101, None).await, &[("values", 1)]);
    for to in [101, 999] {
        is_conflict(desk.delete_option(11, 101, Some(to)).await, "move_to");
    }
    for (field, option) in [(11, 999), (12, 101)] {
        let refused = desk.delete_option(field, option, None).await;
        assert!(matches!(
            refused,
            Err(Error::NotFound("option of the field"))
        ));
    }
    let refused = desk.delete_option(99, 101, None).await;
    assert!(matches!(refused, Err(Error::NotFound("custom field"))));
    desk.delete_option(11, 103, None).await.unwrap();
    desk.delete_option(11, 101, Some(102)).await.unwrap();
    let value = "select option_id from ticket_field_values where field_id = 11";
    assert_eq!(desk.numbers(value).await, [102]);
    assert_eq!(
        desk.audited().await,
        [
            json!(["custom_field.option_deleted", "custom_field", 11, { "id": 103, "name": "Green" }, null]),
            json!(["custom_field.option_deleted", "custom_field", 11,
                { "id": 101, "name": "Red", "moved_to": 102 }, null]),
        ]
    );
    let technician = desk.app.technician("tess", &[1]).await.actor().await;
    let mut tx = desk.app.state.db.begin().await.unwrap();
    let refused = delete_option(&mut tx, &technician, FieldId(11), OptionId(102), None).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn what_a_field_is_for_and_holds_changes_only_while_it_has_no_values() {
    let desk = Desk::with(KEPT).await;
    for (id, usage, kind) in [
        (12, Usage::Tickets, FieldType::Text),
        (13, Usage::Assets, FieldType::Date),
        (14, Usage::Users, FieldType::Checkbox),
        (15, Usage::Companies, FieldType::MultilineText),
    ] {
        let other = if usage == Usage::Users {
            Usage::Assets
        } else {
            Usage::Users
        };
        let changed = desk.update::<CustomFieldKind>(id, draft("x", other, kind));
        is_conflict(changed.await, "usage");
        let changed =
            desk.update::<CustomFieldKind>(id, draft("x", usage, FieldType::SelectionCombo));
        is_conflict(changed.await, "type");
    }
    desk.app.sql("delete from ticket_field_values").await;
    let changed = desk.update::<CustomFieldKind>(12, draft("x", Usage::Users, FieldType::Text));
    is_conflict(changed.await, "usage");
    desk.app.sql("delete from rules").await;
    for (id, kind) in [(12, FieldType::Date), (11, FieldType::Checkbox)] {
        let changed = draft(&format!("x{id}"), Usage::Users, kind);
        let stored = desk.update::<CustomFieldKind>(id, changed.clone()).await;
        assert_eq!(stored.unwrap(), changed);
    }
    assert_eq!(
        desk.app
            .count("select count(*) from custom_field_options")
            .await,
        0
    );
}

#[tokio::test]
async fn a_field_with_values_is_kept_unless_another_takes_them() {
    let desk = Desk::with(KEPT).await;
    for (id, uses) in [
        (11, vec![("tickets", 1)]),
        (12, vec![("tickets", 2), ("rules", 1)]),
        (13, vec![("assets", 1)]),
        (14, vec![("users", 1)]),
        (15, vec![("companies", 1)]),
    ] {
        is_in_use(desk.delete::<CustomFieldKind>(id, None).await, &uses);
    }
    for to in [11, 13, 99] {
        is_conflict(
            desk.delete::<CustomFieldKind>(12, Some(to)).await,
            "move_to",
        );
    }
    desk.app
        .sql(
            "insert into custom_fields (id, usage, type, name) values
                (22, 1, 1, 'to'), (23, 2, 2, 'to'), (24, 3, 4, 'to'), (25, 4, 5, 'to');
            insert into ticket_field_values (ticket_id, field_id, value) values (2, 22, 'stays')",
        )
        .await;
    for id in [12, 13, 14, 15] {
        desk.delete::<CustomFieldKind>(id, Some(id + 10))
            .await
            .unwrap();
    }
    let values: Vec<String> = sqlx::query_scalar(
        "select field_id || ' ' || value from (
            select field_id, ticket_id as owner, value from ticket_field_values where field_id <> 11
            union all select field_id, asset_id, value from asset_field_values
            union all select field_id, user_id, value from user_field_values
            union all select field_id, company_id, value from company_field_values
        ) v order by field_id, owner",
    )
    .fetch_all(&mut desk.app.database.connect().await)
    .await
    .unwrap();
    let expected = ["22 one", "22 stays", "23 2024-01-31", "24 true", "25 big"];
    assert_eq!(values, expected);
    let named = "select (definition #>> path)::integer from rules,
        (values ('{trigger,value}'::text[]), ('{conditions,0,value,field}'), ('{actions,0,value,field}')) p (path)";
    assert_eq!(desk.numbers(named).await, [22, 22, 22]);
}

#[tokio::test]
async fn values_of_a_drop_down_go_to_the_options_of_their_names() {
    let desk = Desk::with(KEPT).await;
    desk.app
        .sql(
            "insert into custom_fields (id, usage, type, name) values (21, 1, 3, 'to');
            insert into custom_field_options (id, field_id, name, order_by) values (201, 21, 'RED', 7);
            insert into ticket_field_values (ticket_id, field_id, option_id) values (2, 11, 103)",
        )
        .await;
    desk.delete::<CustomFieldKind>(11, Some(21)).await.unwrap();
    let to = desk.find::<CustomFieldKind>(21).await.unwrap();
    let names: Vec<_> = to
        .options
        .iter()
        .map(|option| option.name.as_str())
        .collect();
    assert_eq!(names, ["RED", "Blue", "Green"]);
    let values = "select option_id from ticket_field_values where field_id = 21 order by ticket_id";
    assert_eq!(desk.numbers(values).await, [201, to.options[2].id.unwrap()]);
}
