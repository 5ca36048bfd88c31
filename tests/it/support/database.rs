//! A database for each test, copied from a template that the first test of a run makes.

use ferrodesk::domain::Db;
use ferrodesk::domain::db::PoolSizes;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};

/// Where the PostgreSQL of the tests is; `make test` and `.ci/with-postgres` set it.
const VARIABLE: &str = "FERRODESK_TEST_DATABASE";

/// A database that vanishes with the test.
pub(crate) struct TestDatabase {
    name: String,
    server: PgConnectOptions,
}

fn server() -> PgConnectOptions {
    #[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
    let url = std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!("{VARIABLE} is not set: run `make test`, or `.ci/with-postgres cargo test`")
    });
    url.parse().unwrap()
}

/// The template's name holds a hash of the migrations, so that a changed one makes a new template.
async fn template(server: &PgConnectOptions) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for migration in sqlx::migrate!("./migrations").iter() {
        for byte in migration.checksum.iter() {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let name = format!("template_{hash:016x}");
    let mut admin = PgConnection::connect_with(server).await.unwrap();
    admin
        .execute("select pg_advisory_lock(4711)")
        .await
        .unwrap();
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&name)
            .fetch_one(&mut admin)
            .await
            .unwrap();
    if !exists {
        let half = format!("{name}_half");
        admin
            .execute(sqlx::AssertSqlSafe(format!(
                "drop database if exists {half}"
            )))
            .await
            .unwrap();
        admin
            .execute(sqlx::AssertSqlSafe(format!("create database {half}")))
            .await
            .unwrap();
        let sizes = PoolSizes {
            read: 1,
            lists: 1,
            write: 1,
            jobs: 1,
        };
        let made = Db::new(&server.clone().database(&half), sizes);
        made.migrate().await.unwrap();
        made.close().await;
        admin
            .execute(sqlx::AssertSqlSafe(format!(
                "alter database {half} rename to {name}"
            )))
            .await
            .unwrap();
    }
    admin.close().await.unwrap();
    name
}

impl TestDatabase {
    pub(crate) async fn create() -> Self {
        let server = server();
        let template = template(&server).await;
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let mut admin = PgConnection::connect_with(&server).await.unwrap();
        admin
            .execute(sqlx::AssertSqlSafe(format!(
                "create database {name} template {template}"
            )))
            .await
            .unwrap();
        admin.close().await.unwrap();
        Self { name, server }
    }

    pub(crate) fn options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }

    pub(crate) async fn connect(&self) -> PgConnection {
        PgConnection::connect_with(&self.options()).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (name, server) = (self.name.clone(), self.server.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut admin = PgConnection::connect_with(&server).await.unwrap();
                admin
                    .execute(sqlx::AssertSqlSafe(format!(
                        "drop database if exists {name} with (force)"
                    )))
                    .await
                    .unwrap();
            });
        });
        let _ = dropped.join();
    }
}
