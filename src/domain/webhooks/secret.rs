//! Secrets of webhooks, and signatures by them. They follow from the instance key and a number, so that none is stored.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;
use serde_json::json;
use sqlx::PgConnection;

use super::repo;
use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::keys::Keys;

/// How long the secret of before signs as well.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// The secrets by which a delivery is signed, the present one first.
#[must_use]
pub fn secrets(keys: &Keys, webhook: i32, version: i32, with_previous: bool) -> Vec<Vec<u8>> {
    let previous = with_previous.then_some(version - 1);
    let versions = [Some(version), previous];
    let versions = versions.into_iter().flatten();
    versions
        .map(|version| derive(keys, webhook, version))
        .collect()
}

fn derive(keys: &Keys, webhook: i32, version: i32) -> Vec<u8> {
    let half = |part: u8| keys.sign(&format!("webhook secret {webhook} {version} {part}"));
    [half(1), half(2)].concat()
}

/// The header `webhook-signature`: `v1,` and the base64 of the HMAC-SHA256 of identifier, timestamp and body, for each
/// secret.
#[must_use]
pub fn sign(secrets: &[Vec<u8>], message_id: &str, timestamp: i64, body: &str) -> String {
    let signed = format!("{message_id}.{timestamp}.{body}");
    let signatures = secrets.iter().map(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let tag = hmac::sign(&key, signed.as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(tag.as_ref()))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

/// Give a webhook another secret, and say it: `whsec_` and its base64. The one of before signs as well for a day. For
/// administrators.
pub async fn rotate(
    conn: &mut PgConnection,
    actor: &Actor,
    keys: &Keys,
    webhook: i32,
    now: DateTime<Utc>,
) -> Result<String> {
    staff::require_admin(actor)?;
    let version = repo::raise_secret(conn, webhook, now + OVERLAP)
        .await?
        .ok_or(Error::NotFound("webhook"))?;
    let entry = Entry {
        action: "webhook.secret_changed",
        object_type: "webhook",
        object_id: webhook,
        before: None,
        after: Some(json!({ "secret": "changed" })),
    };
    audit::record(conn, actor, entry).await?;
    let secret = derive(keys, webhook, version);
    Ok(format!("whsec_{}", BASE64_STANDARD.encode(secret)))
}
