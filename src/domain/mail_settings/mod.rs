//! Where mail is sent by: a server, a login, an address. The operator may set it (`Mail` of `appsettings.json`), an
//! administrator over it: what is stored here replaces all of the operator's, for a password belongs to its server.

mod draft;
mod repo;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::outbound_address::Policy;

pub use draft::MailSettingsDraft;

/// For which purposes the secrets are sealed.
const PASSWORD: &str = "mail password";
const CLIENT_SECRET: &str = "mail oauth2 client secret";
const REFRESH_TOKEN: &str = "mail oauth2 refresh token";

/// How the connection to a mail server is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// Not at all: for a server on this machine or in a network of one's own.
    None,
    /// It begins in the open and is encrypted before anything is said; port 587 as a rule.
    #[default]
    Starttls,
    /// It is encrypted from the first byte; port 465 as a rule.
    Tls,
}

impl Security {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Starttls => "starttls",
            Self::Tls => "tls",
        }
    }
}

/// How somebody logs in at a mail server.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Login {
    /// Not at all.
    #[default]
    None,
    /// By a password.
    Password(String),
    /// By a token that is fetched from a server for logins.
    OAuth2(OAuth2),
    /// By a secret that was sealed under another instance key: it must be given again.
    Lost,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Password(_) => "Password",
            Self::OAuth2(_) => "OAuth2",
            Self::Lost => "Lost",
        })
    }
}

/// How tokens are fetched (RFC 6749, section 6).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OAuth2 {
    /// The address of the server for logins.
    pub token_url: String,
    /// Who we are there.
    pub client_id: String,
    /// How we prove it; may be empty.
    pub client_secret: String,
    /// The refresh token.
    pub refresh_token: String,
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth2").finish_non_exhaustive()
    }
}

/// The settings by which mail is sent, secrets in the open. Never shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// The server; empty: no mail is sent.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// The name to log in with.
    pub user: String,
    /// How to log in.
    pub login: Login,
    /// The address mail comes from.
    pub from_address: String,
    /// The name it comes from; empty: that of the desk.
    pub from_name: String,
    /// Files of a mail are sent along up to so many megabytes together; beyond, it has links to them.
    pub attachments_up_to_mb: u16,
    /// The operator named the server: it may be anywhere. (One that an administrator names must not be within our own
    /// network, unless the operator opened it.)
    pub of_operator: bool,
}

impl Outgoing {
    /// Mail is sent.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.host.is_empty()
    }

    /// The same, whatever the refresh token: that changes by itself.
    #[must_use]
    pub fn is_but_for_refresh_token(&self, other: &Self) -> bool {
        let mut same = self.clone();
        if let (Login::OAuth2(mine), Login::OAuth2(others)) = (&mut same.login, &other.login) {
            mine.refresh_token.clone_from(&others.refresh_token);
        }
        same == *other
    }

    fn has_server_of(&self, other: &Self) -> bool {
        (&self.host, self.port) == (&other.host, other.port)
    }

    /// How many bytes of files a mail takes along.
    #[must_use]
    pub fn attachment_bytes(&self) -> i64 {
        i64::from(self.attachments_up_to_mb) * 1024 * 1024
    }
}

/// The settings by which mail is sent. Secrets are not shown, only whether there are any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailSettings {
    /// The server that takes our mail; empty: no mail is sent.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// The name to log in with; empty: nobody logs in.
    pub user: String,
    /// There is a password.
    pub password_set: bool,
    /// Where tokens for the login come from, when it is by OAuth2; empty: it is by password.
    pub oauth2_token_url: String,
    /// Who we are there.
    pub oauth2_client_id: String,
    /// There is a client secret.
    pub oauth2_client_secret_set: bool,
    /// There is a refresh token.
    pub oauth2_refresh_token_set: bool,
    /// The address mail comes from, unless the category of the ticket has its own.
    pub from_address: String,
    /// The name it comes from; empty: that of the desk.
    pub from_name: String,
    /// Files are sent along up to so many megabytes together; beyond, the mail has links to them.
    pub attachments_up_to_mb: u16,
    /// When they were stored; null: they are those of `appsettings.json`.
    #[schema(required = true)]
    pub stored_at: Option<DateTime<Utc>>,
}

impl MailSettings {
    /// How they are shown.
    #[must_use]
    pub fn of(outgoing: &Outgoing, stored_at: Option<DateTime<Utc>>) -> Self {
        let oauth2 = match &outgoing.login {
            Login::OAuth2(oauth2) => oauth2.clone(),
            _ => OAuth2::default(),
        };
        Self {
            host: outgoing.host.clone(),
            port: outgoing.port,
            security: outgoing.security,
            user: outgoing.user.clone(),
            password_set: matches!(outgoing.login, Login::Password(_)),
            oauth2_token_url: oauth2.token_url,
            oauth2_client_id: oauth2.client_id,
            oauth2_client_secret_set: !oauth2.client_secret.is_empty(),
            oauth2_refresh_token_set: !oauth2.refresh_token.is_empty(),
            from_address: outgoing.from_address.clone(),
            from_name: outgoing.from_name.clone(),
            attachments_up_to_mb: outgoing.attachments_up_to_mb,
            stored_at,
        }
    }
}

/// The settings by which mail is sent, and when they were stored: the stored ones if there are any, else the operator's.
pub async fn load(
    conn: &mut PgConnection,
    keys: &Keys,
    of_operator: &Outgoing,
) -> Result<(Outgoing, Option<DateTime<Utc>>)> {
    match repo::find(conn).await? {
        Some((stored, at)) if !stored.host.is_empty() => {
            let mut settings = stored.open(keys);
            settings.of_operator = settings.has_server_of(of_operator);
            Ok((settings, Some(at)))
        }
        _ => Ok((of_operator.clone(), None)),
    }
}

/// The settings, for administrators.
pub async fn find(
    conn: &mut PgConnection,
    actor: &Actor,
    keys: &Keys,
    of_operator: &Outgoing,
) -> Result<MailSettings> {
    staff::require_admin(actor)?;
    let (outgoing, at) = load(conn, keys, of_operator).await?;
    Ok(MailSettings::of(&outgoing, at))
}

/// Change the settings: `change` gets them as they are, locked, and gives them as they should be. Without a host, those
/// of the operator hold again. For administrators.
pub async fn update<E: From<Error>>(
    conn: &mut PgConnection,
    actor: &Actor,
    (keys, of_operator, policy): (&Keys, &Outgoing, &Policy),
    change: impl FnOnce(&MailSettings) -> Result<MailSettingsDraft, E>,
) -> Result<MailSettings, E> {
    staff::require_admin(actor)?;
    repo::lock(conn).await?;
    let (before, at) = load(conn, keys, of_operator).await?;
    let shown_before = MailSettings::of(&before, at);
    let draft = change(&shown_before)?;
    let after = draft.over(&before, of_operator)?;
    if after.is_on() && !after.of_operator {
        policy
            .check_host(&after.host, after.port, true)
            .map_err(|refusal| refusal.at("host"))?;
    }
    if let Login::OAuth2(oauth2) = &after.login
        && after.login != before.login
    {
        policy
            .check_text(&oauth2.token_url)
            .map_err(|refusal| refusal.at("oauth2_token_url"))?;
    }
    if after == before {
        return Ok(shown_before);
    }
    if !after.is_on() {
        repo::delete(conn).await?;
        let shown = MailSettings::of(of_operator, None);
        record(conn, actor, (&shown_before, &shown), true).await?;
        return Ok(shown);
    }
    repo::write(conn, &repo::Stored::seal(&after, keys)?, actor.now()).await?;
    let shown = MailSettings::of(&after, Some(actor.now()));
    let new_secret = before.login != after.login;
    record(conn, actor, (&shown_before, &shown), new_secret).await?;
    Ok(shown)
}

/// Store the refresh token that came with a token, unless an administrator has stored other settings since `stored_at`.
pub async fn keep_refresh_token(
    conn: &mut PgConnection,
    keys: &Keys,
    stored_at: DateTime<Utc>,
    new: &str,
) -> Result<()> {
    let sealed = keys.seal(REFRESH_TOKEN, new)?;
    repo::set_refresh_token(conn, stored_at, &sealed).await
}

async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    (before, after): (&MailSettings, &MailSettings),
    new_secret: bool,
) -> Result<()> {
    let mut after = audited(after)?;
    if new_secret && let Value::Object(members) = &mut after {
        members.insert("login".to_owned(), json!("changed"));
    }
    let entry = Entry {
        action: "settings.mail_updated",
        object_type: "settings",
        object_id: 0,
        before: Some(audited(before)?),
        after: Some(after),
    };
    audit::record(conn, actor, entry).await
}

fn audited(settings: &MailSettings) -> Result<Value> {
    serde_json::to_value(settings).map_err(Error::internal)
}
