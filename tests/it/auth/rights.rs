use super::send;
use crate::support::TestApp;

#[tokio::test]
async fn a_right_taken_away_is_gone_on_the_next_request() {
    let app = TestApp::start().await;
    let ticket = app.customer("alice").await.creates_a_ticket().await;
    let tech = app.technician("tina", &[1]).await;
    let token = tech
        .call(reqwest::Method::GET, "/user/token")
        .await
        .is_ok()
        .text();
    let by_token = || {
        app.anonymous()
            .get("Ticket")
            .param("id", ticket)
            .header("authorization", &format!("Bearer {token}"))
    };
    tech.get("Ticket").param("id", ticket).await.is_ok();
    by_token().await.is_ok();
    app.sql("delete from category_technicians").await;
    tech.get("Ticket").param("id", ticket).await.is_not_found();
    by_token().await.is_not_found();
    app.sql("update users set is_admin = true where username = 'tina'")
        .await;
    tech.get("Ticket").param("id", ticket).await.is_ok();
    app.sql("update users set disabled = true where username = 'tina'")
        .await;
    tech.get("Ticket")
        .param("id", ticket)
        .await
        .is_unauthorized();
    by_token().await.is_unauthorized();
    send(&app, &format!("Bearer {token}"))
        .await
        .is_unauthorized();
}
