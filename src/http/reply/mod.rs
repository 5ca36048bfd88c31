//! Replies in the vendor's form: compact `PascalCase` JSON, a bare id, an empty 200, a file; its dates; and pages.

pub mod file;
mod page;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, ResponseBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain;
use crate::http::describe::{Answer, Description};
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

impl<T: ToSchema> Answer for Json<T> {
    fn describe(description: &mut Description) {
        let schema = description.shown::<T>();
        description.answers_with("Done.", "application/json", schema);
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

impl Answer for Id {
    fn describe(description: &mut Description) {
        let id = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1));
        let schema = Schema::from(id).into();
        description.answers_with("The number of the new object.", "application/json", schema);
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

impl Answer for Done {
    fn describe(description: &mut Description) {
        let answer = ResponseBuilder::new().description("Done. The body is empty.");
        description.answers.push((200, answer.build()));
    }
}

/// One of two answers.
#[derive(Debug)]
pub enum Either<A, B> {
    /// The first.
    One(A),
    /// The other.
    Other(B),
}

impl<A: IntoResponse, B: IntoResponse> IntoResponse for Either<A, B> {
    fn into_response(self) -> Response {
        match self {
            Self::One(answer) => answer.into_response(),
            Self::Other(answer) => answer.into_response(),
        }
    }
}

impl<A: Answer, B: Answer> Answer for Either<A, B> {
    fn describe(description: &mut Description) {
        A::describe(description);
        B::describe(description);
    }
}

/// Plain text.
#[derive(Debug)]
pub struct Text(pub String);

impl IntoResponse for Text {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl Answer for Text {
    fn describe(description: &mut Description) {
        let schema = Schema::from(ObjectBuilder::new().schema_type(Type::String)).into();
        description.answers_with("A text.", "text/plain", schema);
    }
}

/// An answer that nobody keeps: it is a secret.
#[derive(Debug)]
pub struct Unkept<A>(pub A);

impl<A: IntoResponse> IntoResponse for Unkept<A> {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, "no-store")], self.0).into_response()
    }
}

impl<A: Answer> Answer for Unkept<A> {
    fn describe(description: &mut Description) {
        A::describe(description);
    }
}

/// A date as live servers send it: ISO 8601 UTC with `Z`, milliseconds with trailing zeros trimmed.
#[derive(Clone, Copy, Debug)]
pub struct IsoDate(pub DateTime<Utc>);

/// A date of an article: as [`IsoDate`], but without `Z`, as the document shows it.
#[derive(Clone, Copy, Debug)]
pub struct PlainDate(pub DateTime<Utc>);

impl PartialSchema for PlainDate {
    fn schema() -> RefOr<Schema> {
        let date = ObjectBuilder::new().schema_type(Type::String).pattern(Some(
            r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?$",
        ));
        Schema::from(date).into()
    }
}

impl ToSchema for PlainDate {}

impl PartialSchema for IsoDate {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        let date = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(format));
        Schema::from(date).into()
    }
}

impl ToSchema for IsoDate {}

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

impl Serialize for IsoDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&(trimmed(self.0) + "Z"))
    }
}

impl From<DateTime<Utc>> for IsoDate {
    fn from(date: DateTime<Utc>) -> Self {
        Self(date)
    }
}
