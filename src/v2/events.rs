//! Live events: what happens, as server-sent events.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::AppState;
use crate::domain::access::tickets::Action;
use crate::domain::ids::TicketId;
use crate::domain::live::{Filter, LiveEvent};
use crate::domain::users::admission::Admission;
use crate::domain::{Actor, tickets};
use crate::http::describe::{Answer, Argument, Description};
use crate::live::Frames;

use super::etag::optional_header;
use super::problem::{Problem, Result};
use super::query::Query;

const EVENT_STREAM: &str = "text/event-stream";

/// Browsers send it when they come back.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Tells nginx not to wait until there is more to pass on.
const NO_BUFFER: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EventsOf {
    /// Of this ticket only.
    ticket_id: Option<i32>,
    /// Only these, separated by commas: `ticket.closed`, or `comment.*` for all that begin so.
    types: Option<String>,
    /// The last `id` the client has, unless it sends `Last-Event-ID`.
    last_event_id: Option<String>,
}

/// The `id` of the last event that the client has, as a header.
#[derive(Debug)]
pub(super) struct LastEventId(Option<String>);

impl FromRequestParts<AppState> for LastEventId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self> {
        let sent = parts.headers.get(LAST_EVENT_ID);
        Ok(Self(sent.map(|id| {
            String::from_utf8_lossy(id.as_bytes()).into_owned()
        })))
    }
}

impl Argument for LastEventId {
    fn describe(description: &mut Description) {
        let text = "The last id the client has: what happened since then comes first.";
        description
            .parameters
            .push(optional_header("Last-Event-ID", text, None));
    }
}

/// `GET /api/v2/events`
pub(super) async fn listen(
    State(app): State<AppState>,
    actor: Actor,
    admission: Admission,
    LastEventId(sent): LastEventId,
    Query(asked): Query<EventsOf>,
) -> Result<EventStream> {
    let ticket = asked.ticket_id.map(TicketId);
    let filter = Filter::new(ticket, asked.types.as_deref())?;
    if let Some(ticket) = ticket {
        let mut conn = app.db.read().await?;
        tickets::fetch_for(&mut conn, &actor, ticket, Action::View).await?;
    }
    // An id that was never ours is like one that is too old: the client begins anew.
    let last = sent
        .filter(|id| !id.is_empty())
        .or(asked.last_event_id)
        .map(|id| id.parse().unwrap_or(i64::MAX));
    Ok(EventStream(app.live.listen(admission, filter, last).await?))
}

/// 200 with events as they happen.
#[derive(Debug)]
pub(super) struct EventStream(Frames);

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        let body = Body::from_stream(self.0.map(Ok::<_, Infallible>));
        ([(header::CONTENT_TYPE, EVENT_STREAM)], [NO_BUFFER], body).into_response()
    }
}

impl Answer for EventStream {
    fn describe(description: &mut Description) {
        let schema = description.refer_to::<LiveEvent>();
        let text = "Server-sent events, as they happen: `event` is what happened, `id` its place in their order, the \
                    JSON of `data` an object as described here. An event `reset` says that what happened since \
                    Last-Event-ID is not known any more. Comments come every 15 seconds when nothing happens. The \
                    stream ends when the caller's login does, or when he reads too slowly.";
        description.answers_with(text, EVENT_STREAM, schema);
    }
}
