//! Mails that are made to hurt: each ends somewhere visible, soon, and the one after it is read.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::{desk, desk_with, mail, outcome, receive};

/// Far above the two seconds a mail may take: these tests run without optimisation, beside others.
const BOUND: Duration = Duration::from_mins(1);

fn multipart(depth: usize) -> String {
    let mut text = format!(
        "From: deep@corpus.test\r\nSubject: Deep\r\nContent-Type: multipart/mixed; boundary=\"b{depth}\"\r\n\r\n"
    );
    for level in (0..depth).rev() {
        let _ = write!(
            text,
            "--b{}\r\nContent-Type: multipart/mixed; boundary=\"b{level}\"\r\n\r\n",
            level + 1
        );
    }
    text.push_str("--b0\r\n\r\nat the bottom\r\n");
    text
}

fn parts(count: usize) -> String {
    let mut text = "From: many@corpus.test\r\nSubject: Parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned();
    for _ in 0..count {
        text.push_str("--b\r\n\r\nx\r\n");
    }
    text + "--b--\r\n"
}

fn fields(name: &str, count: usize) -> String {
    let mut text = "From: fields@corpus.test\r\nSubject: Fields\r\n".to_owned();
    for number in 0..count {
        let _ = write!(text, "{name}: u{number}@corpus.test\r\n");
    }
    text + "\r\nx\r\n"
}

fn receivers(count: usize) -> String {
    let all: Vec<String> = (0..count)
        .map(|number| format!("u{number}@corpus.test"))
        .collect();
    format!(
        "From: cc@corpus.test\r\nSubject: Receivers\r\nTo: {}\r\n\r\nx\r\n",
        all.join(",\r\n ")
    )
}

fn nested_mails(depth: usize) -> String {
    let mut text = "From: nest@corpus.test\r\nSubject: Nest\r\n".to_owned();
    for _ in 0..depth {
        text.push_str("Content-Type: message/rfc822\r\n\r\n");
    }
    text + "From: x@corpus.test\r\n\r\nbottom\r\n"
}

fn html(body: &str) -> String {
    format!("From: html@corpus.test\r\nSubject: HTML\r\nContent-Type: text/html\r\n\r\n{body}\r\n")
}

#[expect(clippy::too_many_lines, reason = "a list, one entry a mail")]
fn hostile_mails() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let large = vec![b'x'; 50 * 1024 * 1024];
    let mut one_line = mail("line@corpus.test", "One line", "", "").into_bytes();
    one_line.extend(&large);
    let encoded = "QUJD".repeat(18) + "\r\n";
    let file = encoded.repeat(30 * 1024 * 1024 / encoded.len());
    let attached = format!(
        "From: big@corpus.test\r\nSubject: Big\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee file\r\n\
         --b\r\nContent-Type: application/zip; name=big.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}--b--\r\n"
    );
    let quotes = format!(
        "<blockquote type=\"cite\"> {} ",
        "<div class=gmail_quote>".repeat(20_000)
    );
    let never_closed = "<a href=\"".repeat(50_000);
    vec![
        (
            "500,000 fields To",
            fields("To", 500_000).into_bytes(),
            "quarantined unreadable",
        ),
        (
            "2,500 fields of any name",
            fields("X-Any", 2_500).into_bytes(),
            "quarantined unreadable",
        ),
        ("40,000 receivers", receivers(40_000).into_bytes(), "ticket"),
        (
            "a header of two megabytes",
            format!(
                "From: h@corpus.test\r\nX-Long: {}\r\n\r\nx",
                "y".repeat(2_000_000)
            )
            .into_bytes(),
            "quarantined unreadable",
        ),
        (
            "a subject of a megabyte",
            mail("s@corpus.test", &"long ".repeat(200_000), "", "x").into_bytes(),
            "ticket",
        ),
        (
            "multiparts 1,000 deep",
            multipart(1_000).into_bytes(),
            "quarantined unreadable",
        ),
        ("multiparts 25 deep", multipart(25).into_bytes(), "ticket"),
        (
            "100,000 parts",
            parts(100_000).into_bytes(),
            "quarantined unreadable",
        ),
        ("900 parts", parts(900).into_bytes(), "ticket"),
        (
            "mails 100,000 deep in mails",
            nested_mails(100_000).into_bytes(),
            "ticket",
        ),
        ("a line of 50 megabytes", one_line, "ticket"),
        ("a file of 30 megabytes", attached.into_bytes(), "ticket"),
        (
            "20,000 quotes in each other",
            html(&quotes).into_bytes(),
            "ticket",
        ),
        (
            "tags without end",
            html(&never_closed).into_bytes(),
            "ticket",
        ),
        (
            "comments without end",
            html(&"<!--".repeat(100_000)).into_bytes(),
            "ticket",
        ),
        (
            "elements 100,000 deep",
            html(&"<b>".repeat(100_000)).into_bytes(),
            "ticket",
        ),
        (
            "encoded words without end",
            mail("w@corpus.test", &"=?utf-8?q?".repeat(20_000), "", "x").into_bytes(),
            "ticket",
        ),
        (
            "comments in addresses",
            format!("From: {}\r\n\r\nx", "(".repeat(200_000)).into_bytes(),
            "quarantined no_sender",
        ),
        (
            "brackets in addresses",
            format!("From: {}\r\n\r\nx", "<\"".repeat(100_000)).into_bytes(),
            "quarantined no_sender",
        ),
    ]
}

#[tokio::test]
async fn hostile_mails_end_visibly_within_bounds_and_the_next_one_is_read() {
    let app = desk_with(|settings| settings.limits.attachment_bytes = 64 * 1024 * 1024).await;
    for (what, raw, expected) in hostile_mails() {
        let begun = Instant::now();
        let ended = receive(&app, raw).await;
        assert_eq!(outcome(&ended), expected, "{what}: {ended}");
        assert!(begun.elapsed() < BOUND, "{what} took {:?}", begun.elapsed());
    }
    let next = receive(&app, mail("next@corpus.test", "Next", "", "x")).await;
    assert_eq!(outcome(&next), "ticket");
    let left = "select count(*) from graphile_worker._private_jobs";
    assert_eq!(app.count(left).await, 0);
}

#[tokio::test]
async fn what_is_too_long_to_be_shown_hangs_on_the_ticket_as_a_file() {
    let app = desk().await;
    let admin = app.admin().await;
    let text = "All work and no play makes Jack a dull boy.\r\n".repeat(30_000);
    let ticket = receive(&app, mail("jack@corpus.test", "Long", "", &text)).await;
    let id = ticket["ticket_id"].as_i64().unwrap();
    let shown = admin.get("Ticket").param("id", id).await.is_ok().json();
    let body = shown["Body"].as_str().unwrap();
    assert!(
        body.contains("dull boy") && body.len() < 500_000,
        "{}",
        body.len()
    );
    // The whole is larger than a file of this desk may be: it is named.
    assert!(
        body.contains("message.txt"),
        "{}",
        &body[body.len() - 300..]
    );
}
