//! Tokens that users named: see [`crate::domain::users::tokens`]. The key of their hashes is derived here.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Signing, Tokens, look_up};
use crate::domain::instance::{self, Instance};
use crate::domain::users::credentials::Account;
use crate::domain::users::tokens::{self, Presented, TokenKey};
use crate::domain::{Db, Result};
use crate::http::caller::known::{Known, KnownUser};

/// Who calls with a named token.
#[derive(Debug)]
pub(in crate::http) struct NamedCaller {
    /// The token's user.
    pub(in crate::http) account: Arc<Account>,
    /// The token.
    pub(in crate::http) token: Presented,
    /// The epoch of the installation that it belongs to.
    pub(in crate::http) epoch: i32,
}

impl Tokens {
    /// The key that new tokens are stored under.
    pub async fn key_of_named(
        &self,
        conn: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<Arc<TokenKey>> {
        let signing = self.follow(instance::load(conn).await?, now)?;
        Ok(Arc::clone(&signing.named))
    }

    /// Whose named token this is. None: it is no token, or not good any more; nobody is told why.
    pub(in crate::http) async fn open_named(
        &self,
        db: &Db,
        known: &Known,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<NamedCaller>> {
        let mut signing = self.signing();
        let mut found = find(db, known, &signing, token).await?;
        if found.is_none() && signing.is_stale(now) {
            // Perhaps somebody changed the shared secret, and the token was made after that.
            let mut conn = db.read().await?;
            let instance = instance::load(&mut conn).await?;
            drop(conn);
            let is_another = instance != signing.instance;
            signing = self.follow(instance, now)?;
            if is_another {
                found = find(db, known, &signing, token).await?;
            }
        }
        let Some(token) = found.filter(|token| !token.is_expired(now)) else {
            return Ok(None);
        };
        let Some(KnownUser { account, instance }) = look_up(db, known, token.user_id).await? else {
            return Ok(None);
        };
        // The shared secret may have changed since the key was derived: the token is not good then.
        let current = *instance == signing.instance;
        if !current {
            self.follow(Instance::clone(&instance), now)?;
        }
        let good =
            current && !account.is_disabled() && account.token_version() == token.token_version;
        Ok(good.then_some(NamedCaller {
            account,
            token,
            epoch: instance.token_epoch,
        }))
    }
}

/// The row of a token, as it is or was a moment ago.
async fn find(db: &Db, known: &Known, signing: &Signing, token: &str) -> Result<Option<Presented>> {
    let Some(hash) = signing.named.hash(token) else {
        return Ok(None);
    };
    if let Some(token) = known.token(&hash) {
        return Ok(Some(token));
    }
    let read_at = known.generation();
    let mut conn = db.read().await?;
    let found = tokens::find_by_hash(&mut conn, hash).await?;
    if let Some(token) = found {
        known.remember_token(hash, token, read_at);
    }
    Ok(found)
}
