//! `/api/v2` through HTTP.

mod categories;
mod events;
mod logs;
mod mailboxes;
mod rights;
mod rules;
mod settings;
mod statuses;
mod style;
mod tickets;
mod tokens;
mod users;

use reqwest::Method;
use serde_json::Value;

use crate::support::call::{Call, Reply};
use crate::support::people::Person;

impl<'a> Person<'a> {
    /// Any verb below `/api/v2`.
    pub(crate) fn v2(&self, verb: &str, path: &str) -> Call<'a> {
        let verb = Method::from_bytes(verb.as_bytes()).unwrap();
        self.call(verb, &format!("/api/v2/{path}"))
    }

    /// Make one; its number.
    pub(crate) async fn makes(&self, path: &str, draft: Value) -> i64 {
        let made = self.v2("POST", path).json(&draft).await.has_status(201);
        made.json()["id"].as_i64().unwrap()
    }
}

/// A problem of this status and code, and of this field if one is named.
#[track_caller]
pub(crate) fn is_problem(reply: &Reply, status: u16, code: &str, field: Option<&str>) {
    assert_eq!(reply.status.as_u16(), status, "{}", reply.text());
    assert_eq!(reply.headers["content-type"], "application/problem+json");
    let problem = reply.json();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(
        problem.get("field").and_then(Value::as_str),
        field,
        "{problem}"
    );
    assert!(!problem["detail"].as_str().unwrap().is_empty());
}
