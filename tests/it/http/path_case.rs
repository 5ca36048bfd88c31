use crate::support::TestApp;

#[tokio::test]
async fn every_spelling_of_a_path_reaches_the_same_method() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    for path in [
        "/api/Authorization",
        "/API/authorization",
        "/Api/AUTHORIZATION/",
        "//api//Authorization",
        "/api/Authorization//",
        "/helpdesk/api/Authorization",
        "/HelpDesk/API/Authorization/",
        "//helpdesk//api/Authorization",
        "/api/Authorization?X=Y//Z",
        "/api/authorization/5",
    ] {
        for verb in [reqwest::Method::GET, reqwest::Method::POST] {
            let reply = alice.call(verb.clone(), path).await;
            assert_eq!(reply.status, 200, "{verb} {path}: {}", reply.text());
        }
    }
}

#[tokio::test]
async fn tricks_with_paths_are_no_address() {
    let app = TestApp::start().await;
    for path in [
        "/api/../api/Authorization",
        "/api/./Authorization",
        "/api/%2e%2e/api/Authorization",
        "/helpdesk/api/..;/Authorization",
        "/api/Authorization;jsessionid=1",
        "/api/%41uthorization",
        "/api%2fAuthorization",
        "/helpdeskapi/Authorization",
        "/helpdesk/helpdesk/api/Authorization",
        "/api/Authorization/1/2",
        "/api",
        "/apI/nothing",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let (status, text) = super::probe::raw(app.address, request.as_bytes()).await;
        assert_eq!(status, 404, "{path}");
        assert!(
            text.starts_with("There is nothing at this address."),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_query_keeps_its_case() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let reply = admin
        .get("UserByUsername")
        .query("UserName", "admin")
        .await
        .is_ok();
    assert_eq!(reply.json()["Username"], "admin");
    admin
        .get("//UserByUsername/")
        .query("username", "ADMIN x")
        .await
        .is_not_found();
}
