//! Errors as `application/problem+json` (RFC 9457): a stable `code` for programs, a sentence for people, the faulty
//! field.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain;
use crate::http::error::ApiError;

/// Result of the handlers of `/api/v2`.
pub(super) type Result<T, E = Problem> = std::result::Result<T, E>;

/// Why something was not done. Nothing of it was done.
#[derive(Debug)]
pub enum Problem {
    /// An error that both APIs know.
    Shared(ApiError),
    /// The body cannot be taken for what is asked. 400.
    Body {
        /// `malformed`, `unknown_field`, `missing` or `invalid`.
        code: &'static str,
        /// Which member is wrong.
        field: Option<String>,
        /// A sentence.
        detail: String,
    },
    /// Somebody else changed the object since the caller read it. 412.
    Stale,
    /// An `Idempotency-Key` that came with another request before. 422.
    KeyReused,
    /// There is nothing at this address. 404.
    NoAddress,
    /// The address does not answer to this verb. 405.
    WrongVerb,
}

impl<E: Into<ApiError>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self::Shared(error.into())
    }
}

/// How an error looks on the wire.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Always `about:blank`: `code` tells more.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The meaning of the status.
    title: String,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// A fixed word for programs: invalid, `unknown_field`, missing, malformed, unauthenticated, forbidden, `not_found`,
    /// conflict, `in_use`, stale, ...
    code: &'static str,
    /// What was wrong, for people.
    detail: String,
    /// The member of the body or the parameter that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// What stands in the way of a deletion.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    uses: Vec<UseBody>,
}

/// What still needs an object, and how many of them there are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Use)]
pub(super) struct UseBody {
    /// What they are, in the plural.
    what: &'static str,
    /// How many there are.
    count: i64,
}

/// Media type of errors.
pub const PROBLEM_JSON: &str = "application/problem+json";

impl Problem {
    fn of(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<String>,
    ) -> (StatusCode, ProblemBody) {
        let body = ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            ..ProblemBody::default()
        };
        (status, body)
    }

    fn told(error: ApiError, headers: &mut HeaderMap) -> (StatusCode, ProblemBody) {
        let told = error.tell();
        told.add_headers(headers);
        let status = match told.code {
            "conflict" | "in_use" => StatusCode::CONFLICT,
            _ => told.status,
        };
        let (status, mut body) = Self::of(status, told.code, told.text);
        body.field = told.parameter.map(|name| snake_case(&name));
        let uses = told.uses.into_iter();
        body.uses = uses
            .map(|domain::Use { what, count }| UseBody { what, count })
            .collect();
        (status, body)
    }
}

/// Checks shared with the other API name parameters in its spelling.
fn snake_case(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::new();
        let (status, body) = match self {
            Self::Shared(error) => Self::told(error, &mut headers),
            Self::Body {
                code,
                field,
                detail,
            } => {
                let (status, mut body) = Self::of(StatusCode::BAD_REQUEST, code, detail);
                body.field = field;
                (status, body)
            }
            Self::Stale => Self::of(
                StatusCode::PRECONDITION_FAILED,
                "stale",
                "The object has changed since the version that If-Match names. Read it again.",
            ),
            Self::KeyReused => Self::of(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "This Idempotency-Key came with another request before.",
            ),
            Self::NoAddress => Self::of(
                StatusCode::NOT_FOUND,
                "not_found",
                "There is nothing at this address. /api/docs shows what there is.",
            ),
            Self::WrongVerb => Self::of(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This address does not answer to this HTTP method.",
            ),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        response.headers_mut().extend(headers);
        response
    }
}
