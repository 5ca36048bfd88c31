//! Bodies that would choke the sanitiser, and letters that must not be taken for such.

use std::time::{Duration, Instant};

use crate::support::TestApp;

/// So many elements that the parser opens anew in each paragraph.
fn open(count: usize) -> String {
    (0..count).fold(String::new(), |tags, number| {
        tags + &format!("<b a{number}>")
    })
}

#[tokio::test]
async fn markup_made_to_explode_is_stored_as_the_text_it_is() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let bomb = format!("<p>{}{}", open(1000), "<p>x".repeat(1000));
    // Under the limit of open elements, and long.
    let long = format!("<p>{}{}", open(90), "<p>x".repeat(10_000));
    for body in [bomb, long, "<div>".repeat(20_000)] {
        let begun = Instant::now();
        alice.says(ticket, &body).await;
        assert!(begun.elapsed() < Duration::from_secs(10));
        let stored = alice.newest_comment(ticket).await["Body"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(stored.len() < 10 * body.len());
        assert_eq!(
            stored.strip_prefix("<!--html-->").unwrap(),
            body.replace('<', "&lt;"),
            "nothing is lost"
        );
    }
}

#[tokio::test]
async fn deep_letters_stay_markup_and_are_sanitised_whatever_their_length() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let begin = "<table><tr><td><font color=\"red\"><span onclick=\"evil()\">";
    let letter = format!(
        "{}Deep <b>down</b><script>evil()</script>{}",
        begin.repeat(20),
        "</span></font></td></tr></table>".repeat(20)
    );
    let long = format!("{letter}{}", "<p>More and <i>more</i></p>".repeat(2000));
    for body in [letter, long] {
        alice.says(ticket, &body).await;
        let stored = alice.newest_comment(ticket).await["Body"].to_string();
        assert!(stored.contains("Deep <b>down</b></span>"), "{stored}");
        assert!(!stored.contains("evil"), "{stored}");
    }
}

#[tokio::test]
async fn a_body_has_a_length_that_it_cannot_exceed() {
    let app = TestApp::start_with(|settings| settings.limits.body_bytes = 4 * 1024 * 1024).await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let longest = "x".repeat(1024 * 1024);
    let comment = |body: &str| {
        alice
            .post("Comment")
            .param("id", ticket)
            .param("body", body)
    };
    comment(&longest).await.is_ok();
    let longer = format!("{longest}x");
    comment(&longer).await.is_bad("body");
    for method in ["Ticket", "UpdateTicket"] {
        alice
            .post(method)
            .param("id", ticket)
            .param("categoryId", 1)
            .param("subject", "s")
            .param("body", &longer)
            .await
            .is_bad("body");
    }
    assert_eq!(app.count("select count(*) from tickets").await, 1);
}
