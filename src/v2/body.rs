//! JSON bodies: exactly the members that are known, and an error that names the one that is wrong.

use std::marker::PhantomData;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::content::Content;
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::Object;
use utoipa::openapi::{Ref, RefOr, Required, Schema};

use crate::app::AppState;
use crate::domain::Error;
use crate::http::describe::{Argument, Description};
use crate::http::error::ApiError;
use crate::http::params::body;

use super::problem::{Problem, Result};

/// The largest body: no object of a desk comes near.
pub(super) const LIMIT: usize = 1024 * 1024;

/// The media type of bodies.
pub(super) const JSON: &str = "application/json";

/// The body as a `T`.
#[derive(Debug)]
pub(super) struct Body<T> {
    /// What it says.
    pub(super) value: T,
    /// Of its bytes.
    pub(super) hash: blake3::Hash,
}

impl<T: DeserializeOwned> FromRequest<AppState> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &AppState) -> Result<Self> {
        let bytes = json_of(request).await?;
        let hash = blake3::hash(&bytes);
        Ok(Self {
            value: read_object(&bytes)?,
            hash,
        })
    }
}

impl<T: ToSchema> Argument for Body<T> {
    fn describe(description: &mut Description) {
        let schema = description.refer_to::<T>();
        let body = RequestBodyBuilder::new()
            .required(Some(Required::True))
            .content(JSON, Content::new(Some(schema)));
        description.body = Some(body.build());
    }
}

/// Some members of a `T`, each as it is to be; the others stay.
#[derive(Debug)]
pub(super) struct Changed<T> {
    members: Map<String, Value>,
    of: PhantomData<fn() -> T>,
}

impl<T> FromRequest<AppState> for Changed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &AppState) -> Result<Self> {
        Ok(Self {
            members: read(&json_of(request).await?)?,
            of: PhantomData,
        })
    }
}

impl<T: Serialize + DeserializeOwned> Changed<T> {
    /// `whole` with these members in the place of its own.
    pub(super) fn over(self, whole: &T) -> Result<T> {
        let mut value = serde_json::to_value(whole).map_err(Error::internal)?;
        if let Value::Object(members) = &mut value {
            members.extend(self.members);
        }
        read(&serde_json::to_vec(&value).map_err(Error::internal)?)
    }
}

impl<T: ToSchema> Argument for Changed<T> {
    fn describe(description: &mut Description) {
        T::schemas(&mut description.schemas);
        let mut object = object_of::<T>();
        object.required = vec![];
        object.description = Some("Members that are absent stay as they are.".to_owned());
        let name = format!("{}Changes", T::name().trim_end_matches("Draft"));
        let object = Schema::Object(object).into();
        description.schemas.push((name.clone(), object));
        let schema = Ref::from_schema_name(name);
        let body = RequestBodyBuilder::new()
            .required(Some(Required::True))
            .content(JSON, Content::new(Some(schema)));
        description.body = Some(body.build());
    }
}

/// The schema of a struct with named members, open for changes.
pub(super) fn object_of<T: ToSchema>() -> Object {
    match T::schema() {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::new(),
    }
}

/// The bytes of a request whose body is JSON. Errors: 415 for anything else, 413, 408.
pub(super) async fn json_of(request: Request) -> Result<Vec<u8>> {
    require_json(request.headers())?;
    bytes_of(request).await
}

/// The bytes of a body. Errors: 413, 408.
pub(super) async fn bytes_of(request: Request) -> Result<Vec<u8>> {
    let (parts, body) = request.into_parts();
    Ok(body::whole(body, &parts.headers, LIMIT).await?)
}

fn require_json(headers: &HeaderMap) -> Result<()> {
    if media_type(headers).eq_ignore_ascii_case(JSON) {
        Ok(())
    } else {
        let text = format!("The body must be JSON, with Content-Type: {JSON}.");
        Err(ApiError::Unsupported(text).into())
    }
}

/// The media type of a body, without its parameters; empty when nothing is said of it.
pub(super) fn media_type(headers: &HeaderMap) -> &str {
    let content_type = headers.get(header::CONTENT_TYPE);
    let media_type = content_type
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    media_type.trim()
}

/// Read a `T` from the JSON of an object. Serde would take a list too, of the members in the order in which they happen to
/// be declared.
pub(super) fn read_object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::Body {
            code: "invalid",
            field: None,
            detail: "The body must be an object, not a list.".to_owned(),
        });
    }
    read(bytes)
}

/// Read a `T` from JSON.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut reader);
    let value = read.map_err(|error| {
        let path = error.path().to_string();
        let path = Some(path).filter(|path| path != ".");
        refused(error.inner(), path)
    })?;
    reader.end().map_err(|error| refused(&error, None))?;
    Ok(value)
}

/// What serde found, as a problem. Its sentences name the member between back quotes.
fn refused(error: &serde_json::Error, path: Option<String>) -> Problem {
    let text = error.to_string();
    // The place in the text helps with bad syntax only.
    let sentence = match text.rsplit_once(" at line ") {
        Some((sentence, _)) if error.is_data() => sentence,
        _ => text.as_str(),
    };
    let named = sentence.split('`').nth(1).map(|name| match &path {
        Some(path) if path.rsplit('.').next() != Some(name) => format!("{path}.{name}"),
        _ => name.to_owned(),
    });
    let (code, field) = if !error.is_data() {
        ("malformed", None)
    } else if sentence.starts_with("unknown field") {
        ("unknown_field", path.or(named))
    } else if sentence.starts_with("missing field") {
        ("missing", named)
    } else {
        ("invalid", path)
    };
    let detail = match &field {
        Some(field) if code == "invalid" => format!("Field \"{field}\": {sentence}."),
        _ => format!("The body cannot be read: {sentence}."),
    };
    Problem::Body {
        code,
        field,
        detail,
    }
}
