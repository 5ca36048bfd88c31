//! Who sees which asset, and what of it. Changing assets is for staff: see [`super::staff`].

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::UserId;

/// Whether the actor sees an asset: staff sees all of them, everybody else those assigned to himself.
#[must_use]
pub fn sees(actor: &Actor, assigned_to_actor: bool) -> bool {
    actor.is_staff() || assigned_to_actor
}

/// An asset that is not for the actor is none.
pub fn require_reading(actor: &Actor, assigned_to_actor: bool) -> Result<()> {
    if sees(actor, assigned_to_actor) {
        Ok(())
    } else {
        Err(Error::NotFound("asset"))
    }
}

/// Whether the actor reads what happened to an asset: it names colleagues and tickets of all categories.
#[must_use]
pub fn sees_log(actor: &Actor) -> bool {
    actor.is_staff()
}

/// Which assets a list may show. Only [`visible`] makes one, so no list can be written without a decision.
#[derive(Clone, Copy, Debug)]
pub struct Visibility(Option<UserId>);

impl Visibility {
    /// The only user whose assignments the reader may know of; `None`: he may know of all. It goes for the lines of
    /// a list, for the users that an asset names, and for every condition on users: a condition on somebody else
    /// would tell him who shares his assets.
    #[must_use]
    pub fn only_of(&self) -> Option<UserId> {
        self.0
    }
}

/// Which assets, and which users of them, the actor may see.
#[must_use]
pub fn visible(actor: &Actor) -> Visibility {
    Visibility((!actor.is_staff()).then_some(actor.user_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CategoryId;

    #[test]
    fn staff_sees_every_asset_and_everybody_else_his_own() {
        let customer = Actor {
            user_id: UserId(5),
            is_admin: false,
            ..Actor::console(chrono::DateTime::UNIX_EPOCH)
        };
        let manager = Actor {
            is_manager: true,
            is_department_manager: true,
            ..customer.clone()
        };
        let technician = Actor {
            technician_of: [CategoryId(1)].into(),
            ..customer.clone()
        };
        let administrator = Actor {
            is_admin: true,
            ..customer.clone()
        };
        for (actor, staff) in [
            (customer, false),
            (manager, false),
            (technician, true),
            (administrator, true),
        ] {
            assert!(sees(&actor, true));
            assert_eq!(sees(&actor, false), staff);
            assert_eq!(require_reading(&actor, false).is_ok(), staff);
            assert_eq!(sees_log(&actor), staff);
            assert_eq!(visible(&actor).only_of(), (!staff).then_some(UserId(5)));
        }
    }
}
