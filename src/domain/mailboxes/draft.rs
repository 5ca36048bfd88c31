//! What administrators decide about a mailbox.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::secret::{Secret, SecretKind};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::text;

/// The longest name, and the longest name of a folder.
const NAME: usize = 200;
/// The longest name of a host.
const HOST: usize = 253;
/// The longest login name and the longest address of a token endpoint.
const LONG: usize = 1000;

/// How mail is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// By IMAP.
    #[default]
    Imap,
}

/// How the connection to a mail server is secured.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = MailboxSecurity)]
pub enum Security {
    /// TLS from the first byte, as on port 993.
    #[default]
    Tls,
    /// TLS after the command STARTTLS, as on port 143; without it there is no login.
    Starttls,
    /// Not at all: for servers on the same machine.
    None,
}

impl Security {
    /// Its word in the database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Starttls => "starttls",
            Self::None => "none",
        }
    }

    /// The port that servers use for it.
    fn port(self) -> i32 {
        match self {
            Self::Tls => 993,
            Self::Starttls | Self::None => 143,
        }
    }
}

/// What is done with a mail that was stored.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AfterReading {
    /// It is marked as read.
    #[default]
    Seen,
    /// It is moved to the folder `move_to_folder`.
    Move,
    /// It is deleted.
    Delete,
}

impl AfterReading {
    /// Its word in the database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Move => "move",
            Self::Delete => "delete",
        }
    }
}

/// A login by access tokens (`XOAUTH2`) in the place of a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MailboxOAuth2)]
pub struct OAuth2Draft {
    /// The address that gives access tokens; it begins with `https://`.
    #[schema(min_length = 1, max_length = 1000)]
    pub token_url: String,
    /// The client's name there.
    #[schema(min_length = 1, max_length = 1000)]
    pub client_id: String,
    /// The client's secret. Never shown; absent: as it was, empty: none.
    #[serde(default, skip_serializing)]
    #[schema(value_type = Option<String>, write_only, max_length = 8000)]
    pub client_secret: Option<Secret>,
    /// The refresh token. Never shown; absent: as it was, empty: none.
    #[serde(default, skip_serializing)]
    #[schema(value_type = Option<String>, write_only, max_length = 8000)]
    pub refresh_token: Option<Secret>,
}

/// What administrators decide about a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailboxDraft {
    /// Its name, one of its kind in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Its mail is fetched.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The address whose mail lies there, one of its kind in any case.
    #[schema(max_length = 254)]
    pub address: String,
    /// The category of tickets that its mail opens.
    #[schema(minimum = 1)]
    pub category_id: i32,
    /// How mail is fetched.
    #[serde(default)]
    pub protocol: Protocol,
    /// The mail server.
    #[schema(min_length = 1, max_length = 253)]
    pub host: String,
    /// Its port; 0 or absent: the usual one, 993 with `tls`, else 143.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 65535)]
    pub port: i32,
    /// How the connection is secured.
    #[serde(default)]
    pub security: Security,
    /// Who logs in there.
    #[schema(min_length = 1, max_length = 1000)]
    pub username: String,
    /// His password. Never shown; absent: as it was, empty: none. To be given anew with another server.
    #[serde(default, skip_serializing)]
    #[schema(value_type = Option<String>, write_only, max_length = 8000)]
    pub password: Option<Secret>,
    /// A login by access tokens in the place of a password.
    #[serde(default)]
    #[schema(inline)]
    pub oauth2: Option<OAuth2Draft>,
    /// The folder that is read.
    #[serde(default = "inbox")]
    #[schema(min_length = 1, max_length = 200)]
    pub folder: String,
    /// What is done with a mail that was stored. One that was too large to be fetched is marked as read and stays.
    #[serde(default)]
    pub after_reading: AfterReading,
    /// Where mail is moved to, with `move`.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub move_to_folder: Option<String>,
}

fn yes() -> bool {
    true
}

fn inbox() -> String {
    "INBOX".to_owned()
}

impl MailboxDraft {
    /// With sealed secrets. Errors: Invalid for what cannot be a secret.
    pub fn seal(mut self, keys: &Keys) -> Result<Self> {
        let seal = |secret: Option<Secret>, kind| {
            secret
                .map(|secret: Secret| secret.seal(keys, kind))
                .transpose()
        };
        self.password = seal(self.password, SecretKind::Password)?;
        if let Some(oauth2) = &mut self.oauth2 {
            oauth2.client_secret = seal(oauth2.client_secret.take(), SecretKind::ClientSecret)?;
            oauth2.refresh_token = seal(oauth2.refresh_token.take(), SecretKind::RefreshToken)?;
        }
        Ok(self)
    }

    pub(super) fn check(self) -> Result<Self> {
        if !(0..=65535).contains(&self.port) {
            return Err(Error::invalid("port", "must be from 1 to 65535"));
        }
        let folder = self.move_to_folder.as_deref().unwrap_or_default();
        let move_to_folder = match (self.after_reading, folder.trim()) {
            (AfterReading::Move, "") => {
                return Err(Error::invalid("move_to_folder", "is missing"));
            }
            (AfterReading::Move, folder) => Some(text::name("move_to_folder", folder, NAME)?),
            _ => None,
        };
        let folder = text::name("folder", &self.folder, NAME)?;
        if move_to_folder
            .as_deref()
            .is_some_and(|to| is_same(to, &folder))
        {
            let problem = "is the folder that is read";
            return Err(Error::invalid("move_to_folder", problem));
        }
        Ok(Self {
            name: text::name("name", &self.name, NAME)?,
            address: text::email("address", &self.address)?,
            host: host(&self.host)?,
            port: match self.port {
                0 => self.security.port(),
                port => port,
            },
            username: text::name("username", &self.username, LONG)?,
            oauth2: self.oauth2.map(OAuth2Draft::check).transpose()?,
            folder,
            move_to_folder,
            ..self
        })
    }
}

/// INBOX is one folder in any case.
fn is_same(one: &str, other: &str) -> bool {
    one == other || one.eq_ignore_ascii_case("INBOX") && other.eq_ignore_ascii_case("INBOX")
}

/// A name or an address, without port and path.
fn host(text: &str) -> Result<String> {
    let host = text::name("host", text, HOST)?;
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    if !host.chars().all(allowed) || host.contains([':', '[']) && !is_address {
        let problem = "must be the name or the address of a server, without a port";
        return Err(Error::invalid("host", problem));
    }
    Ok(host)
}

impl OAuth2Draft {
    fn check(self) -> Result<Self> {
        let token_url = text::name("oauth2.token_url", &self.token_url, LONG)?;
        // Secrets go there: in clear to this very machine only.
        let is_secure = ["https://", "http://127.0.0.1:", "http://127.0.0.1/"]
            .iter()
            .any(|beginning| token_url.starts_with(beginning));
        if !is_secure || token_url.contains('@') {
            let problem = "must begin with https:// and hold no login";
            return Err(Error::invalid("oauth2.token_url", problem));
        }
        Ok(Self {
            token_url,
            client_id: text::name("oauth2.client_id", &self.client_id, LONG)?,
            ..self
        })
    }
}
