//! Files of tickets: Attachment, `AttachFile`, `DeleteFile`, Attachments, and the address that bodies link to.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::tickets::dto_attachments::AttachmentInfo;
use crate::api::uploads::Uploads;
use crate::app::AppState;
use crate::domain::access::tickets::Action;
use crate::domain::attachments;
use crate::domain::comments::{self, NewComment};
use crate::domain::ids::{AttachmentId, TicketId};
use crate::domain::{Actor, Error, tickets};
use crate::http::error::Result;
use crate::http::params::{Params, ParamsWithFiles};
use crate::http::reply::{Disposition, Done, File, Json};

/// Parameters of *Attachment*, `DeleteFile` and `/File/Get`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OneFile {
    /// The file's number.
    id: AttachmentId,
}

/// *Attachment*: "Allows you to download an individual file attachment".
#[tracing::instrument(name = "api.Attachment", skip_all, fields(attachment.id = %asked.id))]
pub async fn attachment(
    State(app): State<AppState>,
    actor: Actor,
    Params(asked): Params<OneFile>,
) -> Result<File> {
    read(&app, &actor, asked.id, Disposition::Attachment).await
}

/// `/File/Get?id=N` and `/File/Get/N`: what bodies and *Ticket* link to. Pictures are shown.
#[tracing::instrument(name = "file.Get", skip_all, fields(attachment.id = %asked.id))]
pub async fn file_get(
    State(app): State<AppState>,
    actor: Actor,
    Params(asked): Params<OneFile>,
) -> Result<File> {
    read(&app, &actor, asked.id, Disposition::InlineIfPicture).await
}

/// A file the actor may read. One whose bytes are lost is gone for the client; the operator must know.
async fn read(
    app: &AppState,
    actor: &Actor,
    id: AttachmentId,
    disposition: Disposition,
) -> Result<File> {
    let file = {
        let mut conn = app.db.read().await?;
        attachments::find_for(&mut conn, actor, id).await?
    };
    let Some(bytes) = app.storage.open(&file.storage_key).await? else {
        tracing::error!(
            attachment.id = %file.id,
            storage.key = file.storage_key,
            "the bytes of an attachment are missing"
        );
        return Err(Error::NotFound("file").into());
    };
    let reply = File::open(bytes, &file.file_name, &file.content_type, disposition).await;
    Ok(reply.map_err(Error::internal)?)
}

/// Parameters of `AttachFile`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AttachFile {
    /// The ticket's number.
    id: TicketId,
}

/// `AttachFile`: "Attaches a file to a ticket", in a public comment of its own.
#[tracing::instrument(name = "api.AttachFile", skip_all, fields(ticket.id = %to.id))]
pub async fn attach_file(
    State(app): State<AppState>,
    actor: Actor,
    ParamsWithFiles(to, files): ParamsWithFiles<AttachFile>,
) -> Result<Done> {
    if files.is_empty() {
        return Err(Error::invalid(
            "uploadFile",
            "is missing: send a file as multipart/form-data",
        )
        .into());
    }
    let uploads = Uploads::store(files).await?;
    let new = NewComment {
        files: uploads.new_files(),
        ..NewComment::default()
    };
    let mut tx = app.db.begin().await?;
    comments::add(&mut tx, &actor, to.id, &new).await?;
    uploads.commit(tx).await?;
    Ok(Done)
}

/// `DeleteFile`: "Deletes a file from a ticket. Requires helpdesk-administrator permissions." Its bytes go after
/// the row: should the server die in between, the sweep finds them.
#[tracing::instrument(name = "api.DeleteFile", skip_all, fields(attachment.id = %asked.id))]
pub async fn delete_file(
    State(app): State<AppState>,
    actor: Actor,
    Params(asked): Params<OneFile>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    let file = attachments::delete(&mut tx, &actor, asked.id).await?;
    tx.commit().await?;
    if let Err(error) = app.storage.remove(&file.storage_key).await {
        tracing::warn!(storage.key = file.storage_key, %error, "bytes of a deleted file stay for the sweep");
    }
    Ok(Done)
}

/// Parameters of *Attachments*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Attachments {
    /// The ticket's number.
    #[serde(alias = "ticket_id")]
    id: TicketId,
}

/// *Attachments*: the files of a ticket, as in *Ticket*.
#[tracing::instrument(name = "api.Attachments", skip_all, fields(ticket.id = %of.id))]
pub async fn attachments(
    State(app): State<AppState>,
    actor: Actor,
    Params(of): Params<Attachments>,
) -> Result<Json<Vec<AttachmentInfo>>> {
    let mut conn = app.db.read().await?;
    let ticket = tickets::fetch_for(&mut conn, &actor, of.id, Action::View).await?;
    let files = attachments::list_of_ticket(&mut conn, &actor, &ticket).await?;
    let infos = files
        .into_iter()
        .map(|file| AttachmentInfo::new(&app, file));
    Ok(Json(infos.collect()))
}
