//! The thread that runs the postmaster: starts it, starts it again when it dies, stops it at the end.
//!
//! A thread of its own, because the kernel binds "signal me when my parent dies" to the thread that started the
//! child: it must live as long as the server.

use std::os::unix::process::CommandExt;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::sync::watch;

use super::cluster::Cluster;
use super::leftovers;

/// Settings that must hold whatever `postgresql.conf` says: nothing acknowledged is lost, no other user connects.
const FIXED: &[&str] = &[
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=on",
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "logging_collector=off",
    "log_destination=stderr",
];

/// How often the thread looks at the postmaster.
const LOOK: Duration = Duration::from_millis(100);

/// How often the size of the log is looked at.
const LOG_LOOK: Duration = Duration::from_mins(1);

/// The pause before the first restart; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A postmaster that lived this long makes the pauses short again.
const GOOD_LIFE: Duration = Duration::from_mins(1);

/// A stop: the polite request first, then from this second on the next signal.
const STOP_STEPS: &[(u64, Signal)] = &[
    (0, Signal::SIGINT),
    (30, Signal::SIGQUIT),
    (45, Signal::SIGKILL),
];

/// The running thread. Dropping it stops the cluster and waits for that.
#[derive(Debug)]
pub(super) struct Supervisor {
    /// Nothing is ever sent: the thread stops when this end is gone.
    stop: Option<Sender<()>>,
    failure: watch::Receiver<Option<String>>,
    thread: Option<JoinHandle<()>>,
}

impl Supervisor {
    /// Start the postmaster of `cluster`. It may take a while until it answers.
    pub(super) fn start(cluster: Arc<Cluster>) -> Result<Self> {
        let (stop, stopped) = channel();
        let (failed, failure) = watch::channel(None);
        let runner = Runner {
            cluster,
            stopped,
            failed,
        };
        let thread = std::thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || runner.run())
            .context("cannot start a thread")?;
        Ok(Self {
            stop: Some(stop),
            failure,
            thread: Some(thread),
        })
    }

    /// Why the last postmaster ended or could not be started, if that has happened.
    pub(super) fn failure(&self) -> Option<String> {
        self.failure.borrow().clone()
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the PostgreSQL cluster has panicked");
        }
    }
}

/// What ended the watch over one postmaster.
enum End {
    Stopped,
    Died(ExitStatus),
}

/// The inside of the thread.
struct Runner {
    cluster: Arc<Cluster>,
    stopped: Receiver<()>,
    failed: watch::Sender<Option<String>>,
}

impl Runner {
    /// Until told to stop.
    fn run(self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let begun = Instant::now();
            let (what, end_of_log) = match self.live_once() {
                Ok(End::Stopped) => return,
                Ok(End::Died(status)) => {
                    let what = format!("PostgreSQL has ended by itself ({status})");
                    (what, self.cluster.log.tail())
                }
                Err(error) => (
                    format!("PostgreSQL cannot be started: {error:#}"),
                    String::new(),
                ),
            };
            if begun.elapsed() > GOOD_LIFE {
                pause = FIRST_PAUSE;
            }
            let log = self.cluster.log.path().display();
            tracing::error!("{what}; starting it again in {pause:?}. It tells more in {log}");
            let failure = format!("{what}. The end of its log {log}:\n{end_of_log}");
            self.failed.send_replace(Some(failure));
            if self.stop_comes_within(pause) {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One life of a postmaster.
    fn live_once(&self) -> Result<End> {
        leftovers::clear(&self.cluster)?;
        let mut postmaster = self.spawn()?;
        tracing::debug!(process = postmaster.id(), "PostgreSQL started");
        let mut looked_at_log = Instant::now();
        loop {
            if self.stop_comes_within(LOOK) {
                stop(&mut postmaster)?;
                return Ok(End::Stopped);
            }
            if let Some(status) = postmaster.try_wait()? {
                return Ok(End::Died(status));
            }
            if looked_at_log.elapsed() > LOG_LOOK {
                looked_at_log = Instant::now();
                self.bound_log();
            }
        }
    }

    fn spawn(&self) -> Result<Child> {
        self.bound_log();
        let cluster = &self.cluster;
        let log = cluster.log.open()?;
        // A fast shutdown (SIGINT) when this process dies: no cluster is left running without a master.
        let mut command = cluster
            .account
            .bound_command("INT", &cluster.programs.postgres());
        command.arg("-D").arg(&cluster.paths.cluster);
        for setting in FIXED {
            command.args(["-c", setting]);
        }
        command.arg("-c").arg(cluster.paths.socket_setting());
        command
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C in a terminal must reach the server first, which finishes its requests and then stops this.
            .process_group(0)
            .spawn()
            .context("cannot start PostgreSQL: setpriv (of util-linux) does not run")
    }

    fn bound_log(&self) {
        if let Err(error) = self.cluster.log.bound() {
            tracing::warn!("cannot keep PostgreSQL's log small: {error:#}");
        }
    }

    /// Wait; true as soon as the [`Supervisor`] is dropped.
    fn stop_comes_within(&self, time: Duration) -> bool {
        !matches!(
            self.stopped.recv_timeout(time),
            Err(RecvTimeoutError::Timeout)
        )
    }
}

/// Stop a postmaster, politely at first, and wait for its end.
fn stop(postmaster: &mut Child) -> Result<()> {
    let pid = Pid::from_raw(i32::try_from(postmaster.id())?);
    let begun = Instant::now();
    let mut steps = STOP_STEPS.iter().peekable();
    while postmaster.try_wait()?.is_none() {
        if let Some((_, signal)) = steps.next_if(|(from, _)| *from <= begun.elapsed().as_secs()) {
            // Not reaped yet, so the number is still this child's.
            let _ = kill(pid, *signal);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
