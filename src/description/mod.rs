//! `/api/openapi.json`: both APIs as OpenAPI 3.1, made from the two tables and from the types of their handlers; and
//! `/api/docs`, where people read it.

mod errors;
mod members;
pub mod page;
mod vendor;
mod version2;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::{HttpMethod, OperationBuilder};
use utoipa::openapi::schema::{AnyOfBuilder, Components};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    InfoBuilder, OpenApi, OpenApiBuilder, RefOr, Response as Described, Schema, Server,
};

use crate::domain::Error;
use crate::http::describe::Description;
use crate::http::error::ApiError;

/// What stands at the top of the page.
const ABOUT: &str = "Ferrodesk speaks two APIs with the same logins and the same limits.\n\n\
    **The helpdesk API** below `/api` is that of Jitbit Helpdesk, method by method. Names of methods and parameters are \
    taken in any case. Parameters may come in the query, as a form, as `multipart/form-data` or as JSON, and a parameter \
    `id` also as a segment behind the method: `/api/Ticket/5`. Booleans are `true`, `false`, `1`, `0`, `on`, `off`; lists \
    are repeated parameters, texts with commas, or JSON arrays. Everything answers below `/helpdesk` as well.\n\n\
    **The admin API** below `/api/v2` makes what a desk consists of. Bodies are JSON with exactly the members that are \
    described; errors are `application/problem+json` with a `code`.\n\n\
    Log in by Basic with a user name or e-mail address and a password, or by Bearer with a token of `/User/Token` or of \
    `/api/v2/tokens`.";

/// The document.
#[must_use]
pub fn document() -> OpenApi {
    let mut parts = Parts::default();
    vendor::describe(&mut parts);
    version2::describe(&mut parts);
    let mut components = Components::new();
    components.schemas = parts.schemas;
    components.responses = errors::responses(&mut components.schemas);
    for (name, scheme) in [
        ("basic", HttpAuthScheme::Basic),
        ("bearer", HttpAuthScheme::Bearer),
    ] {
        components.add_security_scheme(name, SecurityScheme::Http(Http::new(scheme)));
    }
    let info = InfoBuilder::new()
        .title("Ferrodesk")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT));
    OpenApiBuilder::new()
        .info(info)
        // Seen from where this document is: the root of the server, under whatever name it is reached.
        .servers(Some([Server::new("..")]))
        .paths(parts.paths)
        .components(Some(components))
        .build()
}

/// `GET /api/openapi.json`
pub async fn openapi_json() -> Response {
    static BYTES: OnceLock<Bytes> = OnceLock::new();
    let bytes = match BYTES.get() {
        Some(bytes) => bytes,
        None => match serde_json::to_vec(&document()) {
            Ok(bytes) => BYTES.get_or_init(|| bytes.into()),
            Err(error) => return ApiError::from(Error::internal(error)).into_response(),
        },
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, bytes.clone()).into_response()
}

/// What is gathered from the tables.
#[derive(Default)]
struct Parts {
    paths: utoipa::openapi::path::Paths,
    schemas: BTreeMap<String, RefOr<Schema>>,
}

/// An operation, as far as both APIs have it.
struct Line<'a> {
    section: &'a str,
    id: String,
    summary: &'a str,
    path: &'a str,
    verb: HttpMethod,
}

impl Parts {
    /// Add an operation. `operation` has its parameters, its body and its errors.
    fn add(&mut self, line: Line<'_>, description: Description, operation: OperationBuilder) {
        self.schemas.extend(description.schemas);
        let mut operation = operation
            .tag(line.section)
            .operation_id(Some(line.id))
            .summary(Some(line.summary))
            .securities(Some(security()));
        for (status, answer) in alternatives(description.answers) {
            operation = operation.response(status.to_string(), answer);
        }
        self.paths
            .add_path_operation(line.path, vec![line.verb], operation.build());
    }
}

/// Basic or Bearer.
fn security() -> [SecurityRequirement; 2] {
    ["basic", "bearer"].map(|name| SecurityRequirement::new::<_, [&str; 0], &str>(name, []))
}

/// Answers of one status are alternatives.
fn alternatives(answers: Vec<(u16, Described)>) -> BTreeMap<u16, Described> {
    let mut all: BTreeMap<u16, Described> = BTreeMap::new();
    for (status, answer) in answers {
        let Some(known) = all.get_mut(&status) else {
            all.insert(status, answer);
            continue;
        };
        for (media_type, content) in answer.content {
            let joined = match known.content.shift_remove(&media_type) {
                Some(before) => either(before, content),
                None => content,
            };
            known.content.insert(media_type, joined);
        }
    }
    all
}

fn either(one: RefOr<Content>, other: RefOr<Content>) -> RefOr<Content> {
    let schema = |content: RefOr<Content>| match content {
        RefOr::T(content) => content.schema,
        RefOr::Ref(_) => None,
    };
    let schemas = [one, other].into_iter().filter_map(schema);
    let any = schemas.fold(AnyOfBuilder::new(), AnyOfBuilder::item);
    RefOr::T(Content::new(Some(Schema::AnyOf(any.build()))))
}
