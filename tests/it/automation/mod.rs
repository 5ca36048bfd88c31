//! Rules at work, through HTTP and the queue.

mod actions;
mod chains;
mod conditions;
mod dry_run;
mod timers;
mod triggers;

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::people::Person;

impl Person<'_> {
    /// Make a rule; its number.
    pub(crate) async fn makes_a_rule(
        &self,
        name: &str,
        trigger: Value,
        conditions: Value,
        actions: Value,
    ) -> i64 {
        let draft = json!({
            "name": name, "trigger": trigger, "conditions": conditions, "actions": actions,
        });
        self.makes("rules", draft).await
    }

    /// What rules did with a ticket, oldest first: name, result and problem.
    pub(crate) async fn runs(&self, ticket: i32) -> Vec<(String, String, String)> {
        let path = format!("rule_runs?limit=200&ticket_id={ticket}");
        let page = self.v2("GET", &path).await.is_ok().json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let runs = page["items"].as_array().unwrap().iter().rev();
        runs.map(|it| {
            (
                text(&it["rule_name"]),
                text(&it["result"]),
                text(&it["problem"]),
            )
        })
        .collect()
    }

    /// The names of the rules that ran to their end, in order.
    pub(crate) async fn ran(&self, ticket: i32) -> Vec<String> {
        let runs = self.runs(ticket).await;
        let done = |result: &str| matches!(result, "done" | "matched");
        let ran = runs.into_iter().filter(|(_, result, _)| done(result));
        ran.map(|(name, _, _)| name).collect()
    }

    /// A ticket as *Ticket* shows it.
    pub(crate) async fn sees(&self, ticket: i32) -> Value {
        let shown = self.get("Ticket").param("id", ticket).await;
        shown.is_ok().json()
    }

    /// The bodies of the comments he sees, newest first, without our prefix.
    pub(crate) async fn reads(&self, ticket: i32) -> Vec<String> {
        let comments = self.get("Comments").param("id", ticket).await;
        let comments = comments.is_ok().json();
        let comments = comments.as_array().unwrap().iter();
        comments
            .map(|it| it["Body"].as_str().unwrap().replace("<!--html-->", ""))
            .collect()
    }
}

impl TestApp {
    /// Let the timers look once, and do what follows.
    pub(crate) async fn run_timers(&self) {
        self.count("select count(graphile_worker.add_job('timers', '{}'))")
            .await;
        self.run_jobs().await;
    }
}

/// A part of a rule without a value.
pub(crate) fn part(kind: &str) -> Value {
    json!({ "type": kind })
}

/// A part of a rule.
pub(crate) fn with(kind: &str, value: impl Into<Value>) -> Value {
    json!({ "type": kind, "value": value.into() })
}
