use std::future::IntoFuture;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::references::REFERENCES;
use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

fn merge<'a>(admin: &Person<'a>, from: &Person<'_>, to: &Person<'_>) -> Call<'a> {
    admin
        .post("MergeUsers")
        .param("fromUserId", from.id)
        .param("toUserId", to.id)
}

/// The ids in a column of numbers.
async fn ids(app: &TestApp, statement: &'static str, user: &Person<'_>) -> Vec<i32> {
    sqlx::query_scalar(statement)
        .bind(user.id.0)
        .fetch_all(&mut app.database.connect().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn nothing_refers_to_the_merged_user_and_no_row_is_lost() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    let (of_ann, of_bob) = (
        app.references_to(&crowd.ann).await,
        app.references_to(&crowd.bob).await,
    );
    merge(&crowd.admin, &crowd.ann, &crowd.bob).await.is_done();
    let (left, now) = (
        app.references_to(&crowd.ann).await,
        app.references_to(&crowd.bob).await,
    );
    for (table, column, _) in REFERENCES {
        let key = (table.to_owned(), column.to_owned());
        assert_eq!(left[&key], 0, "{table}.{column} still refers to ann");
        let (ann, bob) = (of_ann[&key], of_bob[&key]);
        let expected = match (table, column) {
            // Both had one of the same.
            ("subscribers" | "asset_users" | "category_technicians" | "user_field_values", _) => {
                ann + bob - 1
            }
            // A token is the proof of one account, and so is what it sent.
            ("api_tokens" | "idempotency_keys" | "password_resets", _) => 0,
            _ => ann + bob,
        };
        assert_eq!(now[&key], expected, "{table}.{column} of bob");
    }
}

#[tokio::test]
async fn tickets_move_as_submitted_assigned_made_and_changed() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    merge(&crowd.admin, &crowd.ann, &crowd.bob).await.is_done();
    for (statement, expected) in [
        (
            "select id from tickets where user_id = $1 order by id",
            vec![101, 105],
        ),
        (
            "select id from tickets where on_behalf_user_id = $1 order by id",
            vec![102],
        ),
        (
            "select id from tickets where assigned_to_user_id = $1 order by id",
            vec![103, 104],
        ),
        (
            "select id from tickets where last_updated_by_user_id = $1 order by id",
            vec![104, 105],
        ),
    ] {
        assert_eq!(
            ids(&app, statement, &crowd.bob).await,
            expected,
            "{statement}"
        );
    }
    // He sees what was hers.
    let seen = crowd.bob.get("Tickets").await.is_ok().json();
    let mut seen: Vec<i64> = seen
        .as_array()
        .unwrap()
        .iter()
        .map(|ticket| ticket["IssueID"].as_i64().unwrap())
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, [101, 102, 105]);
    let ticket = crowd.admin.get("Ticket").param("id", 101).await;
    let ticket = ticket.is_ok().json();
    assert_eq!(ticket["SubmitterUserInfo"]["Username"], "bob");
}

#[tokio::test]
async fn tickets_whose_people_change_say_so_once_and_closed_ones_keep_their_date() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    app.sql("update users set first_name = 'Ann', last_name = 'Lee' where username = 'ann'")
        .await;
    merge(&crowd.admin, &crowd.ann, &crowd.bob).await.is_done();
    for (ticket, entries) in [(101, 1), (102, 0), (103, 1), (104, 1), (105, 0)] {
        let comments = crowd.admin.get("Comments").param("id", ticket).await;
        let comments = comments.is_ok().json();
        let said = comments
            .as_array()
            .unwrap()
            .iter()
            .filter(|comment| comment["IsSystem"] == true);
        let said: Vec<&Value> = said.map(|comment| &comment["Body"]).collect();
        let expected = "<!--html-->admin merged the account of Ann Lee into that of bob";
        assert_eq!(said, vec![expected; entries], "{ticket}");
    }
    let changed =
        "select count(*) from tickets where (id in (101, 103)) = (updated_at > '2020-01-02Z')";
    assert_eq!(app.count(changed).await, 5);
}

#[tokio::test]
async fn comments_and_their_recipients_move() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    merge(&crowd.admin, &crowd.ann, &crowd.bob).await.is_done();
    let comments = crowd.bob.get("Comments").param("id", 101).await;
    let comments = comments.is_ok().json();
    let hers = comments
        .as_array()
        .unwrap()
        .iter()
        .find(|comment| comment["Body"] == "<!--html-->By ann");
    assert_eq!(hers.unwrap()["UserID"], crowd.bob.id.0);
    let recipients: Vec<Vec<i32>> = sqlx::query_scalar(
        "select recipient_ids from comments where id in (20000002, 20000003) order by id",
    )
    .fetch_all(&mut app.database.connect().await)
    .await
    .unwrap();
    // bob was among them already.
    let (bob, carl) = (crowd.bob.id.0, crowd.carl.id.0);
    assert_eq!(recipients, [vec![bob, carl], vec![carl]]);
}

#[tokio::test]
async fn subscriptions_assets_and_grants_move_and_none_twice() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    merge(&crowd.admin, &crowd.ann, &crowd.bob).await.is_done();
    for (statement, expected) in [
        (
            "select ticket_id from subscribers where user_id = $1 order by 1",
            vec![101, 102, 105],
        ),
        (
            "select asset_id from asset_users where user_id = $1 order by 1",
            vec![401, 402],
        ),
        (
            "select category_id from category_technicians where user_id = $1 order by 1",
            vec![11, 12],
        ),
        (
            "select category_id from category_users where user_id = $1 order by 1",
            vec![13],
        ),
    ] {
        assert_eq!(
            ids(&app, statement, &crowd.bob).await,
            expected,
            "{statement}"
        );
    }
    let bob = crowd.bob.get("Authorization").await.is_ok().json();
    assert_eq!(bob["IsTech"], true);
}

#[tokio::test]
async fn files_times_articles_and_log_entries_move() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    merge(&crowd.admin, &crowd.ann, &crowd.bob).await.is_done();
    for (statement, expected) in [
        ("select id from attachments where user_id = $1", 601),
        ("select seconds from time_spent_log where user_id = $1", 60),
        ("select id from articles where user_id = $1", 301),
        ("select asset_id from asset_log where user_id = $1", 401),
    ] {
        assert_eq!(
            ids(&app, statement, &crowd.bob).await,
            [expected],
            "{statement}"
        );
    }
}

#[tokio::test]
async fn custom_fields_move_where_the_other_has_none() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    merge(&crowd.admin, &crowd.ann, &crowd.bob).await.is_done();
    let values: Vec<(i32, String)> = sqlx::query_as(
        "select field_id, value from user_field_values where user_id = $1 order by 1",
    )
    .bind(crowd.bob.id.0)
    .fetch_all(&mut app.database.connect().await)
    .await
    .unwrap();
    assert_eq!(
        values,
        [(501, "Paying".to_owned()), (502, "Bobby".to_owned())]
    );
}

#[tokio::test]
async fn the_others_role_and_profile_stay_and_the_merged_one_is_a_tombstone() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    app.sql(
        "insert into companies (id, name) values (7, 'Acme');
        update users set is_admin = true, is_manager = true, is_department_manager = true, company_id = 7,
            first_name = 'Ann', notes = 'x' where username = 'ann'",
    )
    .await;
    let read = async || {
        let call = crowd.admin.get("User").param("userId", crowd.bob.id);
        let mut user = call.await.is_ok().json();
        // Grants move.
        user["IsTech"] = Value::Null;
        user
    };
    let before = read().await;
    merge(&crowd.admin, &crowd.ann, &crowd.bob).await.is_done();
    assert_eq!(read().await, before);
    assert_eq!(before["IsAdmin"], false);
    crowd.ann.get("Authorization").await.is_unauthorized();
    let gone = crowd.admin.get("User").param("userId", crowd.ann.id);
    gone.await.is_not_found();
    let tombstone = "select count(*) from users where username like 'deleted-%' and email = '' and disabled and not is_admin
        and not is_manager and password_hash is null and token_version = 2 and deleted_at is not null and first_name = 'Deleted'";
    assert_eq!(app.count(tombstone).await, 1);
    let call = crowd.admin.post("CreateUser").param("username", "ann");
    call.param("email", "ann@desk.test").await.is_ok();
    let (before, after): (Value, Value) = sqlx::query_as(
        "select before, after from audit_log where action = 'user.merged' and object_id = $1",
    )
    .bind(crowd.ann.id.0)
    .fetch_one(&mut app.database.connect().await)
    .await
    .unwrap();
    assert_eq!(
        (&before["username"], &before["email"], &before["isAdmin"]),
        (&json!("ann"), &json!("ann@desk.test"), &json!(true))
    );
    assert_eq!(after, json!({ "toUserId": crowd.bob.id.0, "tickets": 3 }));
    let told = "select count(*) from outbox where event = 'user.merged'";
    assert_eq!(app.count(told).await, 1);
}

#[tokio::test]
async fn wrong_pairs_are_refused_and_nothing_changes() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    let (admin, ann) = (&crowd.admin, &crowd.ann);
    merge(admin, ann, ann).await.is_bad("toUserId");
    admin
        .post("MergeUsers")
        .param("fromUserId", ann.id)
        .await
        .is_bad("toUserId");
    admin
        .post("MergeUsers")
        .param("toUserId", ann.id)
        .await
        .is_bad("fromUserId");
    for (from, to) in [(999, ann.id.0), (ann.id.0, 999), (998, 999)] {
        let call = admin.post("MergeUsers").param("fromUserId", from);
        call.param("toUserId", to).await.is_not_found();
    }
    app.sql("update users set deleted_at = now() where username = 'carl'")
        .await;
    merge(admin, ann, &crowd.carl).await.is_not_found();
    merge(admin, &crowd.carl, ann).await.is_not_found();
    // Himself, and with him the last administrator.
    merge(admin, admin, ann).await.is_bad("fromUserId");
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        0
    );
    assert_eq!(app.count("select count(*) from outbox").await, 0);
    for (reference, count) in app.references_to(ann).await {
        assert!(count > 0, "{reference:?}");
    }
}

#[tokio::test]
async fn only_administrators_merge_users() {
    let app = TestApp::start().await;
    let (tess, ann) = (
        app.technician("tess", &[1]).await,
        app.customer("ann").await,
    );
    for person in [&tess, &ann] {
        merge(person, &tess, &ann).await.is_forbidden();
        let call = person.post("MergeUsers").param("fromUserId", 998);
        call.param("toUserId", 999).await.is_forbidden();
    }
    merge(&app.anonymous(), &tess, &ann).await.is_unauthorized();
    let left = "select count(*) from users where deleted_at is null";
    assert_eq!(app.count(left).await, 2);
}

#[tokio::test]
async fn of_merges_in_both_directions_at_once_one_wins() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    let (admin, ann, bob) = (&crowd.admin, &crowd.ann, &crowd.bob);
    admin.get("Authorization").await.is_ok();
    let lock = app.hold_lock("users.names").await;
    let calls = [merge(admin, ann, bob), merge(admin, bob, ann)].map(IntoFuture::into_future);
    let (replies, ()) = tokio::join!(join_all(calls), lock.release_when_waited_for_by(2));
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    let (of_ann, of_bob) = (app.references_to(ann).await, app.references_to(bob).await);
    for (table, column, _) in REFERENCES {
        let key = (table.to_owned(), column.to_owned());
        assert_eq!(of_ann[&key].min(of_bob[&key]), 0, "{table}.{column}");
    }
    assert_eq!(app.rows_of("tickets").await, 5);
}

#[tokio::test]
async fn of_two_last_administrators_who_merge_each_other_away_one_is_left() {
    let app = TestApp::start().await;
    let (admin, boss, ann) = (
        app.admin().await,
        app.customer("boss").await,
        app.customer("ann").await,
    );
    app.sql("update users set is_admin = true where username = 'boss'")
        .await;
    for person in [&admin, &boss] {
        person.get("Authorization").await.is_ok();
    }
    let lock = app.hold_lock("users.names").await;
    let calls =
        [merge(&admin, &boss, &ann), merge(&boss, &admin, &ann)].map(IntoFuture::into_future);
    let (replies, ()) = tokio::join!(join_all(calls), lock.release_when_waited_for_by(2));
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    let left = "select count(*) from users where is_admin and not disabled and deleted_at is null";
    assert_eq!(app.count(left).await, 1);
}

#[tokio::test]
async fn a_merge_beside_work_on_the_same_tickets_fails_nobody() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    let (admin, ann, bob) = (&crowd.admin, &crowd.ann, &crowd.bob);
    for person in [admin, ann, bob] {
        person.get("Authorization").await.is_ok();
    }
    let work = (0..40).map(|n| {
        let ticket = [105, 104, 103, 102, 101][n % 5];
        let call = if n % 2 == 0 {
            admin
                .post("UpdateTicket")
                .param("id", ticket)
                .param("priority", n % 3)
        } else {
            admin
                .post("Comment")
                .param("id", ticket)
                .param("body", format!("Note {n}"))
        };
        call.into_future()
    });
    let (merged, replies) = tokio::join!(merge(admin, ann, bob).into_future(), join_all(work));
    merged.is_done();
    for reply in replies {
        reply.is_ok();
    }
    let notes = "select count(*) from comments where body like 'Note %'";
    assert_eq!(app.count(notes).await, 20);
    for (reference, count) in app.references_to(ann).await {
        assert_eq!(count, 0, "{reference:?}");
    }
}

#[tokio::test]
async fn merging_tickets_and_their_people_at_once_loses_nothing_and_fails_nobody() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    let (admin, ann, bob) = (&crowd.admin, &crowd.ann, &crowd.bob);
    app.sql(
        "insert into tickets (id, subject, body, category_id, user_id, created_at, updated_at)
            select 1000 + n, 'Many', 'Please help', 1, u.id, now(), now()
            from generate_series(1, 20) n, users u where u.username = 'carl';
        select rebuild_ticket_search(id) from tickets;
        insert into subscribers (ticket_id, user_id)
            select 1000 + n, u.id from generate_series(1, 20) n, users u where u.username in ('ann', 'carl');
        insert into comments (ticket_id, user_id, created_at, body, recipient_ids)
            select 1000 + n % 20 + 1, u.id, now(), 'One of many', array[u.id]
            from generate_series(1, 400) n, users u where u.username in ('ann', 'bob')",
    )
    .await;
    admin.get("Authorization").await.is_ok();
    let of_tickets = (0..10).map(|n| {
        let call = admin.post("MergeTickets").param("id", 1001 + 2 * n);
        call.param("id2", 1002 + 2 * n).into_future()
    });
    let (merged, replies) =
        tokio::join!(merge(admin, ann, bob).into_future(), join_all(of_tickets));
    merged.is_done();
    for reply in replies {
        reply.is_ok();
    }
    let of_bob = "select count(*) from comments c join users u on u.id = c.user_id
        where c.body = 'One of many' and u.username = 'bob' and c.recipient_ids = array[u.id]";
    assert_eq!(app.count(of_bob).await, 800);
    for (reference, count) in app.references_to(ann).await {
        assert_eq!(count, 0, "{reference:?}");
    }
}
