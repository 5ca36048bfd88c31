//! Access tokens for a login without a password (OAuth 2, RFC 6749 section 6).

use serde::Deserialize;

use super::connect::open;
use super::failure::{Failure, short};
use crate::app::AppState;
use crate::domain::mailboxes::{self, Mailbox, OAuth2, SecretKind};
use crate::outbound::Call;

/// The longest answer: tokens are long.
const LONGEST: usize = 32 * 1024;

/// What the token endpoint answers.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    refresh_token: Option<String>,
}

/// What it answers when it refuses.
#[derive(Deserialize)]
struct Refused {
    error: String,
    error_description: Option<String>,
}

/// A fresh access token. Should the endpoint give a new refresh token with it, that is kept: the old one may be dead.
pub(super) async fn access_token(
    app: &AppState,
    mailbox: &Mailbox,
    oauth2: &OAuth2,
) -> Result<String, Failure> {
    let Some(sealed) = &oauth2.refresh_token else {
        return Err(Failure::Secret(
            "the mailbox has no refresh token".to_owned(),
        ));
    };
    let refresh_token = open(app, SecretKind::RefreshToken, sealed)?;
    let client_secret = oauth2.client_secret.as_deref();
    let client_secret = client_secret
        .map(|sealed| open(app, SecretKind::ClientSecret, sealed))
        .transpose()?;
    let form = form(&oauth2.client_id, &refresh_token, client_secret.as_deref());
    let answer = ask(app, &oauth2.token_url, form).await?;
    let granted: Granted = serde_json::from_str(&answer).map_err(|_| refusal(&answer))?;
    if let Some(new) = granted.refresh_token.filter(|new| *new != refresh_token) {
        let sealed = app.keys.seal(SecretKind::RefreshToken.purpose(), &new)?;
        let mut tx = app.db.begin_job().await?;
        mailboxes::keep_refresh_token(&mut tx, mailbox.id, mailbox.revision, &sealed).await?;
        tx.commit().await.map_err(crate::domain::Error::from)?;
    }
    Ok(granted.access_token)
}

fn form(client_id: &str, refresh_token: &str, client_secret: Option<&str>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token")
        .append_pair("client_id", client_id)
        .append_pair("refresh_token", refresh_token);
    if let Some(secret) = client_secret {
        form.append_pair("client_secret", secret);
    }
    form.finish()
}

/// A refusal names a reason that an administrator understands, and no secret.
fn refusal(answer: &str) -> Failure {
    let text = match serde_json::from_str::<Refused>(answer) {
        Ok(refused) => {
            let description = refused.error_description.unwrap_or_default();
            short(&format!("{} {description}", refused.error))
        }
        Err(_) => "its answer holds no access token".to_owned(),
    };
    Failure::Secret(format!("the token address gives no access: {text}"))
}

/// Ask the token endpoint, by the one client of the program, which calls internal addresses only if the operator says so.
async fn ask(app: &AppState, url: &str, form: String) -> Result<String, Failure> {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let call = Call {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: vec![
            header("Content-Type", "application/x-www-form-urlencoded"),
            header("Accept", "application/json"),
        ],
        body: form,
    };
    let answer = app.outbound.call_keeping(call, LONGEST).await;
    answer
        .map(|answer| answer.body)
        .map_err(|failure| Failure::Connection(format!("the token address: {failure}")))
}
