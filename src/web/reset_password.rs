//! `/User/ResetPassword`: the page that a mail about a forgotten password leads to.
//!
//! Looking at it changes nothing: programs that check mail for bad links look at every one. What is no token, was one, or
//! is somebody else's reads the same.

use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::app::AppState;
use crate::domain::users::lockout::{self, Guess};
use crate::domain::users::password;
use crate::domain::{html, password_resets};
use crate::http::caller::{ClientAddress, refuse_blocked, refuse_every_other_site};
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::uncancelled::Uncancelled;

use super::page;

const NO_GOOD: &str = "<h2>New password</h2>\n<p>This link is not good, or not any more: each works once, for an hour, and \
    until the password is changed or used. <a href=\"LostPassword\">Get another one</a>.</p>";

const DONE: &str =
    "<h2>New password</h2>\n<p>The new password is set. API tokens of the old one have ended.</p>";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    token: String,
    password: String,
    #[serde(alias = "confirm_password", alias = "password2")]
    again: Option<String>,
}

/// What became of it.
enum Outcome {
    Set,
    NotGood,
    /// The password cannot be one; the link is still good.
    Unfit(&'static str),
}

/// `GET`: the form.
pub(super) async fn form(State(app): State<AppState>, request: Request) -> Response {
    let asked = Params::<Asked>::from_request(request, &app).await;
    let token = asked.map(|Params(asked)| asked.token).unwrap_or_default();
    page::page(&app, StatusCode::OK, &form_of(&token, "")).await
}

fn form_of(token: &str, problem: &str) -> String {
    let token = html::escape(token);
    let problem = if problem.is_empty() {
        String::new()
    } else {
        format!("<p><strong>{problem}</strong></p>\n")
    };
    format!(
        "<h2>New password</h2>\n{problem}<form method=\"post\" action=\"ResetPassword\">\n\
         <input type=\"hidden\" name=\"Token\" value=\"{token}\">\n\
         <p><label>New password<br><input type=\"password\" name=\"Password\" required autocomplete=\"new-password\">\
         </label></p>\n<p><label>Once more<br><input type=\"password\" name=\"Again\" required \
         autocomplete=\"new-password\"></label></p>\n<p><button>Set it</button></p>\n</form>"
    )
}

/// `POST`: the password is set.
pub(super) async fn set(State(app): State<AppState>, request: Request) -> Response {
    Uncancelled::new(async move {
        if let Err(error) = refuse_every_other_site(request.headers()) {
            return page::error(&app, error).await;
        }
        let (parts, body) = request.into_parts();
        let client = app.callers.client_of(&parts);
        let request = Request::from_parts(parts, body);
        // A token that comes twice, or as a list, is none.
        let asked = Params::<Asked>::from_request(request, &app).await;
        let asked = asked.map(|Params(asked)| asked).unwrap_or_default();
        let token = asked.token.clone();
        match change(&app, client, asked).await {
            Ok(Outcome::Set) => page::page(&app, StatusCode::OK, DONE).await,
            Ok(Outcome::NotGood) => page::page(&app, StatusCode::BAD_REQUEST, NO_GOOD).await,
            Ok(Outcome::Unfit(problem)) => {
                let form = form_of(&token, problem);
                page::page(&app, StatusCode::BAD_REQUEST, &form).await
            }
            Err(error) => page::error(&app, error).await,
        }
    })
    .await
}

async fn change(app: &AppState, client: ClientAddress, asked: Asked) -> Result<Outcome> {
    let now = app.clock.now();
    let is_good = {
        let mut conn = app.db.read().await?;
        password_resets::is_good(&mut conn, &asked.token, now).await?
    };
    if !is_good {
        return refuse(app, client).await;
    }
    if asked.again.is_some_and(|again| again != asked.password) {
        return Ok(Outcome::Unfit("The two passwords are not the same."));
    }
    if asked.password.is_empty() {
        return Ok(Outcome::Unfit("A password is not empty."));
    }
    if asked.password.len() > password::MAX_BYTES {
        return Ok(Outcome::Unfit("A password has at most 1,024 bytes."));
    }
    let hash = app.callers.hashing().hash(asked.password).await?;
    let address = client.to_string();
    let mut tx = app.db.begin().await?;
    let used = password_resets::use_up(&mut tx, &asked.token, &hash, (now, &address)).await?;
    tx.commit().await?;
    app.callers.forget();
    Ok(match used {
        Some(_) => Outcome::Set,
        None => Outcome::NotGood,
    })
}

/// A token that is no good counts as a wrong password: three in a row, and the client waits.
async fn refuse(app: &AppState, client: ClientAddress) -> Result<Outcome> {
    let key = client.key();
    let guess = Guess::new(
        (key.clone(), client.to_string()),
        None,
        "password reset",
        app.clock.now(),
    );
    let mut tx = app.db.begin().await?;
    let streak = lockout::lock(&mut tx, &key).await?;
    refuse_blocked(&streak)?;
    lockout::failed(&mut tx, &guess).await?;
    tx.commit().await?;
    Ok(Outcome::NotGood)
}
