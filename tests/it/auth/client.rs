use std::net::SocketAddr;

use axum::http::HeaderMap;
use ferrodesk::http::caller::TrustedProxies;

/// The client of a request from `peer` with these `X-Forwarded-For` lines, and the key of his lockout.
fn client(proxies: &[&str], peer: &str, lines: &[&str]) -> (String, String) {
    let proxies: Vec<String> = proxies.iter().map(|&text| text.to_owned()).collect();
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("x-forwarded-for", line.parse().unwrap());
    }
    let peer: SocketAddr = peer.parse().unwrap();
    let client = TrustedProxies::parse(&proxies)
        .unwrap()
        .client(peer, &headers);
    (client.to_string(), client.key())
}

#[test]
fn forwarded_addresses_are_walked_from_right_to_left() {
    let proxies = ["10.0.0.0/8", "2001:db8:aaaa::/48", "192.0.2.1"];
    for (peer, lines, expected) in [
        ("10.1.2.3:80", &[][..], "10.1.2.3"),
        ("10.1.2.3:80", &["198.51.100.1"], "198.51.100.1"),
        (
            "10.1.2.3:80",
            &["1.1.1.1, 198.51.100.1,10.9.9.9"],
            "198.51.100.1",
        ),
        (
            "10.1.2.3:80",
            &["1.1.1.1", "198.51.100.1", "10.9.9.9, 192.0.2.1"],
            "198.51.100.1",
        ),
        ("10.1.2.3:80", &["1.1.1.1, unknown, 10.9.9.9"], "10.9.9.9"),
        ("10.1.2.3:80", &["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
        (
            "[2001:db8:aaaa::1]:80",
            &["198.51.100.1:4711"],
            "198.51.100.1",
        ),
        (
            "[::ffff:10.1.2.3]:80",
            &["[2001:db8::5]:4711"],
            "2001:db8::5",
        ),
        ("11.1.2.3:80", &["198.51.100.1"], "11.1.2.3"),
        (
            "[2001:db8:aaab::1]:80",
            &["198.51.100.1"],
            "2001:db8:aaab::1",
        ),
        ("[::ffff:198.51.100.9]:80", &["1.1.1.1"], "198.51.100.9"),
    ] {
        assert_eq!(
            client(&proxies, peer, lines).0,
            expected,
            "{peer} {lines:?}"
        );
    }
}

#[test]
fn a_client_is_counted_by_address_or_by_half_an_ipv6_one() {
    assert_eq!(client(&[], "192.0.2.1:80", &[]).1, "192.0.2.1");
    assert_eq!(client(&[], "[::ffff:192.0.2.1]:80", &[]).1, "192.0.2.1");
    assert_eq!(
        client(&[], "[2001:db8:1:2:3:4:5:6]:80", &[]).1,
        "2001:db8:1:2::/64"
    );
    assert_eq!(
        client(&["0.0.0.0/0"], "192.0.2.1:80", &["1.2.3.4"]).0,
        "1.2.3.4"
    );
    assert_eq!(client(&["::/0"], "192.0.2.1:80", &["1.2.3.4"]).0, "1.2.3.4");
}

#[test]
fn networks_that_are_none_are_named() {
    for wrong in [
        "proxy",
        "10.0.0.0/33",
        "10.0.0/8",
        "::/129",
        "10.0.0.1/x",
        "1.1.1.1 2.2.2.2",
    ] {
        let error = TrustedProxies::parse(&[wrong.to_owned()]).unwrap_err();
        assert!(format!("{error:#}").contains(wrong), "{error:#}");
    }
}
