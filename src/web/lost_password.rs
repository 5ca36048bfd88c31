//! `/User/LostPassword`: somebody has forgotten his password. The answer is the same whoever asks about whom.

use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::app::AppState;
use crate::domain::password_resets;
use crate::http::caller::refuse_every_other_site;
use crate::http::error::Result;
use crate::http::limits::{Budget, Rate};
use crate::http::params::Params;
use crate::http::uncancelled::Uncancelled;

use super::page;

const FORM: &str = "<h2>Forgotten password</h2>\n<form method=\"post\" action=\"\">\n\
    <p><label>E-mail address or user name<br><input name=\"Email\" required maxlength=\"254\" autocomplete=\"username\">\
    </label></p>\n<p><button>Send me a link</button></p>\n</form>";

const SENT: &str = "<h2>Forgotten password</h2>\n<p>If there is such a user, a mail with a link to set a new password is \
    on its way. The link is good for an hour. No mail? Look among the spam, or ask an administrator of the helpdesk.</p>";

#[derive(Deserialize)]
struct Asked {
    #[serde(alias = "username", alias = "login")]
    email: String,
}

/// `GET`: the form.
pub(super) async fn form(State(app): State<AppState>) -> Response {
    page::page(&app, StatusCode::OK, FORM).await
}

/// `POST`: whoever is meant gets a mail.
pub(super) async fn request(State(app): State<AppState>, request: Request) -> Response {
    Uncancelled::new(async move {
        match take(&app, request).await {
            Ok(()) => page::page(&app, StatusCode::OK, SENT).await,
            Err(error) => page::error(&app, error).await,
        }
    })
    .await
}

async fn take(app: &AppState, request: Request) -> Result<()> {
    refuse_every_other_site(request.headers())?;
    let (parts, body) = request.into_parts();
    let budget = Budget {
        caller: app.callers.client_of(&parts).key(),
        method: "LostPassword",
        writes: true,
        rate: Rate::Rare,
    };
    if let Some(refusal) = app.forms.count(budget).refusal {
        return Err(refusal);
    }
    let request = Request::from_parts(parts, body);
    let Params(asked) = Params::<Asked>::from_request(request, app).await?;
    let mut tx = app.db.begin().await?;
    password_resets::request(&mut tx, app.clock.now(), &asked.email).await?;
    tx.commit().await?;
    Ok(())
}
