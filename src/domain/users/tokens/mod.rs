//! API tokens that users name: several each, bound in scope and time, shown once, ended one by one.
//!
//! A token is random and opaque. What is stored is its hash under a key that follows from the instance key, the shared
//! secret and its epoch, so that a copy of the table opens nothing and a change of the shared secret ends all of them.

mod repo;
mod service;
mod uses;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::hmac;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::ids::{TokenId, UserId};

pub use repo::{find_by_hash, not_revoked};
pub use service::{create, find, issued, list, revoke};
pub use uses::{TokenUse, record_uses};

/// How every token begins, so that people and scanners of secrets know one when they see it.
const PREFIX: &str = "fd_";
/// Base64 of 32 bytes without padding.
const RANDOM_CHARACTERS: usize = 43;

/// What a token allows of all that its user may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Scope {
    /// Reading.
    Read,
    /// Everything.
    Full,
}

impl Scope {
    /// As it is stored.
    fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Full => "full",
        }
    }
}

/// What is decided about a token when it is made; afterwards it can only be revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenDraft {
    /// What its user calls it.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// When it ends; by itself never, unless told.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A token as its keepers see it. The token itself is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Token {
    /// Its number.
    pub id: TokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// What its user calls it.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// It opens the API: it is neither revoked nor expired, and no change of the password, of the user or of the shared
    /// secret has ended it.
    pub active: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The address it was last used from.
    pub last_used_from: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A token that was presented and is stored, as far as its own row says: whether it opens anything depends on its
/// user, the installation and the time as well.
#[derive(Clone, Copy, Debug)]
pub struct Presented {
    /// The token.
    pub id: TokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it allows.
    pub scope: Scope,
    /// The version of its user's tokens that it belongs to.
    pub token_version: i32,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Presented {
    /// Its time is over.
    #[must_use]
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// The key of the hashes, as it follows from one state of the installation.
#[derive(Debug)]
pub struct TokenKey {
    key: hmac::Key,
    epoch: i32,
}

/// A token as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenKey {
    /// The key of these bytes, which belong to an epoch of the shared secret.
    #[must_use]
    pub fn new(bytes: &[u8; 32], epoch: i32) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, bytes),
            epoch,
        }
    }

    /// The hash of a token. None: it has not the form of one. Whoever tries tokens learns nothing from how long the
    /// look-up of a hash takes, for he cannot tell what hash his guess has.
    #[must_use]
    pub fn hash(&self, token: &str) -> Option<TokenHash> {
        let random = token.strip_prefix(PREFIX)?;
        let is_random = random.len() == RANDOM_CHARACTERS
            && random
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !is_random {
            return None;
        }
        let tag = hmac::sign(&self.key, token.as_bytes());
        tag.as_ref().first_chunk().copied().map(TokenHash)
    }

    /// What is stored in the place of a hash of something with a secret in it that people chose: from the plain hash
    /// whoever has a copy of the database would guess the secret. A token is longer, so neither passes for the other.
    #[must_use]
    pub fn seal(&self, hash: &[u8; 32]) -> Option<[u8; 32]> {
        hmac::sign(&self.key, hash).as_ref().first_chunk().copied()
    }
}

/// Whether a text claims to be a token of this kind.
#[must_use]
pub fn is_named(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// A new token.
fn random() -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_prefix_and_32_random_bytes_and_nothing_else_has_a_hash() {
        let key = TokenKey::new(&[7; 32], 1);
        let token = random().unwrap();
        assert_ne!(random().unwrap(), token);
        assert!(is_named(&token));
        assert!(key.hash(&token).is_some());
        let other = TokenKey::new(&[8; 32], 1);
        assert_ne!(key.hash(&token), other.hash(&token));
        for wrong in [
            token.trim_start_matches(PREFIX),
            &token[..45],
            &format!("{token}A"),
            &format!("{}=", &token[..45]),
            &token.to_uppercase(),
            "fd_",
            "",
        ] {
            assert_eq!(key.hash(wrong), None, "{wrong}");
        }
    }
}
