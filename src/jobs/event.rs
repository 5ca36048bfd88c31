//! What follows from an event: rule runs, mail, webhook deliveries.

use serde::{Deserialize, Serialize};

use super::{Attempt, Job};
use crate::app::AppState;
use crate::domain::{automation, notifications, outbox, webhooks};

/// Work out what follows from an event.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HandleEvent {
    /// Its row in the outbox.
    event_id: i64,
}

impl Job for HandleEvent {
    const KIND: &'static str = outbox::JOB;

    /// All in the one transaction that marks the event as handled: what follows from it follows once.
    async fn run(self, app: &AppState, _: Attempt) -> anyhow::Result<()> {
        let context = app.context();
        let mut tx = app.db.begin_job().await?;
        let Some(event) = outbox::take(&mut tx, self.event_id, context.now).await? else {
            return Ok(());
        };
        automation::run(&mut tx, &context, &event).await?;
        notifications::write(&mut tx, &context, &event).await?;
        webhooks::write(&mut tx, &context, &event).await?;
        tracing::trace!(event.id, event.name, "handled");
        tx.commit().await?;
        // Rules may have written events of their own.
        app.outbox.wake();
        Ok(())
    }
}
