//! Comments, also called replies: Comment, Comments.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::api::uploads::Uploads;
use crate::app::AppState;
use crate::domain::comments::{self, NewComment};
use crate::domain::ids::{TicketId, UserId};
use crate::domain::{Actor, html};
use crate::http::error::Result;
use crate::http::params::{Params, ParamsWithFiles};
use crate::http::reply::{Date, Id, Json};

/// Parameters of *Comment*.
#[derive(Debug, Deserialize)]
pub struct Comment {
    id: TicketId,
    body: Option<String>,
    #[serde(default)]
    for_techs_only: bool,
    #[serde(default)]
    is_system: bool,
    #[serde(default)]
    recipient_ids: Vec<UserId>,
    from_user_id: Option<UserId>,
}

/// *Comment*: "Posts a comment to a ticket", with files; answers the new comment's id.
#[tracing::instrument(name = "api.Comment", skip_all, fields(ticket.id = %comment.id))]
pub async fn comment(
    State(app): State<AppState>,
    actor: Actor,
    ParamsWithFiles(comment, files): ParamsWithFiles<Comment>,
) -> Result<Id> {
    let uploads = Uploads::store(files).await?;
    let new = NewComment {
        body: comment.body.unwrap_or_default(),
        for_techs_only: comment.for_techs_only,
        is_system: comment.is_system,
        recipient_ids: comment.recipient_ids,
        from_user_id: comment.from_user_id,
        files: uploads.new_files(),
    };
    let mut tx = app.db.begin().await?;
    let id = comments::add(&mut tx, &actor, comment.id, &new).await?;
    uploads.commit(tx).await?;
    Ok(Id(id.0))
}

/// Parameters of *Comments*.
#[derive(Debug, Deserialize)]
pub struct Comments {
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
    let mut conn = app.db.read().await?;
    let comments = comments::list(&mut conn, &actor, asked.id).await?;
    Ok(Json(comments.into_iter().map(CommentInfo::from).collect()))
}

/// An item of *Comments*.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CommentInfo {
    #[serde(rename = "CommentID")]
    comment_id: i32,
    #[serde(rename = "IssueID")]
    issue_id: i32,
    #[serde(rename = "UserID")]
    user_id: i32,
    user_name: String,
    email: String,
    first_name: String,
    last_name: String,
    is_system: bool,
    comment_date: Date,
    for_techs_only: bool,
    body: String,
    /// Null, as in the document: the ticket is known to whoever asks for its comments.
    ticket_subject: Option<()>,
    recipients: String,
}

impl From<comments::Comment> for CommentInfo {
    fn from(comment: comments::Comment) -> Self {
        Self {
            comment_id: comment.id.0,
            issue_id: comment.ticket_id.0,
            user_id: comment.user_id.0,
            user_name: comment.username,
            email: comment.email,
            first_name: comment.first_name,
            last_name: comment.last_name,
            is_system: comment.is_system,
            comment_date: comment.created_at.into(),
            for_techs_only: comment.for_techs_only,
            body: format!("{}{}", html::PREFIX, comment.body),
            ticket_subject: None,
            recipients: comment.recipients,
        }
    }
}
