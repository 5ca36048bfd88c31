//! Servers that are no mail servers of good faith.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{Fetching, check, check_until, desk, mailbox_at, state, until};

/// A mail server with one mail, that answers its fetching with `body`.
async fn server(body: &'static str) -> u16 {
    counting_server(body, Arc::default()).await
}

/// [`server`], which counts how often its folder is opened.
async fn counting_server(body: &'static str, opened: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, body, Arc::clone(&opened)));
        }
    });
    port
}

/// Until the client hangs up.
async fn converse(stream: TcpStream, body: &'static str, opened: Arc<AtomicUsize>) {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from).lines();
    let _ = to.write_all(b"* OK hello\r\n").await;
    while let Ok(Some(line)) = lines.next_line().await {
        let (tag, command) = line.split_once(' ').unwrap();
        let told = match command {
            _ if command.starts_with("CAPABILITY") => "* CAPABILITY IMAP4rev1\r\n",
            _ if command.starts_with("SELECT") => {
                opened.fetch_add(1, Ordering::SeqCst);
                "* 1 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 2] x\r\n"
            }
            _ if command.starts_with("UID SEARCH") => "* SEARCH 1\r\n",
            _ if command.ends_with("RFC822.SIZE)") => "* 1 FETCH (UID 1 RFC822.SIZE 100)\r\n",
            _ if command.contains("BODY.PEEK[]") => body,
            _ => "",
        };
        if to.write_all(told.as_bytes()).await.is_err() {
            return;
        }
        let done = format!("{tag} OK done\r\n");
        let _ = to.write_all(done.as_bytes()).await;
    }
}

#[tokio::test]
async fn a_server_that_announces_more_than_was_asked_for_is_left() {
    let port = server("* 1 FETCH (UID 1 BODY[] {500000000}\r\n").await;
    let app = desk(port).await;
    let id = app.admin().await.makes("mailboxes", mailbox_at(port)).await;
    let fetching = Fetching::start(&app);
    until("it is left", || async {
        state(&app, id).await["last_error"]
            == "the connection broke: the mail server sends too much"
    })
    .await;
    fetching.stop().await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_shown() {
    let port = server("* 1 FETCH (UID 1 BODY[] secret words of a mail\r\n").await;
    let app = desk(port).await;
    let id = app.admin().await.makes("mailboxes", mailbox_at(port)).await;
    let fetching = Fetching::start(&app);
    until("it is left", || async {
        state(&app, id).await["last_error"] == "the mail server's answer cannot be read"
    })
    .await;
    fetching.stop().await;
}

#[tokio::test]
async fn a_mail_that_is_listed_and_not_given_is_shown_to_a_person_in_the_end() {
    let port = server("").await;
    let app = desk(port).await;
    let id = app.admin().await.makes("mailboxes", mailbox_at(port)).await;
    let fetching = Fetching::start(&app);
    check_until(&app, id, "it is quarantined", || async {
        app.count(
            "select count(*) from incoming_mail where reason = 'not_fetched' and convert_from(raw, 'UTF8') like 'Subject:%'",
        )
        .await
            == 1
    })
    .await;
    fetching.stop().await;
}

#[tokio::test]
async fn a_server_is_asked_when_there_is_a_reason_and_not_all_the_time() {
    let body = "* 1 FETCH (UID 1 BODY[] {14}\r\nSubject: x\r\n\r\n)\r\n";
    let opened = Arc::new(AtomicUsize::new(0));
    let port = counting_server(body, Arc::clone(&opened)).await;
    let app = desk(port).await;
    let id = app.admin().await.makes("mailboxes", mailbox_at(port)).await;
    let fetching = Fetching::start(&app);
    for times in 1..=3 {
        until("it is asked", || async {
            opened.load(Ordering::SeqCst) >= times
                && !state(&app, id).await["last_checked_at"].is_null()
        })
        .await;
        assert_eq!(opened.load(Ordering::SeqCst), times);
        check(&app, id).await;
    }
    fetching.stop().await;
}
