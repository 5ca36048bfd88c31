//! Credentials that were right a moment ago: Argon2 costs tens of milliseconds, and Basic sends the password with
//! every call.

use std::time::Duration;

use moka::sync::Cache;

use crate::domain::users::credentials::Account;

/// How long a password that was right is not hashed again.
const KEPT: Duration = Duration::from_mins(5);
/// How many are kept.
const MOST: u64 = 10_000;

/// The verified credentials, under a keyed hash: no password lies in memory.
#[derive(Debug)]
pub(super) struct Verified {
    key: [u8; 32],
    right: Cache<[u8; 32], ()>,
}

/// A password of an account in its present state: with another password, or after any change of the stored one,
/// it is another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fingerprint([u8; 32]);

impl Verified {
    /// Nothing is verified yet. Errors: the system gives no random bytes.
    pub(super) fn new() -> anyhow::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        let right = Cache::builder()
            .max_capacity(MOST)
            .time_to_live(KEPT)
            .build();
        Ok(Self { key, right })
    }

    /// The fingerprint of `password` as the password of `account`. None: the account has no password.
    pub(super) fn fingerprint(&self, account: &Account, password: &str) -> Option<Fingerprint> {
        let stored = account.password_hash()?;
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&account.user_id().0.to_le_bytes());
        hasher.update(&account.token_version().to_le_bytes());
        // A stored hash has no NUL, so that no other pair reads the same.
        hasher.update(stored.as_bytes());
        hasher.update(&[0]);
        hasher.update(password.as_bytes());
        Some(Fingerprint(*hasher.finalize().as_bytes()))
    }

    /// The same password of the same account, as it is now, was right a moment ago, and he may enter.
    pub(super) fn opens(&self, account: &Account, password: &str) -> bool {
        !account.is_disabled()
            && self
                .fingerprint(account, password)
                .is_some_and(|fingerprint| self.knows(fingerprint))
    }

    fn knows(&self, fingerprint: Fingerprint) -> bool {
        self.right.contains_key(&fingerprint.0)
    }

    pub(super) fn remember(&self, fingerprint: Fingerprint) {
        self.right.insert(fingerprint.0, ());
    }
}
