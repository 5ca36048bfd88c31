//! Names of folders as IMAP writes them: UTF-7, modified (RFC 3501, 5.1.3).

use base64::Engine;
use base64::alphabet;
use base64::engine::{GeneralPurpose, general_purpose};

/// BASE64 with a comma in the place of the slash, and nothing to fill up.
fn engine() -> Option<GeneralPurpose> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    let alphabet = alphabet::Alphabet::new(letters).ok()?;
    Some(GeneralPurpose::new(&alphabet, general_purpose::NO_PAD))
}

/// The name of a folder, quoted, for a command.
pub(super) fn quoted(name: &str) -> String {
    let encoded = encoded(name).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{encoded}\"")
}

fn encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    let mut foreign: Vec<u8> = vec![];
    let flush = |foreign: &mut Vec<u8>, encoded: &mut String| {
        if let Some(engine) = engine().filter(|_| !foreign.is_empty()) {
            encoded.push('&');
            encoded.push_str(&engine.encode(&*foreign));
            encoded.push('-');
            foreign.clear();
        }
    };
    for letter in name.chars() {
        if matches!(letter, ' '..='~') {
            flush(&mut foreign, &mut encoded);
            match letter {
                '&' => encoded.push_str("&-"),
                letter => encoded.push(letter),
            }
        } else {
            let mut units = [0_u16; 2];
            for unit in letter.encode_utf16(&mut units) {
                foreign.extend(unit.to_be_bytes());
            }
        }
    }
    flush(&mut foreign, &mut encoded);
    encoded
}
