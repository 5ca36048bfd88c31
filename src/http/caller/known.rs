//! Callers who were looked up less than a second ago: most calls come from somebody who has just called, and asking
//! the database who he is costs as much as a small call itself.
//!
//! What is remembered is forgotten at once when a right changes: by this server before the change is answered, by
//! the others when PostgreSQL tells them (see [`watch`]), and by all after a second whatever happens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use moka::sync::Cache;

use crate::domain::Db;
use crate::domain::ids::UserId;
use crate::domain::instance::Instance;
use crate::domain::users::credentials::Account;
use crate::domain::users::tokens::{Presented, TokenHash};

/// The longest that another server may take to hear of a change.
const KEPT: Duration = Duration::from_secs(1);
/// Names, users and clients that are remembered, each.
const MOST: u64 = 10_000;
/// How long to wait before listening again, when the database went away.
const REST: Duration = Duration::from_millis(200);

/// The state of everybody's rights that a look-up belongs to: what was read before a change must not be remembered
/// after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(u64);

/// A user as he stood a moment ago, and the installation at the same moment.
#[derive(Clone, Debug)]
pub(crate) struct KnownUser {
    pub(crate) account: Arc<Account>,
    pub(crate) instance: Arc<Instance>,
}

/// Who was looked up lately.
#[derive(Debug)]
pub(crate) struct Known {
    generation: AtomicU64,
    /// By the login as the client spells it.
    logins: Cache<String, (Generation, Arc<Account>)>,
    /// By user id, with the installation that tokens are compared with.
    users: Cache<i32, (Generation, KnownUser)>,
    /// Named tokens that are not revoked.
    tokens: Cache<TokenHash, (Generation, Presented)>,
    /// Clients without a wrong password to their name.
    clean: Cache<String, Generation>,
}

impl Known {
    /// Nobody was looked up yet.
    pub(super) fn new() -> Self {
        Self {
            generation: AtomicU64::new(0),
            logins: cache(),
            users: cache(),
            tokens: cache(),
            clean: cache(),
        }
    }

    /// To be taken before a look-up whose result is to be remembered.
    pub(crate) fn generation(&self) -> Generation {
        Generation(self.generation.load(Ordering::SeqCst))
    }

    /// Rights have changed: nobody is remembered any more, and no look-up under way will be.
    pub(super) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// The account of a login, when this client has no wrong password to his name.
    pub(super) fn login(&self, client: &str, login: &str) -> Option<Arc<Account>> {
        let now = self.generation();
        let is_clean = self.clean.get(client) == Some(now);
        let (then, account) = self.logins.get(login).filter(|_| is_clean)?;
        (then == now).then_some(account)
    }

    /// The client is clean, and the login means this account.
    pub(super) fn remember_login(
        &self,
        client: &str,
        login: &str,
        account: Arc<Account>,
        read_at: Generation,
    ) {
        self.clean.insert(client.to_owned(), read_at);
        self.logins.insert(login.to_owned(), (read_at, account));
    }

    /// The client guessed wrong: how often stands in the database only.
    pub(super) fn forget_client(&self, client: &str) {
        self.clean.invalidate(client);
    }

    /// The account of a user, and the installation.
    pub(crate) fn user(&self, id: UserId) -> Option<KnownUser> {
        let (then, user) = self.users.get(&id.0)?;
        (then == self.generation()).then_some(user)
    }

    /// The row of a named token.
    pub(crate) fn token(&self, hash: &TokenHash) -> Option<Presented> {
        let (then, token) = self.tokens.get(hash)?;
        (then == self.generation()).then_some(token)
    }

    /// The token's row read so at `read_at`.
    pub(crate) fn remember_token(&self, hash: TokenHash, token: Presented, read_at: Generation) {
        self.tokens.insert(hash, (read_at, token));
    }

    /// The user stood so at `read_at`.
    pub(crate) fn remember_user(
        &self,
        account: Account,
        instance: Instance,
        read_at: Generation,
    ) -> KnownUser {
        let id = account.user_id().0;
        let user = KnownUser {
            account: Arc::new(account),
            instance: Arc::new(instance),
        };
        self.users.insert(id, (read_at, user.clone()));
        user
    }
}

fn cache<K, V>() -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder()
        .max_capacity(MOST)
        .time_to_live(KEPT)
        .build()
}

/// Forget everybody whenever PostgreSQL tells of a change of rights, made by whomever. While the database is away,
/// nothing is remembered for longer than a second.
pub(super) async fn watch(db: Db, known: Weak<Known>) {
    let forget = || known.upgrade().map(|known| known.forget());
    // What was told before the first moment of listening, and after the last, nobody heard.
    while !db.is_closed() && forget().is_some() {
        match db.listen_for_rights().await {
            Ok(mut rights) => while forget().is_some() && rights.change().await.is_ok() {},
            Err(error) => tracing::debug!(%error, "not listening for changes of rights"),
        }
        tokio::time::sleep(REST).await;
    }
}
