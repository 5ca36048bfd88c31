//! Whose API tokens somebody keeps.

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::UserId;

/// One's own tokens, and as an administrator everybody's.
#[must_use]
pub fn keeps(actor: &Actor, of: UserId) -> bool {
    actor.is_admin || actor.user_id == of
}

/// Before any look-up, so that ids cannot be probed. Errors: Forbidden.
pub fn require_keeper(actor: &Actor, of: UserId) -> Result<()> {
    if keeps(actor, of) {
        Ok(())
    } else {
        Err(Error::forbidden(
            "Only administrators keep other users' tokens.",
        ))
    }
}

/// A token that only reads changes nothing, and makes none that could. Errors: Forbidden.
pub fn require_writing(actor: &Actor) -> Result<()> {
    if actor.read_only {
        Err(Error::forbidden(
            "This token is read-only: its scope is \"read\", and this call changes something.",
        ))
    } else {
        Ok(())
    }
}

/// A token of `/User/Token` has no scope, ends at no date and cannot be revoked by itself: whoever holds a token that
/// has all of that must not get out of it so. Errors: Forbidden.
pub fn require_no_named_token(actor: &Actor) -> Result<()> {
    if actor.token.is_some() {
        Err(Error::forbidden(
            "A token that was made with a name gives no other one here: use the password.",
        ))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TokenId;

    #[test]
    fn everybody_keeps_his_own_tokens_and_administrators_all() {
        let nobody = Actor::console(chrono::DateTime::UNIX_EPOCH);
        for (is_admin, of, expected) in [
            (false, 5, true),
            (false, 6, false),
            (true, 5, true),
            (true, 6, true),
        ] {
            let actor = Actor {
                user_id: UserId(5),
                is_admin,
                ..nobody.clone()
            };
            assert_eq!(keeps(&actor, UserId(of)), expected);
            assert_eq!(require_keeper(&actor, UserId(of)).is_ok(), expected);
        }
    }

    #[test]
    fn the_scope_and_the_kind_of_the_token_count_whoever_it_is() {
        let by_password = Actor::console(chrono::DateTime::UNIX_EPOCH);
        let by_token = Actor {
            token: Some(TokenId(1)),
            ..by_password.clone()
        };
        let reading = Actor {
            read_only: true,
            ..by_token.clone()
        };
        for (actor, writes, gets_another_kind) in [
            (by_password, true, true),
            (by_token, true, false),
            (reading, false, false),
        ] {
            assert_eq!(require_writing(&actor).is_ok(), writes);
            assert_eq!(require_no_named_token(&actor).is_ok(), gets_another_kind);
        }
    }
}
