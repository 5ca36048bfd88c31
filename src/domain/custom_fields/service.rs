//! What may be asked of custom fields, and how their values are set.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::repo::Which;
use super::trace::{self, Changed};
use super::value::{self, Value};
use super::{Field, FieldValue, Named, Owner, Usage, repo};
use crate::access::tickets::{Action, require};
use crate::access::{custom_fields as access, staff};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::{AssetId, CategoryId, FieldId, TicketId};
use crate::{categories, tickets};

/// "All custom fields in your system", or those of one usage, as far as the actor sees them. For staff.
pub async fn all(
    conn: &mut PgConnection,
    actor: &Actor,
    usage: Option<Usage>,
) -> Result<Vec<Field>> {
    staff::require_staff(actor)?;
    let which = Which {
        usage,
        ..Which::default()
    };
    visible(conn, actor, which).await
}

/// The fields that tickets of a category have, as far as the actor sees them. Errors: `NotFound` for a category he
/// does not see.
pub async fn for_category(
    conn: &mut PgConnection,
    actor: &Actor,
    category: CategoryId,
) -> Result<Vec<Field>> {
    let category = categories::find_visible(conn, actor, category).await?.id;
    visible(conn, actor, of_category(category)).await
}

fn of_category(category: CategoryId) -> Which<'static> {
    Which {
        usage: Some(Usage::Tickets),
        category: Some(category),
        ..Which::default()
    }
}

/// Those of these fields that the actor sees.
async fn visible(conn: &mut PgConnection, actor: &Actor, which: Which<'_>) -> Result<Vec<Field>> {
    let mut fields = repo::fields(conn, which).await?;
    fields.retain(|field| access::sees(actor, which.category, field));
    Ok(fields)
}

/// The fields of a ticket the actor sees: those with a value, or those without one among them.
pub async fn of_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    with_unset: bool,
) -> Result<Vec<FieldValue>> {
    let ticket = tickets::fetch_for(conn, actor, ticket, Action::View).await?;
    let mut values = values(conn, actor, Usage::Tickets, &[ticket.id.0]).await?;
    let set = values.remove(&ticket.id.0).unwrap_or_default();
    if !with_unset {
        return Ok(set);
    }
    let mut set: HashMap<FieldId, FieldValue> = set
        .into_iter()
        .map(|value| (value.field.id, value))
        .collect();
    let fields = visible(conn, actor, of_category(ticket.category_id)).await?;
    let all = fields.into_iter().map(|field| {
        set.remove(&field.id).unwrap_or(FieldValue {
            field,
            text: None,
            option_id: None,
        })
    });
    Ok(all.collect())
}

/// The fields of a user, company or asset that have a value and that the actor sees. For staff.
pub async fn of_owner(
    conn: &mut PgConnection,
    actor: &Actor,
    owner: Owner,
) -> Result<Vec<FieldValue>> {
    staff::require_staff(actor)?;
    if !repo::exists(conn, owner).await? {
        return Err(Error::NotFound(owner.word()));
    }
    let mut values = values(conn, actor, owner.usage(), &[owner.number()]).await?;
    Ok(values.remove(&owner.number()).unwrap_or_default())
}

/// The fields of these tickets that have a value and that the actor sees, by `OrderByNumber` then id. Two
/// statements, however many tickets. The caller has checked that the actor sees the tickets.
pub async fn of_tickets(
    conn: &mut PgConnection,
    actor: &Actor,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Vec<FieldValue>>> {
    let ids: Vec<i32> = tickets.iter().map(|id| id.0).collect();
    let values = values(conn, actor, Usage::Tickets, &ids).await?;
    Ok(values
        .into_iter()
        .map(|(id, values)| (TicketId(id), values))
        .collect())
}

/// [`of_tickets`] for assets.
pub async fn of_assets(
    conn: &mut PgConnection,
    actor: &Actor,
    assets: &[AssetId],
) -> Result<HashMap<AssetId, Vec<FieldValue>>> {
    let ids: Vec<i32> = assets.iter().map(|id| id.0).collect();
    let values = values(conn, actor, Usage::Assets, &ids).await?;
    Ok(values
        .into_iter()
        .map(|(id, values)| (AssetId(id), values))
        .collect())
}

/// The values the actor sees, by owner.
async fn values(
    conn: &mut PgConnection,
    actor: &Actor,
    usage: Usage,
    owners: &[i32],
) -> Result<HashMap<i32, Vec<FieldValue>>> {
    let stored = repo::stored(conn, usage, owners).await?;
    let mut ids: Vec<i32> = stored.iter().map(|value| value.field_id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let which = Which {
        usage: Some(usage),
        ids: Some(&ids),
        ..Which::default()
    };
    let fields: HashMap<FieldId, Field> = repo::fields(conn, which)
        .await?
        .into_iter()
        .map(|field| (field.id, field))
        .collect();
    let mut values: HashMap<i32, Vec<FieldValue>> = HashMap::new();
    for stored in stored {
        let Some(field) = fields
            .get(&stored.field_id)
            .filter(|field| access::sees(actor, stored.category_id, field))
        else {
            continue;
        };
        values.entry(stored.owner_id).or_default().push(FieldValue {
            text: value::shown(field, stored.value.as_deref(), stored.option_id),
            field: field.clone(),
            option_id: stored.option_id,
        });
    }
    Ok(values)
}

/// Set fields, all or none; an empty value clears one. Of a ticket for its owner and its staff, of anything else for
/// staff. Errors: `NotFound`, alike for an unknown field, one of something else or of another category and one the
/// actor does not see; Forbidden when he sees the ticket, and the fields, but may not change it; Invalid for a value
/// that the field's type does not take.
pub async fn set(
    conn: &mut PgConnection,
    actor: &Actor,
    owner: Owner,
    values: &[(FieldId, String)],
    named: Named,
) -> Result<()> {
    let fields = if let Owner::Ticket(ticket) = owner {
        let ticket = tickets::fetch_for_update(conn, actor, ticket, Action::View).await?;
        let fields = find(conn, actor, owner, Some(ticket.category_id), values).await?;
        require(actor, Action::Edit, &ticket.facts)?;
        fields
    } else {
        staff::require_staff(actor)?;
        if !repo::lock(conn, owner).await? {
            return Err(Error::NotFound(owner.word()));
        }
        find(conn, actor, owner, None, values).await?
    };
    let changes = write(conn, owner, fields, values, named).await?;
    trace::record(conn, actor, owner, &changes).await
}

/// Set fields of a new ticket, which tells of them by itself. The caller has checked that the actor may make it.
/// Errors: those of [`set`].
pub async fn set_on_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    category: CategoryId,
    values: &[(FieldId, String)],
) -> Result<()> {
    let owner = Owner::Ticket(ticket);
    let fields = find(conn, actor, owner, Some(category), values).await?;
    write(conn, owner, fields, values, Named::CustomFields).await?;
    Ok(())
}

/// The fields that values are for, in their order; they stay as they are until the transaction ends.
async fn find(
    conn: &mut PgConnection,
    actor: &Actor,
    owner: Owner,
    category: Option<CategoryId>,
    values: &[(FieldId, String)],
) -> Result<Vec<Field>> {
    let ids: Vec<i32> = values.iter().map(|(id, _)| id.0).collect();
    repo::hold(conn, &ids).await?;
    let which = Which {
        usage: Some(owner.usage()),
        ids: Some(&ids),
        category,
    };
    let fields: HashMap<FieldId, Field> = visible(conn, actor, which)
        .await?
        .into_iter()
        .map(|field| (field.id, field))
        .collect();
    values
        .iter()
        .map(|(id, _)| {
            let field = fields.get(id).cloned();
            field.ok_or(Error::NotFound("custom field"))
        })
        .collect()
}

/// Read all values, then write those that differ from what is stored; what was changed.
async fn write(
    conn: &mut PgConnection,
    owner: Owner,
    fields: Vec<Field>,
    values: &[(FieldId, String)],
    named: Named,
) -> Result<Vec<Changed>> {
    let mut seen = HashSet::new();
    let mut wanted = vec![];
    for (field, (id, text)) in fields.into_iter().zip(values) {
        let wrong = |problem| Error::invalid(named.parameter(*id), problem);
        if !seen.insert(*id) {
            return Err(wrong(format!("gives field {id} two values")));
        }
        let value = value::read(&field, text)
            .map_err(|problem| wrong(format!("gives field {id} a value that {problem}")))?;
        wanted.push((field, value));
    }
    let mut stored: HashMap<FieldId, Value> = repo::stored(conn, owner.usage(), &[owner.number()])
        .await?
        .into_iter()
        .filter_map(|row| Some((row.field_id, Value::stored(row.value, row.option_id)?)))
        .collect();
    let mut changes = vec![];
    for (field, after) in wanted {
        let before = stored.remove(&field.id);
        if before == after {
            continue;
        }
        match &after {
            Some(value) => repo::set(conn, owner, field.id, value).await?,
            None => repo::clear(conn, owner, field.id).await?,
        }
        changes.push(Changed {
            field,
            before,
            after,
        });
    }
    Ok(changes)
}
