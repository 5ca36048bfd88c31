//! What happened to an asset, told to everybody who has to know: people, the audit, jobs.

use serde_json::{Value as Json, json};
use sqlx::PgConnection;

use super::{Asset, repo};
use crate::actor::Actor;
use crate::error::Result;
use crate::ids::{AssetId, UserId};
use crate::{audit, outbox};

/// Something that happened to an asset.
pub(super) struct Happening<'a> {
    /// A fixed word such as `asset.updated`, for the audit and for jobs.
    pub(super) event: &'static str,
    /// For people, to be read after the actor's name.
    pub(super) entry: &'a str,
    /// Whom it is about.
    pub(super) user: Option<UserId>,
    /// How it was, where that matters.
    pub(super) before: Option<Json>,
    /// How it is now, where that matters.
    pub(super) after: Option<Json>,
}

/// Write a change of an asset into its log, the audit and the outbox.
pub(super) async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    asset: AssetId,
    happening: Happening<'_>,
) -> Result<()> {
    let Happening {
        event,
        entry,
        user,
        before,
        after,
    } = happening;
    repo::insert_log(conn, asset, actor.user_id, entry, actor.now()).await?;
    let audited = audit::Entry {
        action: event,
        object_type: "asset",
        object_id: asset.0,
        before,
        after,
    };
    audit::record(conn, actor, audited).await?;
    let payload = json!({ "assetId": asset, "userId": user });
    outbox::record(conn, actor, event, None, payload).await
}

/// What can be changed of an asset, by name.
pub(super) fn facts(asset: &Asset) -> [(&'static str, Json); 9] {
    [
        ("model name", json!(asset.model_name)),
        ("manufacturer", json!(asset.manufacturer)),
        ("type", json!(asset.type_name)),
        ("supplier", json!(asset.supplier)),
        ("serial number", json!(asset.serial_number)),
        ("location", json!(asset.location)),
        ("comments", json!(asset.comments)),
        ("quantity", json!(asset.quantity)),
        ("company", json!(asset.company_id)),
    ]
}

/// What differs: the names, and how it was and is.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) names: Vec<&'static str>,
    pub(super) before: Json,
    pub(super) after: Json,
}

/// What differs between an asset before and after; `None` when nothing does.
pub(super) fn difference(before: &Asset, after: &Asset) -> Option<Difference> {
    let changed: Vec<_> = facts(before)
        .into_iter()
        .zip(facts(after))
        .filter(|(before, after)| before != after)
        .collect();
    let names: Vec<&str> = changed.iter().map(|(before, _)| before.0).collect();
    let (before, after): (Vec<_>, Vec<_>) = changed.into_iter().unzip();
    let object = |facts: Vec<(&str, Json)>| -> Json {
        facts
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    };
    (!names.is_empty()).then(|| Difference {
        names,
        before: object(before),
        after: object(after),
    })
}
