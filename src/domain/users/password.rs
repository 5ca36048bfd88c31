//! Password hashes: Argon2id. (Stub.)

use crate::error::{Error, Result};

/// The hash of a password, as it is stored.
pub fn hash(_password: &str) -> Result<String> {
    Err(Error::internal("not implemented"))
}
