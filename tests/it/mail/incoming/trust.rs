//! Who is believed to be whom, and what a mail may do to a ticket.

use ferrodesk::domain::ids::TicketId;
use ferrodesk::domain::outgoing_mail::message_id;
use serde_json::{Value, json};

use super::{desk, desk_with, mail, outcome, receive, vouched};
use crate::support::TestApp;

/// A header that answers a mail of ours about this ticket.
fn answering(app: &TestApp, ticket: i32) -> String {
    let id = message_id::new(&app.state.context(), Some(TicketId(ticket))).unwrap();
    format!("In-Reply-To: <{id}>\r\nReferences: <other@x.test> <{id}>\r\n")
}

/// What a mail could have changed of a ticket.
async fn state_of(app: &TestApp, ticket: i32) -> (Value, Value, Value) {
    let admin = app.admin().await;
    let shown = admin.get("Ticket").param("id", ticket).await.is_ok().json();
    let comments = admin
        .get("Comments")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    let subscribers = admin
        .get("Subscribers")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    (shown, comments, subscribers)
}

async fn emails_of_subscribers(app: &TestApp, ticket: i64) -> Vec<String> {
    let admin = app.admin().await;
    let all = admin
        .get("Subscribers")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    let mut emails: Vec<String> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["Email"].as_str().unwrap().to_owned())
        .collect();
    emails.sort();
    emails
}

#[tokio::test]
async fn whoever_answers_our_mail_and_is_on_the_ticket_comments_on_it() {
    let app = desk().await;
    let ticket = app.customer("owner").await.creates_a_ticket().await;
    let answer = answering(&app, ticket);
    let read = receive(
        &app,
        mail("Owner <OWNER@desk.test>", "whatever", &answer, "It is out."),
    )
    .await;
    assert_eq!(outcome(&read), "comment");
    assert_eq!(read["ticket_id"], ticket);
    let (_, comments, _) = state_of(&app, ticket).await;
    assert_eq!(comments[0]["Body"], "<!--html-->It is out.");
    assert_eq!(comments[0]["UserName"], "owner");
    assert_eq!(comments[0]["ForTechsOnly"], false);
}

#[tokio::test]
async fn a_reply_reopens_a_closed_ticket_and_an_automatic_one_does_not() {
    let app = desk().await;
    let admin = app.admin().await;
    let ticket = app.customer("owner").await.creates_a_ticket().await;
    admin.post("Close").param("id", ticket).await.is_done();
    let answer = answering(&app, ticket);
    let automatic = format!("{answer}Auto-Submitted: auto-replied\r\n");
    let read = receive(
        &app,
        mail("owner@desk.test", "Away", &automatic, "I am away."),
    )
    .await;
    assert_eq!(outcome(&read), "ignored automatic_reply");
    assert_eq!(state_of(&app, ticket).await.0["StatusID"], 3);
    let read = receive(
        &app,
        mail("owner@desk.test", "No", &answer, "It burns again."),
    )
    .await;
    assert_eq!(outcome(&read), "comment");
    assert_eq!(state_of(&app, ticket).await.0["StatusID"], 2);
}

#[tokio::test]
async fn a_stranger_who_makes_up_a_thread_changes_nothing() {
    let app = desk().await;
    let ticket = app.customer("owner").await.creates_a_ticket().await;
    app.customer("other").await;
    let before = state_of(&app, ticket).await;
    for from in ["stranger@x.test", "other@desk.test"] {
        for id in [
            "t1.x@desk.test",
            "t1.0123456789abcdef.0123456789abcdef0123456789abcdef@desk.test",
        ] {
            let thread = format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n");
            let read = receive(&app, mail(from, "Re: printer", &thread, "Let me in.")).await;
            assert_eq!(outcome(&read), "quarantined not_on_ticket", "{from} {id}");
            assert_eq!(read["ticket_id"], Value::Null);
        }
    }
    assert_eq!(state_of(&app, ticket).await, before);
}

#[tokio::test]
async fn a_real_thread_proves_that_somebody_got_our_mail_not_who() {
    let app = desk().await;
    let ticket = app.customer("owner").await.creates_a_ticket().await;
    app.customer("other").await;
    let before = state_of(&app, ticket).await;
    for from in ["stranger@x.test", "other@desk.test"] {
        let cc = format!(
            "{}Cc: other@desk.test, stranger@x.test\r\n",
            answering(&app, ticket)
        );
        let read = receive(&app, mail(from, "Re: [#1] printer", &cc, "Let me in.")).await;
        assert_eq!(outcome(&read), "quarantined not_on_ticket", "{from}");
        assert!(read["detail"].as_str().unwrap().contains("#1"), "{read}");
    }
    assert_eq!(state_of(&app, ticket).await, before);
    // Once he is on the ticket, he may.
    let admin = app.admin().await;
    let other = app.customer("other").await.id;
    admin
        .post("AddSubscriber")
        .param("id", ticket)
        .param("userId", other.0)
        .await
        .is_done();
    let answer = answering(&app, ticket);
    let read = receive(&app, mail("other@desk.test", "Re", &answer, "Me too.")).await;
    assert_eq!(outcome(&read), "comment");
}

#[tokio::test]
async fn a_subject_threads_only_for_whoever_is_on_the_ticket() {
    let app = desk().await;
    let ticket = app.customer("owner").await.creates_a_ticket().await;
    let before = state_of(&app, ticket).await;
    let read = receive(
        &app,
        mail("stranger@x.test", "Re: [#1] printer", "", "Mine."),
    )
    .await;
    assert_eq!(outcome(&read), "ticket");
    assert_ne!(read["ticket_id"], ticket);
    assert_eq!(state_of(&app, ticket).await, before);
    let read = receive(
        &app,
        mail("owner@desk.test", "Re: [#1] printer", "", "Mine."),
    )
    .await;
    assert_eq!(outcome(&read), "comment");
    assert_eq!(read["ticket_id"], ticket);
}

#[tokio::test]
async fn an_answer_to_a_mail_that_opened_a_ticket_finds_it_for_whoever_is_on_it() {
    let app = desk().await;
    let first = mail(
        "ann@x.test",
        "Chair",
        "Message-ID: <first@x.test>\r\n",
        "broken",
    );
    let first = receive(&app, first).await;
    let answer = "In-Reply-To: <first@x.test>\r\n";
    let more = receive(
        &app,
        mail("ann@x.test", "Re: Chair", answer, "and the desk"),
    )
    .await;
    assert_eq!(outcome(&more), "comment");
    assert_eq!(more["ticket_id"], first["ticket_id"]);
    let other = receive(&app, mail("bob@x.test", "Re: Chair", answer, "and mine")).await;
    assert_eq!(outcome(&other), "quarantined not_on_ticket");
}

#[tokio::test]
async fn staff_is_believed_only_when_a_trusted_server_vouches_for_it() {
    let app = desk().await;
    let ticket = app.customer("owner").await.creates_a_ticket().await;
    let answer = answering(&app, ticket);
    let before = state_of(&app, ticket).await;
    let forgeries = [
        String::new(),
        "Authentication-Results: evil.test; dmarc=pass header.from=desk.test\r\n".to_owned(),
        "Authentication-Results: evil.test;\r\n mx.desk.test; dmarc=pass header.from=desk.test\r\n"
            .to_owned(),
        "Authentication-Results: mx.desk.test; spf=pass smtp.mailfrom=x@evil.test\r\n".to_owned(),
        "Authentication-Results: mx.desk.test; dkim=pass header.d=test\r\n".to_owned(),
        format!(
            "Authentication-Results: mx.desk.test; dmarc=none\r\n{}",
            vouched("desk.test")
        ),
    ];
    for forgery in forgeries {
        let raw = format!(
            "{forgery}{}",
            mail("tess@desk.test", "Re", &answer, "Fixed.")
        );
        let read = receive(&app, raw).await;
        assert_eq!(outcome(&read), "quarantined unproved_staff", "{forgery}");
    }
    assert_eq!(state_of(&app, ticket).await, before);
    let proofs = [
        vouched("desk.test"),
        "Authentication-Results: MX.desk.test 1; dkim=pass (2048-bit key) header.d=desk.test\r\n"
            .to_owned(),
        "Authentication-Results: mx.desk.test;\r\n\tspf=pass smtp.mailfrom=tess@desk.test\r\n"
            .to_owned(),
        format!(
            "Authentication-Results: other.test; dmarc=fail\r\n{}",
            vouched("desk.test")
        ),
    ];
    for proof in proofs {
        let raw = format!("{proof}{}", mail("tess@desk.test", "Re", &answer, "Fixed."));
        let read = receive(&app, raw).await;
        assert_eq!(outcome(&read), "comment", "{proof}");
    }
    let (shown, _, _) = state_of(&app, ticket).await;
    assert_eq!(shown["UpdatedByPerformer"], true);
}

#[tokio::test]
async fn a_small_company_may_believe_its_staff_without_such_a_server() {
    let app = desk_with(|settings| {
        settings.incoming.trust.servers.clear();
        settings.incoming.trust.staff = true;
    })
    .await;
    let ticket = app.customer("owner").await.creates_a_ticket().await;
    let answer = answering(&app, ticket);
    let read = receive(&app, mail("tess@desk.test", "Re", &answer, "Fixed.")).await;
    assert_eq!(outcome(&read), "comment");
}

#[tokio::test]
async fn a_domain_that_disowns_a_mail_is_believed_about_everybody() {
    let app = desk().await;
    let ticket = app.customer("owner").await.creates_a_ticket().await;
    let before = state_of(&app, ticket).await;
    let failed = "Authentication-Results: mx.desk.test; dmarc=fail header.from=desk.test\r\n";
    let answer = answering(&app, ticket);
    let raw = format!(
        "{failed}{}",
        mail("owner@desk.test", "Re", &answer, "Let me in.")
    );
    assert_eq!(
        outcome(&receive(&app, raw).await),
        "quarantined forged_sender"
    );
    assert_eq!(state_of(&app, ticket).await, before);
}

#[tokio::test]
async fn receivers_of_a_new_ticket_are_subscribed_if_they_are_known_and_nobody_becomes_a_user_so() {
    let app = desk().await;
    app.customer("other").await;
    let users = app.count("select count(*) from users").await;
    let cc = "Cc: Other <other@desk.test>, unknown@x.test, desk@desk.test\r\nReply-To: owner@desk.test\r\n";
    let read = receive(&app, mail("ann@x.test", "Chair", cc, "broken")).await;
    let ticket = read["ticket_id"].as_i64().unwrap();
    assert_eq!(
        emails_of_subscribers(&app, ticket).await,
        ["ann@x.test", "other@desk.test"]
    );
    assert_eq!(app.count("select count(*) from users").await, users + 1);
    let admin = app.admin().await;
    let shown = admin.get("Ticket").param("id", ticket).await.is_ok().json();
    assert_eq!(shown["SubmitterUserInfo"]["Email"], "ann@x.test");
    assert_eq!(shown["Origin"], "Email");
    // On a reply nobody is.
    let more = receive(
        &app,
        mail(
            "ann@x.test",
            &format!("Re: [#{ticket}]"),
            "Cc: owner@desk.test\r\n",
            "more",
        ),
    )
    .await;
    assert_eq!(outcome(&more), "comment");
    assert_eq!(
        emails_of_subscribers(&app, ticket).await,
        ["ann@x.test", "other@desk.test"]
    );
}

#[tokio::test]
async fn a_code_sent_to_the_desk_is_for_staff_only() {
    let app = desk().await;
    let code = receive(&app, mail("no-reply@slack.test", "Your code", "", "123456")).await;
    assert_eq!(outcome(&code), "ticket");
    let ticket = code["ticket_id"].as_i64().unwrap();
    let owner = app.customer("owner").await;
    owner.get("Ticket").param("id", ticket).await.is_not_found();
    // Whoever has the address has no password, and so no way in.
    let nobody = app.known("no-reply@slack.test", "");
    nobody
        .get("Ticket")
        .param("id", ticket)
        .await
        .is_unauthorized();
    let told = "select count(*) from outbox where event = 'ticket.created' and payload @> '{\"automatic\": true, \"fromMail\": true, \"suppressConfirmation\": true}'";
    assert_eq!(app.count(told).await, 1);
}

#[tokio::test]
async fn an_unknown_sender_becomes_a_user_when_the_desk_says_so() {
    let app = desk().await;
    app.sql("insert into companies (name, email_domains) values ('ACME', '{acme.test}')")
        .await;
    let read = receive(&app, mail("Ann Lee <ann@acme.test>", "Chair", "", "broken")).await;
    let admin = app.admin().await;
    let user = admin
        .get("UserByEmail")
        .param("email", "ann@acme.test")
        .await
        .is_ok()
        .json();
    assert_eq!(read["user_id"], user["UserID"]);
    assert_eq!(user["FirstName"], "Ann");
    assert_eq!(user["LastName"], "Lee");
    assert_eq!(user["CompanyName"], "ACME");
    assert_eq!(user["IsAdmin"], false);
    admin
        .v2("PATCH", "settings")
        .json(&json!({"users_from_mail": false}))
        .await
        .is_ok();
    let read = receive(&app, mail("bob@acme.test", "Chair", "", "broken")).await;
    assert_eq!(outcome(&read), "quarantined unknown_sender");
    admin
        .get("UserByEmail")
        .param("email", "bob@acme.test")
        .await
        .is_not_found();
    let read = receive(&app, mail("ann@acme.test", "Desk", "", "broken")).await;
    assert_eq!(outcome(&read), "ticket");
}

#[tokio::test]
async fn a_disabled_user_opens_nothing() {
    let app = desk().await;
    app.customer("gone").await;
    app.sql("update users set disabled = true where username = 'gone'")
        .await;
    let read = receive(&app, mail("gone@desk.test", "Hello", "", "x")).await;
    assert_eq!(outcome(&read), "quarantined disabled_user");
}

#[tokio::test]
async fn a_technicians_forward_is_credited_to_whoever_wrote_it() {
    let app = desk().await;
    let text = "please\r\n\r\n---------- Forwarded message ---------\r\nFrom: Carl <carl@x.test>\r\nDate: Wed\r\n\
                Subject: Chair\r\nTo: tess@desk.test\r\n\r\nMy chair is broken.";
    let raw = format!(
        "{}{}",
        vouched("desk.test"),
        mail("tess@desk.test", "Fwd: Chair", "", text)
    );
    let read = receive(&app, raw).await;
    let ticket = read["ticket_id"].as_i64().unwrap();
    let admin = app.admin().await;
    let shown = admin.get("Ticket").param("id", ticket).await.is_ok().json();
    assert_eq!(shown["SubmitterUserInfo"]["Email"], "carl@x.test");
    assert_eq!(shown["Subject"], "Chair");
    // Nobody's word but staff's.
    let read = receive(&app, mail("ann@x.test", "Fwd: Chair", "", text)).await;
    let ticket = read["ticket_id"].as_i64().unwrap();
    let shown = admin.get("Ticket").param("id", ticket).await.is_ok().json();
    assert_eq!(shown["SubmitterUserInfo"]["Email"], "ann@x.test");
}
