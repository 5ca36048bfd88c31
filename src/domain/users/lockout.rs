//! The lockout: "wrong username and/or password 3 times in a row blocks your IP address for 5 minutes".
//!
//! A streak is kept for each client (an IPv4 address, the /64 of an IPv6 one), in the database and by its clock, so
//! that it holds across servers and restarts. A streak without failures for 15 minutes is over.

use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::audit::{self, Occurrence};
use crate::error::Result;
use crate::ids::UserId;

/// How long three wrong passwords in a row block a client.
const BLOCK_SECONDS: i32 = 300;
/// More rows than this are never kept for long: the oldest that block nobody go first.
const MOST_ROWS: i64 = 100_000;

/// A login by password. The name as it was typed is not in it: people type passwords into the name field, and those
/// must lie neither in the streak nor in the audit log.
#[derive(Clone, Debug)]
pub struct Guess {
    client: String,
    ip_address: String,
    user: Option<UserId>,
    /// Whom it meant, for telling a mistyped password from guesses at others: a hash.
    target: Vec<u8>,
    at: DateTime<Utc>,
}

impl Guess {
    /// A guess from an address, which is counted as `client`, at the user whom `login` means, however he spells it, or
    /// at a name that nobody has.
    #[must_use]
    pub fn new(
        (client, ip_address): (String, String),
        user: Option<UserId>,
        login: &str,
        at: DateTime<Utc>,
    ) -> Self {
        let name = match user {
            Some(user) => format!("user {user}"),
            None => format!("name {}", login.to_lowercase()),
        };
        Self {
            client,
            ip_address,
            user,
            target: digest(&SHA256, name.as_bytes()).as_ref().to_vec(),
            at,
        }
    }

    /// The key of the client's streak.
    #[must_use]
    pub fn client(&self) -> &str {
        &self.client
    }

    /// Into the audit log. Only whoever had the right password is somebody.
    async fn notice(
        &self,
        conn: &mut PgConnection,
        action: &'static str,
        actor: Option<UserId>,
        after: Option<Value>,
    ) -> Result<()> {
        let occurrence = Occurrence {
            action,
            at: self.at,
            ip_address: &self.ip_address,
            actor,
            object_type: "user",
            object_id: self.user.map(|user| user.0),
            after,
        };
        audit::notice(conn, occurrence).await
    }
}

/// The failures in a row of one client.
#[derive(Clone, Debug, Default)]
pub struct Streak {
    pub(super) targets: Vec<Vec<u8>>,
    pub(super) seconds_left: Option<i32>,
}

impl Streak {
    /// Whole seconds until the client may try again; none: he is not blocked.
    #[must_use]
    pub fn blocked_for(&self) -> Option<u64> {
        let seconds = u64::try_from(self.seconds_left?).ok()?;
        (seconds > 0).then_some(seconds)
    }

    /// The client has nothing wrong to his name, and is not blocked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty() && self.blocked_for().is_none()
    }

    /// A right guess ends the streak: there are failures, and all of them were his. Otherwise whoever has
    /// one account could guess at others for ever by logging in to his own in between.
    #[must_use]
    pub fn ends_with(&self, guess: &Guess) -> bool {
        !self.targets.is_empty() && self.targets.iter().all(|failed| *failed == guess.target)
    }
}

/// The streak of a client, locked until the transaction ends, so that his next guess waits until it is known what
/// became of this one, on whichever server it is made. Roll back to leave the streak as it was.
pub async fn lock(conn: &mut PgConnection, client: &str) -> Result<Streak> {
    Ok(sqlx::query_as!(
        Streak,
        r#"insert into login_streaks as streak (client_key, last_failure_at) values ($1, clock_timestamp())
             on conflict (client_key) do update set
                failures = case
                    when streak.last_failure_at > clock_timestamp() - interval '15 minutes' then streak.failures
                    else 0 end,
                failed_logins = case
                    when streak.last_failure_at > clock_timestamp() - interval '15 minutes' then streak.failed_logins
                    else '{}' end
             returning failed_logins as targets,
                ceil(extract(epoch from blocked_until - clock_timestamp()))::int as seconds_left"#,
        client,
    )
    .fetch_one(conn)
    .await?)
}

/// Count a wrong password in the streak that [`lock`] holds; the third in a row blocks the client for five minutes.
/// True: it was the third.
pub async fn failed(conn: &mut PgConnection, guess: &Guess) -> Result<bool> {
    let blocked = sqlx::query_scalar!(
        r#"update login_streaks set
                failures = case when failures < 2 then failures + 1 else 0 end,
                failed_logins = case when failures < 2 then array_append(failed_logins, $2::bytea) else '{}' end,
                blocked_until = case when failures < 2 then null
                    else clock_timestamp() + make_interval(secs => $3) end,
                last_failure_at = clock_timestamp()
             where client_key = $1
             returning (blocked_until is not null) as "blocked!""#,
        guess.client,
        guess.target,
        f64::from(BLOCK_SECONDS),
    )
    .fetch_one(&mut *conn)
    .await?;
    guess.notice(conn, "login.failed", None, None).await?;
    if blocked {
        let after = json!({ "seconds": BLOCK_SECONDS });
        guess
            .notice(conn, "login.blocked", None, Some(after))
            .await?;
    }
    purge(conn).await?;
    Ok(blocked)
}

/// The password was hashed and is right.
pub async fn succeeded(conn: &mut PgConnection, guess: &Guess) -> Result<()> {
    guess
        .notice(conn, "login.succeeded", guess.user, None)
        .await
}

/// End the streak of a client after a success; see [`Streak::ends_with`].
pub async fn end(conn: &mut PgConnection, client: &str) -> Result<()> {
    sqlx::query!("delete from login_streaks where client_key = $1", client)
        .execute(conn)
        .await?;
    Ok(())
}

/// Remove some streaks that are over: each failure adds one row at most, and removes up to fifty.
async fn purge(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "delete from login_streaks where client_key in (
             select client_key from login_streaks
             where last_failure_at < clock_timestamp() - interval '15 minutes'
                and coalesce(blocked_until <= clock_timestamp(), true)
             order by last_failure_at
             limit 50
             for update skip locked)",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keep the table small while thousands of addresses attack: from time to time the oldest streaks that block
/// nobody go.
pub async fn trim(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "delete from login_streaks where client_key in (
             select client_key from login_streaks
             where coalesce(blocked_until <= clock_timestamp(), true)
             order by last_failure_at desc
             offset $1
             for update skip locked)",
        MOST_ROWS,
    )
    .execute(conn)
    .await?;
    Ok(())
}
