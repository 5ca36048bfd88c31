//! Which addresses are out in the world.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not, with the bits that name them.
const INTERNAL: [([u8; 4], u32); 15] = [
    // This network, and the unspecified address.
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    // Shared by the customers of a carrier.
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    // Link-local, with the metadata services of clouds.
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast.
    ([224, 0, 0, 0], 4),
    // Reserved, and broadcast.
    ([240, 0, 0, 0], 4),
];

/// Networks within the global ones of IPv6 that are not, or that hold an address of IPv4.
const INTERNAL_6: [([u16; 2], u32); 5] = [
    // Protocols, Teredo among them.
    ([0x2001, 0x0000], 23),
    ([0x2001, 0x0db8], 32),
    // 6to4.
    ([0x2002, 0x0000], 16),
    ([0x3fff, 0x0000], 20),
    // Unique local addresses are outside of 2000::/3 already; the old 6bone is within.
    ([0x3ffe, 0x0000], 16),
];

/// Whether an address belongs to somebody out in the world.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(address) => is_public_4(address),
            None => is_public_6(address),
        },
    }
}

/// What is no server's address wherever it stands: unspecified, multicast, broadcast, link-local.
pub(super) fn is_no_server(address: IpAddr) -> bool {
    let of_4 = |address: Ipv4Addr| {
        let [first, ..] = address.octets();
        first == 0 || address.is_multicast() || address.is_broadcast() || address.is_link_local()
    };
    match address {
        IpAddr::V4(address) => of_4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(address) => of_4(address),
            None => {
                address.is_unspecified()
                    || address.is_multicast()
                    || address.is_unicast_link_local()
            }
        },
    }
}

fn is_public_4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    let is_within = |(network, length): &([u8; 4], u32)| {
        let network = u32::from_be_bytes(*network);
        (bits ^ network).leading_zeros() >= *length
    };
    !INTERNAL.iter().any(is_within)
}

fn is_public_6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let bits = u32::from(first) << 16 | u32::from(second);
    let is_within = |([first, second], length): &([u16; 2], u32)| {
        let network = u32::from(*first) << 16 | u32::from(*second);
        (bits ^ network).leading_zeros() >= *length
    };
    // 2000::/3 is all that is given out.
    first >> 13 == 1 && !INTERNAL_6.iter().any(is_within)
}

/// What comes before an address of IPv4 in `::ffff:127.0.0.1` and in `64:ff9b::127.0.0.1`.
const EMBEDDING: [[u8; 12]; 2] = [
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
    [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0],
];

/// The address of IPv4 in one of IPv6.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let (before, last) = octets.split_last_chunk::<4>()?;
    let is_embedding = EMBEDDING.iter().any(|known| known == before);
    is_embedding.then(|| Ipv4Addr::from(*last))
}
