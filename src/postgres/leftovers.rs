//! What a killed predecessor left: processes of the cluster, a `postmaster.pid` that means nobody any more.
//!
//! The caller holds the lock of the data folder, so whatever still runs there has no master.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::cluster::Cluster;

/// Prints the processes named like PostgreSQL whose working directory is `$1`, as all processes of a cluster have it.
/// A script, because it must run as the account of the cluster: in a container root may lack the right to look into
/// other users' processes. The shell does all of it by itself, without a process for each process.
const FIND: &str = r#"
for process in /proc/[0-9]*; do
    read -r name 2>/dev/null <"$process/comm" || continue
    case $name in postgres|postmaster) ;; *) continue ;; esac
    [ "$process/cwd" -ef "$1" ] && echo "${process#/proc/}"
done
exit 0
"#;

/// What is sent to leftovers, and from which second on.
const STEPS_WITH_POSTMASTER: &[(u64, Signal)] = &[
    (0, Signal::SIGINT),
    (30, Signal::SIGQUIT),
    (45, Signal::SIGKILL),
];
const STEPS_WITHOUT_POSTMASTER: &[(u64, Signal)] = &[
    (0, Signal::SIGTERM),
    (3, Signal::SIGQUIT),
    (15, Signal::SIGKILL),
];

/// How long leftovers may take to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// Stop what still runs on the cluster, then take away the files that would keep a new server from starting.
pub(super) fn clear(cluster: &Cluster) -> Result<()> {
    stop_processes(cluster)?;
    // No process of the cluster is left, so the socket is nobody's.
    for name in [".s.PGSQL.5432", ".s.PGSQL.5432.lock"] {
        let _ = std::fs::remove_file(cluster.paths.socket.join(name));
    }
    // The file is PostgreSQL's own interlock, and PostgreSQL judges it well, save for one case: the number in it now
    // belongs to another program, or to a zombie. Only then it is taken away.
    let pid_file = cluster.paths.cluster.join("postmaster.pid");
    if let Some(pid) = read_pid(&pid_file)
        && kill(pid, None) != Err(nix::errno::Errno::ESRCH)
    {
        tracing::info!(process = %pid, "the number in postmaster.pid is not PostgreSQL's any more: taking the file away");
        std::fs::remove_file(&pid_file)
            .with_context(|| format!("cannot take away the stale {}", pid_file.display()))?;
    }
    Ok(())
}

fn stop_processes(cluster: &Cluster) -> Result<()> {
    let begun = Instant::now();
    let mut sent = None;
    loop {
        let left = processes(cluster)?;
        if left.is_empty() {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            bail!(
                "PostgreSQL processes of an earlier run still work in {} and do not end: {left:?}. Stop them, then \
                 start Ferrodesk again",
                cluster.paths.cluster.display()
            );
        }
        let postmaster = read_pid(&cluster.paths.cluster.join("postmaster.pid"))
            .filter(|pid| left.contains(pid));
        let steps = match postmaster {
            Some(_) => STEPS_WITH_POSTMASTER,
            None => STEPS_WITHOUT_POSTMASTER,
        };
        let seconds = begun.elapsed().as_secs();
        let signal = steps
            .iter()
            .rev()
            .find(|(from, _)| *from <= seconds)
            .map(|(_, signal)| *signal);
        // A postmaster stops its children itself, in the right order.
        let receivers = postmaster.map_or_else(|| left.clone(), |pid| vec![pid]);
        if let Some(signal) = signal.filter(|_| sent != Some((signal, postmaster))) {
            tracing::info!(processes = ?receivers, %signal, "stopping PostgreSQL processes that an earlier run left");
            for pid in receivers {
                // It may have ended meanwhile.
                let _ = kill(pid, signal);
            }
            sent = Some((Some(signal), postmaster));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The running processes of the cluster.
fn processes(cluster: &Cluster) -> Result<Vec<Pid>> {
    let output: Output = cluster
        .account
        .command("sh")
        .args(["-c", FIND, "sh"])
        .arg(&cluster.paths.cluster)
        .output()
        .context("cannot look for PostgreSQL processes of an earlier run: sh does not run")?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.parse().ok().map(Pid::from_raw))
        .collect())
}

/// The number in the first line of a `postmaster.pid`.
fn read_pid(file: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(file).ok()?;
    let number: i32 = text.lines().next()?.trim().parse().ok()?;
    (number > 0).then(|| Pid::from_raw(number))
}
