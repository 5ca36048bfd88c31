use std::path::Path;

use serde_json::json;

use super::{Fetching, check_until, mailbox_at, opened, state, until_seen, until_stored};
use crate::support::TestApp;
use crate::support::dovecot::{Dovecot, USER};
use crate::support::fault_proxy::FaultProxy;
use crate::support::hook_sink::{Behaviour, HookSink};

/// A Dovecot that takes access tokens, and asks this receiver whose they are.
fn dovecot_that_asks(sink: &HookSink, folder: &Path) -> Dovecot {
    let file = folder.join("oauth2.conf");
    let introspection = format!(
        "introspection_mode = post\nintrospection_url = {}\nusername_attribute = username\nactive_attribute = active\n\
        active_value = true\n",
        sink.url("/introspection")
    );
    std::fs::write(&file, introspection).unwrap();
    Dovecot::start_with(&format!(
        "ssl = no\nauth_mechanisms = plain xoauth2\npassdb {{\n  driver = oauth2\n  mechanisms = xoauth2\n  args = {}\n}}\n",
        file.display()
    ))
}

#[tokio::test]
async fn a_mailbox_may_be_opened_by_an_access_token() {
    let sink = HookSink::start().await;
    // The same receiver gives the tokens and tells Dovecot whose they are.
    let token = "a".repeat(3_000);
    let granted = json!({
        "access_token": token, "token_type": "Bearer", "refresh_token": "second", "username": USER, "active": true
    });
    sink.usually(Behaviour::Answer(200, vec![], granted.to_string()));
    let folder = tempfile::Builder::new()
        .prefix("fd-oauth2.")
        .tempdir_in("/tmp")
        .unwrap();
    let dovecot = dovecot_that_asks(&sink, folder.path());
    dovecot.deliver_some(2, 500);
    let proxy = FaultProxy::start(dovecot.port).await;
    let app = TestApp::start_with(|settings| {
        settings.outbound_allow = [opened(proxy.port), vec![sink.allowed()]].concat();
    })
    .await;
    let admin = app.admin().await;
    let mut body = mailbox_at(proxy.port);
    body.as_object_mut().unwrap().remove("password");
    body["oauth2"] = json!({
        "token_url": sink.url("/token"), "client_id": "desk & co", "client_secret": "s3cret", "refresh_token": "first"
    });
    let id = admin.makes("mailboxes", body).await;
    let fetching = Fetching::start(&app);
    until_stored(&app, 2).await;
    until_seen(&dovecot, 2).await;
    let asked = sink.received();
    let asked = asked
        .iter()
        .find(|request| request.path == "/token")
        .unwrap();
    assert_eq!(
        asked.body,
        "grant_type=refresh_token&refresh_token=first&client_id=desk+%26+co&client_secret=s3cret"
    );
    // The second refresh token is used when the connection has to be made anew; a refusal is told, without any secret.
    sink.take();
    let refused = json!({"error": "invalid_grant", "error_description": "the token is dead"});
    sink.usually(Behaviour::Answer(400, vec![], refused.to_string()));
    proxy.break_at(b"EXISTS");
    dovecot.deliver_some(1, 500);
    check_until(&app, id, "it is refused", || async {
        state(&app, id).await["last_error"]
            == json!("the server for logins answered 400: invalid_grant the token is dead")
    })
    .await;
    let asked = sink.received();
    assert!(
        asked[0].body.contains("refresh_token=second"),
        "{}",
        asked[0].body
    );
    fetching.stop().await;
}
