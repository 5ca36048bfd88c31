//! The token for a login without a password.

use super::connect::open;
use super::failure::Failure;
use crate::app::AppState;
use crate::domain::Error;
use crate::domain::mailboxes::{self, Mailbox, OAuth2, SecretKind};
use crate::mail::access_tokens::{self, Asking, Trouble};

/// A fresh access token. Should a new refresh token come with it, that is kept: the old one may be dead.
pub(super) async fn access_token(
    app: &AppState,
    mailbox: &Mailbox,
    oauth2: &OAuth2,
) -> Result<String, Failure> {
    let sealed = {
        let mut conn = app.db.read().await?;
        mailboxes::refresh_token(&mut conn, mailbox.id).await?
    };
    let Some(sealed) = sealed else {
        return Err(Failure::Secret(
            "the mailbox has no refresh token".to_owned(),
        ));
    };
    let refresh_token = open(app, SecretKind::RefreshToken, &sealed)?;
    let client_secret = match &oauth2.client_secret {
        Some(sealed) => open(app, SecretKind::ClientSecret, sealed)?,
        None => String::new(),
    };
    let asking = Asking {
        token_url: &oauth2.token_url,
        client_id: &oauth2.client_id,
        client_secret: &client_secret,
        refresh_token: &refresh_token,
    };
    let grant = access_tokens::fetch(asking, &app.outbound).await;
    let grant = grant.map_err(|trouble| match &trouble {
        Trouble::Unreachable(_) => Failure::Connection(trouble.to_string()),
        Trouble::Refused(_) => Failure::Secret(trouble.to_string()),
    })?;
    if let Some(new) = grant
        .refresh_token
        .filter(|new| !new.is_empty() && *new != refresh_token)
    {
        let sealed = app.keys.seal(SecretKind::RefreshToken.purpose(), &new)?;
        let mut tx = app.db.begin_job().await?;
        mailboxes::keep_refresh_token(&mut tx, mailbox.id, mailbox.revision, &sealed).await?;
        tx.commit().await.map_err(Error::from)?;
    }
    Ok(grant.access_token)
}
