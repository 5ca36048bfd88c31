//! `ETag`, `If-Match`, `If-None-Match`: nobody overwrites what he has not seen.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Serialize;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::app::AppState;
use crate::domain::Error;
use crate::http::describe::{Argument, Description};

use super::problem::{Problem, Result};

/// The tag of an object: of what administrators decide about it, so that it is the same on every server.
pub(super) fn of(draft: &impl Serialize) -> Result<HeaderValue> {
    let bytes = serde_json::to_vec(draft).map_err(Error::internal)?;
    let hash = blake3::hash(&bytes).to_hex();
    let short = hash.get(..24).unwrap_or_default();
    HeaderValue::try_from(format!("\"{short}\"")).map_err(|error| Error::internal(error).into())
}

/// What the caller knows of the object.
#[derive(Clone, Debug)]
pub(super) struct IfMatch(Option<HeaderValue>);

/// What the caller has of the object.
#[derive(Clone, Debug)]
pub(super) struct IfNoneMatch(Option<HeaderValue>);

impl IfMatch {
    /// Errors: the object is not the one that the caller knows.
    pub(super) fn require(&self, draft: &impl Serialize) -> Result<()> {
        match &self.0 {
            Some(sent) if !lists(sent, &of(draft)?) => Err(Problem::Stale),
            _ => Ok(()),
        }
    }
}

impl IfNoneMatch {
    /// The caller has this very version.
    pub(super) fn has(&self, tag: &HeaderValue) -> bool {
        self.0.as_ref().is_some_and(|sent| lists(sent, tag))
    }
}

/// `*`, or a list of tags with this one in it. A weak one is as good: only whole objects are compared here, and a
/// proxy that packs answers makes weak ones of ours.
fn lists(sent: &HeaderValue, tag: &HeaderValue) -> bool {
    let Ok(sent) = sent.to_str() else {
        return false;
    };
    sent.split(',').map(str::trim).any(|each| {
        let each = each.strip_prefix("W/").unwrap_or(each);
        each == "*" || each.as_bytes() == tag.as_bytes()
    })
}

fn header_of(headers: &HeaderMap, name: HeaderName) -> Option<HeaderValue> {
    headers.get(name).cloned()
}

impl FromRequestParts<AppState> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self> {
        Ok(Self(header_of(&parts.headers, header::IF_MATCH)))
    }
}

impl FromRequestParts<AppState> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self> {
        Ok(Self(header_of(&parts.headers, header::IF_NONE_MATCH)))
    }
}

/// An optional header in a description.
pub(super) fn optional_header(name: &str, text: &str, pattern: Option<&str>) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(pattern);
    utoipa::openapi::path::ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(text))
        .schema(Some(schema))
        .build()
}

impl Argument for IfMatch {
    fn describe(description: &mut Description) {
        let text = "The ETag of the version you know: 412 if it has changed since.";
        description
            .parameters
            .push(optional_header("If-Match", text, None));
    }
}

impl Argument for IfNoneMatch {
    fn describe(description: &mut Description) {
        let text = "The ETag of the version you have: 304 if it is still that one.";
        description
            .parameters
            .push(optional_header("If-None-Match", text, None));
    }
}
