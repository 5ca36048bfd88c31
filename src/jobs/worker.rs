//! Doing jobs: graphile_worker behind a wall. Nothing else of the program knows of it but `domain/queue.rs`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use graphile_worker::{
    IntoTaskHandlerResult, TaskHandler, Worker, WorkerContext, WorkerOptions, WorkerRecoveryConfig,
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::answer_password_request::AnswerPasswordRequest;
use super::event::HandleEvent;
use super::housekeeping::Housekeeping;
use super::send_mail::SendMail;
use super::{Attempt, Job};
use crate::app::AppState;

/// How often a worker says that it lives, and how long it may be silent. The jobs of one that was killed are taken by
/// others after that; a server that is only slow must not lose its jobs meanwhile.
const HEARTBEAT: Duration = Duration::from_secs(2);
const SILENCE: Duration = Duration::from_secs(12);

/// How long jobs may go on after the server was told to stop.
const GRACE: Duration = Duration::from_secs(20);

/// Jobs that share their workers: a slow mail server does not keep webhooks waiting, nor a receiver of webhooks the
/// rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Work on our own database: events, received mail, timers.
    Desk,
    /// Sending mail.
    Mail,
    /// Calling receivers of webhooks.
    Hooks,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Desk, Self::Mail, Self::Hooks];

    /// How many jobs at a time.
    fn concurrency(self) -> usize {
        match self {
            Self::Desk => 4,
            Self::Mail => 16,
            Self::Hooks => 32,
        }
    }

    /// THE list of kinds: a job whose kind is not here is never done.
    fn kinds(self, options: WorkerOptions) -> WorkerOptions {
        match self {
            Self::Desk => options
                .define_job::<Task<AnswerPasswordRequest>>()
                .define_job::<Task<HandleEvent>>()
                .define_job::<Task<Housekeeping>>(),
            Self::Mail => options.define_job::<Task<SendMail>>(),
            Self::Hooks => options,
        }
    }
}

/// What jobs work with, as the library hands it to them.
#[derive(Clone, Debug)]
struct Surroundings {
    app: AppState,
    done: Arc<AtomicUsize>,
}

/// A [`Job`] as the library wants it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent, bound = "J: Job")]
struct Task<J>(J);

/// The chain of causes in one line; the library would print the structure.
struct Failure(anyhow::Error);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl<J: Job> TaskHandler for Task<J> {
    const IDENTIFIER: &'static str = J::KIND;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(Surroundings { app, done }) = context.get_ext().cloned() else {
            return Err(Failure(anyhow::anyhow!("a worker without surroundings")));
        };
        let job = context.job();
        let attempt = Attempt {
            last: job.attempts() >= job.max_attempts(),
        };
        done.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let result = self.0.run(&app, attempt).await.map_err(Failure);
        let duration_ms = begun.elapsed().as_secs_f64() * 1000.0;
        tracing::debug!(job.id = job.id(), job.kind = J::KIND, duration_ms, "job");
        if let Err(error) = &result {
            tracing::debug!(
                job.id = job.id(),
                job.kind = J::KIND,
                ?error,
                "a job failed"
            );
            if attempt.last {
                tracing::warn!(
                    job.id = job.id(),
                    job.kind = J::KIND,
                    ?error,
                    "a job was given up after three days; see `ferrodesk jobs list`"
                );
            }
        }
        result
    }
}

/// Do jobs of a class until `stop`. When the database fails, begin anew with growing pauses.
pub(super) async fn run(class: Class, app: AppState, stop: CancellationToken) {
    const FIRST_PAUSE: Duration = Duration::from_millis(500);
    let mut pause = FIRST_PAUSE;
    while !stop.is_cancelled() {
        let begun = tokio::time::Instant::now();
        let stopped = stop.clone().cancelled_owned();
        let worker = build(class, &app, Arc::default(), |options| {
            options.shutdown_signal(stopped)
        });
        let result = match worker.await {
            Ok(worker) => worker.run().await.map_err(anyhow::Error::from),
            Err(error) => Err(error),
        };
        if stop.is_cancelled() {
            return;
        }
        if begun.elapsed() > Duration::from_mins(1) {
            pause = FIRST_PAUSE;
        }
        if let Err(error) = result
            && pause == FIRST_PAUSE
        {
            tracing::warn!(
                ?class,
                error = format!("{error:#}"),
                "jobs wait: the worker failed"
            );
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(Duration::from_secs(10));
    }
}

/// Do the jobs of a class that are due. Returns how many were tried.
pub(super) async fn drain(class: Class, app: &AppState) -> anyhow::Result<usize> {
    let done = Arc::new(AtomicUsize::new(0));
    let worker = build(class, app, Arc::clone(&done), |options| options).await?;
    worker.run_once().await?;
    Ok(done.load(Ordering::Relaxed))
}

async fn build(
    class: Class,
    app: &AppState,
    done: Arc<AtomicUsize>,
    finish: impl FnOnce(WorkerOptions) -> WorkerOptions,
) -> anyhow::Result<Worker> {
    let recovery = WorkerRecoveryConfig::default()
        .enabled(true)
        .heartbeat_interval(HEARTBEAT)
        .sweep_interval(HEARTBEAT * 2)
        .sweep_threshold(SILENCE)
        .recovery_delay(Duration::ZERO);
    let surroundings = Surroundings {
        app: app.clone(),
        done,
    };
    let options = WorkerOptions::default()
        .pg_pool(app.db.queue().clone())
        .concurrency(class.concurrency())
        .listen_os_shutdown_signals(false)
        .shutdown_grace_period(GRACE)
        .worker_recovery(recovery)
        .add_extension(surroundings);
    Ok(finish(class.kinds(options)).init().await?)
}
