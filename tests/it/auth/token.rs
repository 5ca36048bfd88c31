use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ferrodesk::app::AppState;
use ferrodesk::http::caller::authenticate;
use ferrodesk::http::serve::PeerAddress;
use reqwest::Method;
use ring::digest::{SHA256, digest};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;
use serde_json::{Value, json};

use super::{anonymous, basic, log_in, send};
use crate::support::TestApp;
use crate::support::call::{Call, Credentials, Reply};
use crate::support::people::password_of;

/// What it takes to forge tokens of an installation.
struct Forge {
    key: [u8; 32],
    issuer: String,
    user: i32,
}

impl Forge {
    /// The key derived once more, from what lies on the disk and in the database.
    async fn of(app: &TestApp, user: i32) -> Self {
        let file = std::fs::read_to_string(app.folder.path().join("instance-key")).unwrap();
        let instance_key = BASE64_STANDARD.decode(file.trim()).unwrap();
        let (issuer, secret, epoch): (uuid::Uuid, String, i32) =
            sqlx::query_as("select id, shared_secret, token_epoch from instance")
                .fetch_one(&mut app.database.connect().await)
                .await
                .unwrap();
        let salt = digest(&SHA256, secret.as_bytes());
        let mut key = [0; 32];
        Salt::new(HKDF_SHA256, salt.as_ref())
            .extract(&instance_key)
            .expand(&[format!("api-token v1 {epoch}").as_bytes()], HKDF_SHA256)
            .unwrap()
            .fill(&mut key)
            .unwrap();
        Self {
            key,
            issuer: issuer.to_string(),
            user,
        }
    }

    fn header(&self) -> Value {
        let kid = BASE64_URL_SAFE_NO_PAD.encode(&digest(&SHA256, &self.key).as_ref()[..8]);
        json!({"alg": "HS256", "typ": "at+jwt", "kid": kid})
    }

    fn claims(&self, app: &TestApp) -> Value {
        let now = app.clock.now().timestamp();
        json!({
            "iss": self.issuer, "aud": "api", "sub": self.user.to_string(), "tv": 1,
            "jti": "AAAAAAAAAAAAAAAAAAAAAA", "iat": now, "nbf": now,
        })
    }

    fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!(
            "{}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(header),
            BASE64_URL_SAFE_NO_PAD.encode(claims)
        );
        let tag = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, &self.key),
            message.as_bytes(),
        );
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
    }
}

async fn bearer(app: &TestApp, token: &str) -> Reply {
    let credentials = Credentials::Bearer(token.to_owned());
    Call::new(app, Method::GET, "/user/token", credentials).await
}

#[track_caller]
fn refused(reply: &Reply, what: &str) {
    assert_eq!(reply.status, 401, "{what}: {}", reply.text());
    assert_eq!(reply.text(), "The token is not valid.");
    assert_eq!(
        reply.headers["www-authenticate"],
        "Bearer error=\"invalid_token\""
    );
}

async fn token_of(app: &TestApp, name: &str) -> String {
    app.customer(name).await;
    log_in(app, name, &password_of(name)).await.is_ok().text()
}

#[tokio::test]
async fn a_token_is_text_or_json_and_opens_the_api() {
    let app = TestApp::start().await;
    let token = token_of(&app, "alice").await;
    assert_eq!(token.split('.').count(), 3);
    // Under Bearer a token gives another.
    let reply = bearer(&app, &token).await.is_ok();
    assert_eq!(reply.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(reply.headers["cache-control"], "no-store");
    let second = reply.text();
    assert_ne!(second, token);
    let reply = basic(&app, "alice", &password_of("alice"))
        .param("json", true)
        .await
        .is_ok();
    assert_eq!(
        reply.headers["content-type"],
        "application/json; charset=utf-8"
    );
    assert_eq!(reply.headers["cache-control"], "no-store");
    let body = reply.json();
    assert_eq!(body.as_object().unwrap().len(), 1);
    for token in [&second, body["token"].as_str().unwrap()] {
        bearer(&app, token).await.is_ok();
        send(&app, &format!("bearer   {token}")).await.is_ok();
        send(&app, &format!("BEARER  {token} ")).await.is_ok();
    }
}

#[tokio::test]
async fn a_token_names_its_user_and_nothing_else() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let token = token_of(&app, "alice").await;
    let part = |index: usize| -> Value {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let forge = Forge::of(&app, alice.id.0).await;
    assert_eq!(part(0), forge.header());
    let claims = part(1);
    let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
    assert_eq!(names, ["iss", "aud", "sub", "tv", "jti", "iat", "nbf"]);
    assert_eq!(claims["sub"], alice.id.0.to_string());
    assert_eq!(claims["jti"].as_str().unwrap().len(), 22);
    let forged = forge.sign(&forge.header().to_string(), &forge.claims(&app).to_string());
    bearer(&app, &forged).await.is_ok();
}

#[tokio::test]
async fn a_token_that_was_tampered_with_is_refused() {
    let app = TestApp::start().await;
    let token = token_of(&app, "alice").await;
    let (message, tag) = token.rsplit_once('.').unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let mut wrong = vec![
        format!("{message}."),
        message.to_owned(),
        format!("{message}.{}", &tag[..42]),
        format!("{message}.{tag}="),
        format!("{header}=.{claims}.{tag}"),
        format!("{token}.{tag}"),
        format!("{message} .{tag}"),
        format!("{token}{}", "A".repeat(2048)),
        format!("{}.{claims}.{tag}", encode("{}")),
        "a.b.c".to_owned(),
        "...".to_owned(),
        ".".to_owned(),
    ];
    for algorithm in [
        "none", "None", "NONE", "RS256", "HS384", "HS512", "ES256", "EdDSA",
    ] {
        let header = encode(&json!({"alg": algorithm, "typ": "at+jwt"}).to_string());
        wrong.push(format!("{header}.{claims}.{tag}"));
        wrong.push(format!("{header}.{claims}."));
    }
    for index in 0..tag.len() {
        let mut flipped = tag.as_bytes().to_vec();
        flipped[index] = if flipped[index] == b'A' { b'B' } else { b'A' };
        wrong.push(format!("{message}.{}", String::from_utf8(flipped).unwrap()));
    }
    // The last character carries two bits that mean nothing: they must be zero.
    let last = tag.as_bytes()[42];
    for other in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
        if *other != last {
            wrong.push(format!("{message}.{}{}", &tag[..42], char::from(*other)));
        }
    }
    for token in wrong {
        refused(&bearer(&app, &token).await, &token);
    }
}

/// Claims that a token of ours never has; `later` is an hour from now.
fn wrong_claims(forge: &Forge, later: i64) -> Vec<(&'static str, Value)> {
    vec![
        ("exp", json!("never")),
        ("exp", json!(null)),
        ("exp", json!(later - 7200)),
        ("exp", json!(9e99)),
        ("nbf", json!("9999999999")),
        ("nbf", json!(later)),
        ("iat", json!(later)),
        ("iat", json!(null)),
        ("tv", json!("1")),
        ("tv", json!(1.0)),
        ("tv", json!(2)),
        ("tv", json!(0)),
        ("sub", json!([1])),
        ("sub", json!(forge.user)),
        ("sub", json!(format!("+{}", forge.user))),
        ("sub", json!(format!("0{}", forge.user))),
        ("sub", json!("999999")),
        ("sub", json!("alice")),
        ("aud", json!("reset")),
        ("aud", json!(["api", "reset"])),
        ("iss", json!(uuid::Uuid::new_v4())),
        ("iss", json!([forge.issuer])),
        ("jti", json!("")),
        ("jti", json!(1)),
    ]
}

#[tokio::test]
async fn a_token_with_wrong_claims_is_refused_though_its_signature_is_right() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let forge = Forge::of(&app, alice.id.0).await;
    let header = forge.header().to_string();
    let good = forge.claims(&app);
    let later = app.clock.now().timestamp() + 3600;
    let mut wrong = vec![];
    for (name, value) in wrong_claims(&forge, later) {
        let mut claims = good.clone();
        claims[name] = value;
        wrong.push((header.clone(), claims.to_string()));
    }
    for name in ["iss", "aud", "sub", "tv", "jti", "iat", "nbf"] {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().shift_remove(name);
        wrong.push((header.clone(), claims.to_string()));
    }
    let twice = good.to_string().replace("\"tv\":1", "\"tv\":1,\"tv\":1");
    wrong.push((header.clone(), twice));
    wrong.push((header.clone(), "[]".into()));
    for (name, value) in [
        ("typ", json!("JWT")),
        ("typ", json!(null)),
        ("kid", json!("x")),
        ("crit", json!(["x"])),
    ] {
        let mut header = forge.header();
        header[name] = value;
        wrong.push((header.to_string(), good.to_string()));
    }
    for (header, claims) in wrong {
        refused(&bearer(&app, &forge.sign(&header, &claims)).await, &claims);
    }
    let mut claims = good;
    claims["exp"] = json!(later);
    bearer(&app, &forge.sign(&header, &claims.to_string()))
        .await
        .is_ok();
}

#[tokio::test]
async fn a_token_of_another_installation_is_refused() {
    let app = TestApp::start().await;
    let other = TestApp::start().await;
    app.customer("alice").await;
    let token = token_of(&other, "alice").await;
    refused(&bearer(&app, &token).await, "another installation");
}

#[tokio::test]
async fn servers_of_one_installation_share_a_key_by_the_setting() {
    let key = BASE64_STANDARD.encode([7; 32]);
    let app = TestApp::start_with(|settings| settings.instance_key = Some(key.clone())).await;
    let second = app
        .another_server(|settings| settings.instance_key = Some(key.clone()))
        .await;
    let stranger = app.another_server(|_| {}).await;
    let token = token_of(&app, "alice").await;
    bearer(&second, &token).await.is_ok();
    refused(&bearer(&stranger, &token).await, "another key");
    assert!(!app.folder.path().join("instance-key").exists());
}

#[tokio::test]
async fn a_token_dies_with_the_password_and_with_the_user() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let token = token_of(&app, "alice").await;
    bearer(&app, &token).await.is_ok();
    app.set_password(alice.id, "new").await;
    refused(&bearer(&app, &token).await, "password changed");
    let token = log_in(&app, "alice", "new").await.is_ok().text();
    bearer(&app, &token).await.is_ok();
    app.sql("update users set disabled = true, token_version = token_version + 1")
        .await;
    refused(&bearer(&app, &token).await, "disabled");
    app.sql("update users set disabled = false").await;
    refused(&bearer(&app, &token).await, "enabled again");
    let token = log_in(&app, "alice", "new").await.is_ok().text();
    app.sql("update users set deleted_at = now()").await;
    refused(&bearer(&app, &token).await, "deleted");
}

#[tokio::test]
async fn every_token_dies_with_the_shared_secret_and_stays_dead() {
    let key = BASE64_STANDARD.encode([7; 32]);
    let app = TestApp::start_with(|settings| settings.instance_key = Some(key.clone())).await;
    let second = app
        .another_server(|settings| settings.instance_key = Some(key.clone()))
        .await;
    app.sql("update instance set shared_secret = 'A'").await;
    let token = token_of(&app, "alice").await;
    bearer(&app, &token).await.is_ok();
    for change in [
        "update instance set shared_secret = 'B', token_epoch = token_epoch + 1",
        "update instance set shared_secret = 'A', token_epoch = token_epoch + 1",
    ] {
        app.sql(change).await;
        refused(&bearer(&app, &token).await, change);
        refused(&bearer(&second, &token).await, change);
        // A new one is good at once where it was issued, and elsewhere.
        let new = log_in(&app, "alice", &password_of("alice"))
            .await
            .is_ok()
            .text();
        bearer(&app, &new).await.is_ok();
        second.clock.advance(chrono::TimeDelta::seconds(2));
        bearer(&second, &new).await.is_ok();
    }
}

#[tokio::test]
async fn a_page_of_another_site_gets_no_token() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    for site in ["cross-site", "same-site"] {
        let reply = basic(&app, "alice", &password_of("alice"))
            .header("sec-fetch-site", site)
            .header("origin", "https://evil.example")
            .await;
        reply.is_forbidden();
    }
    for site in ["same-origin", "none"] {
        basic(&app, "alice", &password_of("alice"))
            .header("sec-fetch-site", site)
            .await
            .is_ok();
    }
    anonymous(&app).await.is_unauthorized();
}

#[tokio::test]
async fn the_instance_key_is_kept_and_nobody_else_may_read_it() {
    let app = TestApp::start().await;
    let token = token_of(&app, "alice").await;
    let path = app.folder.path().join("instance-key");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    let settings = app.state.settings.clone();
    let restart = || AppState::build(settings.clone(), app.state.db.clone(), app.clock.clone());
    let restarted = restart().await.unwrap();
    let (call, ()) = axum::http::Request::get("/api/Tickets")
        .header("authorization", format!("Bearer {token}"))
        .extension(PeerAddress(app.address))
        .body(())
        .unwrap()
        .into_parts();
    let caller = authenticate(&restarted, &call).await.unwrap();
    assert_eq!(caller.0.username, "alice");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refusal = format!("{:#}", restart().await.unwrap_err());
    assert!(refusal.contains("chmod 600"), "{refusal}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, "AAAA\n").unwrap();
    let refusal = format!("{:#}", restart().await.unwrap_err());
    assert!(refusal.contains("3 bytes instead of 32"), "{refusal}");
}
