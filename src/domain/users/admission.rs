//! What a caller came in by, for answers that last: whether it is still good, and what its user may do by now.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::error::Result;
use crate::ids::{TokenId, UserId};
use crate::instance;
use crate::users::credentials::{self, Account};
use crate::users::tokens;

/// What a caller came in by.
#[derive(Clone, Debug)]
pub struct Admission {
    /// Who he proved to be.
    pub user: UserId,
    /// The version of his password and tokens then.
    pub token_version: i32,
    /// Of a token, of either kind: the epoch of the installation then.
    pub epoch: Option<i32>,
    /// The token that he named.
    pub token: Option<TokenId>,
    /// When his token ends by itself.
    pub ends_at: Option<DateTime<Utc>>,
}

/// How those stand who came in by some admissions.
#[derive(Debug)]
pub struct Standing {
    epoch: i32,
    accounts: HashMap<i32, Account>,
    tokens: BTreeSet<i32>,
}

impl Standing {
    /// Look them up, past all that is remembered.
    pub async fn load<'a>(
        conn: &mut PgConnection,
        admissions: impl Iterator<Item = &'a Admission> + Clone + Send,
    ) -> Result<Self> {
        let users: BTreeSet<i32> = admissions.clone().map(|each| each.user.0).collect();
        let named: BTreeSet<i32> = admissions.filter_map(|each| Some(each.token?.0)).collect();
        let users: Vec<i32> = users.into_iter().collect();
        let named: Vec<i32> = named.into_iter().collect();
        let accounts = credentials::by_ids(conn, &users).await?;
        let tokens = if named.is_empty() {
            vec![]
        } else {
            tokens::not_revoked(conn, &named).await?
        };
        Ok(Self {
            epoch: instance::load(conn).await?.token_epoch,
            accounts: accounts
                .into_iter()
                .map(|account| (account.user_id().0, account))
                .collect(),
            tokens: tokens.into_iter().collect(),
        })
    }

    /// Who he is by now, with what he may. None: what he came in by is not good any more.
    #[must_use]
    pub fn actor(&self, admission: &Admission, now: DateTime<Utc>) -> Option<Actor> {
        let account = self.accounts.get(&admission.user.0)?;
        let is_good = !account.is_disabled()
            && account.token_version() == admission.token_version
            && admission.epoch.is_none_or(|epoch| epoch == self.epoch)
            && admission.ends_at.is_none_or(|end| end > now)
            && admission
                .token
                .is_none_or(|token| self.tokens.contains(&token.0));
        is_good.then(|| account.to_actor(now, None))
    }
}
