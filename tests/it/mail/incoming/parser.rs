//! The reader of mails, whatever it is given.

use ferrodesk::mail::incoming::parse::{Delivery, header_text, parse};
use proptest::prelude::*;

fn delivery() -> Delivery {
    Delivery {
        envelope_from: None,
        trusted_servers: vec!["mx.desk.test".to_owned()],
    }
}

/// Pieces that mails are made of, whole and broken.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "From: Ann <ann@x.test>\r\n",
        "From: =?utf-8?b?",
        "From: a@b, \"c",
        "To: ",
        "Cc: g: a@b;\r\n",
        "Subject: =?koi8-r?q?=E2?=",
        "Content-Type: multipart/mixed; boundary=b\r\n",
        "Content-Type: multipart/alternative; boundary=\"b\"\r\n",
        "Content-Type: text/html; charset=",
        "Content-Type: text/plain; charset=utf-7\r\n",
        "Content-Type: message/rfc822\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "Content-Transfer-Encoding: quoted-printable\r\n",
        "Content-ID: <c>\r\n",
        "Authentication-Results: mx.desk.test; dmarc=pass (",
        "Content-Disposition: attachment; filename*=utf-8''%",
        "\r\n",
        "\n",
        "\r",
        "--b\r\n",
        "--b--\r\n",
        "<div class=gmail_quote>",
        "<blockquote type=cite>",
        "<img src=\"cid:c\">",
        "<!--",
        "<style>",
        "</",
        "> quoted\r\n",
        "On Monday, Ann wrote:\r\n",
        "-- \r\n",
        "-----Original Message-----\r\n",
        "From: x\r\nSent: y\r\nTo: z\r\n",
        "&nbsp;",
        "=3D=\r\n",
        "=ZZ",
        "QUJD",
        "\0",
        "é",
        "\u{202e}",
    ]);
    prop_oneof![
        8 => known.prop_map(str::to_owned),
        1 => ".{0,40}",
        1 => "[ -~\r\n]{0,80}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(raw in prop::collection::vec(any::<u8>(), 0..2_000)) {
        if let Ok(parsed) = parse(&raw, &delivery()) {
            let _ = (parsed.html(true), parsed.html(false));
        }
        let _ = header_text(&raw, 100);
    }

    #[test]
    fn anything_like_a_mail_is_read_and_nothing_unstorable_comes_of_it(pieces in prop::collection::vec(piece(), 0..60)) {
        let raw = pieces.concat();
        if let Ok(parsed) = parse(raw.as_bytes(), &delivery()) {
            let letter = &parsed.letter;
            prop_assert!(!letter.subject.contains(char::is_control));
            prop_assert!(letter.subject.chars().count() <= 1_000);
            if let Ok(sender) = &letter.sender {
                prop_assert_eq!(sender.address.matches('@').count(), 1);
                prop_assert!(!sender.address.contains(|c: char| c.is_whitespace() || c.is_control()));
                prop_assert!(!sender.name.contains('@'));
            }
            for html in [parsed.html(true), parsed.html(false)] {
                prop_assert!(!html.contains('\0'));
            }
        }
    }

    #[test]
    fn a_tnef_of_any_bytes_is_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut raw = b"From: a@x.test\r\nContent-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\x01\x00".to_vec();
        raw.extend(bytes);
        let read = parse(&raw, &delivery());
        prop_assert!(read.is_ok());
    }
}

#[test]
fn the_sender_is_found_by_one_rule() {
    for (from, address) in [
        ("ann@x.test", Some("ann@x.test")),
        ("<ann@x.test>", Some("ann@x.test")),
        ("\"Lee, Ann\" <ann@X.TEST>", Some("ann@x.test")),
        ("Ann Lee <Ann.Lee@x.test> (at home)", Some("Ann.Lee@x.test")),
        ("\"boss@desk.test\" <ann@x.test>", Some("ann@x.test")),
        ("boss@desk.test <ann@x.test>", Some("ann@x.test")),
        ("<ann@x.test> <bob@x.test>", None),
        ("ann@x.test bob@x.test", None),
        ("ann@x.test, bob@x.test", None),
        ("ann@x.test,", Some("ann@x.test")),
        ("undisclosed:;", None),
        ("ann", None),
        ("", None),
        ("ann@", None),
        ("@x.test", None),
        ("a\"n@x.test", None),
        ("ann@x..test", None),
        ("ann@x.test\u{0}", None),
        ("\"ann smith\"@x.test", None),
    ] {
        let raw = format!("From: {from}\r\nSubject: x\r\n\r\nx");
        let parsed = parse(raw.as_bytes(), &delivery()).unwrap();
        let found = parsed
            .letter
            .sender
            .as_ref()
            .ok()
            .map(|sender| sender.address.as_str());
        assert_eq!(found, address, "{from}");
    }
}
