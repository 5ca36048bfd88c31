//! Rules of attachments.

use std::collections::HashSet;

use serde_json::json;
use sqlx::PgConnection;

use super::{Attachment, NewFile, Owner, file_name, repo};
use crate::access::attachments::{self as access, Reader};
use crate::access::staff;
use crate::access::tickets::Action;
use crate::actor::Actor;
use crate::articles;
use crate::assets;
use crate::audit;
use crate::error::{Error, Result};
use crate::ids::{ArticleId, AttachmentId, UserId};
use crate::tickets::{self, TicketCore, history};

/// Write the row of a file of the actor whose bytes are stored. Whoever calls has made sure that the actor may add
/// to the owner.
pub async fn insert(
    conn: &mut PgConnection,
    actor: &Actor,
    owner: Owner,
    file: &NewFile,
) -> Result<AttachmentId> {
    insert_as(conn, actor, owner, actor.user_id, file).await
}

/// [`insert`] in the name of another user.
pub async fn insert_as(
    conn: &mut PgConnection,
    actor: &Actor,
    owner: Owner,
    author: UserId,
    file: &NewFile,
) -> Result<AttachmentId> {
    let file = NewFile {
        file_name: file_name::clean(&file.file_name),
        ..file.clone()
    };
    repo::insert(conn, owner, author, &file, actor.now()).await
}

/// So many ids that no other file will get, for texts that refer to files which are written with them.
pub async fn reserve_ids(conn: &mut PgConnection, count: usize) -> Result<Vec<AttachmentId>> {
    repo::reserve_ids(conn, i32::try_from(count).map_err(Error::internal)?).await
}

/// The files of a ticket that the actor sees, and of its comments, oldest first. Those of comments for
/// technicians only are absent for everybody else.
pub async fn list_of_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: &TicketCore,
) -> Result<Vec<Attachment>> {
    let with_techs_only = actor.is_staff_of(ticket.facts.category_id);
    repo::list_of_ticket(conn, ticket.id, with_techs_only).await
}

/// The files that are shown with an article, oldest first. Whoever calls has made sure that the actor sees it.
pub async fn list_of_article(
    conn: &mut PgConnection,
    article: ArticleId,
) -> Result<Vec<Attachment>> {
    repo::list_of_article(conn, article).await
}

/// A file the actor may read: the right to it is the right to what it hangs on, never the knowledge of its id.
/// Errors: `NotFound`, the same for an unknown file and for one that is not for the actor.
pub async fn find_for(
    conn: &mut PgConnection,
    actor: &Actor,
    id: AttachmentId,
) -> Result<Attachment> {
    let file = repo::find(conn, id).await?.ok_or(NO_FILE)?;
    let reader = match file.owner {
        Owner::Ticket { ticket } | Owner::Comment { ticket, .. } => seen(
            tickets::fetch_for(conn, actor, ticket, Action::View).await,
        )?
        .map_or(Reader::Other, |ticket| Reader::OfTicket {
            is_staff: actor.is_staff_of(ticket.facts.category_id),
        }),
        Owner::Article(article) => seen(articles::require_visible(conn, actor, article).await)?
            .map_or(Reader::Other, |()| Reader::OfArticle),
        Owner::Asset(asset) if assets::is_visible(conn, actor, asset).await? => Reader::OfAsset,
        Owner::Asset(_) | Owner::Draft => Reader::Other,
    };
    if access::may_read(actor, reader, &file) {
        Ok(file)
    } else {
        Err(NO_FILE)
    }
}

/// What was looked up, or nothing when it is not for the actor.
fn seen<T>(looked_up: Result<T>) -> Result<Option<T>> {
    match looked_up {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Remove a file, for administrators only. Returns what it was: its bytes are to be removed after the commit.
pub async fn delete(
    conn: &mut PgConnection,
    actor: &Actor,
    id: AttachmentId,
) -> Result<Attachment> {
    staff::require_admin(actor)?;
    let file = find_with_ticket_locked(conn, actor, id).await?;
    if !repo::delete(conn, id).await? {
        return Err(NO_FILE);
    }
    let before = json!({
        "fileName": file.file_name,
        "size": file.size,
        "ticketId": file.owner.ticket(),
        "commentId": file.owner.comment(),
        "userId": file.user_id,
    });
    let entry = audit::Entry {
        action: "attachment.deleted",
        object_type: "attachment",
        object_id: id.0,
        before: Some(before),
        after: None,
    };
    audit::record(conn, actor, entry).await?;
    // System comments are for everybody: one about a file of a note would tell customers of the note.
    if let Some(ticket) = file.owner.ticket().filter(|_| !file.for_techs_only) {
        let text = format!("deleted the file {}", file.file_name);
        history::record(conn, actor, ticket, &text).await?;
    }
    Ok(file)
}

/// A file, with the row of its ticket locked first, as all who change what hangs on a ticket do. Until that is ours, a
/// merge may carry the file to another ticket.
async fn find_with_ticket_locked(
    conn: &mut PgConnection,
    actor: &Actor,
    id: AttachmentId,
) -> Result<Attachment> {
    let mut file = repo::find(conn, id).await?.ok_or(NO_FILE)?;
    while let Some(ticket) = file.owner.ticket() {
        let locked = tickets::fetch_for_update(conn, actor, ticket, Action::View).await;
        seen(locked)?;
        file = repo::find(conn, id).await?.ok_or(NO_FILE)?;
        if file.owner.ticket() == Some(ticket) {
            break;
        }
    }
    Ok(file)
}

/// Those of the storage's keys that a row names: a sweep removes the bytes of the others, once they are old
/// enough to belong to no request under way.
pub async fn known_keys(conn: &mut PgConnection, keys: &[String]) -> Result<HashSet<String>> {
    let known = repo::known_keys(conn, keys).await?;
    Ok(known.into_iter().collect())
}

/// No such file, or none the actor may see.
const NO_FILE: Error = Error::NotFound("file");
