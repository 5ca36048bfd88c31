//! A lock of the database held by the test, so that calls that need it are truly under way at once.

use std::time::Duration;

use sqlx::PgConnection;

use super::TestApp;

/// An advisory lock.
pub(crate) struct HeldLock {
    connection: PgConnection,
}

impl TestApp {
    /// Take the advisory lock that the server knows by this name.
    pub(crate) async fn hold_lock(&self, name: &str) -> HeldLock {
        let mut connection = self.database.connect().await;
        sqlx::query("select pg_advisory_lock(hashtext($1))")
            .bind(name)
            .execute(&mut connection)
            .await
            .unwrap();
        HeldLock { connection }
    }
}

impl HeldLock {
    /// Let it go as soon as so many wait for it.
    pub(crate) async fn release_when_waited_for_by(mut self, callers: i64) {
        let waited_for = async {
            loop {
                let waiting: i64 = sqlx::query_scalar(
                    "select count(*) from pg_locks
                    where locktype = 'advisory' and not granted
                        and database = (select oid from pg_database where datname = current_database())",
                )
                .fetch_one(&mut self.connection)
                .await
                .unwrap();
                if waiting >= callers {
                    break;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waited_for)
            .await
            .expect("nobody waits for the lock");
        sqlx::query("select pg_advisory_unlock_all()")
            .execute(&mut self.connection)
            .await
            .unwrap();
    }
}
