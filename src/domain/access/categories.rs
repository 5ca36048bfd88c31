//! Which categories an actor may see.

use crate::actor::Actor;
use crate::ids::CategoryId;

/// What decides whether a category is visible.
#[derive(Clone, Copy, Debug)]
pub struct CategoryFacts {
    /// The category.
    pub id: CategoryId,
    /// For its technicians only.
    pub for_techs_only: bool,
    /// For listed users and companies only.
    pub for_specific_users: bool,
    /// The actor, or his company, is listed.
    pub lists_actor: bool,
    /// Takes no new tickets and is shown to administrators only.
    pub disabled: bool,
}

/// Whether the actor sees the category in lists and may put tickets into it.
#[must_use]
pub fn sees(actor: &Actor, category: CategoryFacts) -> bool {
    if actor.is_admin {
        return true;
    }
    if category.disabled {
        return false;
    }
    if actor.technician_of.contains(&category.id) {
        return true;
    }
    !category.for_techs_only && (!category.for_specific_users || category.lists_actor)
}
