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

/// Whether the actor may know how many tickets the category has: he sees all of them.
#[must_use]
pub fn counts_tickets(actor: &Actor, category: CategoryId) -> bool {
    actor.is_staff_of(category)
}

/// Whether the actor sees from which address mail about the category's tickets is sent.
#[must_use]
pub fn sees_from_address(actor: &Actor) -> bool {
    actor.is_staff()
}
