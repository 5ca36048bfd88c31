use ferrodesk::settings::MailProtocol;

use super::{Taking, mail};

#[tokio::test]
async fn what_only_looks_like_the_end_of_a_mail_is_none() {
    let server = Taking::start(MailProtocol::Smtp).await;
    for end in [
        "\n.\n",
        "\n.\r\n",
        "\r.\r\n",
        "\r.\r",
        "\r\n.\n",
        "\r\n.\r",
        "\r\n.\r\r\n",
        "\n.\r\n\r",
    ] {
        let mut talk = server.call().await;
        talk.greets("EHLO").await;
        talk.begins(&["desk@desk.test"]).await;
        // Were it the end, what follows would be a second mail with a sender of its own.
        let smuggled = "MAIL FROM:<boss@desk.test>\r\nRCPT TO:<other@desk.test>\r\nDATA\r\n";
        talk.says(&format!("Subject: x\r\n\r\nx{end}{smuggled}{}", mail(1)))
            .await;
        talk.hears("550 5.6.11").await;
        talk.asks("NOOP", "250").await;
        assert_eq!(server.stored().await, 0, "{end:?}");
    }
}

#[tokio::test]
async fn commands_that_end_otherwise_than_by_cr_lf_end_the_conversation() {
    let server = Taking::start(MailProtocol::Smtp).await;
    for line in ["NOOP\n", "NOOP\rMAIL FROM:<a@b.test>\r\n", "NOOP \0\r\n"] {
        let mut talk = server.call().await;
        talk.greets("EHLO").await;
        talk.says(line).await;
        talk.hears("554").await;
        talk.is_over().await;
    }
}

#[tokio::test]
async fn mails_that_are_too_large_are_refused_while_they_come() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    talk.asks("MAIL FROM:<a@b.test> SIZE=10001", "552").await;
    talk.begins(&["desk@desk.test"]).await;
    let line = format!("{}\r\n", "x".repeat(98));
    talk.says(&format!("{}.\r\n", line.repeat(100))).await;
    talk.hears("250 2.0.0").await;
    talk.begins(&["desk@desk.test"]).await;
    talk.says(&format!("{}x\r\n.\r\n", line.repeat(100))).await;
    talk.hears("552 5.3.4").await;
    talk.asks("NOOP", "250").await;
    // One without an end is not heard to its end.
    talk.begins(&["desk@desk.test"]).await;
    talk.says(&line.repeat(500)).await;
    talk.hears("552 5.3.4").await;
    talk.is_over().await;
    assert_eq!(server.stored().await, 1);
}

#[tokio::test]
async fn a_mail_that_breaks_off_is_none() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    talk.begins(&["desk@desk.test"]).await;
    talk.says("Subject: x\r\n\r\nhalf of").await;
    drop(talk);
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    talk.asks("NOOP", "250").await;
    assert_eq!(server.stored().await, 0);
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for() {
    let change =
        |settings: &mut ferrodesk::settings::Settings| settings.mail_listener.idle_seconds = 1;
    let server = Taking::start_with(MailProtocol::Smtp, change).await;
    let mut silent = server.call().await;
    let mut half = server.call().await;
    half.says("EHL").await;
    let mut data = server.call().await;
    data.greets("EHLO").await;
    data.begins(&["desk@desk.test"]).await;
    data.says("Subject: x\r\n").await;
    for talk in [&mut silent, &mut half, &mut data] {
        talk.hears("421 4.4.2").await;
        talk.is_over().await;
    }
}

#[tokio::test]
async fn nonsense_is_heard_for_a_while_only() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let mut talk = server.call().await;
    talk.asks(&"x".repeat(10_000), "500").await;
    for _ in 0..20 {
        talk.asks("GET / HTTP/1.1", "500").await;
    }
    talk.hears("421 4.7.0").await;
    talk.is_over().await;
}

#[tokio::test]
async fn more_connections_than_are_allowed_are_told_to_come_later() {
    let change =
        |settings: &mut ferrodesk::settings::Settings| settings.mail_listener.connections = 2;
    let server = Taking::start_with(MailProtocol::Smtp, change).await;
    let one = server.call().await;
    let _two = server.call().await;
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    let mut third = super::Talk::new(stream);
    third.hears("421 4.3.2").await;
    third.is_over().await;
    drop(one);
}

#[tokio::test]
async fn who_is_not_among_the_allowed_networks_is_sent_away() {
    let change = |settings: &mut ferrodesk::settings::Settings| {
        settings.mail_listener.allowed_networks = vec!["10.0.0.0/8".into()];
    };
    let server = Taking::start_with(MailProtocol::Smtp, change).await;
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    let mut talk = super::Talk::new(stream);
    talk.hears("554 5.7.1").await;
    talk.is_over().await;
}

#[tokio::test]
async fn a_piece_of_another_protocol_is_no_mail() {
    let server = Taking::start(MailProtocol::Smtp).await;
    let mut talk = server.call().await;
    talk.greets("EHLO").await;
    talk.asks("MAIL FROM:<a@b.test>", "250").await;
    talk.asks("RCPT TO:<desk@desk.test>", "250").await;
    talk.says("BDAT 20 LAST\r\nRCPT TO:<x@y.test>\r\n").await;
    talk.hears("502").await;
    talk.is_over().await;
    assert_eq!(server.stored().await, 0);
}
