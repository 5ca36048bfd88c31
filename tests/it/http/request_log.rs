use ferrodesk::http::request_log::masked;

use crate::support::TestApp;
use crate::support::log::Lines;

#[test]
fn secrets_in_a_query_are_masked() {
    for (query, line) in [
        ("", ""),
        ("id=5&Mode=all", "id=5&Mode=all"),
        ("id=5&password=hunter2", "id=5&password=***"),
        ("PassWord=hunter2&id=5", "PassWord=***&id=5"),
        (
            "new_password=a&pwd=b&user_pass=c",
            "new_password=***&pwd=***&user_pass=***",
        ),
        ("p%61ssword=hunter2", "p%61ssword=***"),
        ("pass+word=hunter2", "pass+word=***"),
        ("password[]=hunter2", "password[]=***"),
        ("password=a=b", "password=***"),
        (
            "apiToken=abc&sharedSecret=x",
            "apiToken=***&sharedSecret=***",
        ),
        (
            "value=x&body=y&cf12=z&cfx=1",
            "value=***&body=***&cf12=***&cfx=1",
        ),
        (
            "email=a@b.c&username=a@b.c&u=a%40b.c",
            "email=***&username=***&u=***",
        ),
        ("password", "password"),
    ] {
        assert_eq!(masked(query), line, "{query}");
    }
}

#[tokio::test]
async fn each_request_is_one_line_without_secrets() {
    let lines = Lines::default();
    let _guard = lines.listen();
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    alice
        .call(reqwest::Method::POST, "/API/Authorization/")
        .query("id", 5)
        .query("password", "canary-in-query")
        .param("password", "canary-in-body")
        .header("x-request-id", "mine-1")
        .await
        .is_ok();
    let text = lines.text();
    let line = text
        .lines()
        .find(|line| line.contains("mine-1") && line.contains("status"))
        .unwrap_or_else(|| panic!("{text}"));
    for part in [
        "method=POST",
        "path=/API/Authorization/",
        "query=id=5&password=***",
        "status=200",
        "duration_ms=",
        &format!("user.id={}", alice.id),
        "client=127.0.0.1",
        "request_id=\"mine-1\"",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    for canary in [
        "canary",
        "password-of-alice",
        "YWxpY2U6",
        "\u{1b}",
        "\u{202e}",
    ] {
        assert!(!text.contains(canary), "{canary:?}: {text}");
    }
}

#[tokio::test]
async fn a_user_agent_is_cut_and_cannot_turn_the_line() {
    let lines = Lines::default();
    let _guard = lines.listen();
    let app = TestApp::start().await;
    let request = format!(
        "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: \u{202e}{}\r\n\r\n",
        "\u{fc}".repeat(20_000)
    );
    assert_eq!(
        super::probe::raw(app.address, request.as_bytes()).await.0,
        200
    );
    let text = lines.text();
    let line = text
        .lines()
        .find(|line| line.contains("path=/livez"))
        .unwrap();
    assert!(line.contains(&"\u{fc}".repeat(511)) && !line.contains(&"\u{fc}".repeat(512)));
    assert!(line.contains("\\u{202e}") && !line.contains('\u{202e}'));
}
