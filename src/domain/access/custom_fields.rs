//! Who sees which custom field of a ticket.

use crate::actor::Actor;
use crate::custom_fields::Field;
use crate::ids::CategoryId;

/// Whether the actor sees this field, and may set it, on tickets of the category that he may change.
#[must_use]
pub fn sees(actor: &Actor, category: CategoryId, field: &Field) -> bool {
    if field.for_admins_only {
        actor.is_admin
    } else {
        !field.for_techs_only || actor.is_staff_of(category)
    }
}
