//! Which categories there are for somebody, and who their technicians are.

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{Category, Technician, TicketCounts, repo};
use crate::access::categories::{CategoryFacts, counts_tickets, sees};
use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::ids::{CategoryId, UserId};

fn visible(actor: &Actor, category: &Category) -> bool {
    let facts = CategoryFacts {
        id: category.id,
        for_techs_only: category.for_techs_only,
        for_specific_users: category.for_specific_users,
        lists_actor: category.lists_actor,
        disabled: category.disabled,
    };
    sees(actor, facts)
}

/// "All categories the user has permissions to see."
pub async fn list_visible(conn: &mut PgConnection, actor: &Actor) -> Result<Vec<Category>> {
    let mut categories = repo::list(conn, actor, None).await?;
    categories.retain(|category| visible(actor, category));
    Ok(categories)
}

/// Every category, and whether the actor sees it: articles are shown to the staff of a category that nobody sees.
pub(crate) async fn list_with_visibility(
    conn: &mut PgConnection,
    actor: &Actor,
) -> Result<Vec<(Category, bool)>> {
    let categories = repo::list(conn, actor, None).await?;
    let judged = categories.into_iter().map(|category| {
        let is_visible = visible(actor, &category);
        (category, is_visible)
    });
    Ok(judged.collect())
}

/// How many tickets each of these categories has; 0 where the actor is not its staff, for he would learn of tickets
/// he does not see.
pub async fn count_tickets(
    conn: &mut PgConnection,
    actor: &Actor,
    categories: Vec<Category>,
    counts: &TicketCounts,
) -> Result<Vec<(Category, i64)>> {
    let counts = if actor.is_staff() {
        counts
            .get((), async || repo::count_tickets(conn).await)
            .await?
    } else {
        Arc::default()
    };
    let counted = categories.into_iter().map(|category| {
        let known = counts_tickets(actor, category.id).then(|| counts.get(&category.id));
        let tickets = known.flatten().copied().unwrap_or(0);
        (category, tickets)
    });
    Ok(counted.collect())
}

/// A category the actor sees. Errors: `NotFound`, alike for an unknown one and one he does not see.
pub async fn find_visible(
    conn: &mut PgConnection,
    actor: &Actor,
    id: CategoryId,
) -> Result<Category> {
    let category = repo::list(conn, actor, Some(id)).await?.pop();
    category
        .filter(|category| visible(actor, category))
        .ok_or(Error::NotFound("category"))
}

/// A category that takes tickets. Errors: Invalid when it holds articles only or is disabled.
pub fn require_for_ticket(category: &Category) -> Result<()> {
    if category.kb_only {
        Err(Error::invalid(
            "categoryId",
            "is a category for articles only",
        ))
    } else if category.disabled {
        Err(Error::invalid("categoryId", "is a disabled category"))
    } else {
        Ok(())
    }
}

/// "All possible assignees for a category." For staff.
pub async fn technicians(
    conn: &mut PgConnection,
    actor: &Actor,
    id: CategoryId,
) -> Result<Vec<Technician>> {
    staff::require_staff(actor)?;
    find_visible(conn, actor, id).await?;
    repo::technicians(conn, id).await
}

/// Make a user a technician of a category; nothing happens if he is. For administrators.
pub async fn add_technician(
    conn: &mut PgConnection,
    actor: &Actor,
    user: UserId,
    category: CategoryId,
) -> Result<()> {
    require_both(conn, actor, user, category).await?;
    if repo::insert_technician(conn, user, category).await? {
        let after = Some(json!({ "categoryId": category }));
        record(conn, actor, "user.technician_added", user, (None, after)).await?;
    }
    Ok(())
}

/// End that; nothing happens if he is none. Tickets assigned to him stay so. For administrators.
pub async fn remove_technician(
    conn: &mut PgConnection,
    actor: &Actor,
    user: UserId,
    category: CategoryId,
) -> Result<()> {
    require_both(conn, actor, user, category).await?;
    if repo::delete_technician(conn, user, category).await? {
        let before = Some(json!({ "categoryId": category }));
        record(conn, actor, "user.technician_removed", user, (before, None)).await?;
    }
    Ok(())
}

async fn require_both(
    conn: &mut PgConnection,
    actor: &Actor,
    user: UserId,
    category: CategoryId,
) -> Result<()> {
    staff::require_admin(actor)?;
    if !repo::user_exists(conn, user).await? {
        return Err(Error::NotFound("user"));
    }
    if !repo::exists(conn, category).await? {
        return Err(Error::NotFound("category"));
    }
    Ok(())
}

async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    action: &'static str,
    user: UserId,
    (before, after): (Option<Value>, Option<Value>),
) -> Result<()> {
    let entry = Entry {
        action,
        object_type: "user",
        object_id: user.0,
        before,
        after,
    };
    audit::record(conn, actor, entry).await
}
