use std::future::IntoFuture;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::references::{Fate, REFERENCES};
use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

fn delete<'a>(admin: &Person<'a>, user: &Person<'_>) -> Call<'a> {
    admin.post("DeleteUser").param("userId", user.id)
}

#[tokio::test]
async fn what_a_deleted_user_did_stays_and_what_only_the_living_have_goes() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    let before = app.references_to(&crowd.ann).await;
    delete(&crowd.admin, &crowd.ann).await.is_done();
    let after = app.references_to(&crowd.ann).await;
    for (table, column, fate) in REFERENCES {
        let key = (table.to_owned(), column.to_owned());
        let expected = match fate {
            Fate::Stays => before[&key],
            Fate::Goes => 0,
        };
        assert_eq!(after[&key], expected, "{table}.{column}");
    }
    // Nobody else lost anything.
    assert_eq!(app.rows_of("tickets").await, 5);
    assert_eq!(app.rows_of("subscribers").await, 3);
    assert_eq!(app.rows_of("asset_users").await, 1);
    assert_eq!(app.rows_of("assets").await, 2);
    assert_eq!(app.rows_of("category_technicians").await, 1);
    assert_eq!(app.rows_of("user_field_values").await, 1);
    let to_both =
        "select count(*) from comments where id = 20000002 and cardinality(recipient_ids) = 3";
    assert_eq!(app.count(to_both).await, 1);
}

#[tokio::test]
async fn tickets_and_comments_of_a_deleted_user_show_the_tombstone() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    app.sql("update users set first_name = 'Ann', last_name = 'Lee', phone = '+1 555' where username = 'ann'")
        .await;
    delete(&crowd.admin, &crowd.ann).await.is_done();
    let ticket = crowd.admin.get("Ticket").param("id", 101).await;
    let ticket = ticket.is_ok().json();
    let submitter = &ticket["SubmitterUserInfo"];
    assert_eq!(submitter["UserID"], crowd.ann.id.0);
    assert_eq!(submitter["FullName"], "Deleted user");
    assert_eq!(submitter["Username"], format!("deleted-{}", crowd.ann.id));
    assert_eq!(submitter["Email"], "");
    assert_eq!(submitter["Disabled"], true);
    let comments = crowd.admin.get("Comments").param("id", 101).await;
    let comments = comments.is_ok().json();
    assert_eq!(comments[0]["Body"], "<!--html-->By ann");
    assert_eq!(comments[0]["UserID"], crowd.ann.id.0);
    let everything = format!("{ticket}{comments}");
    for personal in ["Lee", "+1 555", "ann@desk.test"] {
        assert!(!everything.contains(personal), "{personal}");
    }
    let found = crowd
        .admin
        .get("Tickets")
        .param("fromUserId", crowd.ann.id)
        .await;
    assert_eq!(found.is_ok().json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_tombstone_bears_nothing_personal_and_keeps_its_company() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    app.sql(
        "insert into companies (id, name) values (7, 'Acme');
        insert into departments (id, name) values (8, 'Sales');
        update users set first_name = 'x', last_name = 'x', notes = 'x', location = 'x', phone = 'x', ip_address = 'x',
            host_name = 'x', user_agent = 'x', lang = 'x', avatar_url = 'x', signature = 'x', greeting = 'x',
            is_manager = true, is_department_manager = true, out_of_office = true, two_factor_enabled = true,
            dark_mode = true, last_password_change_at = now(), last_seen_at = now(), company_id = 7, department_id = 8
        where username = 'ann'",
    )
    .await;
    // The manager of the company sees its tickets as before.
    let manager = app.customer("manager").await;
    app.sql("update users set company_id = 7, is_manager = true where username = 'manager'")
        .await;
    let ticket = ann.has_a_ticket_in(1).await;
    delete(&admin, &ann).await.is_done();
    manager.get("Ticket").param("id", ticket).await.is_ok();
    let row: Value = sqlx::query_scalar(
        "select to_jsonb(u) - 'created_at' - 'deleted_at' from users u where id = $1",
    )
    .bind(ann.id.0)
    .fetch_one(&mut app.database.connect().await)
    .await
    .unwrap();
    let expected = json!({
        "id": ann.id.0, "username": format!("deleted-{}", ann.id), "email": "", "password_hash": null,
        "first_name": "Deleted", "last_name": "user", "notes": null, "location": "", "phone": "",
        "department_id": 8, "company_id": 7, "ip_address": null, "host_name": null, "user_agent": null, "lang": "",
        "avatar_url": null, "signature": "", "greeting": "", "is_admin": false, "is_manager": false,
        "is_department_manager": false, "disabled": true, "send_email": false, "out_of_office": false,
        "two_factor_enabled": false, "dark_mode": false, "token_version": 2, "last_password_change_at": null,
        "last_seen_at": null,
    });
    assert_eq!(row, expected);
}

#[tokio::test]
async fn a_deleted_user_is_out_at_once_and_no_method_finds_him() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.technician("ann", &[1]).await);
    let token = ann.call(reqwest::Method::GET, "/user/token").await;
    let mut by_token = app.anonymous();
    by_token.credentials = crate::support::call::Credentials::Bearer(token.is_ok().text());
    delete(&admin, &ann).await.is_done();
    by_token.get("Authorization").await.is_unauthorized();
    ann.get("Authorization").await.is_unauthorized();
    app.known(&format!("deleted-{}", ann.id), "")
        .get("Authorization")
        .await
        .is_unauthorized();
    let not_found = [
        admin.get("User").param("userId", ann.id),
        admin.get("UserByEmail").param("email", "ann@desk.test"),
        admin.get("UserByUsername").param("username", "ann"),
        admin
            .get("UserByUsername")
            .param("username", format!("deleted-{}", ann.id)),
        admin
            .post("AddCategoryTechPermission")
            .param("userId", ann.id)
            .param("categoryId", 1),
        delete(&admin, &ann),
    ];
    for call in not_found {
        call.await.is_not_found();
    }
    let users = admin.get("Users").await.is_ok().json();
    assert_eq!(users.as_array().unwrap().len(), 1);
    let techs = admin.get("TechsForCategory").param("id", 1).await;
    assert_eq!(techs.is_ok().json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn his_name_and_address_can_be_used_again_and_the_tombstone_finds_one() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    sqlx::query("insert into users (username) values ('DELETED-' || $1)")
        .bind(ann.id.0.to_string())
        .execute(&mut app.database.connect().await)
        .await
        .unwrap();
    delete(&admin, &ann).await.is_done();
    let tombstone: String = sqlx::query_scalar("select username from users where id = $1")
        .bind(ann.id.0)
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
    assert_eq!(tombstone, format!("deleted-{}-2", ann.id));
    let again = admin
        .post("CreateUser")
        .param("username", "ann")
        .param("email", "ann@desk.test")
        .await
        .is_ok()
        .number();
    assert_ne!(again, ann.id.0);
}

#[tokio::test]
async fn assigned_tickets_are_nobodys_and_say_so_once() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    delete(&crowd.admin, &crowd.ann).await.is_done();
    let unassigned =
        "select count(*) from tickets where id in (103, 104) and assigned_to_user_id is null";
    assert_eq!(app.count(unassigned).await, 2);
    // The open one was changed now; the closed one keeps its date.
    let dates = "select count(*) from tickets where (id = 103) = (updated_at > '2020-01-02Z')";
    assert_eq!(app.count(dates).await, 5);
    for (ticket, entries) in [(101, 0), (102, 0), (103, 1), (104, 1), (105, 0)] {
        let comments = crowd.admin.get("Comments").param("id", ticket).await;
        let comments = comments.is_ok().json();
        let said = comments
            .as_array()
            .unwrap()
            .iter()
            .filter(|comment| comment["IsSystem"] == true);
        let said: Vec<&Value> = said.map(|comment| &comment["Body"]).collect();
        assert_eq!(said.len(), entries, "{ticket}: {said:?}");
        for body in said {
            assert_eq!(
                body,
                "<!--html-->admin removed the assignee, who was deleted"
            );
        }
    }
    let events =
        "select count(*) from outbox where event = 'ticket.unassigned' and ticket_id in (103, 104)";
    assert_eq!(app.count(events).await, 2);
}

#[tokio::test]
async fn a_deletion_is_audited_with_what_may_be_given_to_others() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    delete(&crowd.admin, &crowd.ann).await.is_done();
    let (actor, before): (i32, Value) = sqlx::query_as(
        "select actor_user_id, before from audit_log where action = 'user.deleted' and object_id = $1",
    )
    .bind(crowd.ann.id.0)
    .fetch_one(&mut app.database.connect().await)
    .await
    .unwrap();
    assert_eq!(actor, crowd.admin.id.0);
    let expected = json!({
        "username": "ann", "email": "ann@desk.test", "isAdmin": false, "assignedTickets": 2,
        "had": { "technicianOf": [11, 12], "listedInCategories": [13], "assets": [401, 402] },
    });
    assert_eq!(before, expected);
    let told = "select count(*) from outbox where event = 'user.deleted'";
    assert_eq!(app.count(told).await, 1);
}

#[tokio::test]
async fn nobody_deletes_himself_or_the_unknown() {
    let app = TestApp::start().await;
    let (admin, boss) = (app.admin().await, app.customer("boss").await);
    delete(&admin, &admin).await.is_bad("userId");
    app.sql("update users set is_admin = true").await;
    delete(&admin, &admin).await.is_bad("userId");
    admin.post("DeleteUser").await.is_bad("userId");
    admin
        .post("DeleteUser")
        .param("userId", 999)
        .await
        .is_not_found();
    let path = format!("/api/DeleteUser/{}", boss.id);
    admin.call(reqwest::Method::POST, &path).await.is_done();
    let gone = delete(&admin, &boss).await.is_not_found().text();
    let unknown = admin.post("DeleteUser").param("userId", 999).await.text();
    assert_eq!(gone, unknown);
    let left = "select count(*) from users where deleted_at is null";
    assert_eq!(app.count(left).await, 1);
}

#[tokio::test]
async fn of_two_last_administrators_who_delete_each_other_one_is_left() {
    let app = TestApp::start().await;
    let (admin, boss) = (app.admin().await, app.customer("boss").await);
    // A third one may not log in and does not count.
    app.sql("insert into users (username, disabled) values ('old', true); update users set is_admin = true")
        .await;
    for person in [&admin, &boss] {
        person.get("Authorization").await.is_ok();
    }
    let lock = app.hold_lock("users.names").await;
    let calls =
        [(&admin, &boss), (&boss, &admin)].map(|(one, other)| delete(one, other).into_future());
    let (replies, ()) = tokio::join!(join_all(calls), lock.release_when_waited_for_by(2));
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    let left = "select count(*) from users where is_admin and not disabled and deleted_at is null";
    assert_eq!(app.count(left).await, 1);
}

#[tokio::test]
async fn deleting_and_disabling_the_other_administrator_at_once_leaves_one() {
    let app = TestApp::start().await;
    let (admin, boss) = (app.admin().await, app.customer("boss").await);
    app.sql("update users set is_admin = true").await;
    for person in [&admin, &boss] {
        person.get("Authorization").await.is_ok();
    }
    let lock = app.hold_lock("users.administrators").await;
    let disable = boss.post("UpdateUser").param("userId", admin.id);
    let calls = [
        delete(&admin, &boss).into_future(),
        disable.param("disabled", true).into_future(),
    ];
    let (replies, ()) = tokio::join!(join_all(calls), lock.release_when_waited_for_by(2));
    let done = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(done, 1, "{replies:?}");
    let left = "select count(*) from users where is_admin and not disabled and deleted_at is null";
    assert_eq!(app.count(left).await, 1);
}

#[tokio::test]
async fn a_user_who_writes_while_he_is_deleted_loses_nothing() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let ticket = ann.creates_a_ticket().await;
    admin.get("Authorization").await.is_ok();
    let writes = (0..20).map(|_| {
        ann.post("Comment")
            .param("id", ticket)
            .param("body", "Still here")
            .into_future()
    });
    let (deleted, written) = tokio::join!(delete(&admin, &ann).into_future(), join_all(writes));
    deleted.is_done();
    let mut accepted = 0;
    for reply in written {
        match reply.status.as_u16() {
            200 => accepted += 1,
            // A name that nobody has any more, three times in a row, blocks the address.
            401 | 429 => {}
            _ => panic!("{reply:?}"),
        }
    }
    let kept = "select count(*) from comments where body = 'Still here'";
    assert_eq!(app.count(kept).await, accepted);
}

#[tokio::test]
async fn only_administrators_delete_users() {
    let app = TestApp::start().await;
    let (tess, ann) = (
        app.technician("tess", &[1]).await,
        app.customer("ann").await,
    );
    for person in [&tess, &ann] {
        for id in [tess.id.0, ann.id.0, 999] {
            let call = person.post("DeleteUser").param("userId", id);
            call.await.is_forbidden();
        }
    }
    delete(&app.anonymous(), &ann).await.is_unauthorized();
    let left = "select count(*) from users where deleted_at is null";
    assert_eq!(app.count(left).await, 2);
}
