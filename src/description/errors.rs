//! What both APIs answer when something is wrong.

use std::collections::BTreeMap;

use utoipa::ToSchema;
use utoipa::openapi::content::Content;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder, Schema};

use crate::v2::{PROBLEM_JSON, ProblemBody};

/// Statuses and what they mean, in either API.
const MEANINGS: [(u16, &str); 14] = [
    (
        400,
        "A parameter or a member of the body is wrong; the text names it.",
    ),
    (401, "The credentials are missing or wrong."),
    (403, "The caller may not do this."),
    (
        404,
        "There is no such object, or the caller may not see it.",
    ),
    (405, "The address does not answer to this verb."),
    (408, "The body came too slowly."),
    (409, "A name is taken, or the object is in use."),
    (
        412,
        "The object has changed since the version that If-Match names.",
    ),
    (413, "The request is too large."),
    (415, "The body has a media type that is not read."),
    (422, "The Idempotency-Key came with another request before."),
    (
        429,
        "Too many calls in a minute, or too many wrong passwords.",
    ),
    (500, "The server has a fault; its log has the details."),
    (503, "The server is busy, or its database restarts."),
];

/// How an API writes errors.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// A text.
    Text,
    /// `application/problem+json`.
    Problem,
}

impl Form {
    fn name(self, status: u16) -> String {
        match self {
            Self::Text => format!("Refused{status}"),
            Self::Problem => format!("Problem{status}"),
        }
    }
}

/// The answers of all errors, by name. What they refer to is put among the schemas.
pub(super) fn responses(
    schemas: &mut BTreeMap<String, RefOr<Schema>>,
) -> BTreeMap<String, RefOr<Response>> {
    let mut problem = vec![];
    ProblemBody::schemas(&mut problem);
    schemas.extend(problem);
    let body = <ProblemBody as utoipa::PartialSchema>::schema();
    schemas.insert(ProblemBody::name().into_owned(), body);
    let mut all = BTreeMap::new();
    for (status, meaning) in MEANINGS {
        for form in [Form::Text, Form::Problem] {
            all.insert(form.name(status), RefOr::T(answer(status, meaning, form)));
        }
    }
    all
}

fn answer(status: u16, meaning: &str, form: Form) -> Response {
    let (media_type, schema) = match form {
        Form::Text => ("text/plain", RefOr::from(Schema::from(text()))),
        Form::Problem => (
            PROBLEM_JSON,
            Ref::from_schema_name(ProblemBody::name()).into(),
        ),
    };
    let answer = ResponseBuilder::new()
        .description(meaning)
        .content(media_type, Content::new(Some(schema)));
    let header = |text: &str| {
        HeaderBuilder::new()
            .schema(Some(self::text()))
            .description(Some(text))
            .build()
    };
    match status {
        429 | 503 => answer.header("Retry-After", header("Seconds to wait.")),
        _ => answer,
    }
    .build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// Say that the operation may answer with these.
pub(super) fn add(
    operation: OperationBuilder,
    form: Form,
    statuses: impl IntoIterator<Item = u16>,
) -> OperationBuilder {
    statuses.into_iter().fold(operation, |operation, status| {
        let reference = Ref::from_response_name(form.name(status));
        operation.response(status.to_string(), reference)
    })
}
