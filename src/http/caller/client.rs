//! Which client calls: his address behind the proxies that are believed, and the key under which his wrong
//! passwords are counted.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::http::serve::PeerAddress;

/// What proxies write the client's address into.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of a client; of a v4 client in its v4 form, whatever socket he came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// The key of the lockout and of limits without a user: the IPv4 address, or the /64 of an IPv6 one, since a
    /// host walks through its /64 as it likes.
    #[must_use]
    pub fn key(self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let network = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
                format!("{network}/64")
            }
        }
    }
}

impl std::fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// `TrustedProxies`: the peers whose `X-Forwarded-For` is believed. Nobody is, by default: the header is written by
/// whoever likes to evade the lockout, or to turn it on somebody else.
#[derive(Debug)]
pub struct TrustedProxies {
    networks: Vec<Network>,
    warned: AtomicBool,
}

/// Addresses that begin with the same bits. IPv4 lies in it as IPv4-mapped IPv6.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network {
    bits: u128,
    mask: u128,
}

impl Network {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let (address, length) = match text.trim().split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse()?;
        let (bits, width) = match address {
            IpAddr::V4(v4) => (v4.to_ipv6_mapped().to_bits(), 32),
            IpAddr::V6(v6) => (v6.to_bits(), 128),
        };
        let length: u32 = length.map_or(Ok(width), str::parse)?;
        anyhow::ensure!(length <= width, "the prefix is longer than the address");
        let mask = u128::MAX.checked_shl(width - length).unwrap_or(0);
        Ok(Self {
            bits: bits & mask,
            mask,
        })
    }

    /// All of these. Errors: one that is neither an address nor a network.
    pub(crate) fn parse_all(texts: &[String]) -> anyhow::Result<Vec<Self>> {
        texts
            .iter()
            .filter(|text| !text.trim().is_empty())
            .map(|text| {
                Self::parse(text)
                    .with_context(|| format!("\"{text}\" is no address and no network"))
            })
            .collect()
    }

    /// Whether an address begins with these bits.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        let bits = match address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        bits & self.mask == self.bits
    }
}

impl TrustedProxies {
    /// Read addresses and networks such as `10.0.0.0/8`. Errors: one that is neither.
    pub fn parse(texts: &[String]) -> anyhow::Result<Self> {
        let networks = Network::parse_all(texts).context("TrustedProxies")?;
        Ok(Self {
            networks,
            warned: AtomicBool::new(false),
        })
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(address))
    }

    /// The client of a request: the peer, or what the proxies that are trusted say of him.
    #[must_use]
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> ClientAddress {
        let peer = peer.ip().to_canonical();
        if !self.trust(peer) {
            if headers.contains_key(FORWARDED_FOR) && !self.warned.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    %peer,
                    "requests carry X-Forwarded-For, but their peer is not among TrustedProxies: if it is your \
                     proxy, every client behind it shares one lockout"
                );
            }
            return ClientAddress(peer);
        }
        let mut client = peer;
        let hops = headers
            .get_all(FORWARDED_FOR)
            .iter()
            .rev()
            .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        for hop in hops {
            // What cannot be read was not written by a proxy of ours: the last good hop is all that is known.
            let Some(address) = address_of(hop) else {
                break;
            };
            client = address;
            if !self.trust(client) {
                break;
            }
        }
        ClientAddress(client)
    }

    /// The client of a request; see [`TrustedProxies::client`].
    #[must_use]
    pub fn client_of(&self, parts: &Parts) -> ClientAddress {
        let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
        let peer = parts.extensions.get::<PeerAddress>();
        self.client(peer.map_or(unknown, |peer| peer.0), &parts.headers)
    }
}

/// `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:443`.
fn address_of(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let address = text
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| {
            let inner = text.strip_prefix('[')?.strip_suffix(']')?;
            inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
        })?;
    Some(address.to_canonical())
}
