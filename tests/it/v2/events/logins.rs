//! Rights and logins that end while somebody listens.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use super::{comments, makes_a_mark};
use crate::support::TestApp;
use crate::support::call::Credentials;
use crate::support::people::Person;

/// The same person on another server, or with a token.
fn by<'a>(app: &'a TestApp, person: &Person<'_>, credentials: Credentials) -> Person<'a> {
    Person {
        app,
        id: person.id,
        name: person.name.clone(),
        credentials,
    }
}

#[tokio::test]
async fn a_right_that_is_taken_away_ends_with_the_very_next_event() {
    let app = TestApp::start().await;
    let other = app.another_server(|_| {}).await;
    let cast = app.cast().await;
    app.run_jobs().await;
    let mut tech = cast.tech.listens("").await;
    let mut subscriber = cast.subscriber.listens("").await;
    let mut manager = cast.manager.listens("").await;
    comments(&cast.owner, cast.ticket, false).await;
    app.run_jobs().await;
    for stream in [&mut tech, &mut subscriber, &mut manager] {
        assert_eq!(stream.next().await.unwrap().name, "comment.created");
    }
    // By another server, which tells this one of it only through PostgreSQL.
    let admin = by(&other, &cast.admin, cast.admin.credentials.clone());
    let grant = format!("users/{}", cast.tech.id);
    let ungranted = json!({"technician_of": [2]});
    admin.v2("PATCH", &grant).json(&ungranted).await.is_ok();
    let boss = format!("users/{}", cast.manager.id);
    let unmanaging = json!({"manager": false});
    admin.v2("PATCH", &boss).json(&unmanaging).await.is_ok();
    app.change(
        "delete from subscribers where user_id = $1",
        cast.subscriber.id.0,
    )
    .await;
    comments(&cast.owner, cast.ticket, false).await;
    let marks = [
        makes_a_mark(&cast.tech, 2).await,
        makes_a_mark(&cast.subscriber, 1).await,
        makes_a_mark(&cast.manager, 1).await,
    ];
    app.run_jobs().await;
    let about = i64::from(cast.ticket);
    for (stream, mark) in [&mut tech, &mut subscriber, &mut manager]
        .into_iter()
        .zip(marks)
    {
        let heard = stream.until_created(mark).await;
        let of_ticket = heard.iter().any(|(_, ticket)| *ticket == about);
        assert!(!of_ticket, "{heard:?}");
    }
}

#[tokio::test]
async fn a_ticket_that_moves_away_is_not_heard_of_any_more() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    app.run_jobs().await;
    let mut from = cast.tech.listens("").await;
    let mut to = cast.elsewhere.listens("").await;
    cast.admin
        .post("UpdateTicket")
        .param("id", cast.ticket)
        .param("categoryId", 2)
        .await
        .is_ok();
    comments(&cast.owner, cast.ticket, false).await;
    let mark = makes_a_mark(&cast.tech, 1).await;
    app.run_jobs().await;
    assert_eq!(from.until_created(mark).await, []);
    assert_eq!(to.next().await.unwrap().name, "ticket.updated");
    assert_eq!(to.next().await.unwrap().name, "comment.created");
}

#[tokio::test]
async fn a_stream_ends_with_the_login_that_opened_it() {
    let app = TestApp::start().await;
    let other = app.another_server(|_| {}).await;
    let admin = app.admin().await;
    let admin_elsewhere = by(&other, &admin, admin.credentials.clone());
    for name in ["disabled", "password", "deleted"] {
        let person = app.customer(name).await;
        let token = person.call(Method::GET, "/User/Token").await.is_ok().text();
        let by_token = by(&app, &person, Credentials::Bearer(token));
        let streams = [person.listens("").await, by_token.listens("").await];
        let one = format!("users/{}", person.id);
        let call = match name {
            "disabled" => admin_elsewhere
                .v2("PATCH", &one)
                .json(&json!({"disabled": true})),
            "deleted" => admin_elsewhere.v2("DELETE", &one),
            _ => admin_elsewhere
                .v2("PUT", &format!("{one}/password"))
                .json(&json!({"password": "another one entirely"})),
        };
        assert!(call.await.status.is_success(), "{name}");
        for stream in streams {
            stream.ends().await;
        }
    }
}

#[tokio::test]
async fn a_stream_ends_with_the_token_that_opened_it_and_no_other_does() {
    let app = TestApp::start().await;
    let ann = app.customer("ann").await;
    let mut holders = vec![];
    for name in ["revoked", "ending", "kept"] {
        let end = app.clock.now() + TimeDelta::hours(1);
        let end = (name == "ending").then_some(end);
        let draft = json!({"name": name, "scope": "read", "expires_at": end});
        let made = ann.v2("POST", "tokens").json(&draft).await.has_status(201);
        let made = made.json();
        let token = made["token"].as_str().unwrap().to_owned();
        let holder = by(&app, &ann, Credentials::Bearer(token));
        holders.push((made["id"].clone(), holder.listens("").await));
    }
    let [(revoked, of_revoked), (_, of_ending), (_, mut of_kept)] =
        holders.try_into().ok().unwrap();
    let one = format!("tokens/{revoked}");
    ann.v2("DELETE", &one).await.has_status(204);
    of_revoked.ends().await;
    app.clock.advance(TimeDelta::hours(2));
    let mark = makes_a_mark(&ann, 1).await;
    app.run_jobs().await;
    of_ending.ends().await;
    assert_eq!(of_kept.until_created(mark).await, []);
    app.sql("update instance set shared_secret = 'another secret', token_epoch = token_epoch + 1")
        .await;
    of_kept.ends().await;
}
