//! A login by password: the lockout first, then the cache, then the hash.

use std::sync::Arc;

use crate::app::AppState;
use crate::domain;
use crate::domain::password_resets;
use crate::domain::users::credentials::{self, Account, Login};
use crate::domain::users::hashing::Core;
use crate::domain::users::lockout::{self, Guess, Streak};
use crate::domain::users::password;
use crate::http::caller::ClientAddress;
use crate::http::error::ApiError;

/// After so many failures of this process the table of streaks is trimmed.
const TRIM_EVERY: u64 = 1_000;

/// The account that `login` and `password` open; none: they open none. The lockout counts by the key of `client`.
///
/// Errors: the client is blocked (429), whatever the password; too many logins at once (503).
pub(super) async fn log_in(
    app: &AppState,
    client: ClientAddress,
    login: &str,
    password: String,
) -> Result<Option<Arc<Account>>, ApiError> {
    let key = client.key();
    let known = &app.callers.known;
    if let Some(account) = known.login(&key, login)
        && app.callers.verified.opens(&account, &password)
    {
        return Ok(Some(account));
    }
    let read_at = known.generation();
    let Login { account, streak } = {
        let mut conn = app.db.read().await?;
        credentials::by_login(&mut conn, login, &key).await?
    };
    refuse_blocked(&streak)?;
    let account = account.map(Arc::new);
    if password.len() > password::MAX_BYTES {
        return Err(domain::Error::invalid("password", "is longer than 1,024 bytes").into());
    }
    let user = account.as_deref().map(Account::user_id);
    let attempt = Attempt {
        app: app.clone(),
        guess: Guess::new((key, client.to_string()), user, login, app.clock.now()),
        account,
        password,
    };
    if !streak.ends_with(&attempt.guess) && attempt.is_known() {
        if let Some(account) = attempt.account.as_ref().filter(|_| streak.is_empty()) {
            let client = attempt.guess.client();
            known.remember_login(client, login, Arc::clone(account), read_at);
        }
        return remembered(app, attempt.account).await;
    }
    let account = attempt.make().await?;
    remembered(app, account).await
}

/// Whoever logs in has his password: a link that would set him another one is dead.
async fn remembered(
    app: &AppState,
    account: Option<Arc<Account>>,
) -> Result<Option<Arc<Account>>, ApiError> {
    if let Some(account) = account.as_deref().filter(|account| account.has_reset()) {
        let mut tx = app.db.begin().await?;
        password_resets::forget(&mut tx, account.user_id()).await?;
        tx.commit().await?;
    }
    Ok(account)
}

/// 429 while the client is blocked.
pub fn refuse_blocked(streak: &Streak) -> Result<(), ApiError> {
    match streak.blocked_for() {
        Some(seconds) => Err(ApiError::TooMany {
            text: format!(
                "Too many failed logins from your IP address. Try again in {seconds} seconds."
            ),
            retry_after: seconds,
        }),
        None => Ok(()),
    }
}

/// One guess.
struct Attempt {
    app: AppState,
    guess: Guess,
    account: Option<Arc<Account>>,
    password: String,
}

impl Attempt {
    /// The same password of the same account was right a moment ago.
    fn is_known(&self) -> bool {
        let verified = &self.app.callers.verified;
        self.account
            .as_ref()
            .is_some_and(|account| verified.opens(account, &self.password))
    }

    async fn make(self) -> Result<Option<Arc<Account>>, ApiError> {
        let app = self.app.clone();
        let client = self.guess.client();
        let _turn = app.callers.turns.take(client).await?;
        let known = self.is_known();
        let core = if known {
            None
        } else {
            Some(app.callers.hashing.core().await?)
        };
        // The lock on the client's streak holds while the password is verified, so that his guesses at other
        // servers wait as well. No more of these transactions last than there are cores.
        let mut tx = app.db.begin().await?;
        let streak = lockout::lock(&mut tx, client).await?;
        refuse_blocked(&streak)?;
        let right = match core {
            None => true,
            Some(core) => self.verify(core).await?,
        };
        let ends = streak.ends_with(&self.guess);
        if !right {
            self.count_failure(&mut tx).await?;
            tx.commit().await?;
            app.callers.known.forget_client(client);
        } else if known && !ends {
            tx.rollback().await?;
        } else {
            if !known {
                lockout::succeeded(&mut tx, &self.guess).await?;
            }
            // An empty one is only the row that was made to be locked.
            if ends || streak.is_empty() {
                lockout::end(&mut tx, client).await?;
            }
            tx.commit().await?;
        }
        Ok(self.account.filter(|_| right))
    }

    /// Hash and compare, at the same cost whether there is such an account or not.
    async fn verify(&self, core: Core) -> Result<bool, ApiError> {
        let account = self
            .account
            .as_ref()
            .filter(|account| !account.is_disabled());
        let stored = account.and_then(|account| account.password_hash().map(str::to_owned));
        let callers = &self.app.callers;
        let right = callers
            .hashing
            .verify(core, self.password.clone(), stored)
            .await?;
        if right
            && let Some(account) = account
            && let Some(fingerprint) = callers.verified.fingerprint(account, &self.password)
        {
            callers.verified.remember(fingerprint);
        }
        Ok(right)
    }

    async fn count_failure(&self, conn: &mut sqlx::PgConnection) -> domain::Result<()> {
        if lockout::failed(conn, &self.guess).await? {
            tracing::warn!(
                client = self.guess.client(),
                "three wrong passwords in a row: the client is blocked for five minutes"
            );
        }
        if self
            .app
            .callers
            .hashing
            .verified()
            .is_multiple_of(TRIM_EVERY)
        {
            lockout::trim(conn).await?;
        }
        Ok(())
    }
}
