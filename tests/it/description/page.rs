use reqwest::Method;

use crate::support::TestApp;

/// Addresses that a page loads.
fn loaded(html: &str) -> Vec<String> {
    let attributes = ["src=\"", "href=\""];
    let pieces = attributes.iter().flat_map(|name| html.split(name).skip(1));
    pieces
        .map(|piece| piece.split('"').next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere_below_either_root() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    for (address, root) in [
        ("/api/docs", ""),
        ("/api/docs/", ""),
        ("/helpdesk/api/docs", "/helpdesk"),
        ("/Helpdesk/API/Docs/", "/helpdesk"),
    ] {
        let page = nobody.call(Method::GET, address).await.is_ok();
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'self'; script-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("http"), "{policy}");
        let files = loaded(&page.text());
        assert_eq!(files.len(), 4, "{files:?}");
        for file in files {
            assert!(file.starts_with(&format!("{root}/api/docs/")), "{file}");
            let loaded = nobody.call(Method::GET, &file).await.is_ok();
            assert!(!loaded.bytes.is_empty(), "{file}");
            assert_ne!(loaded.headers["content-type"], "text/html", "{file}");
        }
    }
}

#[tokio::test]
async fn there_are_no_other_files() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    for name in ["nothing.js", "index.html", "..%2fopenapi.json", "%2e%2e"] {
        let path = format!("/api/docs/{name}");
        nobody.call(Method::GET, &path).await.is_not_found();
    }
}
