//! Tokens that users name: what they open, who keeps them.

use chrono::TimeDelta;
use ferrodesk::api::table::{Verbs, table};
use ferrodesk::domain::Error;
use ferrodesk::domain::ids::{TokenId, UserId};
use ferrodesk::domain::users::tokens::{self, Scope, TokenDraft};
use ferrodesk::v2::table::Verb;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{create, draft, holder, named, revoke, send};
use crate::support::TestApp;

#[tokio::test]
async fn a_named_token_opens_the_api_and_may_what_its_user_may() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.customer("alice").await, app.customer("bob").await);
    let (_, token) = named(&alice, draft(Scope::Full)).await;
    assert!(token.starts_with("fd_"), "{token}");
    assert_eq!(token.len(), 46);
    let by_token = holder(&app, &token);
    let told = by_token.get("Authorization").await.is_ok().json();
    assert_eq!(told["Username"], "alice");
    let ticket = by_token.creates_a_ticket().await;
    alice.get("Ticket").param("id", ticket).await.is_ok();
    let others = bob.creates_a_ticket().await;
    let call = by_token.get("Ticket").param("id", others);
    call.await.is_not_found();
    for header in [format!("bearer   {token}"), format!("BEARER {token} ")] {
        let call = app.anonymous().get("Authorization");
        call.header("authorization", &header).await.is_ok();
    }
    // A right that its user gets or loses is the token's with the next call.
    app.change("update users set is_admin = true where id = $1", alice.id.0)
        .await;
    by_token.get("Ticket").param("id", others).await.is_ok();
}

#[tokio::test]
async fn a_named_token_opens_v2_as_well() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (_, token) = named(&admin, draft(Scope::Full)).await;
    let section = json!({ "name": "IT" });
    let made = holder(&app, &token).makes("sections", section).await;
    let (_, token) = named(&admin, draft(Scope::Read)).await;
    let reader = holder(&app, &token);
    let one = format!("sections/{made}");
    reader.v2("GET", &one).await.is_ok();
    let refused = reader.v2("DELETE", &one).await.is_forbidden();
    assert_eq!(refused.json()["code"], "forbidden", "{}", refused.text());
    let wrong = holder(&app, "fd_").v2("GET", &one).await;
    wrong.is_unauthorized();
    admin.v2("GET", &one).await.is_ok();
}

#[tokio::test]
async fn a_token_that_only_reads_changes_nothing_by_any_verb() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let (_, token) = named(&cast.owner, draft(Scope::Read)).await;
    let by_token = holder(&app, &token);
    let read = by_token.get("Ticket").param("id", cast.ticket);
    assert_eq!(read.await.is_ok().json()["StatusID"], 1);
    for call in [by_token.get("Close"), by_token.post("Close")] {
        let refused = call.param("id", cast.ticket).await.is_forbidden();
        assert!(refused.text().contains("read-only"), "{}", refused.text());
        assert_eq!(refused.headers["content-type"], "text/plain; charset=utf-8");
    }
    let read = by_token.get("Ticket").param("id", cast.ticket);
    assert_eq!(read.await.is_ok().json()["StatusID"], 1);
    let closes = cast.owner.get("Close").param("id", cast.ticket);
    closes.await.is_done();
}

/// Whatever its user may: here he may everything.
#[tokio::test]
async fn no_method_that_writes_lets_a_token_in_that_only_reads() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (_, token) = named(&admin, draft(Scope::Read)).await;
    let by_token = holder(&app, &token);
    for method in table().methods() {
        let path = if method.name.starts_with('/') {
            method.name.replace("{id}", "1")
        } else {
            format!("/api/{}", method.name)
        };
        let verbs = match method.verbs {
            Verbs::Get => vec![Method::GET],
            Verbs::Post => vec![Method::POST],
            Verbs::Any => vec![Method::GET, Method::POST],
        };
        for verb in verbs {
            let reply = by_token.call(verb.clone(), &path).await;
            let is_refused = reply.status == 403 && reply.text().contains("read-only");
            assert_eq!(is_refused, method.writes, "{verb} {path}: {reply:?}");
        }
    }
    for operation in ferrodesk::v2::table::table().operations() {
        if operation.id == "ListenToEvents" {
            // Its answer never ends.
            continue;
        }
        let path = operation.path.replace("{id}", "1");
        let verb = match operation.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
            Verb::Patch => Method::PATCH,
            Verb::Delete => Method::DELETE,
        };
        let reply = by_token.call(verb.clone(), &path).json(&json!({})).await;
        let is_refused = reply.status == 403 && reply.text().contains("read-only");
        let reads = operation.verb == Verb::Get;
        assert_eq!(is_refused, !reads, "{verb} {path}: {reply:?}");
    }
}

/// A token of `/User/Token` cannot be revoked by itself and has no scope.
#[tokio::test]
async fn a_named_token_gives_no_token_that_outlives_it() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    for scope in [Scope::Read, Scope::Full] {
        let (_, token) = named(&alice, draft(scope)).await;
        let call = holder(&app, &token).call(Method::GET, "/User/Token");
        let refused = call.await.is_forbidden();
        assert!(!refused.text().contains("eyJ"), "{}", refused.text());
    }
    let end = app.clock.now() + TimeDelta::days(1);
    let ending = |expires_at| TokenDraft {
        expires_at,
        ..draft(Scope::Full)
    };
    let (id, _) = named(&alice, ending(Some(end))).await;
    let mut actor = alice.actor().await;
    actor.token = Some(id);
    for later in [None, Some(end + TimeDelta::seconds(1))] {
        let refused = create(&app, &actor, ending(later)).await.unwrap_err();
        assert!(refused.to_string().contains("expires_at"), "{refused}");
    }
    create(&app, &actor, ending(Some(end))).await.unwrap();
    actor.read_only = true;
    let refused = create(&app, &actor, ending(Some(end))).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
}

#[tokio::test]
async fn what_is_no_token_reads_like_any_other_wrong_one_and_is_no_guess() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let (_, token) = named(&alice, draft(Scope::Full)).await;
    let other = |character: &str| if character == "A" { 'B' } else { 'A' };
    let last = format!("{}{}", &token[..45], other(&token[45..]));
    let first = format!("fd_{}{}", other(&token[3..4]), &token[4..]);
    for wrong in [
        "fd_",
        "fd_x",
        &last,
        &first,
        &token[..45],
        &token[3..],
        &format!("{token}A"),
        &format!("{token}="),
        &token.to_uppercase(),
        &format!("fd_{}", "A".repeat(43)),
        &format!("fd_{}", "A".repeat(4000)),
    ] {
        let refused = send(&app, &format!("Bearer {wrong}")).await;
        let refused = refused.is_unauthorized();
        assert_eq!(refused.text(), "The token is not valid.");
        let challenge = &refused.headers["www-authenticate"];
        assert_eq!(challenge, "Bearer error=\"invalid_token\"");
    }
    assert_eq!(app.count("select count(*) from login_streaks").await, 0);
    let by_token = holder(&app, &token);
    by_token.get("Authorization").await.is_ok();
    // Nor does it end or obey a block: its office's passwords are not its business.
    let wrong = app.known("alice", "wrong");
    for _ in 0..3 {
        wrong.get("Authorization").await.is_unauthorized();
    }
    by_token.get("Authorization").await.is_ok();
    alice.get("Authorization").await.has_status(429);
}

#[tokio::test]
async fn what_is_stored_of_a_token_does_not_open_anything() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let (_, token) = named(&alice, draft(Scope::Full)).await;
    let mut connection = app.database.connect().await;
    let (text, hash): (String, Vec<u8>) =
        sqlx::query_as("select t::text, token_hash from api_tokens t")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert!(!text.contains(&token[3..]));
    // A plain hash could be compared with that of a token found elsewhere.
    let plain = ring::digest::digest(&ring::digest::SHA256, token.as_bytes());
    assert_ne!(hash, plain.as_ref());
    assert_eq!(hash.len(), 32);
}

#[tokio::test]
async fn a_user_has_fifty_tokens_that_open_anything_and_no_more() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let actor = alice.actor().await;
    let (first, _) = named(&alice, draft(Scope::Read)).await;
    // Those that are over do not count.
    app.sql(
        "insert into api_tokens (token_hash, user_id, label, token_version, token_epoch, expires_at, revoked_at)
        select sha256(n::text::bytea), t.user_id, 'over', t.token_version - (n % 3 = 0)::int, t.token_epoch,
            case when n % 3 = 1 then now() - interval '1 day' end, case when n % 3 = 2 then now() end
        from api_tokens t, generate_series(1, 60) n",
    )
    .await;
    for _ in 0..48 {
        named(&alice, draft(Scope::Read)).await;
    }
    // One place is left, and several want it.
    let at_once = (0..3).map(|_| create(&app, &actor, draft(Scope::Read)));
    let made = join_all(at_once).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    for refused in made.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
    }
    revoke(&app, &actor, first).await.unwrap();
    create(&app, &actor, draft(Scope::Read)).await.unwrap();
    create(&app, &actor, draft(Scope::Read)).await.unwrap_err();
    app.customer("bob").await;
    named(&app.customer("bob").await, draft(Scope::Read)).await;
}

#[tokio::test]
async fn names_and_ends_that_make_no_sense_are_refused() {
    let app = TestApp::start().await;
    let actor = app.customer("alice").await.actor().await;
    for (name, end, parameter) in [
        ("", None, "name"),
        ("  ", None, "name"),
        ("a\nb", None, "name"),
        (&*"ü".repeat(101), None, "name"),
        ("a", Some(actor.now()), "expires_at"),
        ("a", Some(actor.now() - TimeDelta::days(1)), "expires_at"),
    ] {
        let draft = TokenDraft {
            name: name.into(),
            scope: Scope::Read,
            expires_at: end,
        };
        let refused = create(&app, &actor, draft).await.unwrap_err();
        assert!(refused.to_string().contains(parameter), "{refused}");
    }
    assert_eq!(app.count("select count(*) from api_tokens").await, 0);
}

/// What the service gives this actor of alice's token.
async fn seen(app: &TestApp, actor: &ferrodesk::domain::Actor, id: TokenId) -> Option<String> {
    let mut conn = app.state.db.read().await.unwrap();
    match tokens::find(&mut conn, actor, id).await {
        Ok(token) => Some(token.name),
        Err(error) => {
            assert!(matches!(error, Error::NotFound("token")), "{error:?}");
            None
        }
    }
}

#[tokio::test]
async fn everybody_keeps_his_own_tokens_and_administrators_those_of_all() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let (id, token) = named(&alice, draft(Scope::Full)).await;
    let own = alice.actor().await;
    let strangers = [
        app.customer("bob").await.actor().await,
        app.technician("tina", &[1]).await.actor().await,
    ];
    let admin = app.admin().await.actor().await;
    for actor in [&own, &admin] {
        assert_eq!(seen(&app, actor, id).await.unwrap(), "nightly export");
        assert_eq!(seen(&app, actor, TokenId(999)).await, None);
    }
    let mut conn = app.state.db.read().await.unwrap();
    for actor in &strangers {
        assert_eq!(seen(&app, actor, id).await, None);
        let refused = revoke(&app, actor, id).await;
        assert!(matches!(refused, Err(Error::NotFound("token"))));
        // Whether there is such a user or not.
        for user in [alice.id, UserId(999)] {
            let refused = tokens::list(&mut conn, actor, user, 0, 10).await;
            assert!(matches!(refused, Err(Error::Forbidden(_))));
        }
    }
    let refused = tokens::list(&mut conn, &admin, UserId(999), 0, 10).await;
    assert!(matches!(refused, Err(Error::NotFound("user"))));
    holder(&app, &token).get("Authorization").await.is_ok();
    revoke(&app, &admin, id).await.unwrap();
    app.heard_of_changes();
    let call = holder(&app, &token).get("Authorization");
    call.await.is_unauthorized();
}

#[tokio::test]
async fn an_administrator_makes_tokens_for_others_and_nobody_else_does() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let admin = app.admin().await.actor().await;
    let bob = app.customer("bob").await.actor().await;
    let create_for = async |actor: &ferrodesk::domain::Actor, of: UserId| {
        let mut tx = app.state.db.begin().await.unwrap();
        let key = app.state.tokens.key_of_named(&mut tx, actor.now()).await?;
        let made = tokens::create(&mut tx, actor, of, &draft(Scope::Full), &key).await?;
        tx.commit().await.unwrap();
        Ok::<_, Error>(made)
    };
    let (_, token) = create_for(&admin, alice.id).await.unwrap();
    let told = holder(&app, &token).get("Authorization").await.is_ok();
    assert_eq!(told.json()["Username"], "alice");
    let refused = create_for(&bob, alice.id).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let refused = create_for(&admin, UserId(999)).await;
    assert!(matches!(refused, Err(Error::NotFound("user"))));
    app.change("update users set disabled = true where id = $1", alice.id.0)
        .await;
    let refused = create_for(&admin, alice.id).await.unwrap_err();
    assert!(refused.to_string().contains("user_id"), "{refused}");
}

#[tokio::test]
async fn a_list_of_tokens_comes_page_by_page_and_says_which_are_over() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let actor = alice.actor().await;
    named(&app.customer("bob").await, draft(Scope::Full)).await;
    let end = actor.now() + TimeDelta::hours(1);
    let ending = TokenDraft {
        name: "  short  ".into(),
        scope: Scope::Read,
        expires_at: Some(end),
    };
    let (short, _) = named(&alice, ending).await;
    let (revoked, _) = named(&alice, draft(Scope::Full)).await;
    let (kept, _) = named(&alice, draft(Scope::Full)).await;
    revoke(&app, &actor, revoked).await.unwrap();
    app.clock.advance(TimeDelta::hours(2));
    let actor = alice.actor().await;
    let mut conn = app.state.db.read().await.unwrap();
    let all = tokens::list(&mut conn, &actor, alice.id, 0, 10).await;
    let all = all.unwrap();
    let told: Vec<_> = all.iter().map(|token| (token.id, token.active)).collect();
    assert_eq!(told, [(short, false), (revoked, false), (kept, true)]);
    assert_eq!(all[0].name, "short");
    assert_eq!(all[0].scope, Scope::Read);
    assert!(all[1].revoked_at.is_some() && all[2].revoked_at.is_none());
    let page = tokens::list(&mut conn, &actor, alice.id, short.0, 1).await;
    assert_eq!(page.unwrap(), all[1..2]);
    drop(conn);
    app.set_password(alice.id, "new").await;
    let mut conn = app.state.db.read().await.unwrap();
    let token = tokens::find(&mut conn, &actor, kept).await.unwrap();
    assert!(!token.active);
}
