//! What staff sees of mail that has come in, and decides about it.

use serde_json::json;

use super::{desk, mail, new_mail, outcome, receive, shown, store};
use crate::v2::is_problem;

#[tokio::test]
async fn technicians_see_mail_of_their_categories_and_customers_see_none() {
    let app = desk().await;
    let stranger = mail("a@x.test", "Re", "In-Reply-To: <t1.x.y@z>\r\n", "x");
    app.customer("owner").await.creates_a_ticket().await;
    let read = receive(&app, stranger.clone()).await;
    let id = read["id"].as_i64().unwrap();
    app.sql("insert into categories (name) values ('Elsewhere')")
        .await;
    let elsewhere = app.technician("else", &[2]).await;
    let tess = app.technician("tess", &[1]).await;
    let owner = app.customer("owner").await;
    let list = "incoming_mail?state=quarantined";
    assert_eq!(
        tess.v2("GET", list).await.is_ok().json()["items"][0]["id"],
        id
    );
    assert_eq!(
        elsewhere.v2("GET", list).await.is_ok().json()["items"],
        json!([])
    );
    owner.v2("GET", list).await.is_forbidden();
    for path in ["", "/raw"] {
        let path = format!("incoming_mail/{id}{path}");
        tess.v2("GET", &path).await.is_ok();
        elsewhere.v2("GET", &path).await.is_not_found();
        owner.v2("GET", &path).await.is_forbidden();
    }
    for verb in ["accept", "discard"] {
        let path = format!("incoming_mail/{id}/{verb}");
        elsewhere
            .v2("POST", &path)
            .json(&json!({}))
            .await
            .is_not_found();
        owner
            .v2("POST", &path)
            .json(&json!({}))
            .await
            .is_forbidden();
    }
    let detail = shown(&tess, id).await;
    assert!(
        detail["header"]
            .as_str()
            .unwrap()
            .contains("In-Reply-To: <t1.x.y@z>")
    );
    assert!(detail["detail"].as_str().unwrap().contains("#1"));
    let raw = tess
        .v2("GET", &format!("incoming_mail/{id}/raw"))
        .await
        .is_ok();
    assert_eq!(raw.bytes, stranger.as_bytes());
    assert_eq!(raw.headers["content-type"], "message/rfc822");
    assert_eq!(raw.headers["x-content-type-options"], "nosniff");
    assert_eq!(
        raw.headers["content-disposition"],
        format!("attachment; filename=\"mail-{id}.eml\"")
    );
}

#[tokio::test]
async fn a_mail_that_waits_is_made_a_ticket() {
    let app = desk().await;
    app.customer("owner").await.creates_a_ticket().await;
    let raw = mail(
        "a@x.test",
        "Re: chair",
        "In-Reply-To: <t1.x.y@z>\r\n",
        "My chair.",
    );
    let id = receive(&app, raw).await["id"].as_i64().unwrap();
    let tess = app.technician("tess", &[1]).await;
    let path = format!("incoming_mail/{id}/accept");
    let accepted = tess.v2("POST", &path).json(&json!({})).await.is_ok().json();
    assert_eq!(outcome(&accepted), "ticket");
    assert_eq!(accepted["decided_by_user_id"], json!(tess.id));
    let ticket = accepted["ticket_id"].as_i64().unwrap();
    let shown = tess.get("Ticket").param("id", ticket).await.is_ok().json();
    assert_eq!(shown["Subject"], "Re: chair");
    assert_eq!(shown["SubmitterUserInfo"]["Email"], "a@x.test");
    let again = tess.v2("POST", &path).json(&json!({})).await;
    is_problem(&again, 409, "conflict", Some("state"));
    let page = app
        .admin()
        .await
        .v2("GET", "audit_log?action=incoming_mail.")
        .await
        .is_ok()
        .json();
    assert_eq!(page["items"][0]["action"], "incoming_mail.accepted");
}

#[tokio::test]
async fn a_mail_that_waits_is_made_a_comment_by_staff_of_the_ticket() {
    let app = desk().await;
    let ticket = app.customer("owner").await.creates_a_ticket().await;
    let raw = mail(
        "colleague@x.test",
        "Re",
        "In-Reply-To: <t1.x.y@z>\r\n",
        "I know more.",
    );
    let id = receive(&app, raw).await["id"].as_i64().unwrap();
    let path = format!("incoming_mail/{id}/accept");
    let tess = app.technician("tess", &[1]).await;
    let unknown = tess
        .v2("POST", &path)
        .json(&json!({"ticket_id": 999}))
        .await;
    is_problem(&unknown, 404, "not_found", None);
    let accepted = tess
        .v2("POST", &path)
        .json(&json!({"ticket_id": ticket}))
        .await
        .is_ok()
        .json();
    assert_eq!(outcome(&accepted), "comment");
    let comments = tess
        .get("Comments")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    assert_eq!(comments[0]["Body"], "<!--html-->I know more.");
    assert_eq!(comments[0]["Email"], "colleague@x.test");
}

#[tokio::test]
async fn a_mail_is_discarded_and_may_still_be_accepted_then() {
    let app = desk().await;
    let raw = mail("a@x.test", "News", "Precedence: bulk\r\n", "x");
    let id = receive(&app, raw).await["id"].as_i64().unwrap();
    let admin = app.admin().await;
    let gone = admin
        .v2("POST", &format!("incoming_mail/{id}/discard"))
        .await
        .is_ok()
        .json();
    assert_eq!(outcome(&gone), "ignored discarded");
    let path = format!("incoming_mail/{id}/accept");
    let accepted = admin
        .v2("POST", &path)
        .json(&json!({}))
        .await
        .is_ok()
        .json();
    assert_eq!(outcome(&accepted), "ticket");
}

#[tokio::test]
async fn what_was_not_read_or_has_no_sender_is_not_accepted() {
    let app = desk().await;
    let admin = app.admin().await;
    let id = store(&app, &new_mail(&app, mail("a@x.test", "x", "", "x")))
        .await
        .id()
        .0;
    let waiting = admin
        .v2("POST", &format!("incoming_mail/{id}/accept"))
        .json(&json!({}))
        .await;
    is_problem(&waiting, 409, "conflict", Some("state"));
    let nobody = receive(&app, "Subject: who\r\n\r\nx").await["id"]
        .as_i64()
        .unwrap();
    let refused = admin
        .v2("POST", &format!("incoming_mail/{nobody}/accept"))
        .json(&json!({}))
        .await;
    is_problem(&refused, 400, "invalid", Some("id"));
    is_problem(
        &admin.v2("GET", "incoming_mail/999999").await,
        404,
        "not_found",
        None,
    );
    is_problem(
        &admin.v2("GET", "incoming_mail?state=lost").await,
        400,
        "invalid",
        Some("state"),
    );
}

#[tokio::test]
async fn an_accepted_mail_brings_its_files_and_pictures() {
    let app = desk().await;
    let picture = "--b\r\nContent-Type: image/png; name=\"dot.png\"\r\nContent-ID: <dot@x>\r\n\r\n\u{89}PNG\r\n";
    let raw = format!(
        "From: ann@x.test\r\nSubject: Picture\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/html\r\n\r\n<p><img src=\"cid:dot@x\"><img src=\"cid:1\"></p>\r\n{picture}--b--\r\n"
    );
    let read = receive(&app, raw).await;
    let ticket = read["ticket_id"].as_i64().unwrap();
    let admin = app.admin().await;
    let files = admin
        .get("Attachments")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    let file = files[0]["FileID"].as_i64().unwrap();
    let shown = admin.get("Ticket").param("id", ticket).await.is_ok().json();
    let body = shown["Body"].as_str().unwrap();
    assert!(
        body.contains(&format!("<img src=\"/File/Get/{file}\">")),
        "{body}"
    );
    assert!(!body.contains("cid:"), "{body}");
    admin
        .call(reqwest::Method::GET, &format!("/File/Get/{file}"))
        .await
        .is_ok();
    app.customer("stranger")
        .await
        .call(reqwest::Method::GET, &format!("/File/Get/{file}"))
        .await
        .is_not_found();
}
