//! Bytes that no attachment names: left by a server that was killed between disk and database, or by deleted
//! tickets.

use std::time::{Duration, SystemTime};

use crate::app::AppState;
use crate::domain::attachments;

/// How often it is looked for them. Bytes younger than a day are never touched, so there is no hurry.
const EVERY: Duration = Duration::from_hours(6);

/// Sweep at the start and then every six hours, until the task is dropped.
pub async fn run(app: AppState) {
    let mut due = tokio::time::interval(EVERY);
    loop {
        due.tick().await;
        match sweep(&app).await {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "removed bytes that no attachment names"),
            Err(error) => tracing::warn!(
                error = format!("{error:#}"),
                "the sweep of the attachments folder failed"
            ),
        }
    }
}

/// Sweep once; how many files are gone.
pub async fn sweep(app: &AppState) -> anyhow::Result<usize> {
    let known = |keys: Vec<String>| {
        let db = app.db.clone();
        async move {
            let mut conn = db.read().await?;
            attachments::known_keys(&mut conn, &keys).await
        }
    };
    let now = SystemTime::from(app.clock.now());
    Ok(app.storage.sweep(now, known).await??)
}
