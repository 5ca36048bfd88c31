//! Who makes, sees and ends tokens.

use chrono::{DateTime, Datelike, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{Token, TokenDraft, TokenKey, random, repo};
use crate::access::tokens::{keeps, require_keeper, require_no_named_token, require_writing};
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::ids::{TokenId, UserId};
use crate::text;

/// The longest name, in characters.
const NAME: usize = 100;
/// A user has no more tokens than these that open anything.
const MOST_ACTIVE: i64 = 50;

/// RFC 3339 has no later one, and answers are written in it.
const LAST_YEAR: i32 = 9999;

/// No such token, or one that is not the actor's.
const NO_TOKEN: Error = Error::NotFound("token");

/// The tokens of a user with an id above `after`, by id, at most `limit`, those that are over among them. For himself
/// and for administrators. Errors: Forbidden; `NotFound` when there is no such user.
pub async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    of: UserId,
    after: i32,
    limit: i64,
) -> Result<Vec<Token>> {
    require_keeper(actor, of)?;
    if !repo::owner_exists(conn, of).await? {
        return Err(Error::NotFound("user"));
    }
    repo::list(conn, of, after, limit, actor.now()).await
}

/// One token. Errors: `NotFound`, alike for an unknown one and one that is not the actor's to keep.
pub async fn find(conn: &mut PgConnection, actor: &Actor, id: TokenId) -> Result<Token> {
    let token = repo::find(conn, id, actor.now()).await?;
    token
        .filter(|token| keeps(actor, token.user_id))
        .ok_or(NO_TOKEN)
}

/// Make a token of a user, for himself or as an administrator; its number, and the token itself, which nobody sees a
/// second time. `key` is the installation's present one.
///
/// Errors: Forbidden; `NotFound` when there is no such user; Invalid for a disabled user, and for an end that is past
/// or after that of the token the actor calls with; Conflict when the user has fifty.
pub async fn create(
    conn: &mut PgConnection,
    actor: &Actor,
    of: UserId,
    draft: &TokenDraft,
    key: &TokenKey,
) -> Result<(TokenId, String)> {
    require_writing(actor)?;
    require_keeper(actor, of)?;
    let draft = check(draft, actor.now())?;
    let owner = repo::lock_owner(conn, of)
        .await?
        .ok_or(Error::NotFound("user"))?;
    if owner.disabled {
        return Err(Error::invalid("user_id", "is a disabled user"));
    }
    require_no_longer_life(conn, actor, &draft).await?;
    let version = owner.token_version;
    let active = repo::count_active(conn, of, version, key.epoch, actor.now()).await?;
    if active >= MOST_ACTIVE {
        let problem = format!("has {MOST_ACTIVE} tokens already: revoke one first");
        return Err(Error::conflict("user_id", problem));
    }
    let secret = random()?;
    let hash = key
        .hash(&secret)
        .ok_or_else(|| Error::internal("a new token without the form of one"))?;
    let id = repo::insert(conn, of, &draft, hash, (version, key), actor.now()).await?;
    let after = Some(audited(of, &draft)?);
    record(conn, actor, "token.created", id, (None, after)).await?;
    Ok((id, secret))
}

/// End a token. Nothing happens if it was revoked before. Errors: `NotFound`, alike for an unknown one and one that is
/// not the actor's to keep.
pub async fn revoke(conn: &mut PgConnection, actor: &Actor, id: TokenId) -> Result<()> {
    require_writing(actor)?;
    repo::lock(conn, id).await?;
    let token = find(conn, actor, id).await?;
    if token.revoked_at.is_some() {
        return Ok(());
    }
    repo::set_revoked(conn, id, actor.now()).await?;
    let draft = TokenDraft {
        name: token.name,
        scope: token.scope,
        expires_at: token.expires_at,
    };
    let before = Some(audited(token.user_id, &draft)?);
    record(conn, actor, "token.revoked", id, (before, None)).await
}

/// A token of `/User/Token` goes to a user: it is stored nowhere, so this is all that is known of it. Errors: Forbidden
/// to whoever calls with a token that he named.
pub async fn issued(conn: &mut PgConnection, actor: &Actor, of: UserId) -> Result<()> {
    require_no_named_token(actor)?;
    let entry = Entry {
        action: "token.issued",
        object_type: "user",
        object_id: of.0,
        before: None,
        after: None,
    };
    audit::record(conn, actor, entry).await
}

fn check(draft: &TokenDraft, now: DateTime<Utc>) -> Result<TokenDraft> {
    if draft.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::invalid("expires_at", "is past"));
    }
    if draft.expires_at.is_some_and(|end| end.year() > LAST_YEAR) {
        let problem = format!("is after the year {LAST_YEAR}");
        return Err(Error::invalid("expires_at", problem));
    }
    Ok(TokenDraft {
        name: text::name("name", &draft.name, NAME)?,
        scope: draft.scope,
        expires_at: draft.expires_at,
    })
}

/// Whoever holds a token that ends must not make himself one that does not.
async fn require_no_longer_life(
    conn: &mut PgConnection,
    actor: &Actor,
    draft: &TokenDraft,
) -> Result<()> {
    let Some(token) = actor.token else {
        return Ok(());
    };
    let own_end = repo::find(conn, token, actor.now())
        .await?
        .and_then(|token| token.expires_at);
    let Some(own_end) = own_end else {
        return Ok(());
    };
    if draft.expires_at.is_some_and(|end| end <= own_end) {
        Ok(())
    } else {
        Err(Error::invalid(
            "expires_at",
            "is later than the end of the token that makes it",
        ))
    }
}

fn audited(of: UserId, draft: &TokenDraft) -> Result<Value> {
    let mut shown = serde_json::to_value(draft).map_err(Error::internal)?;
    if let Some(members) = shown.as_object_mut() {
        members.insert("user_id".to_owned(), json!(of));
    }
    Ok(shown)
}

async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    action: &'static str,
    id: TokenId,
    (before, after): (Option<Value>, Option<Value>),
) -> Result<()> {
    let entry = Entry {
        action,
        object_type: "token",
        object_id: id.0,
        before,
        after,
    };
    audit::record(conn, actor, entry).await
}
