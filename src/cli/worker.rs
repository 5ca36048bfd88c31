//! `ferrodesk worker`: the jobs without the server.

use anyhow::Context;

use super::serve::{JOB_CONNECTIONS, pools};
use super::{answer, signals};
use crate::app::AppState;
use crate::domain::Db;
use crate::domain::clock::Clock;
use crate::jobs;
use crate::postgres::{Database, Role};
use crate::settings::Settings;

pub(super) const HELP: &str = "\
The server does the jobs itself. Large desks let other machines help, or leave the jobs to them altogether: any number
of servers and workers share one database, and each job is done by one of them. A server with Jobs__Enabled=false only
answers requests. Ctrl-C or SIGTERM end the worker: jobs that run are finished first.

Every one needs the same Security:InstanceKey (see docs/configuration.md), and the attachments folder.

Examples:
  ferrodesk worker
  ConnectionStrings__DBConnectionString=postgres://desk:secret@db/desk ferrodesk worker";

pub(super) async fn run(settings: Settings) -> anyhow::Result<()> {
    let stop = signals::listen()?;
    let database = Database::open(&settings, Role::Guest).await?;
    let db = Db::new(database.options(), pools(8, JOB_CONNECTIONS));
    let worked = async {
        db.migrate()
            .await
            .context("cannot bring the database to the schema of this version")?;
        let app = AppState::build(settings, db.clone(), Clock::default()).await?;
        answer(&format!(
            "Ferrodesk {} works: jobs of {}. Stop with Ctrl-C.",
            env!("CARGO_PKG_VERSION"),
            database.describe()
        ))?;
        jobs::run(app, stop).await;
        Ok(())
    }
    .await;
    db.close().await;
    database.stop().await;
    worked
}
