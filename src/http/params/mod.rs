//! THE parameter extractor: path segment, body and query merged into one bag, names in any case, then read into
//! a struct of `snake_case` fields.
//!
//! ```ignore
//! #[derive(Deserialize)]
//! struct Close { id: TicketId, #[serde(default)] suppress_notification: bool }
//! async fn close(app: AppState, actor: Actor, Params(close): Params<Close>) -> Result<Done>
//! ```
//!
//! * A field `category_id` takes `categoryId`, `CategoryID`, `category_id`, `categoryId[]`. Other names by
//!   `#[serde(alias = "…")]`. `#[serde(flatten)]` does not work.
//! * `Option` is `None` when absent or empty; a field with `#[serde(default)]` gets its default in both cases;
//!   [`Given`] tells absent from empty. A JSON `null` is absent.
//! * `Vec` takes repeats, commas and JSON arrays. A `String` takes a JSON object or array as its text.
//! * Path before body before query; a single value that comes twice with different texts is refused.
//! * [`OpenParams`] also reads names that are not known beforehand (`cf1624=…`).

mod bag;
pub mod body;
mod date;
mod deserializer;
mod disposition;
mod given;
mod json;
mod multipart;
mod scalar;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::app::AppState;
use crate::http::describe::{Argument, Description};
use crate::http::error::ApiError;
use crate::storage::Upload;

use bag::Source;
use body::Reading;

pub use bag::ParamBag;
pub use date::DateParam;
pub use given::Given;

/// The parameters of a method, merged from path, body and query. Files in the body are read over.
#[derive(Debug)]
pub struct Params<T>(pub T);

/// The parameters of an upload method and its files, already on disk. Files that are not stored vanish when
/// they are dropped.
#[derive(Debug)]
pub struct ParamsWithFiles<T>(pub T, pub Vec<Upload>);

impl<T: DeserializeOwned> FromRequest<AppState> for Params<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, ApiError> {
        let bag = collect(request, app, None).await?;
        Ok(Self(bag.read()?))
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for ParamsWithFiles<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, ApiError> {
        let mut files = Vec::new();
        let bag = collect(request, app, Some(&mut files)).await?;
        Ok(Self(bag.read()?, files))
    }
}

impl<T: ToSchema> Argument for Params<T> {
    fn describe(description: &mut Description) {
        description.members = Some(description.inline::<T>());
    }
}

impl<T: ToSchema> Argument for ParamsWithFiles<T> {
    fn describe(description: &mut Description) {
        description.members = Some(description.inline::<T>());
        description.takes_files = true;
    }
}

/// The parameters of a method that are known beforehand, and all that came: others have names that only the data
/// knows, such as `cf1624`.
#[derive(Debug)]
pub struct OpenParams<T>(pub T, pub ParamBag);

impl<T: DeserializeOwned> FromRequest<AppState> for OpenParams<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, ApiError> {
        let bag = collect(request, app, None).await?;
        Ok(Self(bag.read()?, bag))
    }
}

impl<T: ToSchema> Argument for OpenParams<T> {
    fn describe(description: &mut Description) {
        let mut members = description.inline::<T>();
        if let RefOr::T(Schema::Object(object)) = &mut members {
            let text = Schema::from(ObjectBuilder::new().schema_type(Type::String));
            object.additional_properties = Some(Box::new(text.into()));
        }
        description.members = Some(members);
    }
}

/// Everything a request says, in one bag; its files go to disk when the caller wants them.
async fn collect(
    request: Request,
    app: &AppState,
    files: Option<&mut Vec<Upload>>,
) -> Result<ParamBag, ApiError> {
    let (mut parts, body) = request.into_parts();
    let mut bag = ParamBag::default();
    match RawPathParams::from_request_parts(&mut parts, app).await {
        Ok(params) => {
            for (name, value) in &params {
                bag.add_text(Source::Path, name, value)?;
            }
        }
        Err(RawPathParamsRejection::InvalidUtf8InPathParam(_)) => {
            return Err(ApiError::Malformed("The path is not UTF-8.".into()));
        }
        // A route without parameters in its path.
        Err(_) => {}
    }
    if let Some(query) = parts.uri.query() {
        bag.add_form(Source::Query, query.as_bytes())?;
    }
    refuse_encodings(&parts.headers)?;
    if !axum::body::HttpBody::is_end_stream(&body) {
        let reading = Reading::new(body, &parts.headers);
        read_body(&parts.headers, reading, app, &mut bag, files).await?;
    }
    Ok(bag)
}

/// Bodies are never unpacked: a small one could become any size.
fn refuse_encodings(headers: &HeaderMap) -> Result<(), ApiError> {
    let packed = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if packed {
        return Err(ApiError::Unsupported(
            "Compressed request bodies are not read: send it without Content-Encoding.".into(),
        ));
    }
    Ok(())
}

/// How a body is to be read.
enum Form {
    Json,
    UrlEncoded,
    Multipart,
    /// No content type, or one that says nothing: the body shows what it is.
    Unsaid,
}

fn form(content_type: &str) -> Option<Form> {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "" | "text/plain" | "application/octet-stream" => Some(Form::Unsaid),
        "application/x-www-form-urlencoded" => Some(Form::UrlEncoded),
        "application/json" | "text/json" => Some(Form::Json),
        other if other.ends_with("+json") => Some(Form::Json),
        other if other.starts_with("multipart/") => Some(Form::Multipart),
        _ => None,
    }
}

async fn read_body(
    headers: &HeaderMap,
    reading: Reading,
    app: &AppState,
    bag: &mut ParamBag,
    files: Option<&mut Vec<Upload>>,
) -> Result<(), ApiError> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .unwrap_or_default();
    let form = form(&content_type);
    if matches!(form, Some(Form::Multipart)) {
        return multipart::read(&content_type, reading, app, bag, files).await;
    }
    let body = reading.whole(app.settings.limits.body_bytes).await?;
    // Windows clients begin with a byte order mark.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
    let body = body.trim_ascii();
    match form {
        _ if body.is_empty() => Ok(()),
        Some(Form::Json) => json::add(bag, body),
        Some(Form::UrlEncoded) => bag.add_form(Source::Body, body),
        Some(Form::Unsaid) if body.starts_with(b"{") || body == b"null" => json::add(bag, body),
        Some(Form::Unsaid) if looks_urlencoded(body) => bag.add_form(Source::Body, body),
        _ => Err(ApiError::Unsupported(
            "This Content-Type is not read: send application/x-www-form-urlencoded, multipart/form-data or \
             application/json."
                .into(),
        )),
    }
}

/// `name=value&…` as some clients send it without a content type.
fn looks_urlencoded(body: &[u8]) -> bool {
    body.contains(&b'=') && body.iter().all(u8::is_ascii_graphic)
}
