//! Tokens for logins (XOAUTH2), fetched by a refresh token and kept as long as they are good.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use crate::domain::mail_settings::OAuth2;
use crate::outbound::{Call, Outbound};

use super::failure::{Failure, Meaning, Step};

/// A token is not used any more so long before it ends.
const MARGIN: Duration = Duration::from_mins(1);
/// How long a token is good whose server does not say.
const USUAL: u64 = 3_600;
/// The longest answer: tokens have up to some kilobytes.
const LONGEST_ANSWER: usize = 16 * 1024;

/// The token that is good now.
#[derive(Default)]
pub(super) struct Tokens {
    kept: Mutex<Option<(String, Instant)>>,
    /// One fetches, the others wait for it.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Tokens {
    /// A token; true: it was there already.
    pub(super) async fn get(
        &self,
        oauth2: &OAuth2,
        outbound: &Outbound,
    ) -> Result<(String, bool), Failure> {
        if let Some(token) = self.kept() {
            return Ok((token, true));
        }
        let _turn = self.fetching.lock().await;
        if let Some(token) = self.kept() {
            return Ok((token, true));
        }
        let (token, seconds) = fetch(oauth2, outbound).await?;
        let good = Duration::from_secs(seconds).saturating_sub(MARGIN);
        let until = Instant::now() + good;
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((token.clone(), until));
        Ok((token, false))
    }

    /// The token was refused.
    pub(super) fn forget(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn kept(&self) -> Option<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (token, until) = kept.as_ref()?;
        (Instant::now() < *until).then(|| token.clone())
    }
}

fn form(oauth2: &OAuth2) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token")
        .append_pair("refresh_token", &oauth2.refresh_token)
        .append_pair("client_id", &oauth2.client_id);
    if !oauth2.client_secret.is_empty() {
        form.append_pair("client_secret", &oauth2.client_secret);
    }
    form.finish()
}

async fn fetch(oauth2: &OAuth2, outbound: &Outbound) -> Result<(String, u64), Failure> {
    let failed = |text: String| Failure::new(Step::Token, Meaning::Server, text);
    let call = Call {
        method: "POST".to_owned(),
        url: oauth2.token_url.clone(),
        headers: vec![
            (
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            ),
            ("accept".to_owned(), "application/json".to_owned()),
        ],
        body: form(oauth2),
    };
    let answer = outbound
        .call_keeping(call, LONGEST_ANSWER)
        .await
        .map_err(|error| failed(format!("the server for logins: {error}")))?;
    if let Ok(Answer {
        access_token,
        expires_in,
    }) = serde_json::from_str(&answer.body)
        && answer.status == 200
        && is_token(&access_token)
    {
        return Ok((access_token, expires_in.unwrap_or(USUAL)));
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
    let status = answer.status;
    Err(failed(format!(
        "the server for logins answered {status}: {}",
        reason.trim()
    )))
}

/// It goes into a line of the conversation.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
