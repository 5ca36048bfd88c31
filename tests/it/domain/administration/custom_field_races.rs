//! Values that are set while an administrator changes what there is to be set.

use ferrodesk::domain::custom_fields::{CustomFieldKind, FieldType, Usage};
use reqwest::StatusCode;

use super::custom_fields::{KEPT, combo, draft};
use super::{Desk, is_conflict, is_in_use, succeeded};
use crate::support::call::Call;

/// It was done, or refused because the field or the value is no more.
async fn is_done_or_gone(call: Call<'_>) -> bool {
    let reply = call.await;
    assert!(
        [
            StatusCode::OK,
            StatusCode::NOT_FOUND,
            StatusCode::BAD_REQUEST
        ]
        .contains(&reply.status),
        "{} {}",
        reply.status,
        reply.text()
    );
    reply.status == StatusCode::OK
}

#[tokio::test]
async fn values_are_set_and_cleared_while_their_field_is_deleted() {
    let desk = Desk::with(KEPT).await;
    let admin = desk.app.admin().await;
    for round in 0..10 {
        let made = draft(&format!("f{round}"), Usage::Tickets, FieldType::Text);
        let id = desk.create::<CustomFieldKind>(made).await.unwrap().id;
        let set = |ticket: i32, value: &str| {
            let call = admin.post("SetCustomField").param("ticketId", ticket);
            call.param("fieldId", id).param("value", value)
        };
        set(1, "before").await.is_ok();
        let create = admin
            .post("Ticket")
            .param("categoryId", 1)
            .param("subject", "s")
            .param("body", "b")
            .param("priorityId", 0)
            .param("customFields", format!("{{\"{id}\": \"x\"}}"));
        let to = (round % 2 == 0).then_some(12);
        let (_, made, _, deleted) = tokio::join!(
            is_done_or_gone(set(1, "")),
            is_done_or_gone(create),
            is_done_or_gone(set(3, "new")),
            desk.delete::<CustomFieldKind>(id, to)
        );
        let deleted = [deleted];
        assert!(succeeded(&deleted) == 1 || to.is_none(), "{deleted:?}");
        let half = "select count(*) from tickets t where subject = 's'
            and not exists (select from ticket_field_values v where v.ticket_id = t.id)";
        assert_eq!(desk.app.count(half).await, 0, "{made}");
    }
}

#[tokio::test]
async fn a_field_never_gets_another_type_under_a_value() {
    let desk = Desk::with(KEPT).await;
    let admin = desk.app.admin().await;
    for round in 0..10 {
        let name = format!("f{round}");
        let made = draft(&name, Usage::Tickets, FieldType::Text);
        let id = desk.create::<CustomFieldKind>(made).await.unwrap().id;
        let set = admin.post("SetCustomField").param("ticketId", 1);
        let set = set.param("fieldId", id).param("value", "no date");
        let to_date = draft(&name, Usage::Tickets, FieldType::Date);
        let (set, changed) = tokio::join!(
            is_done_or_gone(set),
            desk.update::<CustomFieldKind>(id, to_date)
        );
        assert!(set != changed.is_ok());
        if set {
            is_conflict(changed, "type");
        }
    }
}

#[tokio::test]
async fn an_option_is_chosen_while_it_is_deleted() {
    let desk = Desk::with(KEPT).await;
    let admin = desk.app.admin().await;
    for round in 0..10 {
        let name = format!("option {round}");
        let options = [(Some(101), "Red"), (None, name.as_str())];
        let stored = desk.update::<CustomFieldKind>(11, combo(&options)).await;
        let id = stored.unwrap().options[1].id.unwrap();
        let set = admin.post("SetCustomField").param("ticketId", 2);
        let set = set.param("fieldId", 11).param("value", &name);
        let to = (round % 2 == 0).then_some(101);
        let (set, deleted) = tokio::join!(is_done_or_gone(set), desk.delete_option(11, id, to));
        if to.is_some() {
            deleted.unwrap();
        } else {
            assert!(set != deleted.is_ok());
            if set {
                is_in_use(deleted, &[("values", 1)]);
                desk.delete_option(11, id, Some(101)).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn categories_are_deleted_while_fields_are_limited_to_them() {
    let desk = Desk::with(KEPT).await;
    for round in 0..10 {
        desk.app
            .sql("insert into categories (id, name) values (900, 'x') on conflict do nothing")
            .await;
        let mut made = draft(&format!("f{round}"), Usage::Tickets, FieldType::Text);
        made.category_ids = Some(vec![2, 900]);
        let (made, ()) = tokio::join!(
            desk.create::<CustomFieldKind>(made),
            desk.app.sql("delete from categories where id = 900")
        );
        if succeeded(std::slice::from_ref(&made)) == 0 {
            super::is_invalid(made, "category_ids");
        }
    }
}
