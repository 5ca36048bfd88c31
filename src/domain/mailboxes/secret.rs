//! Secrets that administrators write and nobody reads: they come in clear and are sealed before they are stored.

use std::fmt;

use serde::{Deserialize, Deserializer};

use crate::error::{Error, Result};
use crate::keys::Keys;

/// The longest one: refresh tokens are long.
const LONGEST: usize = 8000;

/// What a secret is for: sealed for one purpose it opens for no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// The password of a mailbox.
    Password,
    /// The secret of an OAuth 2 client.
    ClientSecret,
    /// An OAuth 2 refresh token.
    RefreshToken,
}

impl SecretKind {
    /// What it is sealed for.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Password => "mailbox password",
            Self::ClientSecret => "mailbox client secret",
            Self::RefreshToken => "mailbox refresh token",
        }
    }

    fn parameter(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ClientSecret => "oauth2.client_secret",
            Self::RefreshToken => "oauth2.refresh_token",
        }
    }
}

/// A secret on its way to the database.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// As it was sent.
    Clear(String),
    /// As it is stored.
    Sealed(String),
    /// To be forgotten: it was sent empty.
    Gone,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(if text.is_empty() {
            Self::Gone
        } else {
            Self::Clear(text)
        })
    }
}

impl Secret {
    /// Sealed under `keys`. Errors: Invalid for what no mail server can take.
    pub fn seal(self, keys: &Keys, kind: SecretKind) -> Result<Self> {
        let Self::Clear(text) = self else {
            return Ok(self);
        };
        if text.chars().any(char::is_control) {
            return Err(Error::invalid(kind.parameter(), "holds control characters"));
        }
        if text.len() > LONGEST {
            let problem = format!("is longer than {LONGEST} bytes");
            return Err(Error::invalid(kind.parameter(), problem));
        }
        keys.seal(kind.purpose(), &text).map(Self::Sealed)
    }

    /// What is stored. Errors: it was not sealed.
    pub(super) fn stored(&self) -> Result<Option<&str>> {
        match self {
            Self::Sealed(text) => Ok(Some(text)),
            Self::Gone => Ok(None),
            Self::Clear(_) => Err(Error::internal("a secret that was not sealed")),
        }
    }
}
