//! The settings as an administrator writes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::text;

use super::{Login, MailSettings, OAuth2, Outgoing, Security};

/// The longest name of a host.
const HOST: usize = 253;
/// The longest name of a user or of a client.
const USER: usize = 254;
/// The longest name that mail comes from.
const NAME: usize = 100;
/// The longest secret: tokens are long.
const SECRET: usize = 4_096;
/// The longest address.
const URL: usize = 2_000;
/// The largest mail that servers take is seldom larger.
const MOST_MEGABYTES: u16 = 100;

/// The settings by which mail is sent, to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MailSettingsDraft {
    /// The server that takes our mail; empty: the settings of `appsettings.json` hold.
    #[schema(max_length = 253)]
    pub host: String,
    /// Its port.
    #[schema(minimum = 1, maximum = 65535)]
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// The name to log in with; empty: nobody logs in.
    #[schema(max_length = 254)]
    pub user: String,
    /// The password. Null: as it is, while it goes to the same server, by the same name; empty: none.
    #[schema(max_length = 4096)]
    pub password: Option<String>,
    /// Where tokens for the login come from, when it is by OAuth2: an address that begins with https://.
    #[schema(max_length = 2000)]
    pub oauth2_token_url: String,
    /// Who we are there.
    #[schema(max_length = 254)]
    pub oauth2_client_id: String,
    /// The client secret. Null: as it is, while it goes to the same address; empty: none.
    #[schema(max_length = 4096)]
    pub oauth2_client_secret: Option<String>,
    /// The refresh token. Null: as it is, while it goes to the same address; empty: none.
    #[schema(max_length = 4096)]
    pub oauth2_refresh_token: Option<String>,
    /// The address mail comes from, unless the category of the ticket has its own.
    #[schema(max_length = 254)]
    pub from_address: String,
    /// The name it comes from; empty: that of the desk.
    #[schema(max_length = 100)]
    pub from_name: String,
    /// Files are sent along up to so many megabytes together; beyond, the mail has links to them.
    #[schema(minimum = 0, maximum = 100)]
    pub attachments_up_to_mb: u16,
}

impl Default for MailSettingsDraft {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            security: Security::Starttls,
            user: String::new(),
            password: None,
            oauth2_token_url: String::new(),
            oauth2_client_id: String::new(),
            oauth2_client_secret: None,
            oauth2_refresh_token: None,
            from_address: String::new(),
            from_name: String::new(),
            attachments_up_to_mb: 10,
        }
    }
}

impl From<&MailSettings> for MailSettingsDraft {
    /// As they are: secrets stay.
    fn from(shown: &MailSettings) -> Self {
        Self {
            host: shown.host.clone(),
            port: shown.port,
            security: shown.security,
            user: shown.user.clone(),
            password: None,
            oauth2_token_url: shown.oauth2_token_url.clone(),
            oauth2_client_id: shown.oauth2_client_id.clone(),
            oauth2_client_secret: None,
            oauth2_refresh_token: None,
            from_address: shown.from_address.clone(),
            from_name: shown.from_name.clone(),
            attachments_up_to_mb: shown.attachments_up_to_mb,
        }
    }
}

impl MailSettingsDraft {
    /// The settings it makes of those that were. Errors: Invalid.
    pub(super) fn over(&self, before: &Outgoing, of_operator: &Outgoing) -> Result<Outgoing> {
        let host = host(&self.host)?;
        if host.is_empty() {
            return if before.is_on() || *self == Self::default() {
                Ok(Outgoing::default())
            } else {
                Err(Error::invalid("host", "is missing"))
            };
        }
        if self.port == 0 {
            return Err(Error::invalid("port", "must be from 1 to 65535"));
        }
        if self.attachments_up_to_mb > MOST_MEGABYTES {
            let problem = format!("must be from 0 to {MOST_MEGABYTES}");
            return Err(Error::invalid("attachments_up_to_mb", problem));
        }
        let user = text::line("user", &self.user, USER)?;
        let mut after = Outgoing {
            host,
            port: self.port,
            security: self.security,
            user,
            login: Login::None,
            from_address: text::email("from_address", &self.from_address)?,
            from_name: text::line("from_name", &self.from_name, NAME)?,
            attachments_up_to_mb: self.attachments_up_to_mb,
            of_operator: false,
        };
        after.of_operator = after.has_server_of(of_operator);
        after.login = self.login(before, &after)?;
        if after.login != Login::None && after.user.is_empty() {
            return Err(Error::invalid("user", "is missing: there is a login"));
        }
        Ok(after)
    }

    /// A secret is sent to nobody but whom it was given for: for another server, or another name, it is given anew.
    fn login(&self, before: &Outgoing, after: &Outgoing) -> Result<Login> {
        let place = |it: &Outgoing| (it.host.clone(), it.port, it.security, it.user.clone());
        let is_same = place(before) == place(after);
        if self.oauth2_token_url.trim().is_empty() {
            let known = match &before.login {
                Login::Password(password) => password.as_str(),
                _ => "",
            };
            let password = secret("password", self.password.as_deref(), known, is_same)?;
            return Ok(if password.is_empty() {
                Login::None
            } else {
                Login::Password(password)
            });
        }
        let known = match &before.login {
            Login::OAuth2(oauth2) => oauth2.clone(),
            _ => OAuth2::default(),
        };
        let token_url = token_url(&self.oauth2_token_url)?;
        let client_id = text::name("oauth2_client_id", &self.oauth2_client_id, USER)?;
        let is_same = is_same && known.token_url == token_url && known.client_id == client_id;
        let client_secret = secret(
            "oauth2_client_secret",
            self.oauth2_client_secret.as_deref(),
            &known.client_secret,
            is_same,
        )?;
        let refresh_token = secret(
            "oauth2_refresh_token",
            self.oauth2_refresh_token.as_deref(),
            &known.refresh_token,
            is_same,
        )?;
        if refresh_token.is_empty() {
            return Err(Error::invalid("oauth2_refresh_token", "is missing"));
        }
        Ok(Login::OAuth2(OAuth2 {
            token_url,
            client_id,
            client_secret,
            refresh_token,
        }))
    }
}

fn secret(field: &'static str, given: Option<&str>, known: &str, is_same: bool) -> Result<String> {
    match given {
        Some(given)
            if given
                .chars()
                .any(|letter| matches!(letter, '\0' | '\r' | '\n')) =>
        {
            Err(Error::invalid(field, "holds control characters"))
        }
        Some(given) if given.len() > SECRET => Err(Error::invalid(
            field,
            format!("is longer than {SECRET} bytes"),
        )),
        Some(given) => Ok(given.to_owned()),
        None if is_same || known.is_empty() => Ok(known.to_owned()),
        None => Err(Error::invalid(
            field,
            "must be given again: the one that is stored was given for another server or name",
        )),
    }
}

fn host(text: &str) -> Result<String> {
    let host = text::line("host", text, HOST)?;
    let is_part = |letter: char| {
        letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | ':' | '[' | ']')
    };
    if host.chars().all(is_part) {
        Ok(host.trim_matches(['[', ']']).to_owned())
    } else {
        Err(Error::invalid(
            "host",
            "is not the name or the address of a server",
        ))
    }
}

fn token_url(text: &str) -> Result<String> {
    let url = text::line("oauth2_token_url", text, URL)?;
    let rest = url.strip_prefix("https://").unwrap_or_default();
    if rest.is_empty() || rest.starts_with('/') || rest.contains(char::is_whitespace) {
        return Err(Error::invalid(
            "oauth2_token_url",
            "is not an address that begins with https://",
        ));
    }
    Ok(url)
}
