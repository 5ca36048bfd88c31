//! Telling receivers of webhooks, and making the requests of rules.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Attempt, Job};
use crate::app::AppState;
use crate::domain::webhooks::deliveries::{self, Delivery, Refused};
use crate::domain::webhooks::{secrets, sign};
use crate::health;
use crate::outbound::{Answer, Call};

/// Make a delivery.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Deliver {
    /// Its row.
    delivery_id: i64,
}

impl Job for Deliver {
    const KIND: &'static str = deliveries::JOB;

    /// What waits for its turn keeps no job: whoever makes the one before it gives it one again.
    async fn run(self, app: &AppState, _: Attempt) -> anyhow::Result<()> {
        let mut conn = app.db.read().await?;
        let now = app.clock.now();
        let Some(delivery) = deliveries::load(&mut conn, now, self.delivery_id).await? else {
            return Ok(());
        };
        if let (true, Some(webhook)) = (delivery.is_parked(), delivery.webhook) {
            drop(conn);
            let mut tx = app.db.begin_job().await?;
            deliveries::probe_if_due(&mut tx, now, webhook).await?;
            tx.commit().await?;
            return Ok(());
        }
        if deliveries::is_behind_another(&mut conn, &delivery).await? {
            return Ok(());
        }
        drop(conn);
        attempt(app, &delivery).await
    }
}

/// Try a receiver that is left alone with the oldest delivery that waits for it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ProbeWebhook {
    /// The webhook.
    webhook_id: i32,
}

impl Job for ProbeWebhook {
    const KIND: &'static str = deliveries::PROBE;

    async fn run(self, app: &AppState, _: Attempt) -> anyhow::Result<()> {
        let now = app.clock.now();
        let mut tx = app.db.begin_job().await?;
        let oldest = deliveries::oldest(&mut tx, now, self.webhook_id).await?;
        tx.commit().await?;
        let Some(oldest) = oldest else { return Ok(()) };
        let mut conn = app.db.read().await?;
        let Some(mut delivery) = deliveries::load(&mut conn, now, oldest).await? else {
            return Ok(());
        };
        drop(conn);
        // It has waited for its turn: those behind it follow.
        delivery.attempts = delivery.attempts.max(1);
        attempt(app, &delivery).await
    }
}

async fn attempt(app: &AppState, delivery: &Delivery) -> anyhow::Result<()> {
    let outcome = app.outbound.call(call(app, delivery)).await;
    let now = app.clock.now();
    let mut tx = app.db.begin_job().await?;
    let (bad, good) = match &outcome {
        Ok(answer) if (200..300).contains(&answer.status) => {
            let told = (answer.status, answer.body.as_str());
            let recovered = deliveries::delivered(&mut tx, now, delivery, told).await?;
            (None, recovered)
        }
        Ok(answer) => {
            let reason = reason(answer);
            let refused = Refused {
                reason: &reason,
                answer: Some((answer.status, &answer.body)),
                wait: wait(answer),
                // Nobody is there any more; or it is no address to be told at.
                is_final: answer.status == 410,
            };
            if let (410, Some(webhook)) = (answer.status, delivery.webhook) {
                deliveries::disable(&mut tx, webhook).await?;
            }
            let parked = deliveries::failed(&mut tx, now, delivery, &refused).await?;
            (parked.then_some(reason), false)
        }
        Err(failure) => {
            let reason = failure.to_string();
            let refused = Refused {
                reason: &reason,
                answer: None,
                wait: None,
                is_final: false,
            };
            let parked = deliveries::failed(&mut tx, now, delivery, &refused).await?;
            (parked.then_some(reason), false)
        }
    };
    tx.commit().await?;
    if let Some(webhook) = delivery.webhook {
        let key = format!("webhook {webhook}");
        if let Some(reason) = bad {
            health::report(&app.db, now, &key, Err(&reason)).await;
        } else if good {
            health::report(&app.db, now, &key, Ok(())).await;
        }
    }
    Ok(())
}

/// The request: what the rule or the event says, and who it comes from.
pub(crate) fn call(app: &AppState, delivery: &Delivery) -> Call {
    let mut headers = delivery.headers.clone();
    if let Some(webhook) = delivery.webhook {
        let timestamp = app.clock.now().timestamp();
        let secrets = secrets(
            &app.keys,
            webhook,
            delivery.secret_version,
            delivery.with_previous_secret,
        );
        let signature = sign(&secrets, &delivery.message_id, timestamp, &delivery.body);
        headers.extend([
            ("content-type".to_owned(), "application/json".to_owned()),
            ("webhook-id".to_owned(), delivery.message_id.clone()),
            ("webhook-timestamp".to_owned(), timestamp.to_string()),
            ("webhook-signature".to_owned(), signature),
        ]);
    }
    Call {
        method: delivery.method.clone(),
        url: delivery.url.clone(),
        headers,
        body: delivery.body.clone(),
    }
}

fn reason(answer: &Answer) -> String {
    match answer.status {
        300..400 => format!("redirect: status {}, which is not followed", answer.status),
        status => format!("status {status}"),
    }
}

/// How long the receiver asks to be left alone, an hour at most.
fn wait(answer: &Answer) -> Option<TimeDelta> {
    let seconds: i64 = answer.retry_after.as_ref()?.trim().parse().ok()?;
    Some(TimeDelta::seconds(seconds.clamp(0, 3600)))
}
