//! The signals that end the server: Ctrl-C, SIGTERM of a service manager, SIGHUP of a closed terminal.

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// From now on these signals do not kill the process but cancel the token: an ordered end from any moment on.
pub(super) fn listen() -> anyhow::Result<CancellationToken> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen to signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen to signals")?;
    let mut hang_up = signal(SignalKind::hangup()).context("cannot listen to signals")?;
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = interrupt.recv() => "Ctrl-C",
            _ = terminate.recv() => "SIGTERM",
            _ = hang_up.recv() => "SIGHUP",
        };
        tracing::info!("{name}: finishing the requests that run, then stopping");
        stopping.cancel();
    });
    Ok(stop)
}
