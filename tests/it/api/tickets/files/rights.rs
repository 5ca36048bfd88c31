use reqwest::Method;
use serde_json::Value;

use super::{GENERAL, addresses};
use crate::support::TestApp;
use crate::support::people::Person;

#[tokio::test]
async fn who_sees_the_ticket_reads_its_public_files() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let public = cast.owner.attaches(cast.ticket, "a.txt", "a").await;
    cast.tech.notes_with_file(cast.ticket, "note.txt").await;
    for person in [
        &cast.owner,
        &cast.subscriber,
        &cast.manager,
        &cast.tech,
        &cast.admin,
    ] {
        for address in addresses(public) {
            person.call(Method::GET, &address).await.is_ok();
        }
        let staff = person.name == "tech" || person.name == "admin";
        assert_eq!(
            person.files_of(cast.ticket).await.len(),
            if staff { 2 } else { 1 }
        );
        person.attaches(cast.ticket, "mine.txt", "m").await;
        let mine = person.newest_file(cast.ticket).await;
        app.change("delete from attachments where id = $1", mine)
            .await;
    }
}

#[tokio::test]
async fn nobody_else_reads_them() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let public = cast.owner.attaches(cast.ticket, "a.txt", "a").await;
    for person in [&cast.stranger, &cast.elsewhere] {
        are_hidden_from(person, public).await;
        let call = person.get("Attachments").param("id", cast.ticket);
        call.await.is_not_found();
        let call = person.post("AttachFile").param("id", cast.ticket);
        call.file("f", "a.txt", "a").await.is_not_found();
    }
    let anonymous = app.anonymous();
    for address in addresses(public) {
        let call = anonymous.call(Method::GET, &address);
        call.await.is_unauthorized();
    }
    for method in ["AttachFile", "DeleteFile", "Attachments"] {
        let call = anonymous.post(method).param("id", public);
        call.file("f", "a.txt", "a").await.is_unauthorized();
    }
    assert_eq!(app.stored_files().len(), 1);
}

#[tokio::test]
async fn files_of_notes_for_technicians_are_for_staff() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let note = cast.tech.notes_with_file(cast.ticket, "note.txt").await;
    for person in [&cast.tech, &cast.admin] {
        for address in addresses(note) {
            person.call(Method::GET, &address).await.is_ok();
        }
    }
    app.subscribes(&cast.elsewhere).await;
    for person in [
        &cast.owner,
        &cast.subscriber,
        &cast.manager,
        &cast.stranger,
        &cast.elsewhere,
    ] {
        are_hidden_from(person, note).await;
    }
}

/// The file answers like one that does not exist, under each of its addresses.
async fn are_hidden_from(person: &Person<'_>, file: i32) {
    for (hidden, unknown) in addresses(file).iter().zip(addresses(999_999)) {
        let hidden = person.call(Method::GET, hidden).await.is_not_found();
        let unknown = person.call(Method::GET, &unknown).await.is_not_found();
        assert_eq!(hidden.text(), unknown.text());
    }
}

#[tokio::test]
async fn a_right_taken_away_is_gone_at_the_next_request() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let bob = app.customer("bob").await;
    let ticket = alice.creates_a_ticket().await;
    let id = alice.attaches(ticket, "a.txt", "a").await;
    app.subscribes(&bob).await;
    bob.downloads(id).await.is_ok();
    app.change("delete from subscribers where user_id = $1", bob.id.0)
        .await;
    bob.downloads(id).await.is_not_found();
}

#[tokio::test]
async fn a_file_that_hangs_on_nothing_yet_is_its_uploaders() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let admin = app.admin().await;
    let ticket = alice.creates_a_ticket().await;
    let id = alice.attaches(ticket, "a.txt", "a").await;
    app.change(
        "update attachments set ticket_id = null, comment_id = null where id = $1",
        id,
    )
    .await;
    alice.downloads(id).await.is_ok();
    admin.downloads(id).await.is_ok();
    tech.downloads(id).await.is_not_found();
}

#[tokio::test]
async fn delete_file_is_for_administrators_and_removes_the_bytes() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let admin = app.admin().await;
    let manager = app.customer("manager").await;
    app.change(
        "update users set is_manager = true where id = $1",
        manager.id.0,
    )
    .await;
    let ticket = alice.creates_a_ticket().await;
    let id = alice.attaches(ticket, "a.txt", "a").await;
    for person in [&alice, &tech, &manager] {
        // The same for an id that does not exist: the role is asked first.
        for id in [id, 999_999] {
            person
                .get("DeleteFile")
                .param("id", id)
                .await
                .is_forbidden();
            person
                .post(&format!("DeleteFile/{id}"))
                .await
                .is_forbidden();
        }
    }
    alice.downloads(id).await.is_ok();
    admin.get(&format!("DeleteFile/{id}")).await.is_done();
    admin.get("DeleteFile").param("id", id).await.is_not_found();
    for address in addresses(id) {
        admin.call(Method::GET, &address).await.is_not_found();
    }
    assert_eq!(alice.files_of(ticket).await, Vec::<Value>::new());
    assert_eq!(app.stored_files(), Vec::<std::path::PathBuf>::new());
    let audited: (i32, i32, Value) = sqlx::query_as(
        "select actor_user_id, object_id, before from audit_log where action = 'attachment.deleted'",
    )
    .fetch_one(&mut app.database.connect().await)
    .await
    .unwrap();
    assert_eq!((audited.0, audited.1), (admin.id.0, id));
    assert_eq!(audited.2["fileName"], "a.txt");
    assert_eq!(audited.2["ticketId"], ticket);
}

#[tokio::test]
async fn a_deleted_file_leaves_a_system_comment_unless_it_was_a_notes() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let public = cast.owner.attaches(cast.ticket, "a<b>.txt", "a").await;
    let note = cast.tech.notes_with_file(cast.ticket, "note.txt").await;
    for file in [note, public] {
        cast.admin
            .get("DeleteFile")
            .param("id", file)
            .await
            .is_done();
    }
    let comments = cast.owner.get("Comments").param("id", cast.ticket).await;
    let comments = comments.is_ok().json();
    let system: Vec<&Value> = comments
        .as_array()
        .unwrap()
        .iter()
        .filter(|comment| comment["IsSystem"] == true)
        .map(|comment| &comment["Body"])
        .collect();
    assert_eq!(system, ["<!--html-->admin deleted the file a&lt;b&gt;.txt"]);
}

#[tokio::test]
async fn a_file_of_an_article_is_for_whoever_sees_the_article() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    // Article 1 is public, 2 is for technicians, 3 is in a category for technicians, 4 in a disabled one.
    app.sql(
        "insert into categories (id, name, for_techs_only, disabled)
            values (11, 'Staff', true, false), (12, 'Gone', false, true);
        insert into category_technicians (category_id, user_id)
            select c.id, u.id from categories c, users u where c.id in (11, 12) and u.username = 'tech';
        insert into articles (id, category_id, subject, body, for_techs_only, created_at)
            values (1, 1, 'x', 'x', false, now()), (2, 1, 'x', 'x', true, now()),
                (3, 11, 'x', 'x', false, now()), (4, 12, 'x', 'x', false, now())",
    )
    .await;
    for article in 1..=4 {
        let file = cast.owner.attaches(cast.ticket, "a.txt", "a").await;
        sqlx::query("update attachments set ticket_id = null, comment_id = null, article_id = $2 where id = $1")
            .bind(file)
            .bind(article)
            .execute(&mut app.database.connect().await)
            .await
            .unwrap();
        for address in addresses(file) {
            for staff in [&cast.tech, &cast.admin] {
                staff.call(Method::GET, &address).await.is_ok();
            }
            // The owner uploaded it: that alone is no right to read it.
            for person in [&cast.owner, &cast.stranger, &cast.elsewhere] {
                let reply = person.call(Method::GET, &address).await;
                if article == 1 {
                    reply.is_ok();
                } else {
                    reply.is_not_found();
                }
            }
            let anonymous = app.anonymous();
            anonymous
                .call(Method::GET, &address)
                .await
                .is_unauthorized();
        }
    }
}

#[tokio::test]
async fn a_file_of_an_asset_is_for_staff_and_for_whoever_has_the_asset() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let file = cast.owner.attaches(cast.ticket, "a.txt", "a").await;
    app.sql(
        "insert into manufacturers (id, name) values (1, 'Apple');
        insert into suppliers (id, name) values (1, 'none');
        insert into asset_types (id, name) values (1, 'Laptop');
        insert into assets (id, model_name, manufacturer_id, supplier_id, type_id) values (7, 'Macbook', 1, 1, 1);
        insert into asset_users (asset_id, user_id) select 7, id from users where username = 'stranger'",
    )
    .await;
    app.change(
        "update attachments set ticket_id = null, comment_id = null, asset_id = 7 where id = $1",
        file,
    )
    .await;
    for person in [&cast.stranger, &cast.tech, &cast.elsewhere, &cast.admin] {
        for address in addresses(file) {
            person.call(Method::GET, &address).await.is_ok();
        }
    }
    // The owner uploaded it: that alone is no right to read it.
    for person in [&cast.owner, &cast.subscriber, &cast.manager] {
        are_hidden_from(person, file).await;
    }
    app.sql("delete from asset_users").await;
    are_hidden_from(&cast.stranger, file).await;
}
