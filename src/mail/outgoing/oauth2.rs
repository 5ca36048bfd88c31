//! Tokens for logins (XOAUTH2), fetched by a refresh token and kept as long as they are good.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::mail_settings::OAuth2;
use crate::mail::access_tokens::{self, Asking, Grant};
use crate::outbound::Outbound;

use super::failure::{Failure, Meaning, Step};

/// A token is not used any more so long before it ends.
const MARGIN: Duration = Duration::from_mins(1);
/// How long a token is good whose server does not say.
const USUAL: u64 = 3_600;

/// The token that is good now.
#[derive(Default)]
pub(super) struct Tokens {
    /// The refresh token, when it is another one than that of the settings by now.
    refresh: Mutex<Option<String>>,
    kept: Mutex<Option<(String, Instant)>>,
    /// One fetches, the others wait for it.
    fetching: tokio::sync::Mutex<()>,
}

/// A token as it was fetched.
pub(super) struct Token {
    pub(super) text: String,
    /// It was there already.
    pub(super) is_old: bool,
    /// The refresh token that came with it: the one before may be dead.
    pub(super) new_refresh: Option<String>,
}

impl Tokens {
    /// A token.
    pub(super) async fn get(&self, oauth2: &OAuth2, outbound: &Outbound) -> Result<Token, Failure> {
        if let Some(token) = self.kept() {
            return Ok(token);
        }
        let _turn = self.fetching.lock().await;
        if let Some(token) = self.kept() {
            return Ok(token);
        }
        let mut asked = oauth2.clone();
        if let Some(refresh) = lock(&self.refresh).clone() {
            asked.refresh_token = refresh;
        }
        let answer = fetch(&asked, outbound).await?;
        let seconds = answer.expires_in.unwrap_or(USUAL);
        let until = Instant::now() + Duration::from_secs(seconds).saturating_sub(MARGIN);
        *lock(&self.kept) = Some((answer.access_token.clone(), until));
        let new_refresh = answer.refresh_token;
        let new_refresh = new_refresh.filter(|new| !new.is_empty() && *new != asked.refresh_token);
        if let Some(new) = &new_refresh {
            self.adopt(new);
        }
        Ok(Token {
            text: answer.access_token,
            is_old: false,
            new_refresh,
        })
    }

    /// From now on the refresh token is this one.
    pub(super) fn adopt(&self, refresh_token: &str) {
        *lock(&self.refresh) = Some(refresh_token.to_owned());
    }

    /// The token was refused.
    pub(super) fn forget(&self) {
        *lock(&self.kept) = None;
    }

    fn kept(&self) -> Option<Token> {
        let kept = lock(&self.kept);
        let (token, until) = kept.as_ref()?;
        (Instant::now() < *until).then(|| Token {
            text: token.clone(),
            is_old: true,
            new_refresh: None,
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn fetch(oauth2: &OAuth2, outbound: &Outbound) -> Result<Grant, Failure> {
    let asking = Asking {
        token_url: &oauth2.token_url,
        client_id: &oauth2.client_id,
        client_secret: &oauth2.client_secret,
        refresh_token: &oauth2.refresh_token,
    };
    access_tokens::fetch(asking, outbound)
        .await
        .map_err(|trouble| Failure::new(Step::Token, Meaning::Server, trouble.to_string()))
}
