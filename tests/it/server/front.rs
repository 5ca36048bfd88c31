//! What every answer has.

use reqwest::Method;

use crate::support::TestApp;

#[tokio::test]
async fn every_answer_has_the_headers_of_safety_and_an_id() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    for reply in [
        alice.get("Authorization").await,
        alice.get("Nothing").await,
        app.anonymous().get("Authorization").await,
        alice.call(Method::GET, "/livez").await,
        alice.call(Method::DELETE, "/api/Authorization").await,
    ] {
        assert_eq!(reply.headers["cache-control"], "no-store");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        assert!(reply.headers["x-request-id"].len() > 12);
    }
}

#[tokio::test]
async fn the_id_of_a_request_is_the_clients_when_it_is_plain() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for id in ["a", "6f1c-42.x_Y", &"x".repeat(64)] {
        let reply = client
            .call(Method::GET, "/livez")
            .header("x-request-id", id)
            .await;
        assert_eq!(reply.headers["x-request-id"], id);
    }
    let mut seen = vec![];
    for id in ["", "a b", "a\"b", &"x".repeat(65), "<script>"] {
        let reply = client
            .call(Method::GET, "/livez")
            .header("x-request-id", id)
            .await;
        let given = reply.headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(given != id && !seen.contains(&given));
        seen.push(given);
    }
}

#[tokio::test]
async fn errors_are_plain_text() {
    let app = TestApp::start().await;
    for (verb, path, status) in [
        (Method::GET, "/nothing", 404),
        (Method::GET, "/api/Nothing", 404),
        (Method::DELETE, "/api/Ticket", 405),
        (Method::TRACE, "/api/Ticket", 405),
        (Method::PUT, "/livez", 405),
        (Method::GET, "/api/Authorization", 401),
    ] {
        let reply = app.anonymous().call(verb.clone(), path).await;
        assert_eq!(reply.status, status, "{verb} {path}");
        assert_eq!(reply.headers["content-type"], "text/plain; charset=utf-8");
        assert!(
            !reply.text().is_empty() && !reply.text().contains('<'),
            "{}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn head_follows_get_and_never_writes() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let get = alice.get("Categories").await.is_ok();
    let head = alice.call(Method::HEAD, "/api/Categories").await.is_ok();
    assert_eq!(head.headers["content-type"], get.headers["content-type"]);
    assert_eq!(head.headers["content-length"], get.bytes.len().to_string());
    assert!(head.bytes.is_empty());
    let head = alice.call(Method::HEAD, "/api/CreateUser").await;
    assert_eq!(head.status, 405);
}

#[tokio::test]
async fn a_preflight_is_answered_without_credentials() {
    let app = TestApp::start().await;
    let reply = app
        .anonymous()
        .call(Method::OPTIONS, "/helpdesk/api/Ticket")
        .header("origin", "https://app.test")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        )
        .await
        .is_ok();
    assert_eq!(reply.headers["access-control-allow-origin"], "*");
    let headers = reply.headers["access-control-allow-headers"]
        .to_str()
        .unwrap();
    assert!(headers.contains("authorization") && headers.contains("content-type"));
    assert!(
        reply.headers["access-control-allow-methods"]
            .to_str()
            .unwrap()
            .contains("POST")
    );
    assert!(
        !reply
            .headers
            .contains_key("access-control-allow-credentials")
    );
    let reply = app
        .anonymous()
        .get("Authorization")
        .header("origin", "https://app.test")
        .await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.headers["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn only_listed_origins_may_read() {
    let app = TestApp::start_with(|settings| {
        settings.cors_origins = vec!["https://a.test".into(), "https://b.test:8443".into()];
    })
    .await;
    let client = app.anonymous();
    for origin in ["https://a.test", "https://b.test:8443"] {
        let reply = client
            .call(Method::GET, "/livez")
            .header("origin", origin)
            .await;
        assert_eq!(reply.headers["access-control-allow-origin"], origin);
    }
    for origin in [
        "null",
        "https://a.test.evil",
        "https://evil-a.test",
        "http://a.test",
        "https://b.test",
    ] {
        let reply = client
            .call(Method::GET, "/livez")
            .header("origin", origin)
            .await;
        assert!(
            !reply.headers.contains_key("access-control-allow-origin"),
            "{origin}"
        );
    }
}

#[tokio::test]
async fn long_answers_are_packed_when_asked_for() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for number in 0..20 {
        app.person(&format!("somebody-{number}")).await;
    }
    let plain = admin.get("Users").await.is_ok();
    assert!(!plain.headers.contains_key("content-encoding"));
    for encoding in ["gzip", "br", "zstd"] {
        let packed = admin
            .get("Users")
            .header("accept-encoding", encoding)
            .await
            .is_ok();
        // The client of the tests unpacks gzip itself, and says so by taking the header away.
        if encoding == "gzip" {
            assert_eq!(packed.json().as_array().unwrap().len(), 21);
        } else {
            assert_eq!(packed.headers["content-encoding"], encoding);
            assert!(packed.bytes.len() < plain.bytes.len() / 2);
        }
    }
    let short = admin
        .call(Method::GET, "/livez")
        .header("accept-encoding", "br")
        .await;
    assert!(!short.headers.contains_key("content-encoding"));
}

#[tokio::test]
async fn health_checks_find_the_server() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    assert_eq!(
        client.call(Method::GET, "/livez").await.is_ok().text(),
        "alive"
    );
    assert_eq!(
        client.call(Method::GET, "/readyz").await.is_ok().text(),
        "ready"
    );
    for path in ["/User/Login", "/helpdesk/user/login/", "/"] {
        let page = client.call(Method::GET, path).await.is_ok();
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        assert!(
            page.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("frame-ancestors 'none'")
        );
        assert_eq!(page.headers["referrer-policy"], "same-origin");
        assert!(page.text().contains("Ferrodesk"));
    }
    app.state.db.close().await;
    assert_eq!(
        client.call(Method::GET, "/livez").await.is_ok().text(),
        "alive"
    );
    client.call(Method::GET, "/readyz").await.has_status(503);
}

#[tokio::test]
async fn a_panic_is_one_500_and_the_server_goes_on() {
    let probe = crate::http::probe::Probe::start().await;
    let (status, text) = probe.request("GET", "/panic", "", "").await;
    assert_eq!(
        (status, text.as_str()),
        (500, "Internal error. The log has the details.")
    );
    assert_eq!(probe.query("id=1").await.0, 200);
}

#[tokio::test]
async fn no_page_of_another_site_reads_a_token() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    for path in ["/User/Token", "/user/token/"] {
        for verb in [Method::GET, Method::OPTIONS] {
            let reply = alice
                .call(verb, path)
                .header("origin", "https://app.test")
                .header("access-control-request-method", "GET")
                .await
                .is_ok();
            assert!(
                !reply.headers.contains_key("access-control-allow-origin"),
                "{path}: {:?}",
                reply.headers
            );
        }
    }
}
