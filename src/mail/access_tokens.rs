//! Tokens for logins (XOAUTH2), fetched by a refresh token (OAuth 2, RFC 6749 section 6).

use serde::Deserialize;

use crate::outbound::{Call, Outbound};

/// The longest answer: tokens have up to some kilobytes.
const LONGEST_ANSWER: usize = 32 * 1024;

/// Who asks for a token, and where.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    /// The token endpoint.
    pub(crate) token_url: &'a str,
    /// Its name there.
    pub(crate) client_id: &'a str,
    /// Its secret; empty: none.
    pub(crate) client_secret: &'a str,
    /// What gives it the right.
    pub(crate) refresh_token: &'a str,
}

/// What it was given.
#[derive(Deserialize)]
pub(crate) struct Grant {
    /// The token.
    pub(crate) access_token: String,
    /// The refresh token from now on: the one before may be dead.
    pub(crate) refresh_token: Option<String>,
    /// How many seconds the token is good.
    pub(crate) expires_in: Option<u64>,
}

/// Why it was given none, in a sentence without any secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// Nobody answered.
    #[error("the server for logins: {0}")]
    Unreachable(String),
    /// It was refused.
    #[error("the server for logins answered {0}")]
    Refused(String),
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Fetch a token, by the one client of the program, which calls internal addresses only if the operator says so.
pub(crate) async fn fetch(asking: Asking<'_>, outbound: &Outbound) -> Result<Grant, Trouble> {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let call = Call {
        method: "POST".to_owned(),
        url: asking.token_url.to_owned(),
        headers: vec![
            header("content-type", "application/x-www-form-urlencoded"),
            header("accept", "application/json"),
        ],
        body: asking.form(),
    };
    let answer = outbound
        .call_keeping(call, LONGEST_ANSWER)
        .await
        .map_err(|failure| Trouble::Unreachable(failure.to_string()))?;
    if let Ok(grant) = serde_json::from_str::<Grant>(&answer.body)
        && answer.status == 200
        && is_token(&grant.access_token)
    {
        return Ok(grant);
    }
    // Its reasons are fixed words and a sentence; whatever else it sends is told to nobody.
    let reason = match serde_json::from_str::<Refusal>(&answer.body) {
        Ok(refusal) => format!("{} {}", refusal.error, refusal.error_description),
        Err(_) => "it sent no token".to_owned(),
    };
    let reason: String = reason
        .chars()
        .filter(|letter| !letter.is_control())
        .take(200)
        .collect();
    let (status, reason) = (answer.status, reason.trim());
    Err(Trouble::Refused(format!("{status}: {reason}")))
}

impl Asking<'_> {
    fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", self.refresh_token)
            .append_pair("client_id", self.client_id);
        if !self.client_secret.is_empty() {
            form.append_pair("client_secret", self.client_secret);
        }
        form.finish()
    }
}

/// It goes into a line of a conversation.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
