//! Ticket, Ticket (POST), deleteTicket, `/Ticket/{id}`.

use axum::extract::State;
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::api::uploads::Uploads;
use crate::app::AppState;
use crate::domain::html::{self, Body};
use crate::domain::ids::{CategoryId, TicketId, UserId};
use crate::domain::tickets::creation::{self, NewTicket};
use crate::domain::tickets::{self, Origin, Priority};
use crate::domain::{Actor, Error, attachments, custom_fields, tags};
use crate::http::error::Result;
use crate::http::params::{Params, ParamsWithFiles};
use crate::http::reply::{Done, Id, Json, Page};

use super::dto::TicketInfo;
use super::dto_attachments::AttachmentInfo;

/// Parameters of *Ticket*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TicketParams {
    /// The ticket's number.
    id: TicketId,
}

/// *Ticket*: "Gets details of a ticket."
pub async fn ticket(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<TicketParams>,
) -> Result<Json<TicketInfo>> {
    let mut conn = app.db.read().await?;
    full(&app, &mut conn, &actor, params.id).await
}

/// Everything of a ticket that the actor sees.
pub(super) async fn full(
    app: &AppState,
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
) -> Result<Json<TicketInfo>> {
    let ticket = tickets::details(conn, actor, id).await?;
    let files = if ticket.has_files {
        attachments::list_of_ticket(conn, actor, &ticket.core).await?
    } else {
        Vec::new()
    };
    let files = files
        .into_iter()
        .map(|file| AttachmentInfo::new(app, file))
        .collect();
    Ok(Json(TicketInfo::of(app, ticket, files, actor)))
}

/// Parameters of *Ticket* (POST).
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateTicket {
    /// The category's number.
    category_id: CategoryId,
    /// The text, as HTML.
    body: String,
    /// What it is about.
    subject: String,
    /// -1 low, 0 normal, 1 high, 2 critical.
    #[serde(alias = "priority")]
    #[schema(minimum = -1, maximum = 2, default = 0)]
    priority_id: Option<i32>,
    /// The submitter, when it is not the caller; for technicians.
    user_id: Option<UserId>,
    /// Tags, new or not.
    tags: Vec<String>,
    /// How it came: 0 web, 1 e-mail, 2 widget, 3 API, 4 scheduler, 5 mobile, 6 phone, 7 chat, 8 in person.
    #[schema(minimum = 0, maximum = 8, default = 3)]
    origin: Option<i32>,
    /// Who is to work on it; for technicians.
    assigned_to_user_id: Option<UserId>,
    /// Custom fields as JSON: their numbers with their values.
    custom_fields: Option<String>,
    /// Send the submitter no confirmation.
    suppress_confirmation: Option<bool>,
}

/// *Ticket* (POST): "Creates a new ticket." Answers its id. A file that fails means that no ticket is made.
pub async fn create_ticket(
    State(app): State<AppState>,
    actor: Actor,
    ParamsWithFiles(params, uploads): ParamsWithFiles<CreateTicket>,
) -> Result<Id> {
    let new = params.into_new_ticket().await?;
    let files = Uploads::store(uploads).await?;
    let mut tx = app.db.begin().await?;
    let id = creation::create(&mut tx, &actor, &new).await?;
    for file in files.new_files() {
        attachments::insert(
            &mut tx,
            &actor,
            attachments::Owner::Ticket { ticket: id },
            &file,
        )
        .await?;
    }
    files.commit(tx).await?;
    Ok(Id(id.0))
}

impl CreateTicket {
    async fn into_new_ticket(self) -> Result<NewTicket> {
        Ok(NewTicket {
            category_id: self.category_id,
            subject: self.subject,
            body: Body::from_input(self.body).await?,
            priority: self.priority_id.map_or(Ok(Priority::NORMAL), |number| {
                valid_priority("priorityId", number)
            })?,
            origin: match self.origin {
                None => Origin::API,
                Some(number) => Origin::from_number(number)
                    .ok_or_else(|| Error::invalid("origin", "is none of the numbers 0 to 8"))?,
            },
            on_behalf_of: self.user_id,
            assigned_to: self.assigned_to_user_id,
            tags: tags::parse("tags", &self.tags.join(","))?,
            custom_fields: self
                .custom_fields
                .as_deref()
                .map(custom_fields::parse)
                .transpose()?
                .unwrap_or_default(),
            suppress_confirmation: self.suppress_confirmation.unwrap_or(false),
            by_mail: None,
        })
    }
}

/// "-1 – Low, 0 – Normal, 1 – High, 2 – Critical".
pub(super) fn valid_priority(parameter: &'static str, number: i32) -> Result<Priority> {
    let priority = Priority::from_number(number);
    Ok(priority.ok_or_else(|| {
        Error::invalid(
            parameter,
            "is none of -1 (Low), 0 (Normal), 1 (High), 2 (Critical)",
        )
    })?)
}

/// *deleteTicket*: deletes a ticket with everything on it. Seen in use; not in the document.
pub async fn delete_ticket(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<TicketParams>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    tickets::delete(&mut tx, &actor, params.id).await?;
    tx.commit().await?;
    Ok(Done)
}

/// `/Ticket/{id}`: the address clients link to. A plain page until there is a web application.
pub async fn ticket_page(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<TicketParams>,
) -> Result<Page> {
    let mut conn = app.db.read().await?;
    let ticket = tickets::details(&mut conn, &actor, params.id).await?;
    let title = format!("#{} {}", ticket.core.id, html::escape(&ticket.core.subject));
    let status = html::escape(&ticket.status);
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body><h1>{title}</h1><p>Status: {status}</p><div>{}</div></body></html>",
        ticket.body,
    );
    Ok(Page::new(page))
}
