//! Comments, also called replies: Comment, Comments, `CommentTemplates`.

use axum::extract::State;
use axum::http::Method;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::uploads::Uploads;
use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::access::users::{sees_address, sees_all_addresses, shown_login};
use crate::domain::comment_templates::{self, Template};
use crate::domain::comments::{self, NewComment};
use crate::domain::html::{self, Body};
use crate::domain::ids::{TicketId, UserId};
use crate::http::error::Result;
use crate::http::params::{Params, ParamsWithFiles};
use crate::http::reply::{Either, Id, IsoDate, Json};

/// Parameters of *Comment*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Comment {
    /// The ticket's number.
    id: TicketId,
    /// The text, as HTML. By GET without one the replies are read instead.
    body: Option<String>,
    /// A note that only technicians see.
    #[serde(default)]
    for_techs_only: bool,
    /// Shown as a note of the system.
    #[serde(default)]
    is_system: bool,
    /// Who of the subscribers is told; all unless given.
    #[serde(default)]
    recipient_ids: Vec<UserId>,
    /// In the name of this user; for administrators.
    from_user_id: Option<UserId>,
}

/// *Comment*: "Posts a comment to a ticket", with files; answers the new comment's id. GET with a `body` does so too;
/// GET with nothing to post reads the ticket's comments.
#[tracing::instrument(name = "api.Comment", skip_all, fields(ticket.id = %comment.id))]
pub async fn comment(
    State(app): State<AppState>,
    actor: Actor,
    verb: Method,
    ParamsWithFiles(comment, files): ParamsWithFiles<Comment>,
) -> Result<Either<Id, Json<Vec<CommentInfo>>>> {
    if verb == Method::GET && comment.body.is_none() && files.is_empty() {
        return read(&app, &actor, comment.id).await.map(Either::Other);
    }
    let body = Body::from_input(comment.body.unwrap_or_default()).await?;
    let uploads = Uploads::store(files).await?;
    let new = NewComment {
        body,
        for_techs_only: comment.for_techs_only,
        is_system: comment.is_system,
        recipient_ids: comment.recipient_ids,
        from_user_id: comment.from_user_id,
        files: uploads.new_files(),
        by_mail: None,
    };
    let mut tx = app.db.begin().await?;
    let id = comments::add(&mut tx, &actor, comment.id, &new).await?;
    uploads.commit(tx).await?;
    Ok(Either::One(Id(id.0)))
}

/// Parameters of *Comments*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Comments {
    /// The ticket's number.
    #[serde(alias = "ticket_id")]
    id: TicketId,
}

/// *Comments*: "Gets comments of a specified ticket", newest first.
#[tracing::instrument(name = "api.Comments", skip_all, fields(ticket.id = %asked.id))]
pub async fn comments(
    State(app): State<AppState>,
    actor: Actor,
    Params(asked): Params<Comments>,
) -> Result<Json<Vec<CommentInfo>>> {
    read(&app, &actor, asked.id).await
}

async fn read(app: &AppState, actor: &Actor, ticket: TicketId) -> Result<Json<Vec<CommentInfo>>> {
    let mut conn = app.db.read().await?;
    let comments = comments::list(&mut conn, actor, ticket).await?;
    let shown = comments
        .into_iter()
        .map(|comment| CommentInfo::of(comment, actor));
    Ok(Json(shown.collect()))
}

/// An item of *Comments*.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CommentInfo {
    #[serde(rename = "CommentID")]
    comment_id: i32,
    /// The ticket.
    #[serde(rename = "IssueID")]
    issue_id: i32,
    /// The author.
    #[serde(rename = "UserID")]
    user_id: i32,
    /// The author's login.
    user_name: String,
    email: String,
    first_name: String,
    last_name: String,
    /// A note of the system.
    is_system: bool,
    comment_date: IsoDate,
    /// A note that only technicians see.
    for_techs_only: bool,
    /// The text, as HTML.
    body: String,
    /// Null, as in the document: the ticket is known to whoever asks for its comments.
    #[schema(required = true)]
    ticket_subject: Option<()>,
    recipients: String,
}

impl CommentInfo {
    /// A comment as `reader` may see it. System entries have no address: nobody answers them.
    fn of(comment: comments::Comment, reader: &Actor) -> Self {
        let blank_unless = |seen: bool, text: String| if seen { text } else { String::new() };
        let address = !comment.is_system && sees_address(reader, comment.user_id);
        Self {
            comment_id: comment.id.0,
            issue_id: comment.ticket_id.0,
            user_id: comment.user_id.0,
            user_name: shown_login(reader, &comment.username).to_owned(),
            email: blank_unless(address, comment.email),
            first_name: comment.first_name,
            last_name: comment.last_name,
            is_system: comment.is_system,
            comment_date: comment.created_at.into(),
            for_techs_only: comment.for_techs_only,
            body: format!("{}{}", html::PREFIX, comment.body),
            ticket_subject: None,
            recipients: blank_unless(sees_all_addresses(reader), comment.recipients),
        }
    }
}

/// *`CommentTemplates`*: "Gets all available canned responses."
#[tracing::instrument(name = "api.CommentTemplates", skip_all)]
pub async fn comment_templates(
    State(app): State<AppState>,
    actor: Actor,
) -> Result<Json<Vec<TemplateInfo>>> {
    let mut conn = app.db.read().await?;
    let templates = comment_templates::list(&mut conn, &actor).await?;
    Ok(Json(templates.into_iter().map(Into::into).collect()))
}

/// An item of *`CommentTemplates`*; live servers send the group as well.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateInfo {
    template_id: i32,
    body: String,
    name: String,
    #[schema(required = true)]
    group_id: Option<i32>,
    #[schema(required = true)]
    group_name: Option<String>,
}

impl From<Template> for TemplateInfo {
    fn from(template: Template) -> Self {
        Self {
            template_id: template.id,
            body: template.body,
            name: template.name,
            group_id: template.group_id,
            group_name: template.group_name,
        }
    }
}
