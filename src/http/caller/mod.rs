//! Who calls: from the `Authorization` header to an [`Actor`].

mod authorization;
mod hashing;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::app::AppState;
use crate::domain::users::{credentials, password};
use crate::domain::{self, Actor};
use crate::http::error::ApiError;
use crate::http::serve::PeerAddress;

use authorization::Authorization;
use hashing::Hashing;

/// What a wrong password, an unknown user, a disabled user and a user without a password read alike.
const WRONG_LOGIN: &str = "Wrong username or password.";

/// Passwords, tokens and the lockout.
#[derive(Debug)]
pub struct Callers {
    hashing: Hashing,
}

impl Callers {
    /// Nobody is known yet.
    #[must_use]
    pub fn new() -> Self {
        password::prepare();
        Self {
            hashing: Hashing::new(),
        }
    }
}

impl Default for Callers {
    fn default() -> Self {
        Self::new()
    }
}

/// Find out who calls from the `Authorization` header. Errors: 401, 429 while the address is blocked.
pub async fn authenticate(app: &AppState, parts: &Parts) -> Result<Actor, ApiError> {
    let refuse = |text| ApiError::Unauthorized {
        text,
        challenge: challenge(&parts.headers),
    };
    match authorization::read(&parts.headers).map_err(refuse)? {
        Authorization::Basic { login, password } => {
            let account = log_in(app, &login, password).await?;
            let ip_address = parts
                .extensions
                .get::<PeerAddress>()
                .map(|peer| peer.0.ip().to_string());
            Ok(account
                .ok_or_else(|| refuse(WRONG_LOGIN))?
                .into_actor(app.clock.now(), ip_address))
        }
        Authorization::Bearer(_) => Err(refuse("The token is not valid.")),
    }
}

/// The account that `login` and `password` open.
async fn log_in(
    app: &AppState,
    login: &str,
    password: String,
) -> Result<Option<credentials::Account>, ApiError> {
    if password.len() > password::MAX_BYTES {
        return Err(domain::Error::invalid("password", "is longer than 1,024 bytes").into());
    }
    let account = {
        let mut conn = app.db.read().await?;
        credentials::by_login(&mut conn, login).await?
    };
    let account = account.filter(|account| !account.is_disabled());
    let stored = account
        .as_ref()
        .and_then(|account| account.password_hash().map(str::to_owned));
    let matches = app.callers.hashing.verify(password, stored).await?;
    Ok(account.filter(|_| matches))
}

/// What a 401 asks for. Browsers would keep what a person types then and send it along from any page, so requests
/// of theirs (they carry `Sec-Fetch-*`) are not asked.
fn challenge(headers: &HeaderMap) -> Option<&'static str> {
    let from_browser = headers
        .keys()
        .any(|name| name.as_str().starts_with("sec-fetch-"));
    (!from_browser).then_some("Basic realm=\"Ferrodesk\"")
}

/// The actor that [`authenticate`] found; set by `api::table` before a handler runs.
impl FromRequestParts<AppState> for Actor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _app: &AppState) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| domain::Error::internal("a handler without a caller").into())
    }
}
