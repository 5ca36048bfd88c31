//! Assets: listed, read, made and changed.

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use sqlx::PgConnection;

use super::log::{Happening, difference, facts, record};
use super::repo::{self, Stored};
use super::{Asset, AssetChanges, AssetDetails, AssetFilter, NewAsset, filter, names};
use crate::access::assets as access;
use crate::access::staff::require_staff;
use crate::access::tickets::Action;
use crate::actor::Actor;
use crate::custom_fields;
use crate::error::{Error, Result};
use crate::ids::{AssetId, CompanyId, UserId};
use crate::tickets::{self, Change};
use crate::users::{self, User};

/// No such asset, or none the actor may see.
pub(super) const NO_ASSET: Error = Error::NotFound("asset");

/// The assets of a page: only [`list`] makes them, so what is loaded is what the actor may see.
#[derive(Clone, Debug)]
pub struct Hits(Vec<AssetId>);

/// *Assets*: which ones of those the actor may see, by id.
pub async fn list(conn: &mut PgConnection, actor: &Actor, filter: &AssetFilter) -> Result<Hits> {
    let mut query = filter::page(access::visible(actor), filter)?;
    if let Some(ticket) = filter.ticket {
        match tickets::fetch_for(conn, actor, ticket, Action::View).await {
            Ok(_) => {}
            // What hangs on a ticket is not for those who do not see it.
            Err(Error::NotFound(_)) => return Ok(Hits(vec![])),
            Err(error) => return Err(error),
        }
    }
    // Planned for the values at hand: a plan that fits a rare prefix is bad for a common one.
    let ids: Vec<i32> = query
        .build_query_scalar()
        .persistent(false)
        .fetch_all(conn)
        .await?;
    Ok(Hits(ids.into_iter().map(AssetId).collect()))
}

/// The assets of a page, in its order, by a fixed number of statements. Their logs stay empty.
pub async fn load(
    conn: &mut PgConnection,
    actor: &Actor,
    hits: &Hits,
) -> Result<Vec<AssetDetails>> {
    let assets = repo::find_many(conn, actor, &hits.0).await?;
    with_users_and_fields(conn, actor, assets).await
}

/// An asset: any for staff, one of his own for everybody else.
pub async fn asset(conn: &mut PgConnection, actor: &Actor, id: AssetId) -> Result<AssetDetails> {
    let assigned = repo::is_assigned(conn, id, actor.user_id).await?;
    access::require_reading(actor, assigned.ok_or(NO_ASSET)?)?;
    details(conn, actor, id).await
}

/// Whether there is such an asset and the actor sees it.
pub async fn is_visible(conn: &mut PgConnection, actor: &Actor, id: AssetId) -> Result<bool> {
    let assigned = repo::is_assigned(conn, id, actor.user_id).await?;
    Ok(assigned.is_some_and(|assigned| access::sees(actor, assigned)))
}

/// One asset with its log. The caller has checked that the actor sees it.
async fn details(conn: &mut PgConnection, actor: &Actor, id: AssetId) -> Result<AssetDetails> {
    let assets = repo::find_many(conn, actor, &[id]).await?;
    let asset = with_users_and_fields(conn, actor, assets).await?.pop();
    let mut asset = asset.ok_or(NO_ASSET)?;
    if access::sees_log(actor) {
        asset.log = repo::log(conn, id).await?;
    }
    Ok(asset)
}

/// The assets with those of their users whom the actor may know of, and the fields he sees.
async fn with_users_and_fields(
    conn: &mut PgConnection,
    actor: &Actor,
    assets: Vec<Asset>,
) -> Result<Vec<AssetDetails>> {
    let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
    let assignments = repo::assigned_users(conn, access::visible(actor), &ids).await?;
    let mut user_ids: Vec<UserId> = assignments.iter().map(|(_, user)| *user).collect();
    user_ids.sort_unstable();
    user_ids.dedup();
    let users: HashMap<UserId, User> = users::find_many(conn, &user_ids)
        .await?
        .into_iter()
        .map(|user| (user.id, user))
        .collect();
    let mut users_of: HashMap<AssetId, Vec<User>> = HashMap::new();
    for (asset, user) in assignments {
        users_of
            .entry(asset)
            .or_default()
            .extend(users.get(&user).cloned());
    }
    let mut fields = custom_fields::of_assets(conn, actor, &ids).await?;
    let details = assets.into_iter().map(|asset| AssetDetails {
        assigned_users: users_of.remove(&asset.id).unwrap_or_default(),
        fields: fields.remove(&asset.id).unwrap_or_default(),
        log: vec![],
        asset,
    });
    Ok(details.collect())
}

/// Make an asset. For staff. Errors: Invalid, which names the parameter; `NotFound` for the company.
pub async fn create(conn: &mut PgConnection, actor: &Actor, asset: &NewAsset) -> Result<AssetId> {
    require_staff(actor)?;
    let optional = |parameter, text: &Option<String>| match text {
        Some(text) => names::short(parameter, text),
        None => Ok(None),
    };
    let model_name = names::model(&asset.model_name)?;
    let manufacturer = names::name("manufacturer", &asset.manufacturer)?;
    let type_name = names::name("type", &asset.type_name)?;
    let supplier = names::name("supplier", &asset.supplier)?;
    let stored = Stored {
        model_name,
        serial_number: optional("serialNumber", &asset.serial_number)?,
        location: optional("location", &asset.location)?,
        comments: match &asset.comments {
            Some(text) => names::comments(text)?,
            None => None,
        },
        quantity: names::quantity(asset.quantity)?,
        company_id: asset.company_id,
        manufacturer_id: names::manufacturer(conn, &manufacturer).await?,
        supplier_id: names::supplier(conn, &supplier).await?,
        type_id: names::asset_type(conn, &type_name).await?,
    };
    let id = repo::insert(conn, &stored, actor.now()).await?;
    let made = repo::find_many(conn, actor, &[id]).await?;
    let after: Json = made.iter().flat_map(facts).map(named).collect();
    let happening = Happening {
        event: "asset.created",
        entry: "created the asset",
        user: None,
        before: None,
        after: Some(after),
    };
    record(conn, actor, id, happening).await?;
    Ok(id)
}

fn named((name, value): (&'static str, Json)) -> (String, Json) {
    (name.to_owned(), value)
}

/// Change an asset; all of it or nothing. For staff. Errors: Invalid, which names the parameter; `NotFound` for the
/// asset and for the company.
pub async fn update(
    conn: &mut PgConnection,
    actor: &Actor,
    id: AssetId,
    changes: &AssetChanges,
) -> Result<AssetDetails> {
    require_staff(actor)?;
    let given = Given::read(changes)?;
    repo::lock(conn, id).await?.ok_or(NO_ASSET)?;
    let before = one(conn, actor, id).await?;
    let stored = given.over(conn, &before).await?;
    repo::update(conn, id, &stored).await?;
    let after = one(conn, actor, id).await?;
    if let Some(difference) = difference(&before, &after) {
        let happening = Happening {
            event: "asset.updated",
            entry: &format!("changed {}", difference.names.join(", ")),
            user: None,
            before: Some(difference.before),
            after: Some(difference.after),
        };
        record(conn, actor, id, happening).await?;
    }
    details(conn, actor, id).await
}

async fn one(conn: &mut PgConnection, actor: &Actor, id: AssetId) -> Result<Asset> {
    let found = repo::find_many(conn, actor, &[id]).await?.pop();
    found.ok_or(NO_ASSET)
}

/// Changes that are checked, all before anything is looked up.
struct Given {
    model_name: String,
    manufacturer: Option<String>,
    type_name: Option<String>,
    supplier: Option<String>,
    serial_number: Change<String>,
    location: Change<String>,
    comments: Change<String>,
    quantity: i32,
    company: Change<CompanyId>,
}

impl Given {
    fn read(changes: &AssetChanges) -> Result<Self> {
        let name = |parameter, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| names::name(parameter, text)).transpose()
        };
        let short = |parameter, text: &Option<String>| match text {
            Some(text) => names::short(parameter, text).map(set_or_clear),
            None => Ok(Change::Keep),
        };
        Ok(Self {
            model_name: names::model(&changes.model_name)?,
            manufacturer: name("manufacturer", &changes.manufacturer)?,
            type_name: name("type", &changes.type_name)?,
            supplier: name("supplier", &changes.supplier)?,
            serial_number: short("serialNumber", &changes.serial_number)?,
            location: short("location", &changes.location)?,
            comments: match &changes.comments {
                Some(text) => set_or_clear(names::comments(text)?),
                None => Change::Keep,
            },
            quantity: names::quantity(changes.quantity)?,
            company: changes.company,
        })
    }

    /// The asset with these changes; new names are made.
    async fn over(self, conn: &mut PgConnection, asset: &Asset) -> Result<Stored> {
        Ok(Stored {
            model_name: self.model_name,
            manufacturer_id: match &self.manufacturer {
                Some(name) => names::manufacturer(conn, name).await?,
                None => asset.manufacturer_id,
            },
            supplier_id: match &self.supplier {
                Some(name) => names::supplier(conn, name).await?,
                None => asset.supplier_id,
            },
            type_id: match &self.type_name {
                Some(name) => names::asset_type(conn, name).await?,
                None => asset.type_id,
            },
            serial_number: over(self.serial_number, asset.serial_number.clone()),
            location: over(self.location, asset.location.clone()),
            comments: over(self.comments, asset.comments.clone()),
            quantity: self.quantity,
            company_id: over(self.company, asset.company_id),
        })
    }
}

/// A text that is given: a blank one takes away what was there.
fn set_or_clear(text: Option<String>) -> Change<String> {
    text.map_or(Change::Clear, Change::Set)
}

/// How it is after the change, when it was so before.
fn over<T>(change: Change<T>, before: Option<T>) -> Option<T> {
    match change {
        Change::Keep => before,
        Change::Clear => None,
        Change::Set(value) => Some(value),
    }
}

/// Retire an asset, or bring it back. For staff. Nothing happens if it is so already.
pub async fn set_disabled(
    conn: &mut PgConnection,
    actor: &Actor,
    id: AssetId,
    disabled: bool,
) -> Result<()> {
    require_staff(actor)?;
    let was_disabled = repo::lock(conn, id).await?.ok_or(NO_ASSET)?;
    if was_disabled == disabled {
        return Ok(());
    }
    repo::set_disabled(conn, id, disabled).await?;
    let (event, entry) = if disabled {
        ("asset.disabled", "disabled the asset")
    } else {
        ("asset.enabled", "enabled the asset")
    };
    let happening = Happening {
        event,
        entry,
        user: None,
        before: Some(json!({ "disabled": was_disabled })),
        after: Some(json!({ "disabled": disabled })),
    };
    record(conn, actor, id, happening).await
}
