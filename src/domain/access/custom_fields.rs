//! Who sees which custom field.

use crate::actor::Actor;
use crate::custom_fields::{Audience, Field};
use crate::ids::CategoryId;

/// Whether the actor sees this field, and may set it on what he may change: of a ticket in the category, or, without
/// one, of anything else, where every technician is one of the staff.
#[must_use]
pub fn sees(actor: &Actor, category: Option<CategoryId>, field: &Field) -> bool {
    is_for(actor, category, field.audience())
}

/// [`sees`] of a field of which no more is known than whom it is for.
#[must_use]
pub fn is_for(actor: &Actor, category: Option<CategoryId>, audience: Audience) -> bool {
    match audience {
        Audience::Everybody => true,
        Audience::Technicians => {
            category.map_or_else(|| actor.is_staff(), |category| actor.is_staff_of(category))
        }
        Audience::Administrators => actor.is_admin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custom_fields::{FieldType, Usage};
    use crate::ids::{FieldId, UserId};

    fn field(for_techs_only: bool, for_admins_only: bool) -> Field {
        Field {
            id: FieldId(1),
            usage: Usage::Tickets,
            name: "Colour".to_owned(),
            kind: FieldType::Text,
            mandatory: false,
            for_techs_only,
            for_admins_only,
            order_by: 0,
            show_in_grid: false,
            options: vec![],
        }
    }

    #[test]
    fn a_field_is_seen_by_those_it_is_for() {
        let customer = Actor {
            user_id: UserId(5),
            is_admin: false,
            ..Actor::console(chrono::DateTime::UNIX_EPOCH)
        };
        let technician = Actor {
            technician_of: [CategoryId(1)].into(),
            ..customer.clone()
        };
        let administrator = Actor {
            is_admin: true,
            ..customer.clone()
        };
        let own = Some(CategoryId(1));
        let other = Some(CategoryId(2));
        for (actor, category, everybodys, techs, admins) in [
            (&customer, own, true, false, false),
            (&customer, None, true, false, false),
            (&technician, own, true, true, false),
            (&technician, other, true, false, false),
            (&technician, None, true, true, false),
            (&administrator, other, true, true, true),
            (&administrator, None, true, true, true),
        ] {
            assert_eq!(sees(actor, category, &field(false, false)), everybodys);
            assert_eq!(sees(actor, category, &field(true, false)), techs);
            assert_eq!(sees(actor, category, &field(false, true)), admins);
            assert_eq!(sees(actor, category, &field(true, true)), admins);
        }
    }
}
