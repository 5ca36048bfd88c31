use reqwest::Method;

use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

const TICKETS: &str = "select count(*) from tickets";

/// A ticket, as a page would ask for it.
fn create<'a>(person: &Person<'a>) -> Call<'a> {
    person
        .call(Method::POST, "/api/Ticket")
        .param("categoryId", 1)
        .param("subject", "From a page")
        .param("body", "x")
        .param("priorityId", 0)
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing_without_an_origin() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    for site in ["cross-site", "same-site", "Cross-Site"] {
        create(&alice)
            .header("sec-fetch-site", site)
            .await
            .is_forbidden();
        // A picture, a link.
        alice
            .get("Close")
            .param("id", ticket)
            .header("sec-fetch-site", site)
            .header("sec-fetch-mode", "no-cors")
            .await
            .is_forbidden();
    }
    assert_eq!(app.count(TICKETS).await, 1);
    assert_eq!(
        app.count("select count(*) from tickets where status_id = 3")
            .await,
        0
    );
    // It may read, if it knows the password.
    alice
        .get("Ticket")
        .param("id", ticket)
        .header("sec-fetch-site", "cross-site")
        .await
        .is_ok();
}

#[tokio::test]
async fn only_origins_of_the_list_may_write() {
    let app = TestApp::start_with(|settings| {
        settings.cors_origins = vec![
            "https://portal.example".into(),
            "http://localhost:3000".into(),
        ];
    })
    .await;
    let alice = app.customer("alice").await;
    for evil in [
        "https://evil.example",
        "https://portal.example.evil.example",
        "https://evil-portal.example",
        "http://portal.example",
        "https://portal.example:444",
        "null",
        "*",
        "",
    ] {
        create(&alice)
            .header("sec-fetch-site", "cross-site")
            .header("origin", evil)
            .await
            .is_forbidden();
    }
    assert_eq!(app.count(TICKETS).await, 0);
    for listed in ["https://portal.example", "http://localhost:3000"] {
        create(&alice)
            .header("sec-fetch-site", "cross-site")
            .header("origin", listed)
            .await
            .is_ok();
    }
}

#[tokio::test]
async fn any_origin_may_write_when_the_setting_is_a_star() {
    let app = TestApp::start_with(|settings| settings.cors_origins = vec!["*".into()]).await;
    let alice = app.customer("alice").await;
    create(&alice)
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://anywhere.example")
        .await
        .is_ok();
}

#[tokio::test]
async fn programs_and_pages_of_our_own_are_not_affected() {
    let app = TestApp::start_with(|settings| settings.cors_origins = vec![]).await;
    let alice = app.customer("alice").await;
    create(&alice).await.is_ok();
    create(&alice)
        .header("origin", "https://anywhere.example")
        .await
        .is_ok();
    for site in ["same-origin", "none"] {
        create(&alice).header("sec-fetch-site", site).await.is_ok();
    }
    assert_eq!(app.count(TICKETS).await, 4);
}
