//! `Security`: keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::reader::Reader;

/// Bytes of the key.
const KEY_LENGTH: usize = 32;

/// `Security:InstanceKey`, checked but left in base64.
pub(super) fn instance_key(reader: &mut Reader<'_>) -> Option<String> {
    let key = reader.text("Security:InstanceKey");
    if key.is_empty() {
        return None;
    }
    if STANDARD
        .decode(key)
        .is_ok_and(|bytes| bytes.len() == KEY_LENGTH)
    {
        return Some(key.to_owned());
    }
    reader.problem(
        "Security:InstanceKey",
        "must be 32 bytes in base64: openssl rand -base64 32",
    );
    None
}
