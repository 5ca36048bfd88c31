//! Automation rules: Rule, `DisableRule`, `EnableRule`.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::ids::RuleId;
use crate::domain::{Actor, rules};
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::Done;
use crate::rule_xml::Xml;

/// Parameters of all three methods.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OneRule {
    /// The rule's number.
    id: RuleId,
}

/// *Rule*: "Returns a particular rule as XML." For administrators.
#[tracing::instrument(name = "api.Rule", skip_all, fields(rule.id = %asked.id))]
pub async fn rule(
    State(app): State<AppState>,
    actor: Actor,
    Params(asked): Params<OneRule>,
) -> Result<Xml> {
    let mut conn = app.db.read().await?;
    let rule = rules::find(&mut conn, &actor, asked.id).await?;
    Ok(Xml::of(&rule)?)
}

/// *Disable rule*: "Disables a particular rule to prevent it from triggering." For administrators.
#[tracing::instrument(name = "api.DisableRule", skip_all, fields(rule.id = %asked.id))]
pub async fn disable_rule(
    State(app): State<AppState>,
    actor: Actor,
    Params(asked): Params<OneRule>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    rules::set_enabled(&mut tx, &actor, asked.id, false).await?;
    tx.commit().await?;
    Ok(Done)
}

/// *Enable rule*: "Enables a particular rule that was previously disabled." For administrators.
#[tracing::instrument(name = "api.EnableRule", skip_all, fields(rule.id = %asked.id))]
pub async fn enable_rule(
    State(app): State<AppState>,
    actor: Actor,
    Params(asked): Params<OneRule>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    rules::set_enabled(&mut tx, &actor, asked.id, true).await?;
    tx.commit().await?;
    Ok(Done)
}
