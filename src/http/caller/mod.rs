//! Who calls: from the `Authorization` header to an [`Actor`].

pub mod authorization;
mod client;
mod cross_site;
pub(super) mod known;
mod login;
mod presence;
mod token_uses;
mod turns;
mod verified;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};

use crate::app::AppState;
use crate::domain::users::admission::Admission;
use crate::domain::users::credentials::Account;
use crate::domain::users::hashing::Hashing;
use crate::domain::users::password;
use crate::domain::users::tokens::{self, Presented, Scope};
use crate::domain::{self, Actor, Db};
use crate::http::error::ApiError;
use crate::http::limits::{Budget, Rate};
use crate::settings::Settings;

use authorization::Authorization;
use known::Known;
use presence::Presence;
use token_uses::TokenUses;
use turns::Turns;
use verified::Verified;

pub(crate) use client::Network;
pub use client::{ClientAddress, TrustedProxies};
pub use cross_site::{refuse_cross_site, refuse_every_other_site};
pub use login::refuse_blocked;

/// What a wrong password, an unknown user, a disabled user and a user without a password read alike.
const WRONG_LOGIN: &str = "Wrong username or password.";
/// What every token that is no good reads; the log may say more.
const WRONG_TOKEN: &str = "The token is not valid.";

/// What it takes to know a caller: proxies to believe, passwords that were right, logins under way.
#[derive(Debug)]
pub struct Callers {
    proxies: TrustedProxies,
    hashing: Hashing,
    turns: Turns,
    verified: Verified,
    known: Arc<Known>,
    presence: Presence,
    token_uses: TokenUses,
}

impl Callers {
    /// Nobody is known yet. Errors: `TrustedProxies` cannot be read.
    pub fn new(settings: &Settings, db: Db) -> anyhow::Result<Self> {
        password::prepare();
        // A login holds a connection that writes while it hashes: half of those stay for everybody else.
        let logins = usize::try_from(settings.limits.database_connections / 4)?;
        let known = Arc::new(Known::new());
        tokio::spawn(known::watch(db.clone(), Arc::downgrade(&known)));
        Ok(Self {
            proxies: TrustedProxies::parse(&settings.trusted_proxies)?,
            hashing: Hashing::new(logins),
            turns: Turns::default(),
            verified: Verified::new()?,
            known,
            presence: Presence::start(db.clone()),
            token_uses: TokenUses::start(db),
        })
    }

    /// The client of a request, behind the proxies that are believed.
    #[must_use]
    pub fn client_of(&self, parts: &Parts) -> ClientAddress {
        self.proxies.client_of(parts)
    }

    /// The cores that may hash passwords: there is one such set, for logins and new passwords together.
    #[must_use]
    pub fn hashing(&self) -> &Hashing {
        &self.hashing
    }

    /// Somebody's rights have changed: the next call of everybody asks the database who he is.
    pub fn forget(&self) {
        self.known.forget();
    }

    /// How many passwords were hashed to answer logins since the start.
    #[must_use]
    pub fn hashed_passwords(&self) -> u64 {
        self.hashing.verified()
    }
}

/// Find out who calls from the `Authorization` header, and what lets him in. Errors: 401, 429 while the address is
/// blocked.
pub async fn authenticate(app: &AppState, parts: &Parts) -> Result<(Actor, Admission), ApiError> {
    let client = app.callers.client_of(parts);
    let authorization = authorization::read(&parts.headers)
        .map_err(|text| refuse(app, client, text, basic_challenge(&parts.headers)))?;
    let (caller, text, challenge) = match authorization {
        Authorization::Basic { login, password } => (
            login::log_in(app, client, &login, password)
                .await?
                .map(Caller::of),
            WRONG_LOGIN,
            basic_challenge(&parts.headers),
        ),
        Authorization::Bearer(token) => (
            open_token(app, &token).await?,
            WRONG_TOKEN,
            Some("Bearer error=\"invalid_token\""),
        ),
    };
    let caller = caller.ok_or_else(|| refuse(app, client, text, challenge))?;
    let now = app.clock.now();
    let admission = caller.admission();
    let mut actor = caller.account.to_actor(now, Some(client.to_string()));
    app.callers.presence.saw(&actor, &parts.headers);
    if let Some(token) = caller.token {
        actor.token = Some(token.id);
        actor.read_only = token.scope == Scope::Read;
        app.callers.token_uses.saw(&token, client, now);
    }
    Ok((actor, admission))
}

/// Who proved to be who.
struct Caller {
    account: Arc<Account>,
    /// The token that he named and calls with.
    token: Option<Presented>,
    /// Of a token of either kind: the epoch it belongs to.
    epoch: Option<i32>,
    /// When his token ends by itself.
    ends_at: Option<DateTime<Utc>>,
}

impl Caller {
    /// By his password.
    fn of(account: Arc<Account>) -> Self {
        Self {
            account,
            token: None,
            epoch: None,
            ends_at: None,
        }
    }

    fn admission(&self) -> Admission {
        Admission {
            user: self.account.user_id(),
            token_version: self.account.token_version(),
            epoch: self.epoch,
            token: self.token.map(|token| token.id),
            ends_at: self.ends_at,
        }
    }
}

/// Whoever a token of either kind lets in.
async fn open_token(app: &AppState, token: &str) -> domain::Result<Option<Caller>> {
    let (db, known, now) = (&app.db, &app.callers.known, app.clock.now());
    if tokens::is_named(token) {
        let named = app.tokens.open_named(db, known, token, now).await?;
        return Ok(named.map(|named| Caller {
            account: named.account,
            token: Some(named.token),
            epoch: Some(named.epoch),
            ends_at: named.token.expires_at,
        }));
    }
    let opened = app.tokens.open(db, known, token, now).await?;
    Ok(opened.map(|opened| Caller {
        account: opened.account,
        token: None,
        epoch: Some(opened.epoch),
        ends_at: opened.ends_at,
    }))
}

/// A 401, or a 429 when this client had too many of them: whoever tries tokens is slowed down.
fn refuse(
    app: &AppState,
    client: ClientAddress,
    text: &'static str,
    challenge: Option<&'static str>,
) -> ApiError {
    let budget = Budget {
        caller: client.key(),
        method: "401",
        writes: false,
        rate: Rate::Usual,
    };
    app.rates
        .count(budget)
        .refusal
        .unwrap_or(ApiError::Unauthorized { text, challenge })
}

/// What a 401 asks for. Browsers would keep what a person types then and send it along from any page, so requests
/// of theirs (they carry `Sec-Fetch-*`) are not asked.
fn basic_challenge(headers: &HeaderMap) -> Option<&'static str> {
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

/// What let the actor in; set beside him.
impl FromRequestParts<AppState> for Admission {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _app: &AppState) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| domain::Error::internal("a handler without a caller").into())
    }
}
