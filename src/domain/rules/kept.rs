//! Rules as administrators keep them.

use serde_json::Value;
use sqlx::PgConnection;

use super::{RuleDraft, checks, consistency, repo};
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::audited_actions;
use crate::error::{Error, Result, Use};
use crate::ids::RuleId;

/// Rules.
#[derive(Debug)]
pub enum RuleKind {}

impl Kept for RuleKind {
    const KIND: &'static str = "rule";
    const ACTIONS: Actions = audited_actions!("rule");
    type Draft = RuleDraft;

    /// Requests that rules make carry the keys of other systems: of an address the log has the host, of a header its
    /// name, of a body nothing.
    fn audited(draft: &RuleDraft) -> Result<Value> {
        let mut audited = serde_json::to_value(draft).map_err(Error::internal)?;
        let actions = audited.get_mut("actions").and_then(Value::as_array_mut);
        for action in actions.into_iter().flatten() {
            // Of what this version does not know, it cannot say what is a secret.
            let is_request = action
                .get("type")
                .is_some_and(|kind| kind == "http_request");
            if let Some(request) = action.get_mut("value").filter(|_| is_request) {
                hide(request);
            }
        }
        Ok(audited)
    }

    fn check(draft: RuleDraft) -> Result<RuleDraft> {
        checks::checked(draft)
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<RuleDraft>>> {
        repo::list(conn, after, limit).await
    }

    async fn find(conn: &mut PgConnection, id: i32, lock: bool) -> Result<Option<RuleDraft>> {
        if lock {
            repo::lock_all(conn).await?;
            repo::lock(conn, RuleId(id)).await?;
        }
        repo::find_draft(conn, RuleId(id)).await
    }

    async fn insert(conn: &mut PgConnection, actor: &Actor, draft: &RuleDraft) -> Result<i32> {
        repo::lock_all(conn).await?;
        consistency::require(conn, None, None, draft).await?;
        repo::insert(conn, draft, actor.now()).await
    }

    async fn update(
        conn: &mut PgConnection,
        actor: &Actor,
        id: i32,
        before: &RuleDraft,
        after: &RuleDraft,
    ) -> Result<()> {
        let id = RuleId(id);
        consistency::require(conn, Some(id), Some(before), after).await?;
        repo::update(conn, id, after, actor.now()).await
    }

    async fn uses(conn: &mut PgConnection, id: i32) -> Result<Vec<Use>> {
        let rules = repo::definitions(conn).await?;
        let rules = rules.iter().map(|(id, definition)| (id, definition));
        let count = consistency::count_runners(rules, RuleId(id))?;
        Ok(Use::some([("rules", count)]))
    }

    /// What runs a rule means that rule: there is nothing to give to another one.
    async fn move_uses(conn: &mut PgConnection, _: &Actor, from: i32, _: i32) -> Result<()> {
        if Self::uses(conn, from).await?.is_empty() {
            return Ok(());
        }
        let problem = "cannot take its place: change the rules that run it first";
        Err(Error::invalid("move_to", problem))
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        repo::delete(conn, RuleId(id)).await
    }
}

/// Leave of a request what cannot be a secret.
fn hide(request: &mut Value) {
    const HIDDEN: &str = "(not logged)";
    if let Some(url) = request.get_mut("url") {
        *url = match url.as_str().and_then(host) {
            Some(host) => format!("{host} {HIDDEN}").into(),
            None => HIDDEN.into(),
        };
    }
    if let Some(body) = request.get_mut("body") {
        *body = HIDDEN.into();
    }
    let headers = request.get_mut("headers").and_then(Value::as_array_mut);
    for header in headers.into_iter().flatten() {
        if let Some(value) = header.get_mut("value") {
            *value = HIDDEN.into();
        }
    }
}

/// Who is asked: neither the login before nor the path behind.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    authority.rsplit('@').next()
}
