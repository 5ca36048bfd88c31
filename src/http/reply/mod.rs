//! Replies in the vendor's form: compact `PascalCase` JSON, a bare id, an empty 200, a file; its dates; and pages.

pub mod file;
mod page;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::domain;
use crate::http::error::ApiError;

pub use file::{Disposition, File};
pub use page::Page;

/// A JSON answer. The wire types in `api/**/dto.rs` say `#[serde(rename_all = "PascalCase")]`; their fields stand
/// in the document's order, which is the order on the wire.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// Content type of every JSON answer.
const JSON: &str = "application/json; charset=utf-8";

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => (StatusCode::OK, [(header::CONTENT_TYPE, JSON)], body).into_response(),
            Err(error) => ApiError::from(domain::Error::internal(error)).into_response(),
        }
    }
}

/// A bare id: digits only, valid both as JSON and as text.
#[derive(Debug)]
pub struct Id(pub i32);

impl IntoResponse for Id {
    fn into_response(self) -> Response {
        (
            StatusCode::OK,
            [(header::CONTENT_TYPE, JSON)],
            self.0.to_string(),
        )
            .into_response()
    }
}

/// 200 with an empty body: what every Set, Update, Add and Remove method answers. One client takes any text for
/// an error.
#[derive(Debug)]
pub struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::OK.into_response()
    }
}

/// A date as live servers send it: ISO 8601 UTC with `Z`, milliseconds with trailing zeros trimmed.
#[derive(Clone, Copy, Debug)]
pub struct Date(pub DateTime<Utc>);

/// A date of an article: as [`Date`], but without `Z`, as the document shows it.
#[derive(Clone, Copy, Debug)]
pub struct PlainDate(pub DateTime<Utc>);

impl Serialize for PlainDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&trimmed(self.0))
    }
}

impl From<DateTime<Utc>> for PlainDate {
    fn from(date: DateTime<Utc>) -> Self {
        Self(date)
    }
}

/// `2020-02-28T04:48:00.5`: without zone, fraction to the millisecond, trailing zeros trimmed.
fn trimmed(date: DateTime<Utc>) -> String {
    let mut text = date.to_rfc3339_opts(SecondsFormat::Millis, true);
    text.pop();
    let kept = text.trim_end_matches('0').trim_end_matches('.').len();
    // Only the fraction is trimmed: seconds that end in 0 stay.
    let seconds = text.find('.').unwrap_or(text.len());
    text.truncate(kept.max(seconds));
    text
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&(trimmed(self.0) + "Z"))
    }
}

impl From<DateTime<Utc>> for Date {
    fn from(date: DateTime<Utc>) -> Self {
        Self(date)
    }
}
