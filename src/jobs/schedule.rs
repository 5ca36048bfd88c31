//! Jobs that come with time. Every server adds them; as they bear keys, there is one of each.

use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Job;
use super::housekeeping::Housekeeping;
use super::timers::FireTimers;
use crate::app::AppState;
use crate::domain::queue::{self, NewJob};

/// How often it is looked what is due.
const TICK: Duration = Duration::from_secs(20);

/// THE list of what comes with time, and every how many ticks.
const SCHEDULE: [(&str, u32); 2] = [(Housekeeping::KIND, 180), (FireTimers::KIND, 1)];

/// Add jobs until `stop`.
pub(super) async fn run(app: AppState, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut count = 0_u32;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let due = SCHEDULE
            .iter()
            .filter(|(_, every)| count.is_multiple_of(*every))
            .map(|(kind, _)| NewJob::new(kind, json!({})).key(*kind));
        if let Err(error) = add(&app, due.collect()).await {
            tracing::debug!(error = format!("{error:#}"), "the schedule waits");
        }
        count = count.wrapping_add(1);
    }
}

async fn add(app: &AppState, jobs: Vec<NewJob>) -> anyhow::Result<()> {
    let mut tx = app.db.begin_job().await?;
    queue::add_all(&mut tx, jobs).await?;
    tx.commit().await?;
    Ok(())
}
