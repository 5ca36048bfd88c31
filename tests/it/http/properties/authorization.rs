use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use ferrodesk::http::caller::authorization::{Authorization, read};
use proptest::prelude::*;

use super::holds;

fn headers(value: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.append("authorization", HeaderValue::from_bytes(value).unwrap());
    headers
}

/// A scheme in any case.
fn scheme(name: &'static str) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<bool>(), name.len()).prop_map(move |upper| {
        let letters = name.chars().zip(upper);
        letters
            .map(|(letter, upper)| {
                if upper {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                }
            })
            .collect()
    })
}

fn basic(found: Result<Authorization, &'static str>) -> Option<(String, String)> {
    match found {
        Ok(Authorization::Basic { login, password }) => Some((login, password)),
        _ => None,
    }
}

#[test]
fn a_login_and_a_password_come_back_whatever_they_hold() {
    let logins = prop_oneof![
        "[^:]{0,12}",
        "[A-Z]{1,8}\\\\[a-z.]{1,8}",
        "[a-z.]{1,8}@[a-z.]{1,8}"
    ];
    let parts = (
        scheme("basic"),
        "[ \t]{1,4}",
        logins,
        any::<String>(),
        any::<bool>(),
        "[ \t]{0,2}",
    );
    holds(&parts, |(scheme, blanks, login, password, pads, after)| {
        let plain = format!("{login}:{password}");
        let encoded = if pads {
            BASE64_STANDARD.encode(&plain)
        } else {
            BASE64_STANDARD_NO_PAD.encode(&plain)
        };
        let value = format!("{scheme}{blanks}{encoded}{after}");
        prop_assert_eq!(
            basic(read(&headers(value.as_bytes()))),
            Some((login, password))
        );
        Ok(())
    });
}

#[test]
fn what_is_no_utf_8_is_read_as_iso_8859_1() {
    let bytes = prop::collection::vec(any::<u8>(), 0..24);
    holds(&bytes, |bytes| {
        let value = format!("Basic {}", BASE64_STANDARD.encode(&bytes));
        let text = match String::from_utf8(bytes.clone()) {
            Ok(text) => text,
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        };
        let expected = text
            .split_once(':')
            .map(|(login, password)| (login.to_owned(), password.to_owned()));
        prop_assert_eq!(basic(read(&headers(value.as_bytes()))), expected);
        Ok(())
    });
}

#[test]
fn a_token_comes_back_behind_any_blanks() {
    let parts = (scheme("bearer"), "[ \t]{1,4}", "[!-~]{1,64}", "[ \t]{0,3}");
    holds(&parts, |(scheme, blanks, token, after)| {
        let value = format!("{scheme}{blanks}{token}{after}");
        prop_assert!(read(&headers(value.as_bytes())) == Ok(Authorization::Bearer(token)));
        Ok(())
    });
}

#[test]
fn no_header_breaks_the_reader() {
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        "(?i:basic|bearer|digest|bäsic)?[ \t]{0,3}[A-Za-z0-9+/=._-]{0,40}"
            .prop_map(String::into_bytes),
    ];
    holds(&prop::collection::vec(value, 0..3), |values| {
        let mut headers = HeaderMap::new();
        for value in values {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append("authorization", value);
            }
        }
        match read(&headers) {
            Ok(Authorization::Bearer(token)) => prop_assert!(!token.is_empty()),
            Ok(Authorization::Basic { login, .. }) => prop_assert!(!login.contains(':')),
            Err(text) => prop_assert!(text.ends_with('.')),
        }
        prop_assert!(
            headers.get_all("authorization").iter().count() == 1 || read(&headers).is_err()
        );
        Ok(())
    });
}
