//! Doing jobs: `graphile_worker` behind a wall. Nothing else of the program knows of it but `domain/queue.rs`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use graphile_worker::{
    IntoTaskHandlerResult, SweepStaleWorkersOptions, TaskHandler, Worker, WorkerContext,
    WorkerOptions, WorkerRecoveryConfig,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::answer_password_request::AnswerPasswordRequest;
use super::deliver::{Deliver, ProbeWebhook};
use super::event::HandleEvent;
use super::housekeeping::Housekeeping;
use super::read_mail::ReadMail;
use super::send_mail::SendMail;
use super::timers::FireTimers;
use super::{Attempt, Job};
use crate::app::AppState;
use crate::domain::queue;

/// How often a worker says that it lives, and how long it may be silent. The jobs of one that was killed are taken by
/// others after that; a server that is only slow must not lose its jobs meanwhile.
const HEARTBEAT: Duration = Duration::from_secs(2);
const SILENCE: Duration = Duration::from_secs(12);

/// How often it is looked for jobs whose time has come.
const POLL: Duration = Duration::from_secs(1);

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
    fn slots(self) -> usize {
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
                .define_job::<Task<Housekeeping>>()
                .define_job::<Task<ReadMail>>()
                .define_job::<Task<FireTimers>>(),
            Self::Mail => options.define_job::<Task<SendMail>>(),
            Self::Hooks => options
                .define_job::<Task<Deliver>>()
                .define_job::<Task<ProbeWebhook>>(),
        }
    }
}

/// What jobs work with, as the library hands it to them.
#[derive(Clone, Debug)]
struct Surroundings {
    app: AppState,
    done: Arc<AtomicUsize>,
    bell: Arc<Notify>,
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
        let Some(Surroundings { app, done, bell }) = context.get_ext().cloned() else {
            return Err(Failure(anyhow::anyhow!("a worker without surroundings")));
        };
        let job = context.job();
        let attempt = Attempt {
            last: job.attempts() >= job.max_attempts(),
        };
        done.fetch_add(1, Ordering::Relaxed);
        // Where there is one, there may be another for the next slot.
        bell.notify_one();
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
    let mut pause = POLL;
    loop {
        let bell = Arc::new(Notify::new());
        let stopped = stop.clone().cancelled_owned();
        let built = build(class, &app, Arc::default(), Arc::clone(&bell), |options| {
            options.shutdown_signal(stopped)
        });
        match built.await {
            Ok(worker) => return work(class, &app, Arc::new(worker), bell, &stop).await,
            Err(error) if pause == POLL => {
                let error = format!("{error:#}");
                tracing::warn!(?class, error, "jobs wait: the workers do not start");
            }
            Err(_) => {}
        }
        pause = (pause * 2).min(Duration::from_secs(10));
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// So many slots, each with a job at a time. The library's own loop takes one job a slot whenever it is signalled, which
/// makes one job a second of a lane; a slot of ours goes on until there is none.
async fn work(
    class: Class,
    app: &AppState,
    worker: Arc<Worker>,
    bell: Arc<Notify>,
    stop: &CancellationToken,
) {
    let id = worker.worker_id().clone();
    let mut slots = JoinSet::new();
    for _ in 0..class.slots() {
        let (worker, bell, stop) = (Arc::clone(&worker), Arc::clone(&bell), stop.clone());
        slots.spawn(async move {
            while !stop.is_cancelled() {
                // What goes wrong in here is logged by the library; the next ring tries again.
                let _ = worker.run_once().await;
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = bell.notified() => {}
                }
            }
        });
    }
    let (listening, living) = (listen(app, &bell), live(class, app, &worker));
    let done = async { while slots.join_next().await.is_some() {} };
    tokio::select! {
        () = done => {}
        () = listening => {}
        () = living => {}
    }
    if let Err(error) = queue::worker_is_gone(app.db.queue(), &id).await {
        tracing::debug!(
            ?error,
            "the jobs of this worker are free when it has been silent for a while"
        );
    }
}

/// Ring whenever a job was added, and once a second: for jobs whose time has come.
async fn listen(app: &AppState, bell: &Notify) {
    let mut poll = tokio::time::interval(POLL);
    poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut listener = None;
    loop {
        if listener.is_none() {
            listener = queue::listen(app.db.queue()).await.ok();
        }
        let added = async {
            match &mut listener {
                Some(listener) => listener.try_recv().await.is_ok_and(|added| added.is_some()),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            added = added => {
                if !added {
                    // The connection broke; it is opened anew after the next poll.
                    listener = None;
                    poll.tick().await;
                }
            }
            _ = poll.tick() => {}
        }
        bell.notify_one();
    }
}

/// Say that this worker lives, and look for those that do not.
async fn live(class: Class, app: &AppState, worker: &Worker) {
    let mut beats = tokio::time::interval(HEARTBEAT);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let utils = worker.create_utils();
    loop {
        beats.tick().await;
        if let Err(error) = queue::worker_lives(app.db.queue(), worker.worker_id()).await {
            tracing::debug!(?error, "a heartbeat failed");
            continue;
        }
        if class != Class::Desk {
            continue;
        }
        let options = SweepStaleWorkersOptions::default();
        if let Err(error) = utils
            .sweep_stale_workers_with_config(&recovery(), options)
            .await
        {
            tracing::debug!(?error, "looking for dead workers failed");
        }
    }
}

fn recovery() -> WorkerRecoveryConfig {
    WorkerRecoveryConfig::default()
        .sweep_threshold(SILENCE)
        .recovery_delay(Duration::ZERO)
}

/// Do the jobs of a class that are due. Returns how many were tried.
pub(super) async fn drain(class: Class, app: &AppState) -> anyhow::Result<usize> {
    let done = Arc::new(AtomicUsize::new(0));
    let worker = build(class, app, Arc::clone(&done), Arc::default(), |options| {
        options
    })
    .await?;
    worker.run_once().await?;
    Ok(done.load(Ordering::Relaxed))
}

async fn build(
    class: Class,
    app: &AppState,
    done: Arc<AtomicUsize>,
    bell: Arc<Notify>,
    finish: impl FnOnce(WorkerOptions) -> WorkerOptions,
) -> anyhow::Result<Worker> {
    let surroundings = Surroundings {
        app: app.clone(),
        done,
        bell,
    };
    let options = WorkerOptions::default()
        .pg_pool(app.db.queue().clone())
        .concurrency(1)
        .listen_os_shutdown_signals(false)
        .shutdown_grace_period(GRACE)
        .add_extension(surroundings);
    Ok(finish(class.kinds(options)).init().await?)
}
