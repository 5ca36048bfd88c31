use base64::Engine;
use reqwest::Method;

use crate::support::TestApp;

#[tokio::test]
async fn an_article_is_a_page_under_each_of_its_addresses() {
    let app = TestApp::start().await;
    app.has_the_documents_articles().await;
    let ann = app.customer("ann").await;
    let url = ann.articles().await["Articles"][1]["Url"]
        .as_str()
        .unwrap()
        .to_owned();
    let linked = url.strip_prefix("http://desk.test").unwrap();
    assert_eq!(linked, "/KB/View/7-another-sample-kb-article");
    let expected = ann.call(Method::GET, linked).await.is_ok().text();
    for address in [
        "/KB/View/7",
        "/kb/view/7",
        "/KB/View/7-an-old-subject",
        "/KB/View/7-",
        "/helpdesk/KB/View/7-another-sample-kb-article",
        "/HelpDesk/kb/VIEW/7-Another-Sample-KB-article/",
        "/KB/View/7-%3Cscript%3E?x=%3Cscript%3E",
    ] {
        let page = ann.call(Method::GET, address).await.is_ok();
        assert_eq!(page.text(), expected, "{address}");
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    }
    assert!(
        expected.contains("<h1>Another sample KB article</h1>"),
        "{expected}"
    );
    assert!(
        expected.contains("looks like.<br><br><b>Subtitle</b><br><br>Here you can"),
        "{expected}"
    );
    assert!(
        expected.contains("Pre-sales questions · 2016-10-09"),
        "{expected}"
    );
}

#[tokio::test]
async fn an_article_that_is_not_for_him_is_no_page() {
    let app = TestApp::start().await;
    app.has_articles().await;
    let bob = app.customer("bob").await;
    let unknown = bob.call(Method::GET, "/KB/View/999-x").await.is_not_found();
    for address in [
        "/KB/View/2-two",
        "/KB/View/3",
        "/KB/View/4-four",
        "/KB/View/five",
        "/KB/View/-1",
        "/KB/View/1x",
    ] {
        let reply = bob.call(Method::GET, address).await.is_not_found();
        assert_eq!(reply.text(), unknown.text(), "{address}");
    }
    app.admin()
        .await
        .call(Method::GET, "/KB/View/5-five")
        .await
        .is_ok();
    app.anonymous()
        .call(Method::GET, "/KB/View/1-one")
        .await
        .is_unauthorized();
    bob.call(Method::POST, "/KB/View/1-one")
        .await
        .has_status(405);
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere_and_its_own_style_is_allowed() {
    let app = TestApp::start().await;
    app.has_articles().await;
    let page = app
        .customer("bob")
        .await
        .call(Method::GET, "/KB/View/1-one")
        .await
        .is_ok();
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    for directive in [
        "default-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ] {
        assert!(
            policy.split("; ").any(|part| part == directive),
            "{directive}: {policy}"
        );
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(
        page.headers
            .get_all("content-security-policy")
            .iter()
            .count(),
        1
    );
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    assert_eq!(page.headers["referrer-policy"], "same-origin");
    assert_eq!(page.headers["cache-control"], "no-store");
    let text = page.text();
    let (_, style) = text.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA256, style.as_bytes());
    let hash = base64::engine::general_purpose::STANDARD.encode(hash);
    assert!(
        policy.contains(&format!("style-src 'sha256-{hash}'")),
        "sha256-{hash}"
    );
}

#[tokio::test]
async fn files_are_linked_unless_they_are_hidden() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let call = admin
        .writes_an_article("s", "b")
        .file("a", "\"><b>.txt", "a");
    let id = call.file("b", "hidden.txt", "b").await.is_ok().number();
    app.sql("update attachments set hidden_from_kb = true where file_name = 'hidden.txt'")
        .await;
    let files = admin.get(&format!("Article/{id}")).await.is_ok().json();
    let file = &files["Attachments"][0];
    let page = admin
        .call(Method::GET, &format!("/KB/View/{id}"))
        .await
        .is_ok()
        .text();
    let link = format!(
        "<h2>Files</h2><ul><li><a href=\"{}\">&quot;&gt;&lt;b&gt;.txt</a></li></ul>",
        file["Url"].as_str().unwrap()
    );
    assert!(page.contains(&link), "{page}");
    assert!(!page.contains("hidden.txt"), "{page}");
}

#[tokio::test]
async fn a_long_article_is_shown_whole() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let body = "[b]word[/b] ".repeat(30_000);
    let json = serde_json::json!({ "categoryId": 1, "subject": "s", "body": body });
    let id = admin.post("Article").json(&json).await.is_ok().number();
    let page = admin
        .call(Method::GET, &format!("/KB/View/{id}"))
        .await
        .is_ok()
        .text();
    assert_eq!(page.matches("<b>word</b>").count(), 30_000);
}
