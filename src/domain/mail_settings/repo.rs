//! The row of the settings by which mail is sent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::db::ExpectRows;
use crate::error::{Error, Result};
use crate::keys::Keys;

use super::{CLIENT_SECRET, Login, OAuth2, Outgoing, PASSWORD, REFRESH_TOKEN, Security};

/// Its name in table settings.
const NAME: &str = "mail";

/// What is stored: secrets sealed, empty where there is none. A later version may know more, an earlier one less.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Stored {
    pub(super) host: String,
    port: u16,
    security: Security,
    user: String,
    password: String,
    token_url: String,
    client_id: String,
    client_secret: String,
    refresh_token: String,
    from_address: String,
    from_name: String,
    attachments_up_to_mb: u16,
}

impl Stored {
    pub(super) fn seal(settings: &Outgoing, keys: &Keys) -> Result<Self> {
        let sealed = |purpose: &str, secret: &str| {
            if secret.is_empty() {
                Ok(String::new())
            } else {
                keys.seal(purpose, secret)
            }
        };
        let mut stored = Self {
            host: settings.host.clone(),
            port: settings.port,
            security: settings.security,
            user: settings.user.clone(),
            from_address: settings.from_address.clone(),
            from_name: settings.from_name.clone(),
            attachments_up_to_mb: settings.attachments_up_to_mb,
            ..Self::default()
        };
        match &settings.login {
            Login::None | Login::Lost => {}
            Login::Password(password) => stored.password = sealed(PASSWORD, password)?,
            Login::OAuth2(oauth2) => {
                stored.token_url.clone_from(&oauth2.token_url);
                stored.client_id.clone_from(&oauth2.client_id);
                stored.client_secret = sealed(CLIENT_SECRET, &oauth2.client_secret)?;
                stored.refresh_token = sealed(REFRESH_TOKEN, &oauth2.refresh_token)?;
            }
        }
        Ok(stored)
    }

    pub(super) fn open(self, keys: &Keys) -> Outgoing {
        let login = self.login(keys).unwrap_or(Login::Lost);
        Outgoing {
            host: self.host,
            port: self.port,
            security: self.security,
            user: self.user,
            login,
            from_address: self.from_address,
            from_name: self.from_name,
            attachments_up_to_mb: self.attachments_up_to_mb,
            of_operator: false,
        }
    }

    /// None: a secret does not open.
    fn login(&self, keys: &Keys) -> Option<Login> {
        let opened = |purpose: &str, sealed: &str| {
            if sealed.is_empty() {
                Some(String::new())
            } else {
                keys.open(purpose, sealed)
            }
        };
        if !self.token_url.is_empty() {
            return Some(Login::OAuth2(OAuth2 {
                token_url: self.token_url.clone(),
                client_id: self.client_id.clone(),
                client_secret: opened(CLIENT_SECRET, &self.client_secret)?,
                refresh_token: opened(REFRESH_TOKEN, &self.refresh_token)?,
            }));
        }
        let password = opened(PASSWORD, &self.password)?;
        Some(if password.is_empty() {
            Login::None
        } else {
            Login::Password(password)
        })
    }
}

pub(super) async fn find(conn: &mut PgConnection) -> Result<Option<(Stored, DateTime<Utc>)>> {
    let row = sqlx::query!(
        r#"select value as "value: Json<Stored>", updated_at from settings where name = $1"#,
        NAME,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.value.0, row.updated_at)))
}

/// Make sure that there is a row, and keep others from it until the transaction ends.
pub(super) async fn lock(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "insert into settings (name, value) values ($1, '{}') on conflict (name) do update set name = excluded.name",
        NAME,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn write(
    conn: &mut PgConnection,
    stored: &Stored,
    now: DateTime<Utc>,
) -> Result<()> {
    let value = serde_json::to_value(stored).map_err(Error::internal)?;
    sqlx::query!(
        "update settings set value = $2, updated_at = $3 where name = $1",
        NAME,
        value,
        now,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// The moment stays: nobody has decided anything.
pub(super) async fn set_refresh_token(
    conn: &mut PgConnection,
    stored_at: DateTime<Utc>,
    sealed: &str,
) -> Result<()> {
    sqlx::query!(
        "update settings
        set value = jsonb_set(value, '{refresh_token}', to_jsonb($2::text))
        where name = $1 and updated_at = $3",
        NAME,
        sealed,
        stored_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn delete(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("delete from settings where name = $1", NAME)
        .execute(conn)
        .await?;
    Ok(())
}
