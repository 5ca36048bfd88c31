//! Mailboxes as administrators keep them.

use serde_json::json;
use sqlx::PgConnection;

use super::draft::{AfterReading, MailboxDraft, OAuth2Draft, Protocol, Security};
use super::secret::Secret;
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::audit::{self, Entry};
use crate::audited_actions;
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result, Use};

/// Mailboxes.
#[derive(Debug)]
pub enum MailboxKind {}

impl Kept for MailboxKind {
    const KIND: &'static str = "mailbox";
    const ACTIONS: Actions = audited_actions!("mailbox");
    type Draft = MailboxDraft;

    fn check(draft: MailboxDraft) -> Result<MailboxDraft> {
        draft.check()
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<MailboxDraft>>> {
        let ids = sqlx::query_scalar!(
            "select id from mailboxes where id > $1 order by id limit $2",
            after,
            limit,
        )
        .fetch_all(&mut *conn)
        .await?;
        drafts(conn, &ids).await
    }

    async fn find(conn: &mut PgConnection, id: i32, lock: bool) -> Result<Option<MailboxDraft>> {
        if lock {
            sqlx::query_scalar!("select id from mailboxes where id = $1 for update", id)
                .fetch_optional(&mut *conn)
                .await?;
        }
        let found = drafts(conn, &[id]).await?.pop();
        Ok(found.map(|stored| stored.draft))
    }

    async fn insert(conn: &mut PgConnection, actor: &Actor, draft: &MailboxDraft) -> Result<i32> {
        let oauth2 = draft.oauth2.as_ref();
        let id = sqlx::query_scalar!(
            "insert into mailboxes (name, enabled, address, category_id, host, port, security, username,
                oauth2_token_url, oauth2_client_id, folder, after_reading, move_to_folder)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             returning id",
            draft.name,
            draft.enabled,
            draft.address,
            draft.category_id,
            draft.host,
            draft.port,
            draft.security.name(),
            draft.username,
            oauth2.map(|oauth2| &oauth2.token_url),
            oauth2.map(|oauth2| &oauth2.client_id),
            draft.folder,
            draft.after_reading.name(),
            draft.move_to_folder,
        )
        .fetch_one(&mut *conn)
        .await
        .on_constraint("mailboxes_name_key", name_is_taken)
        .on_constraint("mailboxes_address_key", address_is_taken)
        .on_constraint("mailboxes_category_id_fkey", no_category)?;
        require_category(conn, draft).await?;
        write_secrets(conn, actor, id, draft).await?;
        Ok(id)
    }

    /// Begins anew in another folder, of another user or server. What was known of the old place is forgotten.
    async fn update(
        conn: &mut PgConnection,
        actor: &Actor,
        id: i32,
        before: &MailboxDraft,
        after: &MailboxDraft,
    ) -> Result<()> {
        require_secrets(conn, id, before, after).await?;
        let oauth2 = after.oauth2.as_ref();
        let moves = before.host != after.host
            || before.username != after.username
            || before.folder != after.folder;
        sqlx::query!(
            "update mailboxes
             set name = $2, enabled = $3, address = $4, category_id = $5, host = $6, port = $7, security = $8,
                 username = $9, oauth2_token_url = $10, oauth2_client_id = $11, folder = $12, after_reading = $13,
                 move_to_folder = $14, revision = revision + 1, next_try_at = null,
                 uid_validity = case when $15 then null else uid_validity end,
                 last_uid = case when $15 then null else last_uid end
             where id = $1",
            id,
            after.name,
            after.enabled,
            after.address,
            after.category_id,
            after.host,
            after.port,
            after.security.name(),
            after.username,
            oauth2.map(|oauth2| &oauth2.token_url),
            oauth2.map(|oauth2| &oauth2.client_id),
            after.folder,
            after.after_reading.name(),
            after.move_to_folder,
            moves,
        )
        .execute(&mut *conn)
        .await
        .on_constraint("mailboxes_name_key", name_is_taken)
        .on_constraint("mailboxes_address_key", address_is_taken)
        .on_constraint("mailboxes_category_id_fkey", no_category)?
        .expect_rows(1)?;
        if moves {
            sqlx::query!("delete from fetched_mail where mailbox_id = $1", id)
                .execute(&mut *conn)
                .await?;
        }
        require_category(conn, after).await?;
        write_secrets(conn, actor, id, after).await
    }

    /// Nothing needs one: its mail stays, and so do its tickets.
    async fn uses(_: &mut PgConnection, _: i32) -> Result<Vec<Use>> {
        Ok(vec![])
    }

    async fn move_uses(_: &mut PgConnection, _: &Actor, _: i32, _: i32) -> Result<()> {
        Ok(())
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from mailboxes where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

/// Those of these ids that there are, by id; without their secrets.
async fn drafts(conn: &mut PgConnection, ids: &[i32]) -> Result<Vec<Stored<MailboxDraft>>> {
    let rows = sqlx::query!(
        r#"select id, name, enabled, address, category_id, host, port, security as "security: Security", username,
            oauth2_token_url, oauth2_client_id, folder, after_reading as "after_reading: AfterReading", move_to_folder
        from mailboxes
        where id = any ($1)
        order by id"#,
        ids,
    )
    .fetch_all(conn)
    .await?;
    let stored = rows.into_iter().map(|row| Stored {
        id: row.id,
        draft: MailboxDraft {
            name: row.name,
            enabled: row.enabled,
            address: row.address,
            category_id: row.category_id,
            protocol: Protocol::Imap,
            host: row.host,
            port: row.port,
            security: row.security,
            username: row.username,
            password: None,
            oauth2: row
                .oauth2_token_url
                .zip(row.oauth2_client_id)
                .map(|(token_url, client_id)| OAuth2Draft {
                    token_url,
                    client_id,
                    client_secret: None,
                    refresh_token: None,
                }),
            folder: row.folder,
            after_reading: row.after_reading,
            move_to_folder: row.move_to_folder,
        },
    });
    Ok(stored.collect())
}

/// A secret that nobody can read must not be sent elsewhere by somebody who never knew it: with another server, another
/// user or less security it is to be given anew.
async fn require_secrets(
    conn: &mut PgConnection,
    id: i32,
    before: &MailboxDraft,
    after: &MailboxDraft,
) -> Result<()> {
    let stored = sqlx::query!(
        r#"select password is not null as "password!", oauth2_client_secret is not null as "client_secret!",
            oauth2_refresh_token is not null as "refresh_token!"
        from mailboxes where id = $1"#,
        id,
    )
    .fetch_one(conn)
    .await?;
    let is_elsewhere = before.host != after.host
        || before.port != after.port
        || before.username != after.username
        || (before.security != after.security && after.security == Security::None);
    if stored.password && after.password.is_none() && is_elsewhere {
        return Err(Error::invalid("password", ANEW));
    }
    let (Some(was), Some(is)) = (&before.oauth2, &after.oauth2) else {
        return Ok(());
    };
    if was.token_url == is.token_url && !is_elsewhere {
        return Ok(());
    }
    if stored.client_secret && is.client_secret.is_none() {
        return Err(Error::invalid("oauth2.client_secret", ANEW));
    }
    if stored.refresh_token && is.refresh_token.is_none() {
        return Err(Error::invalid("oauth2.refresh_token", ANEW));
    }
    Ok(())
}

/// Read after the name of a secret.
const ANEW: &str =
    "must be given anew with another server, user or token address, or without encryption";

/// Write the secrets that were given; those of OAuth 2 go with it. The audit log hears which were changed.
async fn write_secrets(
    conn: &mut PgConnection,
    actor: &Actor,
    id: i32,
    draft: &MailboxDraft,
) -> Result<()> {
    let stored = |secret: Option<&Secret>| -> Result<Option<String>> {
        let stored = secret.map(Secret::stored).transpose()?.flatten();
        Ok(stored.map(str::to_owned))
    };
    let oauth2 = draft.oauth2.as_ref();
    let client_secret = oauth2.and_then(|oauth2| oauth2.client_secret.as_ref());
    let refresh_token = oauth2.and_then(|oauth2| oauth2.refresh_token.as_ref());
    sqlx::query!(
        "update mailboxes
         set password = case when $2 then $3 else password end,
             oauth2_client_secret = case when $4 then $5 else oauth2_client_secret end,
             oauth2_refresh_token = case when $6 then $7 else oauth2_refresh_token end
         where id = $1",
        id,
        draft.password.is_some(),
        stored(draft.password.as_ref())?,
        client_secret.is_some() || oauth2.is_none(),
        stored(client_secret)?,
        refresh_token.is_some() || oauth2.is_none(),
        stored(refresh_token)?,
    )
    .execute(&mut *conn)
    .await?
    .expect_rows(1)?;
    let given = [
        ("password", draft.password.is_some()),
        ("client_secret", client_secret.is_some()),
        ("refresh_token", refresh_token.is_some()),
    ];
    let changed: Vec<&str> = given
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let entry = Entry {
        action: "mailbox.secrets_changed",
        object_type: "mailbox",
        object_id: id,
        before: None,
        after: Some(json!({ "changed": changed })),
    };
    audit::record(conn, actor, entry).await
}

/// Its tickets have a place.
async fn require_category(conn: &mut PgConnection, draft: &MailboxDraft) -> Result<()> {
    let kb_only = sqlx::query_scalar!(
        "select kb_only from categories where id = $1 for key share",
        draft.category_id,
    )
    .fetch_optional(conn)
    .await?;
    match kb_only {
        Some(false) => Ok(()),
        Some(true) => Err(Error::invalid(
            "category_id",
            "names a category without tickets",
        )),
        None => Err(no_category()),
    }
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another mailbox")
}

fn address_is_taken() -> Error {
    Error::conflict("address", "is that of another mailbox")
}

fn no_category() -> Error {
    Error::invalid("category_id", "names no category")
}
