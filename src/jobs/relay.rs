//! From the outbox to the queue.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::AppState;
use crate::domain::outbox;

/// How long an event waits at most that another program wrote: a command, or a server without workers. Those of this
/// server wake the relay. (A NOTIFY in each writing transaction would make them commit one after the other.)
const EVERY: Duration = Duration::from_millis(500);

/// The longest pause after the database refused.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Relay until `stop`.
pub(super) async fn run(app: AppState, stop: CancellationToken) {
    let mut pause = EVERY;
    loop {
        pause = match relay_all(&app).await {
            Ok(_) => EVERY,
            Err(error) => {
                if pause == EVERY {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "events wait: the relay failed"
                    );
                }
                (pause * 2).min(LONGEST_PAUSE)
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.outbox.written(), if pause == EVERY => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Relay what there is. Returns how many events.
pub(super) async fn relay_all(app: &AppState) -> anyhow::Result<usize> {
    let mut relayed = 0;
    loop {
        let mut tx = app.db.begin_job().await?;
        let (told, all) = outbox::relay(&mut tx, app.mail_on()).await?;
        tx.commit().await?;
        relayed += told;
        if all {
            return Ok(relayed);
        }
    }
}
