//! One line of the log for each request: what was asked, by whom, how it ended. Never a header with a secret, never
//! a body; passwords and tokens that arrive in a query are masked.

use std::borrow::Cow;
use std::fmt;
use std::time::Instant;

use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use percent_encoding::percent_decode_str;

use crate::domain::ids::UserId;

use super::caller::{Callers, ClientAddress};

/// Who called; `api::table` leaves it in the extensions of the answer.
#[derive(Clone, Copy, Debug)]
pub struct LoggedUser(pub UserId);

/// Symbols of a field that are kept.
const MAX_SYMBOLS: usize = 512;

/// What is known of a request before it is answered.
#[derive(Debug)]
pub struct RequestLine {
    began: Instant,
    method: Method,
    uri: Uri,
    client: ClientAddress,
    user_agent: Option<HeaderValue>,
}

impl RequestLine {
    /// Begin with a request as it came. `None` when nobody reads the log.
    #[must_use]
    pub fn begin(request: &Parts, callers: &Callers) -> Option<Self> {
        tracing::enabled!(tracing::Level::INFO).then(|| Self {
            began: Instant::now(),
            method: request.method.clone(),
            uri: request.uri.clone(),
            client: callers.client_of(request),
            user_agent: request.headers.get(header::USER_AGENT).cloned(),
        })
    }

    /// Write the line.
    pub fn end(self, status: StatusCode, user: Option<LoggedUser>, request_id: &str) {
        let agent = self.user_agent.as_ref().map(HeaderValue::as_bytes);
        let agent = String::from_utf8_lossy(agent.unwrap_or_default());
        tracing::info!(
            method = %self.method,
            path = %Escaped(self.uri.path()),
            query = %Escaped(&masked(self.uri.query().unwrap_or_default())),
            status = status.as_u16(),
            duration_ms = self.began.elapsed().as_secs_f64() * 1000.0,
            user.id = user.map(|user| user.0.0),
            client = %self.client,
            request_id,
            user_agent = %Escaped(&agent),
            "request"
        );
    }
}

/// A text on one line, without control characters, cut to a bearable length.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for symbol in self.0.chars().take(MAX_SYMBOLS) {
            // Besides the control characters those that turn or break a line.
            let breaks = matches!(symbol, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if symbol.is_control() || breaks || symbol == '"' || symbol == '\\' {
                write!(f, "{}", symbol.escape_default())?;
            } else {
                f.write_char(symbol)?;
            }
        }
        Ok(())
    }
}

/// A query whose secrets and personal contents are masked: the vendor's API takes passwords there.
#[must_use]
pub fn masked(query: &str) -> Cow<'_, str> {
    if query.is_empty() {
        return Cow::Borrowed(query);
    }
    let mut line = String::with_capacity(query.len());
    for pair in query.split('&') {
        if !line.is_empty() {
            line.push('&');
        }
        match pair.split_once('=') {
            Some((name, value))
                if is_secret(name) || value.contains('@') || value.contains("%40") =>
            {
                line.push_str(name);
                line.push_str("=***");
            }
            _ => line.push_str(pair),
        }
    }
    Cow::Owned(line)
}

/// Whether the value of a parameter of this name is kept out of the log. Names are matched as the parameter
/// extractor matches them.
fn is_secret(name: &str) -> bool {
    let name: String = percent_decode_str(name)
        .decode_utf8_lossy()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|symbol| symbol.to_ascii_lowercase())
        .collect();
    let field = name.strip_prefix("cf").unwrap_or("-");
    matches!(name.as_str(), "value" | "body" | "notes" | "customfields")
        || ["pass", "pwd", "secret", "token", "email", "key"]
            .iter()
            .any(|part| name.contains(part))
        || (!field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit()))
}
