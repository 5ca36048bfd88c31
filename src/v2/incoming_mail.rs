//! Mail that has come in: what became of it, and what staff decides about it.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::openapi::content::Content;
use utoipa::openapi::{ResponseBuilder, Schema};
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::incoming_mail::{self, AcceptDraft, IncomingMail, IncomingState};
use crate::http::describe::{Answer, Description};
use crate::mail::incoming;

use super::body::Body;
use super::page::{Page, span};
use super::problem::Result;
use super::query::{Id, Query};
use super::reply::Json;

/// How much of a header is shown.
const HEADER_BYTES: usize = 64 * 1024;

/// Which mail.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct IncomingOf {
    /// How many at most; 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
    /// In this state.
    state: Option<IncomingState>,
}

/// `GET /api/v2/incoming_mail`
pub(super) async fn list(
    State(app): State<AppState>,
    actor: Actor,
    Query(asked): Query<IncomingOf>,
) -> Result<Json<Page<IncomingMail>>> {
    let span = span(asked.limit, asked.cursor.as_deref())?;
    let mut conn = app.db.read_list().await?;
    let (state, before) = (asked.state, span.after);
    let found = incoming_mail::list(&mut conn, &actor, state, before, span.to_read()).await?;
    Ok(Json(span.page(found, |mail| mail.id)))
}

/// A mail with its header.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IncomingMailWithHeader {
    #[serde(flatten)]
    mail: IncomingMail,
    /// Its header as it came.
    header: String,
}

/// `GET /api/v2/incoming_mail/{id}`
pub(super) async fn get(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
) -> Result<Json<IncomingMailWithHeader>> {
    let mut conn = app.db.read().await?;
    let mail = incoming_mail::find(&mut conn, &actor, id.into()).await?;
    let raw = incoming_mail::find_raw(&mut conn, &actor, id.into()).await?;
    let header = incoming::parse::header_text(&raw, HEADER_BYTES);
    Ok(Json(IncomingMailWithHeader { mail, header }))
}

/// A mail as it came, to be saved: no browser shows it.
#[derive(Debug)]
pub(super) struct RawMail {
    id: i32,
    bytes: Vec<u8>,
}

impl IntoResponse for RawMail {
    fn into_response(self) -> Response {
        let name = format!("attachment; filename=\"mail-{}.eml\"", self.id);
        let disposition = HeaderValue::from_str(&name);
        let disposition = disposition.unwrap_or_else(|_| HeaderValue::from_static("attachment"));
        let fixed = [
            (header::CONTENT_TYPE, "message/rfc822"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (
                header::CONTENT_SECURITY_POLICY,
                "sandbox; default-src 'none'",
            ),
        ];
        let disposition = [(header::CONTENT_DISPOSITION, disposition)];
        (fixed, disposition, self.bytes).into_response()
    }
}

impl Answer for RawMail {
    fn describe(description: &mut Description) {
        let answer = ResponseBuilder::new()
            .description("The mail as it came.")
            .content("message/rfc822", Content::new::<Schema>(None));
        description.answers.push((200, answer.build()));
    }
}

/// `GET /api/v2/incoming_mail/{id}/raw`
pub(super) async fn raw(State(app): State<AppState>, actor: Actor, Id(id): Id) -> Result<RawMail> {
    let mut conn = app.db.read().await?;
    let bytes = incoming_mail::find_raw(&mut conn, &actor, id.into()).await?;
    Ok(RawMail { id, bytes })
}

/// `POST /api/v2/incoming_mail/{id}/accept`
pub(super) async fn accept(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    body: Body<AcceptDraft>,
) -> Result<Json<IncomingMail>> {
    let accepted = incoming::accept(&app, &actor, id.into(), body.value).await?;
    Ok(Json(accepted))
}

/// `POST /api/v2/incoming_mail/{id}/discard`
pub(super) async fn discard(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
) -> Result<Json<IncomingMail>> {
    let mut tx = app.db.begin().await?;
    let discarded = incoming_mail::discard(&mut tx, &actor, id.into()).await?;
    tx.commit().await?;
    Ok(Json(discarded))
}
