//! Whose mail it is, by one rule: the one address of the one header From. A name beside it says nothing about that,
//! Reply-To and Sender neither.

use mail_parser::{Addr, Address};

use super::decoding;
use super::header::{self, Header};
use crate::domain::incoming_mail::{NoSender, Sender};
use crate::domain::text;

/// Of one header field, so many addresses are read.
const MOST_ADDRESSES: usize = 500;

/// The longest name kept.
const LONGEST_NAME: usize = 200;

/// Whose mail it is.
pub(super) fn of(header: &Header) -> Result<Sender, NoSender> {
    let mut fields = header.all("from");
    let value = fields.next().ok_or(NoSender::Missing)?;
    if fields.next().is_some() {
        return Err(NoSender::Several);
    }
    // Not everybody reads such a header as we do.
    if header.has_bare_return() || value.contains(&0) {
        return Err(NoSender::Malformed);
    }
    match header::addresses(value).ok_or(NoSender::Malformed)? {
        Address::Group(_) => Err(NoSender::Group),
        Address::List(list) => match list.as_slice() {
            [] => Err(NoSender::Missing),
            [one] => sender(one).ok_or(NoSender::Malformed),
            _ => Err(NoSender::Several),
        },
    }
}

/// Who is meant by the only address of a text such as `Ann <ann@example.com>`.
pub(super) fn in_text(text: &str) -> Option<Sender> {
    match header::addresses(text.as_bytes())? {
        Address::List(list) => match list.as_slice() {
            [one] => sender(one),
            _ => None,
        },
        Address::Group(_) => None,
    }
}

fn sender(of: &Addr<'_>) -> Option<Sender> {
    let address = address(of.address()?)?;
    let name = decoding::one_line(of.name().unwrap_or_default(), LONGEST_NAME);
    // An address in the place of the name is there to be taken for the sender's.
    let name = if name.contains('@') {
        String::new()
    } else {
        name
    };
    Some(Sender { address, name })
}

/// An address as it is compared and shown: the domain in ASCII and lower case, so that a look-alike shows.
pub(super) fn address(text: &str) -> Option<String> {
    let text = text::email("address", text).ok()?;
    let (name, domain) = text.rsplit_once('@')?;
    let is_plain =
        |symbol: char| symbol.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(symbol);
    if !name.chars().all(is_plain) {
        return None;
    }
    let domain = idna::domain_to_ascii(domain).ok()?;
    let sound = !domain.is_empty()
        && domain
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    sound.then(|| format!("{name}@{domain}"))
}

/// The addresses in To and Cc, each once, in order.
pub(super) fn recipients(header: &Header) -> Vec<String> {
    let mut all: Vec<String> = vec![];
    let mut seen = std::collections::HashSet::new();
    for value in header.all("to").chain(header.all("cc")) {
        let Some(addresses) = header::addresses(value) else {
            continue;
        };
        let named = addresses.iter().filter_map(|each| address(each.address()?));
        for address in named.take(MOST_ADDRESSES) {
            if all.len() < MOST_ADDRESSES && seen.insert(address.to_lowercase()) {
                all.push(address);
            }
        }
    }
    all
}

/// Names of addresses that nobody reads.
const UNREAD: &[&str] = &[
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "do-not-reply",
    "do_not_reply",
];

/// Nobody reads what is sent to this address.
pub(super) fn is_no_reply(address: &str) -> bool {
    let name = address
        .split('@')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    UNREAD.iter().any(|unread| {
        name.strip_prefix(unread)
            .is_some_and(|rest| !rest.starts_with(|symbol: char| symbol.is_alphanumeric()))
            || name
                .strip_suffix(unread)
                .is_some_and(|rest| rest.ends_with(['-', '.', '_', '+']))
    })
}
