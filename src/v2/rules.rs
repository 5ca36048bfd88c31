//! Rules: written anew as JSON, or as the XML that *Rule* of the helpdesk API gives.

use axum::extract::{FromRequest, Request, State};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::content::Content;
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Required, Schema};

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::administration;
use crate::domain::automation::runs::{self, RuleRun};
use crate::domain::automation::{self, DryRun};
use crate::domain::ids::{RuleId, TicketId};
use crate::domain::rules::{RuleDraft, RuleKind};
use crate::http::describe::{Argument, Description};
use crate::rule_xml;

use super::body::{self, JSON};
use super::etag::IfMatch;
use super::kept::{View, object};
use super::page::{Page, span};
use super::problem::{Problem, Result};
use super::query::{Id, Query};
use super::reply::{Json, Object};

/// The media types of XML.
const XML: [&str; 2] = ["application/xml", "text/xml"];

/// A rule in either form.
#[derive(Debug)]
pub(super) enum AnyForm {
    /// All of it.
    Json(RuleDraft),
    /// All but its place among the rules, for which the XML has no word.
    Xml(RuleDraft),
}

impl FromRequest<AppState> for AnyForm {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &AppState) -> Result<Self> {
        let media_type = body::media_type(request.headers());
        if XML.iter().any(|xml| media_type.eq_ignore_ascii_case(xml)) {
            let bytes = body::bytes_of(request).await?;
            return Ok(Self::Xml(rule_xml::read(&bytes)?));
        }
        Ok(Self::Json(body::read_object(
            &body::json_of(request).await?,
        )?))
    }
}

impl Argument for AnyForm {
    fn describe(description: &mut Description) {
        let draft = description.refer_to::<RuleDraft>();
        let xml = Schema::from(ObjectBuilder::new().schema_type(Type::String));
        let body = RequestBodyBuilder::new()
            .required(Some(Required::True))
            .content(JSON, Content::new(Some(draft)))
            .content("application/xml", Content::new(Some(xml)));
        description.body = Some(body.build());
    }
}

/// `PUT /api/v2/rules/{id}`
pub(super) async fn replace(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    known: IfMatch,
    rule: AnyForm,
) -> Result<Object<View<RuleKind>>> {
    let mut tx = app.db.begin().await?;
    let change = |before: &RuleDraft| {
        known.require(before)?;
        Ok(match rule {
            AnyForm::Json(draft) => draft,
            AnyForm::Xml(draft) => RuleDraft {
                order: before.order,
                ..draft
            },
        })
    };
    let stored = administration::update::<RuleKind, Problem>(&mut tx, &actor, id, change).await?;
    tx.commit().await?;
    object::<RuleKind>(stored)
}

/// Which ticket.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WithTicket {
    /// The ticket; `ticketId` is taken too.
    #[serde(alias = "ticketId")]
    ticket_id: i32,
}

/// `POST /api/v2/rules/{id}/dry-run`
pub(super) async fn dry_run(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    Query(with): Query<WithTicket>,
) -> Result<Json<DryRun>> {
    let mut conn = app.db.read().await?;
    let (rule, ticket) = (RuleId(id), TicketId(with.ticket_id));
    let said = automation::dry_run(&mut conn, &actor, &app.context(), rule, ticket).await?;
    Ok(Json(said))
}

/// Which runs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RunsOf {
    /// How many at most; 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
    /// Of this rule.
    rule_id: Option<i32>,
    /// About this ticket.
    ticket_id: Option<i32>,
}

/// `GET /api/v2/rule_runs`
pub(super) async fn runs(
    State(app): State<AppState>,
    actor: Actor,
    Query(asked): Query<RunsOf>,
) -> Result<Json<Page<RuleRun>>> {
    let span = span(asked.limit, asked.cursor.as_deref())?;
    let (rule, ticket) = (asked.rule_id, asked.ticket_id);
    let mut conn = app.db.read_list().await?;
    let found = runs::list(&mut conn, &actor, rule, ticket, span.after, span.to_read()).await?;
    Ok(Json(span.page(found, |run| run.id)))
}
