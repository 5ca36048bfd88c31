//! What administrators keep: sections, categories, statuses, fields and the like. Rights, checks, the audit log and the
//! question what still needs a thing stand here, once; each kind brings its SQL by [`Kept`].
//!
//! Nothing of a change is done unless all of it is; an update that changes nothing leaves no trace.

use std::fmt::Debug;
use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgConnection;

use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result, Use};

/// One kind of thing that administrators make, change and delete.
///
/// The functions are called by those of this module only, which have looked at the actor's rights before.
pub trait Kept: Send + Sync + 'static {
    /// What one of them is called, in errors: `category`, `custom field`.
    const KIND: &'static str;
    /// What happened, in the audit log: `category.created`, `category.updated`, `category.deleted`.
    const ACTIONS: Actions;

    /// Everything an administrator decides about one of them. Its JSON is the body of `/api/v2` and, by
    /// [`Kept::audited`], what the audit log has before and after.
    type Draft: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// What the audit log has of a draft: all of it, unless the kind has something that may be a secret.
    fn audited(draft: &Self::Draft) -> Result<Value> {
        serde_json::to_value(draft).map_err(Error::internal)
    }

    /// Who may read them; administrators, unless the kind says otherwise. Errors: Forbidden.
    fn require_reader(actor: &Actor) -> Result<()> {
        staff::require_admin(actor)
    }

    /// The draft as it is stored: trimmed, sorted, each reference once. Errors: Invalid, naming the field in
    /// `snake_case`, for all that can be said without the database.
    fn check(draft: Self::Draft) -> Result<Self::Draft>;

    /// A checked draft with what only `before` knows of it: the ids of its parts that are named otherwise.
    fn settle(_before: &Self::Draft, after: Self::Draft) -> Self::Draft {
        after
    }

    /// Those with an id above `after`, by id, at most `limit`.
    fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<Stored<Self::Draft>>>> + Send;

    /// One of them, its row locked until the transaction ends when `lock` is set.
    fn find(
        conn: &mut PgConnection,
        id: i32,
        lock: bool,
    ) -> impl Future<Output = Result<Option<Self::Draft>>> + Send;

    /// Store a checked draft. Errors: Conflict for a name that is taken, Invalid for a reference to nothing.
    fn insert(
        conn: &mut PgConnection,
        actor: &Actor,
        draft: &Self::Draft,
    ) -> impl Future<Output = Result<i32>> + Send;

    /// Store a checked draft in the place of `before`. Errors: as [`Kept::insert`].
    fn update(
        conn: &mut PgConnection,
        actor: &Actor,
        id: i32,
        before: &Self::Draft,
        after: &Self::Draft,
    ) -> impl Future<Output = Result<()>> + Send;

    /// What would be lost or left without a place if it were deleted; none where nothing is in the way. An object
    /// that must never be deleted gives Forbidden, as a whole kind does that has an end of its own.
    fn uses(_conn: &mut PgConnection, _id: i32) -> impl Future<Output = Result<Vec<Use>>> + Send {
        async { Err(no_deletion::<Self>()) }
    }

    /// Give everything that [`Kept::uses`] counts to another one, which is known to exist. Errors: Invalid with
    /// parameter `move_to` where that cannot be.
    fn move_uses(
        _conn: &mut PgConnection,
        _actor: &Actor,
        _from: i32,
        _to: i32,
    ) -> impl Future<Output = Result<()>> + Send {
        async { Err(no_deletion::<Self>()) }
    }

    /// Delete the row, which is locked and which nothing needs any more.
    fn delete(_conn: &mut PgConnection, _id: i32) -> impl Future<Output = Result<()>> + Send {
        async { Err(no_deletion::<Self>()) }
    }
}

fn no_deletion<K: Kept + ?Sized>() -> Error {
    Error::forbidden(format!("A {} cannot be deleted in this way.", K::KIND))
}

/// What the audit log calls the changes of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Actions {
    /// What it calls one of them: `category`
    pub object_type: &'static str,
    /// `category.created`
    pub created: &'static str,
    /// `category.updated`
    pub updated: &'static str,
    /// `category.deleted`
    pub deleted: &'static str,
}

/// The [`Actions`] of a kind, by its name.
#[macro_export]
macro_rules! audited_actions {
    ($kind:literal) => {
        $crate::administration::Actions {
            object_type: $kind,
            created: concat!($kind, ".created"),
            updated: concat!($kind, ".updated"),
            deleted: concat!($kind, ".deleted"),
        }
    };
}

/// One of them as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored<D> {
    /// Its number.
    pub id: i32,
    /// What administrators decided about it.
    pub draft: D,
}

/// Those with an id above `after`, by id, at most `limit`. Errors: Forbidden.
pub async fn list<K: Kept>(
    conn: &mut PgConnection,
    actor: &Actor,
    after: i32,
    limit: i64,
) -> Result<Vec<Stored<K::Draft>>> {
    K::require_reader(actor)?;
    K::list(conn, after, limit).await
}

/// One of them. Errors: Forbidden before any look-up, `NotFound`.
pub async fn find<K: Kept>(
    conn: &mut PgConnection,
    actor: &Actor,
    id: i32,
) -> Result<Stored<K::Draft>> {
    K::require_reader(actor)?;
    let draft = K::find(conn, id, false)
        .await?
        .ok_or(Error::NotFound(K::KIND))?;
    Ok(Stored { id, draft })
}

/// Whoever may make, change or delete anything here. Errors: Forbidden.
pub fn require_writer(actor: &Actor) -> Result<()> {
    staff::require_admin(actor)
}

/// One of them, its row locked until the transaction ends. For administrators.
pub async fn find_locked<K: Kept>(
    conn: &mut PgConnection,
    actor: &Actor,
    id: i32,
) -> Result<Stored<K::Draft>> {
    require_writer(actor)?;
    let draft = K::find(conn, id, true)
        .await?
        .ok_or(Error::NotFound(K::KIND))?;
    Ok(Stored { id, draft })
}

/// Make one. For administrators.
pub async fn create<K: Kept>(
    conn: &mut PgConnection,
    actor: &Actor,
    draft: K::Draft,
) -> Result<Stored<K::Draft>> {
    staff::require_admin(actor)?;
    let draft = K::check(draft)?;
    let id = K::insert(conn, actor, &draft).await?;
    let draft = stored_draft::<K>(conn, id).await?;
    let after = Some(K::audited(&draft)?);
    record::<K>(conn, actor, K::ACTIONS.created, id, None, after).await?;
    Ok(Stored { id, draft })
}

/// Change one: `change` gets it as it is, with its row locked, and gives it as it should be, or an error of the
/// caller's own for which nothing is changed. For administrators.
pub async fn update<K, E>(
    conn: &mut PgConnection,
    actor: &Actor,
    id: i32,
    change: impl FnOnce(&K::Draft) -> Result<K::Draft, E> + Send,
) -> Result<Stored<K::Draft>, E>
where
    K: Kept,
    E: From<Error> + Send,
{
    staff::require_admin(actor)?;
    let before = K::find(conn, id, true)
        .await?
        .ok_or(Error::NotFound(K::KIND))?;
    let after = K::settle(&before, K::check(change(&before)?)?);
    if after == before {
        return Ok(Stored { id, draft: before });
    }
    K::update(conn, actor, id, &before, &after).await?;
    let draft = stored_draft::<K>(conn, id).await?;
    let (was, is) = (Some(K::audited(&before)?), Some(K::audited(&draft)?));
    record::<K>(conn, actor, K::ACTIONS.updated, id, was, is).await?;
    Ok(Stored { id, draft })
}

/// Delete one; what needs it goes to `move_to`. `agree` sees it first, with its row locked, and may refuse with an
/// error of the caller's own. For administrators. Errors: `InUse`, which counts what needs it.
pub async fn delete<K, E>(
    conn: &mut PgConnection,
    actor: &Actor,
    id: i32,
    move_to: Option<i32>,
    agree: impl FnOnce(&K::Draft) -> Result<(), E> + Send,
) -> Result<(), E>
where
    K: Kept,
    E: From<Error> + Send,
{
    staff::require_admin(actor)?;
    // The lower id first: of two who give each other's things away, one waits for the other.
    if let Some(to) = move_to.filter(|to| *to < id) {
        K::find(conn, to, true).await?;
    }
    let before = K::find(conn, id, true)
        .await?
        .ok_or(Error::NotFound(K::KIND))?;
    agree(&before)?;
    // Both rows are locked before their uses are, of which others may wait for these rows.
    if let Some(to) = move_to {
        if to == id {
            return Err(Error::conflict("move_to", "is the one to be deleted").into());
        }
        if K::find(conn, to, true).await?.is_none() {
            return Err(Error::conflict("move_to", format!("names no {}", K::KIND)).into());
        }
    }
    let uses = K::uses(conn, id).await?;
    if let Some(to) = move_to {
        K::move_uses(conn, actor, id, to).await?;
    } else if !uses.is_empty() {
        let kind = K::KIND;
        return Err(Error::InUse { kind, uses }.into());
    }
    K::delete(conn, id).await?;
    let mut was = K::audited(&before)?;
    if let (Some(to), Some(members)) = (move_to, was.as_object_mut()) {
        members.insert("moved_to".to_owned(), to.into());
    }
    record::<K>(conn, actor, K::ACTIONS.deleted, id, Some(was), None).await?;
    Ok(())
}

/// As the database has it now: with the ids it gave.
async fn stored_draft<K: Kept>(conn: &mut PgConnection, id: i32) -> Result<K::Draft> {
    K::find(conn, id, false)
        .await?
        .ok_or_else(|| Error::internal(format!("the {} just written is gone", K::KIND)))
}

async fn record<K: Kept>(
    conn: &mut PgConnection,
    actor: &Actor,
    action: &'static str,
    id: i32,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    let entry = Entry {
        action,
        object_type: K::ACTIONS.object_type,
        object_id: id,
        before,
        after,
    };
    audit::record(conn, actor, entry).await
}
