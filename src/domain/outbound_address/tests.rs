use super::*;

fn policy(opened: &[&str]) -> Policy {
    let opened: Vec<String> = opened.iter().map(|entry| (*entry).to_owned()).collect();
    Policy::new(&opened, "https://desk.example/helpdesk").unwrap()
}

/// Addresses that lead inside, in every spelling.
const INTERNAL: [&str; 45] = [
    "http://127.0.0.1",
    "http://127.9.9.9/",
    "http://localhost",
    "http://LOCALHOST:8080/",
    "http://sub.localhost/",
    "http://0.0.0.0",
    "http://0",
    "http://[::1]",
    "http://[::]",
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:7f00:1]",
    "http://[::127.0.0.1]",
    "http://[64:ff9b::7f00:1]",
    "http://[64:ff9b::10.1.2.3]",
    "http://[64:ff9b:1::7f00:1]",
    "http://2130706433",
    "http://0x7f.1",
    "http://0x7f000001",
    "http://0177.1",
    "http://017700000001",
    "http://127.1",
    "http://127.0.0.1.",
    "http://127。0。0。1",
    "http://127．0．0．1",
    "http://①②⑦.0.0.1",
    "http://%31%32%37.0.0.1",
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1",
    "http://10.255.255.255",
    "http://172.16.0.1",
    "http://172.31.255.255",
    "http://192.168.1.1",
    "http://100.64.0.1",
    "http://100.127.255.255",
    "http://198.18.0.1",
    "http://224.0.0.1",
    "http://255.255.255.255",
    "http://[fd00::1]",
    "http://[fc00::1]",
    "http://[fe80::1]",
    "http://[fec0::1]",
    "http://[ff02::1]",
    "http://[2002:7f00:1::]",
    "http://[2001:0:7f00:1::]",
    "http://[2001:db8::1]",
];

#[test]
fn an_internal_address_is_refused_in_every_spelling() {
    for url in INTERNAL {
        assert_eq!(policy(&[]).check_text(url), Err(Refusal::Internal), "{url}");
    }
    for url in [
        "http://[fe80::1%eth0]/",
        "http://[fe80::1%25eth0]/",
        "not an address",
        "",
        "//x.example",
    ] {
        assert_eq!(
            policy(&[]).check_text(url),
            Err(Refusal::Unreadable),
            "{url}"
        );
    }
    assert_eq!(
        policy(&[]).check_text("http://receiver.example./"),
        Err(Refusal::TrailingDot)
    );
    assert_eq!(
        policy(&[]).check_text("http://localhost./"),
        Err(Refusal::TrailingDot)
    );
}

#[test]
fn other_schemes_ports_and_people_before_the_host_are_refused() {
    for url in [
        "file:///etc/passwd",
        "gopher://x.example/",
        "ftp://x.example/",
        "javascript:alert(1)",
        "data:,x",
    ] {
        assert_eq!(policy(&[]).check_text(url), Err(Refusal::Scheme), "{url}");
    }
    for port in [
        22, 25, 110, 143, 465, 587, 993, 3306, 5432, 6379, 11211, 27017,
    ] {
        let url = format!("https://x.example:{port}/");
        assert_eq!(policy(&[]).check_text(&url), Err(Refusal::Port(port)));
    }
    for url in [
        "http://ok@127.0.0.1",
        "https://a:b@x.example/",
        "https://:b@x.example/",
    ] {
        assert_eq!(policy(&[]).check_text(url), Err(Refusal::Userinfo), "{url}");
    }
    for url in [
        "https://desk.example",
        "http://DESK.example:8080/api",
        "https://desk。example/",
    ] {
        assert_eq!(policy(&[]).check_text(url), Err(Refusal::Own), "{url}");
    }
}

#[test]
fn what_is_out_in_the_world_may_be_called() {
    for url in [
        "https://x.example/hook?token=1",
        "https://x.example:8443/",
        "http://8.8.8.8/",
        "http://172.15.0.1/",
        "http://172.32.0.1/",
        "http://100.63.0.1/",
        "http://[2606:4700::1111]/",
        "http://[64:ff9b::8.8.8.8]/",
        "https://müller.example/",
    ] {
        assert!(policy(&[]).check_text(url).is_ok(), "{url}");
    }
}

#[test]
fn an_opened_host_is_opened_at_its_port_only() {
    let policy = policy(&["127.0.0.1:9000", "[::1]:9001", "hooks.internal:80"]);
    for (url, way) in [
        ("http://127.0.0.1:9000/", Ok(Way::Opened)),
        ("http://2130706433:9000/", Ok(Way::Opened)),
        ("http://[::1]:9001/", Ok(Way::Opened)),
        ("http://hooks.internal/", Ok(Way::Opened)),
        ("http://127.0.0.1:9001/", Err(Refusal::Internal)),
        ("http://127.0.0.1/", Err(Refusal::Internal)),
        ("http://127.0.0.2:9000/", Err(Refusal::Internal)),
        ("http://[::ffff:127.0.0.1]:9000/", Err(Refusal::Internal)),
        ("http://localhost:9000/", Err(Refusal::Internal)),
        ("http://hooks.internal:81/", Ok(Way::Guarded)),
        ("http://a@127.0.0.1:9000/", Err(Refusal::Userinfo)),
    ] {
        assert_eq!(policy.check_url(&Url::parse(url).unwrap()), way, "{url}");
    }
    for entry in ["", "x", "x:", "x:0", "x:99999", ":80", "a b:80", "*:80"] {
        assert!(Policy::new(&[entry.to_owned()], "").is_err(), "{entry}");
    }
}

#[test]
fn a_mail_server_may_be_internal_unless_that_is_forbidden() {
    let policy = policy(&["10.0.0.5:25"]);
    for (host, usual, strict) in [
        ("mail.example", true, true),
        ("localhost", true, false),
        ("127.0.0.1", true, false),
        ("::1", true, false),
        ("10.0.0.5", true, true),
        ("10.0.0.6", true, false),
        ("0.0.0.0", false, false),
        ("::", false, false),
        ("224.0.0.1", false, false),
        ("169.254.169.254", false, false),
        ("a b", false, false),
        ("user@mail.example", false, false),
        ("mail.example/x", false, false),
        ("", false, false),
    ] {
        assert_eq!(policy.check_host(host, 25, false).is_ok(), usual, "{host}");
        assert_eq!(policy.check_host(host, 25, true).is_ok(), strict, "{host}");
    }
    assert!(policy.check_host("mail.example", 0, false).is_err());
}

#[test]
fn what_is_shown_of_an_address_holds_no_secret() {
    let url = Url::parse("https://a:b@x.example:8443/hook?token=secret#part").unwrap();
    assert_eq!(shown(&url), "https://x.example:8443/hook");
}
