//! The least that a server could do: the statements of an endpoint, prepared, and an answer of the same size. No caller,
//! no rights, no parameters, no log. `bench/run` measures it beside the real one.
//!
//! Arguments: port, database URL, file of statements (`:id` is a random ticket), first and last ticket, bytes of an
//! answer, connections to the database.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use sqlx::postgres::{PgPool, PgPoolOptions};

struct Work {
    pool: PgPool,
    /// Each with whether it takes the ticket's number.
    statements: Vec<(String, bool)>,
    begins: bool,
    first: u32,
    span: u32,
    answer: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, url, file, first, last, bytes, connections] = arguments.as_slice() else {
        anyhow::bail!("seven arguments are needed: see the head of bench/plain.rs");
    };
    let script = std::fs::read_to_string(file)?;
    let lines = || script.lines().filter(|line| !line.starts_with('\\'));
    let begins = lines().any(|line| line == "BEGIN;");
    let statements = lines()
        .filter(|line| !matches!(*line, "BEGIN;" | "COMMIT;"))
        .map(|line| (line.replace(":id", "$1"), line.contains(":id")))
        .collect();
    let (first, last): (u32, u32) = (first.parse()?, last.parse()?);
    let options = url.parse::<sqlx::postgres::PgConnectOptions>()?;
    let work = Work {
        pool: PgPoolOptions::new()
            .max_connections(connections.parse()?)
            .test_before_acquire(false)
            .connect_with(options.options([("plan_cache_mode", "force_generic_plan")]))
            .await?,
        statements,
        begins,
        first,
        span: last - first + 1,
        answer: "x".repeat(bytes.parse()?),
    };
    let router = Router::new()
        .fallback(get(answer).post(answer))
        .with_state(Arc::new(work));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn answer(State(work): State<Arc<Work>>) -> Result<String, (StatusCode, String)> {
    work.run()
        .await
        .map(|()| work.answer.clone())
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

impl Work {
    async fn run(&self) -> anyhow::Result<()> {
        let mut random = [0; 4];
        getrandom::fill(&mut random)?;
        let id = i32::try_from(self.first + u32::from_le_bytes(random) % self.span)?;
        if self.begins {
            let mut tx = self.pool.begin().await?;
            self.statements(&mut tx, id).await?;
            tx.commit().await?;
        } else {
            self.statements(&mut *self.pool.acquire().await?, id)
                .await?;
        }
        Ok(())
    }

    async fn statements(&self, conn: &mut sqlx::PgConnection, id: i32) -> anyhow::Result<()> {
        for (statement, takes_id) in &self.statements {
            let query = sqlx::query(sqlx::AssertSqlSafe(statement.as_str()));
            let query = if *takes_id { query.bind(id) } else { query };
            query.fetch_all(&mut *conn).await?;
        }
        Ok(())
    }
}
