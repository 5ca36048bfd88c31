//! What tells a mail from others, found without reading it: a mail that cannot be read must be stored as well.

use std::fmt::Write as _;

use ring::digest;

/// How much of a mail is searched for its Message-ID.
const HEADER_BYTES: usize = 1024 * 1024;

/// The longest Message-ID: no line of a mail is longer.
const LONGEST: usize = 998;

/// What tells a mail from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// SHA-256 of its bytes.
    pub(super) sha256: Vec<u8>,
    /// Its Message-ID without angle brackets; empty when it has none, or one that nobody can refer to.
    pub(super) message_id: String,
    /// The Message-ID, or the SHA-256 in hexadecimal digits.
    pub(super) key: String,
}

/// Of these bytes.
pub(super) fn of(raw: &[u8]) -> Identity {
    let sha256 = digest::digest(&digest::SHA256, raw).as_ref().to_vec();
    let message_id = message_id(raw).unwrap_or_default();
    let key = if message_id.is_empty() {
        sha256.iter().fold(String::new(), |mut text, byte| {
            // Writing into a text does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    } else {
        message_id.clone()
    };
    Identity {
        sha256,
        message_id,
        key,
    }
}

/// The first Message-ID of the header, unfolded.
fn message_id(raw: &[u8]) -> Option<String> {
    let header = raw.get(..HEADER_BYTES).unwrap_or(raw);
    let mut lines = header
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take_while(|line| !line.is_empty());
    let first = lines.by_ref().find_map(|line| {
        let (name, value) = line.split_at_checked("message-id:".len())?;
        name.eq_ignore_ascii_case(b"message-id:").then_some(value)
    })?;
    let mut value = first.to_vec();
    let folded = lines.take_while(|line| line.starts_with(b" ") || line.starts_with(b"\t"));
    value.extend(folded.flatten());
    let value = String::from_utf8(value).ok()?;
    let value = value.trim();
    let value = value.strip_prefix('<').unwrap_or(value);
    let value = value.split('>').next().unwrap_or_default().trim();
    let sound = !value.is_empty()
        && value.len() <= LONGEST
        && !value
            .chars()
            .any(|symbol| symbol.is_control() || symbol.is_whitespace());
    sound.then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_id_is_found_in_any_case_and_folded() {
        for raw in [
            "Message-ID: <a@b>\r\n\r\nx",
            "From: x\r\nMESSAGE-id:<a@b>\r\nTo: y\r\n\r\n",
            "X: y\r\n z\r\nMessage-Id:\r\n\t<a@b>\r\n",
            "Message-ID: a@b\n\n",
            "Message-ID: <a@b> (added by a server)\n\n",
        ] {
            assert_eq!(of(raw.as_bytes()).message_id, "a@b", "{raw}");
        }
    }

    #[test]
    fn a_mail_without_one_is_known_by_its_bytes() {
        let long = format!("Message-ID: <{}@b>\n\n", "a".repeat(2000));
        for raw in [
            "",
            "\r\nMessage-ID: <a@b>\r\n",
            "Message-ID: <>\n\n",
            "Message-ID: <a\0@b>\n\n",
            "Message-ID: <a b@c>\n\n",
            &long,
        ] {
            let identity = of(raw.as_bytes());
            assert_eq!(identity.message_id, "", "{raw}");
            assert_eq!(identity.key.len(), 64);
        }
    }
}
