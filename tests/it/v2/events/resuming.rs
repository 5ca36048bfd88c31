//! Clients that come back, to this server or another.

use std::collections::BTreeSet;

use super::{comments, makes_a_mark};
use crate::support::TestApp;
use crate::support::events::Events;

/// The positions that are told, up to `last`.
async fn positions(stream: &mut Events, last: i64) -> Vec<i64> {
    let mut told = vec![];
    loop {
        let event = stream.next().await.expect("the stream has ended");
        let position = event.data["position"].as_i64().unwrap();
        told.push(position);
        if position >= last {
            return told;
        }
    }
}

#[tokio::test]
async fn whoever_comes_back_to_any_server_hears_everything_once() {
    let app = TestApp::start().await;
    let other = app.another_server(|_| {}).await;
    let (admin, elsewhere) = (app.admin().await, other.admin().await);
    app.run_jobs().await;
    // More than is read at once, by a client that goes away all the time while more is written.
    let writing = async {
        for _ in 0..6 {
            app.sql(
                "insert into outbox (event, actor_user_id, payload, created_at)
                select 'user.updated', 1, '{}', now() from generate_series(1, 150)",
            )
            .await;
            app.run_jobs().await;
        }
    };
    let first = admin.listens("").await;
    let listening = async {
        let (mut stream, mut told) = (first, vec![]);
        for turn in 0..30 {
            for _ in 0..30 {
                let event = stream.next().await.unwrap();
                told.push(event.data["position"].as_i64().unwrap());
            }
            let person = if turn % 2 == 0 { &elsewhere } else { &admin };
            stream = person.listens_after(&stream.last_id).await;
        }
        told
    };
    let ((), told) = tokio::join!(writing, listening);
    let first = told[0];
    let expected: Vec<i64> = (first..first + 900).collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_id_comes_in_the_header_or_in_the_query_and_the_header_is_newer() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for _ in 0..3 {
        makes_a_mark(&admin, 1).await;
    }
    app.run_jobs().await;
    let head = app.count("select last_position from outbox_relay").await;
    let mut all = admin.listens("?last_event_id=0").await;
    let all = positions(&mut all, head).await;
    assert_eq!(all, (1..=head).collect::<Vec<_>>());
    let last = (head - 1).to_string();
    let mut some = admin.listens_after(&last).await;
    assert_eq!(positions(&mut some, head).await, [head]);
}

#[tokio::test]
async fn what_is_not_known_any_more_is_a_reset_and_goes_on_from_there() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for _ in 0..5 {
        makes_a_mark(&admin, 1).await;
    }
    app.run_jobs().await;
    let head = app.count("select last_position from outbox_relay").await;
    app.sql("delete from outbox where position < 4").await;
    for id in ["1", "2", "-1", "abc", "99999999", "9223372036854775808"] {
        let mut stream = admin.listens_after(id).await;
        let reset = stream.next().await.unwrap();
        assert_eq!(reset.name, "reset", "{id}");
        assert_eq!(stream.last_id, head.to_string(), "{id}");
    }
    // The event before the first that is known is not needed.
    let mut stream = admin.listens_after("3").await;
    assert_eq!(positions(&mut stream, head).await.first(), Some(&4));
    // Nothing is left, and nothing has been missed.
    app.sql("delete from outbox").await;
    let mut stream = admin.listens_after(&head.to_string()).await;
    let mark = makes_a_mark(&admin, 1).await;
    app.run_jobs().await;
    assert_eq!(stream.until_created(mark).await, []);
}

#[tokio::test]
async fn what_is_missed_is_told_as_rights_stand_when_it_is_told() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    app.run_jobs().await;
    let stream = cast.tech.listens("").await;
    let mut owner = cast.owner.listens("").await;
    comments(&cast.owner, cast.ticket, false).await;
    app.run_jobs().await;
    owner.next().await.unwrap();
    let mut stream = {
        let mut before = stream;
        before.next().await.unwrap();
        comments(&cast.owner, cast.ticket, false).await;
        app.run_jobs().await;
        let last_id = before.last_id.clone();
        drop(before);
        app.change(
            "delete from category_technicians where user_id = $1",
            cast.tech.id.0,
        )
        .await;
        cast.tech.listens_after(&last_id).await
    };
    let mark = makes_a_mark(&cast.tech, 1).await;
    app.run_jobs().await;
    assert_eq!(stream.until_created(mark).await, []);
}

#[tokio::test]
async fn who_listens_hears_of_what_other_servers_do_also_after_the_connection_to_postgresql_broke()
{
    let app = TestApp::start().await;
    let other = app.another_server(|_| {}).await;
    let ann = app.customer("ann").await;
    let mut stream = ann.listens("").await;
    let ann_elsewhere = other.person("ann").await;
    let mut heard = BTreeSet::new();
    for round in 0..3 {
        if round == 1 {
            let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and query like 'LISTEN%'";
            assert!(app.count(cut).await > 0);
        }
        let ticket = ann_elsewhere.creates_a_ticket().await;
        other.run_jobs().await;
        assert_eq!(stream.until_created(ticket).await, []);
        heard.insert(ticket);
    }
    assert_eq!(heard.len(), 3);
}
