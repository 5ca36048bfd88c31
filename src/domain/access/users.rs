//! Who may see what of users.

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::users::User;

/// One's own record is for everybody, others are for staff. Checked before the look-up, so that ids cannot be
/// probed.
pub fn require_reading(actor: &Actor, id: UserId) -> Result<()> {
    if actor.user_id == id || actor.is_staff() {
        Ok(())
    } else {
        Err(Error::forbidden(
            "Only administrators and technicians may read other users' records.",
        ))
    }
}

/// What of a user's record a reader sees. What he does not see is null on the wire; the key stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// What administrators noted about the user and his company.
    pub notes: bool,
    /// Address, host and program he last came from.
    pub traces: bool,
    /// His e-mail address; that of staff is not for customers.
    pub email: bool,
}

/// What of this user the actor sees.
#[must_use]
pub fn sight(actor: &Actor, user: &User) -> Sight {
    let staff = actor.is_staff();
    let own = actor.user_id == user.id;
    Sight {
        notes: staff,
        traces: staff || own,
        email: staff || own || !(user.is_admin || user.is_tech),
    }
}

/// Whether the actor sees the addresses of other people in lists such as the subscribers of a ticket.
#[must_use]
pub fn sees_addresses(actor: &Actor) -> bool {
    actor.is_staff()
}

/// A login for readers who must not see e-mail addresses: many log in by theirs, and it stops before the `@`.
#[must_use]
pub fn login_without_address(login: &str) -> &str {
    match login.split_once('@') {
        Some((name, _)) if !name.is_empty() => name,
        _ => login,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_cut_before_the_at_sign() {
        for (login, shown) in [
            ("ann", "ann"),
            ("ann@desk.test", "ann"),
            (r"DOMAIN\ann", r"DOMAIN\ann"),
            ("@ann", "@ann"),
        ] {
            assert_eq!(login_without_address(login), shown);
        }
    }
}
