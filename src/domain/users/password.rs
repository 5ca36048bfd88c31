//! Password hashes: Argon2id with 19 MiB, two passes, one lane, as OWASP asks; stored as PHC strings.

use std::sync::LazyLock;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};

use crate::error::{Error, Result};

/// The longest password, in bytes: hashing more only helps whoever wants to keep the server busy.
pub const MAX_BYTES: usize = 1024;

/// What is verified in place of the hash of a user who does not exist or has no password, so that the answer takes
/// the same time. Nobody knows its password.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let mut password = [0; 32];
    // Without random bytes it is still a hash, and a match with it is never a login.
    getrandom::fill(&mut password).ok();
    digest(&password).unwrap_or_default()
});

/// The hash of a password, as it is stored. It takes tens of milliseconds: call it where it may block.
///
/// Errors: the password is longer than [`MAX_BYTES`].
pub fn hash(password: &str) -> Result<String> {
    if password.len() > MAX_BYTES {
        return Err(Error::invalid("password", "is longer than 1,024 bytes"));
    }
    digest(password.as_bytes())
}

/// Whether `password` belongs to `stored`. It takes as long when nothing is stored, or something that is no hash.
/// It takes tens of milliseconds: call it where it may block.
#[must_use]
pub fn verify(password: &str, stored: Option<&str>) -> bool {
    let parsed = stored.and_then(|stored| PasswordHash::new(stored).ok());
    let known = parsed.is_some();
    let hash = match parsed {
        Some(hash) => Ok(hash),
        None => PasswordHash::new(&NOBODY),
    };
    let matches = hash.is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    });
    matches && known && password.len() <= MAX_BYTES
}

/// Make the hash that stands in for unknown users now, so that the first login does not pay for it.
pub fn prepare() {
    LazyLock::force(&NOBODY);
}

fn digest(password: &[u8]) -> Result<String> {
    Ok(Argon2::default()
        .hash_password(password)
        .map_err(|error| Error::internal(error.to_string()))?
        .to_string())
}
