//! Tags of tickets. A tag lives on when no ticket bears it.

mod kept;

use std::collections::HashSet;

use serde_json::json;
use sqlx::PgConnection;

use crate::access::tickets::Action;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::TicketId;
use crate::outbox;
use crate::tickets::{self, history, search};

pub use kept::{TagDraft, TagKind};

/// The longest name of a tag, in characters.
const LONGEST: usize = 100;

/// The names in "a string of tags separated by comma": trimmed, the blank ones dropped, each once, whatever its
/// case. `parameter` is named when one is too long or holds control characters.
pub fn parse(parameter: &'static str, text: &str) -> Result<Vec<String>> {
    let mut seen = HashSet::new();
    let mut names = vec![];
    for name in text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        if name.chars().count() > LONGEST {
            return Err(Error::invalid(
                parameter,
                format!("holds a tag longer than {LONGEST} characters"),
            ));
        }
        if name.chars().any(char::is_control) {
            return Err(Error::invalid(
                parameter,
                "holds a tag with control characters",
            ));
        }
        if seen.insert(name.to_lowercase()) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// "Adds a tag to a ticket": `name` could be new or existing. For the ticket's owner and its staff. Several names
/// separated by comma are several tags, as everywhere else. Nothing happens if the ticket has them.
pub async fn tag_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    name: &str,
) -> Result<()> {
    let names = parse("name", name)?;
    if names.is_empty() {
        return Err(Error::invalid("name", "is missing"));
    }
    tickets::fetch_for_update(conn, actor, ticket, Action::Edit).await?;
    let ids = find_or_create(conn, &names).await?;
    if put(conn, ticket, &ids).await? {
        tickets::touch(conn, actor, ticket).await?;
        search::rebuild(conn, ticket).await?;
        let text = format!("added the tag {}", names.join(", "));
        history::record(conn, actor, ticket, &text).await?;
        outbox::record(
            conn,
            actor,
            "ticket.tagged",
            Some(ticket),
            json!({ "tagIds": ids }),
        )
        .await?;
    }
    Ok(())
}

/// Take a tag from a ticket, whatever its case. For the ticket's owner and its staff. Nothing happens if the ticket does
/// not have it.
pub async fn untag_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    name: &str,
) -> Result<()> {
    tickets::fetch_for_update(conn, actor, ticket, Action::Edit).await?;
    let removed = sqlx::query_scalar!(
        "delete from ticket_tags tt using tags t
        where tt.ticket_id = $1 and t.id = tt.tag_id and lower(t.name) = lower($2)
        returning t.id",
        ticket.0,
        name.trim(),
    )
    .fetch_all(&mut *conn)
    .await?;
    if removed.is_empty() {
        return Ok(());
    }
    tickets::touch(conn, actor, ticket).await?;
    search::rebuild(conn, ticket).await?;
    let text = format!("removed the tag {}", name.trim());
    history::record(conn, actor, ticket, &text).await?;
    let payload = json!({ "tagIds": removed });
    outbox::record(conn, actor, "ticket.untagged", Some(ticket), payload).await
}

/// Give the ticket these tags and no others. Returns whether that changed anything.
pub async fn set(conn: &mut PgConnection, ticket: TicketId, names: &[String]) -> Result<bool> {
    let ids = find_or_create(conn, names).await?;
    let removed = sqlx::query!(
        "delete from ticket_tags where ticket_id = $1 and tag_id <> all ($2)",
        ticket.0,
        &ids,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    let added = put(conn, ticket, &ids).await?;
    Ok(removed > 0 || added)
}

async fn put(conn: &mut PgConnection, ticket: TicketId, tags: &[i32]) -> Result<bool> {
    let put = sqlx::query!(
        "insert into ticket_tags (ticket_id, tag_id) select $1, unnest($2::integer[]) on conflict do nothing",
        ticket.0,
        tags,
    )
    .execute(conn)
    .await?;
    Ok(put.rows_affected() > 0)
}

/// How often tags are made anew that others delete at the same time.
const ATTEMPTS: usize = 3;

/// The ids of these tags, made when new; they stay until the transaction ends.
async fn find_or_create(conn: &mut PgConnection, names: &[String]) -> Result<Vec<i32>> {
    let mut ids = vec![];
    for _ in 0..ATTEMPTS {
        if ids.len() >= names.len() {
            break;
        }
        create(conn, names).await?;
        ids = hold(conn, names).await?;
    }
    Ok(ids)
}

/// Make those that there are not. New ones are made in the order of their names: two transactions that make the same
/// ones wait for each other, but never in a circle.
async fn create(conn: &mut PgConnection, names: &[String]) -> Result<()> {
    // Known ones are left out of the insert: even one that does nothing would use up an id.
    sqlx::query!(
        "insert into tags (name)
        select n.name
        from unnest($1::text[]) n (name)
        where not exists (select from tags t where lower(t.name) = lower(n.name))
        order by lower(n.name)
        on conflict (lower(name)) do nothing",
        names,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of them that there are, which nobody deletes until the transaction ends.
async fn hold(conn: &mut PgConnection, names: &[String]) -> Result<Vec<i32>> {
    Ok(sqlx::query_scalar!(
        "select t.id from tags t where lower(t.name) in (select lower(n.name) from unnest($1::text[]) n (name)) order by t.id
        for key share of t",
        names,
    )
    .fetch_all(conn)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_trimmed_and_come_once() {
        for (text, names) in [
            ("tag1,tag2,tag3", vec!["tag1", "tag2", "tag3"]),
            (" a b , A B,, c ,", vec!["a b", "c"]),
            ("Ä,ä", vec!["Ä"]),
            (",, ,", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(parse("tags", text).unwrap(), names);
        }
    }

    #[test]
    fn a_tag_has_at_most_100_characters_and_no_control_characters() {
        assert!(parse("tags", &"ü".repeat(100)).is_ok());
        assert!(parse("tags", &"ü".repeat(101)).is_err());
        assert!(parse("tags", "a\0b").is_err());
    }
}
