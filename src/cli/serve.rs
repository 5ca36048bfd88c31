//! `ferrodesk serve`: the server, from the settings to the last request.

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::first_start::{self, Administrator};
use super::{answer, signals};
use crate::app::AppState;
use crate::domain::Db;
use crate::domain::clock::Clock;
use crate::domain::db::PoolSizes;
use crate::jobs::{self, sweep_attachments};
use crate::mail;
use crate::postgres::{Database, Role, make_data_folder};
use crate::server;
use crate::settings::{Listen, Settings};

/// Connections of jobs, beside those of requests.
pub(super) const JOB_CONNECTIONS: u32 = 8;

pub(super) const HELP: &str = "\
The first start makes the database and the first administrator, and prints his password once; it also lies in
DataPath/initial-admin-password. Ctrl-C or SIGTERM end the server: requests that run are finished first.

Examples:
  ferrodesk
  DataPath=/srv/desk AppURL=https://desk.example ferrodesk serve
  Bootstrap__AdminPassword=secret ferrodesk serve
  ConnectionStrings__DBConnectionString='Host=db;Database=desk;Username=desk;Password=secret' ferrodesk serve";

pub(super) async fn run(settings: Settings) -> anyhow::Result<()> {
    let listen = settings.listen()?;
    let stop = signals::listen()?;
    make_data_folder(&settings.data_path)?;
    let opened = Database::open(&settings, Role::Owner);
    let database = if settings.db_connection_string.is_empty() {
        opened.await?
    } else {
        // It may be waited for; nothing of ours is lost when the waiting is cut short.
        tokio::select! {
            opened = opened => opened?,
            () = stop.cancelled() => return Ok(()),
        }
    };
    let connections = settings.limits.database_connections;
    let db = Db::new(database.options(), pools(connections, JOB_CONNECTIONS));
    let served = serve(settings, &listen, &database.describe(), db.clone(), stop).await;
    db.close().await;
    database.stop().await;
    served
}

/// How the connections of requests are shared out, beside those of jobs.
pub(super) fn pools(connections: u32, jobs: u32) -> PoolSizes {
    let quarter = (connections / 4).max(1);
    PoolSizes {
        read: quarter,
        lists: quarter,
        write: quarter * 2,
        jobs,
    }
}

/// From the database to the end of the last request. Whatever goes wrong in here, the caller stops the database.
async fn serve(
    settings: Settings,
    listen: &Listen,
    place: &str,
    db: Db,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let clock = Clock::default();
    db.migrate()
        .await
        .context("cannot bring the database to the schema of this version")?;
    let administrator = first_start::administrator(&settings, &db, &clock)
        .await
        .context("cannot make the first administrator")?;
    let app = AppState::build(settings, db, clock).await?;
    let listener = TcpListener::bind((listen.host.as_str(), listen.port))
        .await
        .with_context(|| {
            format!(
                "cannot listen on {}: choose another address with the setting Urls",
                listen.url()
            )
        })?;
    let mail = mail::listener::bind(&app.settings).await?;
    let bound = Listen {
        port: listener.local_addr()?.port(),
        ..listen.clone()
    };
    answer(&welcome(&app.settings, &bound.url(), place, &administrator))?;
    let sweeping = tokio::spawn(sweep_attachments::run(app.clone()));
    let working = tokio::spawn(jobs::run(app.clone(), stop.clone()));
    let taking_mail = mail.map(|listener| tokio::spawn(listener.run(app.clone(), stop.clone())));
    let served = server::serve(listener, app, stop.cancelled_owned()).await;
    sweeping.abort();
    working.await.context("the workers failed")?;
    if let Some(task) = taking_mail {
        task.await.context("the listener for mail failed")?;
    }
    served.context("the server failed")
}

/// What a person who has just started the server wants to know.
fn welcome(settings: &Settings, url: &str, place: &str, administrator: &Administrator) -> String {
    let name = &settings.bootstrap.admin_username;
    let mut password = "$PASSWORD".to_owned();
    let login = match administrator {
        Administrator::Known(None) => {
            "as before; forgotten? ferrodesk user reset-password NAME".to_owned()
        }
        Administrator::Known(Some(file)) => {
            password = format!("$(cat {})", file.display());
            format!("{name}, first password in {}", file.display())
        }
        Administrator::FromSettings => format!("{name}, password from Bootstrap:AdminPassword"),
        Administrator::Random {
            password: random,
            file,
        } => {
            password.clone_from(random);
            format!(
                "{name}, password {random}\n                 (shown once; also in {})",
                file.display()
            )
        }
    };
    format!(
        r#"
Ferrodesk {version} is ready.

  Address        {url}
  Administrator  {login}
  Data           {data}
  Database       {place}

Open a first ticket:
  curl -u "{name}:{password}" {url}/api/ticket -F categoryId=1 -F subject=Hello -F body="The first ticket" -F priorityId=0
A company to try things on: ferrodesk demo. Stop with Ctrl-C.
"#,
        version = env!("CARGO_PKG_VERSION"),
        data = settings.data_path.display(),
    )
}
