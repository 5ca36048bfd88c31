//! Who may see what of users.

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::UserId;

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

/// Whether the reader sees this user's e-mail address: staff sees all of them, everybody else his own.
#[must_use]
pub fn sees_address(reader: &Actor, user: UserId) -> bool {
    reader.user_id == user || sees_all_addresses(reader)
}

/// Whether the reader sees the addresses of whoever it is.
#[must_use]
pub fn sees_all_addresses(reader: &Actor) -> bool {
    reader.is_staff()
}

/// A login as the reader may see it: many log in by their e-mail address, and whoever must not see that sees what
/// stands before the `@`. Two users have never the same login, so that one's own is known by its text.
#[must_use]
pub fn shown_login<'a>(reader: &Actor, login: &'a str) -> &'a str {
    if sees_all_addresses(reader) || reader.username == login {
        login
    } else {
        login_without_address(login)
    }
}

/// What of a user's record a reader sees, besides what is public. What he does not see is blank on the wire; the
/// key stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// What administrators noted about the user and his company.
    pub notes: bool,
    /// What concerns himself and staff: where he came from and when, phone, location, how he logs in, what he puts
    /// around his replies.
    pub personal: bool,
    /// His e-mail address.
    pub address: bool,
}

/// What of this user the reader sees.
#[must_use]
pub fn sight(reader: &Actor, user: UserId) -> Sight {
    let staff = reader.is_staff();
    Sight {
        notes: staff,
        personal: staff || reader.user_id == user,
        address: sees_address(reader, user),
    }
}

/// A login, or a name that may be one, for texts that everybody reads: it stops before the `@` of an address.
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

    #[test]
    fn staff_sees_every_address_and_everybody_else_his_own() {
        let customer = Actor {
            user_id: UserId(5),
            username: "ann@desk.test".into(),
            is_admin: false,
            ..Actor::console(chrono::DateTime::UNIX_EPOCH)
        };
        let technician = Actor {
            technician_of: [crate::ids::CategoryId(1)].into(),
            ..customer.clone()
        };
        let administrator = Actor {
            is_admin: true,
            ..customer.clone()
        };
        for reader in [&technician, &administrator] {
            assert!(sees_address(reader, UserId(6)));
            assert_eq!(shown_login(reader, "joe@desk.test"), "joe@desk.test");
        }
        assert!(!sees_address(&customer, UserId(6)));
        assert_eq!(shown_login(&customer, "joe@desk.test"), "joe");
        assert!(sees_address(&customer, UserId(5)));
        assert_eq!(shown_login(&customer, "ann@desk.test"), "ann@desk.test");
    }
}
