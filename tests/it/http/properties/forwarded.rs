use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ferrodesk::http::caller::{ClientAddress, TrustedProxies};
use proptest::prelude::*;

use super::holds;

/// What one entry of `X-Forwarded-For` says, and how.
#[derive(Clone, Debug)]
enum Hop {
    Proxy(IpAddr, u8),
    Stranger(IpAddr, u8),
    Garbage(String),
}

impl Hop {
    fn text(&self) -> String {
        match self {
            Self::Proxy(address, form) | Self::Stranger(address, form) => written(*address, *form),
            Self::Garbage(text) => text.clone(),
        }
    }
}

/// An address in one of the ways proxies write it.
fn written(address: IpAddr, form: u8) -> String {
    match (address, form % 4) {
        (IpAddr::V4(v4), 0) => format!("::ffff:{v4}"),
        (IpAddr::V4(v4), 1) => format!("{v4}:4711"),
        (IpAddr::V4(v4), _) => format!(" {v4} "),
        (IpAddr::V6(v6), 0) => format!("[{v6}]"),
        (IpAddr::V6(v6), 1) => format!("[{v6}]:4711"),
        (IpAddr::V6(v6), _) => format!("\t{v6}"),
    }
}

/// Outside of the networks that are trusted.
fn strangers() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<[u8; 3]>().prop_map(|[a, b, c]| IpAddr::V4(Ipv4Addr::new(203, a, b, c))),
        any::<u64>()
            .prop_map(|low| IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(low)))),
    ]
}

fn proxies() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<[u8; 3]>().prop_map(|[a, b, c]| IpAddr::V4(Ipv4Addr::new(10, a, b, c))),
        any::<u64>()
            .prop_map(|low| IpAddr::V6(Ipv6Addr::from_bits(0xfd00 << 112 | u128::from(low)))),
    ]
}

fn trusted() -> TrustedProxies {
    TrustedProxies::parse(&["10.0.0.0/8".to_owned(), "fd00::/16".to_owned()]).unwrap()
}

/// The hops, from left to right, and where the header is broken into lines.
fn hops() -> impl Strategy<Value = Vec<(Hop, bool)>> {
    let hop = prop_oneof![
        3 => (proxies(), any::<u8>()).prop_map(|(address, form)| Hop::Proxy(address, form)),
        2 => (strangers(), any::<u8>()).prop_map(|(address, form)| Hop::Stranger(address, form)),
        1 => "[g-zG-Z0-9 _*;=\".]{0,9}".prop_map(Hop::Garbage),
    ];
    prop::collection::vec((hop, any::<bool>()), 0..7)
}

fn headers(hops: &[(Hop, bool)]) -> HeaderMap {
    let mut lines: Vec<String> = vec![];
    for (hop, breaks) in hops {
        match lines.last_mut() {
            Some(line) if !breaks => *line = format!("{line},{}", hop.text()),
            _ => lines.push(hop.text()),
        }
    }
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("x-forwarded-for", line.parse().unwrap());
    }
    headers
}

fn client(peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
    trusted().client(SocketAddr::new(peer, 4711), headers)
}

#[test]
fn the_client_is_the_first_stranger_from_the_right() {
    holds(&(proxies(), hops()), |(peer, hops)| {
        let mut expected = peer;
        for (hop, _) in hops.iter().rev() {
            match hop {
                Hop::Proxy(address, _) => expected = *address,
                Hop::Stranger(address, _) => {
                    expected = *address;
                    break;
                }
                Hop::Garbage(_) => break,
            }
        }
        let found = client(peer, &headers(&hops));
        prop_assert_eq!(found.to_string(), expected.to_string());
        Ok(())
    });
}

#[test]
fn a_peer_who_is_not_trusted_is_the_client_whatever_he_says() {
    let said = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 0..3);
    holds(&(strangers(), hops(), said), |(peer, hops, said)| {
        let mut headers = headers(&hops);
        for line in said {
            if let Ok(value) = axum::http::HeaderValue::from_bytes(&line) {
                headers.append("x-forwarded-for", value);
            }
        }
        prop_assert_eq!(client(peer, &headers).to_string(), peer.to_string());
        Ok(())
    });
}

/// LOCK-06: whoever walks through his /64 keeps his key, and nobody else has it.
#[test]
fn a_host_keeps_its_key_all_over_its_network() {
    let pairs = (any::<u128>(), any::<u64>(), any::<u64>());
    holds(&pairs, |(address, low, high)| {
        let key = |bits: u128| {
            let address = IpAddr::V6(Ipv6Addr::from_bits(bits));
            client(address, &HeaderMap::new()).key()
        };
        // Not those that stand for IPv4 addresses.
        let address = address | 1 << 127;
        let neighbour = address >> 64 << 64 | u128::from(low);
        prop_assert_eq!(key(address), key(neighbour));
        let elsewhere = (u128::from(high) << 64 | 1 << 127) | u128::from(low);
        prop_assert_eq!(
            key(address) == key(elsewhere),
            address >> 64 == elsewhere >> 64
        );
        Ok(())
    });
    holds(&(any::<u32>(), any::<u32>()), |(one, other)| {
        let key = |address: IpAddr| client(address, &HeaderMap::new()).key();
        let (one, other) = (Ipv4Addr::from_bits(one), Ipv4Addr::from_bits(other));
        prop_assert_eq!(key(one.into()) == key(other.into()), one == other);
        prop_assert_eq!(key(one.to_ipv6_mapped().into()), key(one.into()));
        Ok(())
    });
}
