//! Methods that belong to a role, whatever object they are called with.

use crate::actor::Actor;
use crate::error::{Error, Result};

/// For administrators only. Checked before any look-up, so that ids cannot be probed.
pub fn require_admin(actor: &Actor) -> Result<()> {
    if actor.is_admin {
        Ok(())
    } else {
        Err(Error::forbidden("This method is for administrators only."))
    }
}

/// For administrators and technicians of any category. Checked before any look-up.
pub fn require_staff(actor: &Actor) -> Result<()> {
    if actor.is_staff() {
        Ok(())
    } else {
        Err(Error::forbidden(
            "This method is for administrators and technicians only.",
        ))
    }
}
