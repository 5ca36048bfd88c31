//! The `Authorization` header, read as clients send it.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Clients leave the padding out now and then.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How the client says who he is.
#[derive(PartialEq, Eq)]
pub enum Authorization {
    /// A login and a password.
    Basic {
        /// A user name or an e-mail address.
        login: String,
        /// May hold colons.
        password: String,
    },
    /// An API token.
    Bearer(String),
}

/// Read the header. The text of the error says what is wrong with it.
pub fn read(headers: &HeaderMap) -> Result<Authorization, &'static str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values
        .next()
        .ok_or("Authentication is needed: send an Authorization header, Basic or Bearer.")?;
    if values.next().is_some() {
        return Err("There is more than one Authorization header.");
    }
    let value = value.as_bytes().trim_ascii();
    let blank = value.iter().position(u8::is_ascii_whitespace);
    let (scheme, rest) = value.split_at(blank.unwrap_or(value.len()));
    // Field notes, "Authorization": any blanks after the scheme.
    let rest = rest.trim_ascii_start();
    if scheme.eq_ignore_ascii_case(b"basic") {
        basic(rest).ok_or("The Authorization header is not Basic with base64 of login:password.")
    } else if scheme.eq_ignore_ascii_case(b"bearer") {
        match std::str::from_utf8(rest) {
            Ok(token) if !token.is_empty() => Ok(Authorization::Bearer(token.to_owned())),
            _ => Err("The Authorization header is Bearer without a token."),
        }
    } else {
        Err("The Authorization header is neither Basic nor Bearer.")
    }
}

fn basic(encoded: &[u8]) -> Option<Authorization> {
    let decoded = BASE64.decode(encoded).ok()?;
    let text = match String::from_utf8(decoded) {
        Ok(text) => text,
        // Older clients send ISO 8859-1, in which each byte is the character of that number.
        Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
    };
    let (login, password) = text.split_once(':')?;
    Some(Authorization::Basic {
        login: login.to_owned(),
        password: password.to_owned(),
    })
}
