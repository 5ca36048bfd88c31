//! What the server does on its own, without being asked.
//!
//! What happens is written into the outbox in the transaction in which it happens. The [`relay`] gives each event its
//! place and adds a job for it; the job (`event`) runs the rules and writes mail and webhook deliveries, each of which
//! is a job again. [`worker`] does the jobs, on any number of servers, each job by one of them; `schedule` adds those
//! that come with time.
//!
//! A job runs at least once: a server that is killed leaves it to another. So each kind finds out whether it was done
//! already, and none holds a transaction while it waits for somebody outside.

mod answer_password_request;
mod deliver;
mod event;
mod housekeeping;
mod read_mail;
pub mod relay;
mod schedule;
mod send_mail;
mod sent_mails;
pub mod sweep_attachments;
mod timers;
pub mod worker;

use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::AppState;

pub(crate) use deliver::call as signed_call;

use crate::mail;
pub use sent_mails::SentMails;

/// A kind of job. Its members are what [`crate::domain::queue::NewJob`] gave as payload.
pub(crate) trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name, fixed for ever: jobs of it lie in the database.
    const KIND: &'static str;

    /// Do it. After an error it is tried again, with growing pauses, for three days; then it is kept as failed.
    fn run(
        self,
        app: &AppState,
        attempt: Attempt,
    ) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// Which try it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// There is none after it.
    pub last: bool,
}

/// Work until `stop`: the relay, the workers, what comes with time. Returns when what runs is done.
pub async fn run(app: AppState, stop: CancellationToken) {
    let mut tasks = JoinSet::new();
    tasks.spawn(relay::run(app.clone(), stop.clone()));
    if !app.settings.jobs.enabled {
        // Events are told of at once all the same.
        while tasks.join_next().await.is_some() {}
        return;
    }
    tasks.spawn(schedule::run(app.clone(), stop.clone()));
    tasks.spawn(send_mail::watch(app.clone(), stop.clone()));
    tasks.spawn(mail::imap::run(app.clone(), stop.clone()));
    for class in worker::Class::ALL {
        tasks.spawn(worker::run(class, app.clone(), stop.clone()));
    }
    while tasks.join_next().await.is_some() {}
}

/// Do all that is to be done now and return: for tests and commands. Errors: the database.
pub async fn drain(app: &AppState) -> anyhow::Result<()> {
    app.mailer.refresh(app).await?;
    // One event may lead to another, but not for ever: rules are bounded.
    for _ in 0..1_000 {
        let told = relay::relay_all(app).await?;
        let mut done = 0;
        for class in worker::Class::ALL {
            done += worker::drain(class, app).await?;
        }
        if told + done == 0 {
            return Ok(());
        }
    }
    anyhow::bail!("the queue does not come to an end")
}
