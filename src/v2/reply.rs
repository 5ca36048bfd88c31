//! Answers of `/api/v2`.

use std::marker::PhantomData;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::content::Content;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, ResponseBuilder, Schema};

use crate::domain::Error;
use crate::domain::idempotency::Answer as KeptAnswer;
use crate::http::describe::{Answer, Description};

use super::body::JSON;
use super::etag;
use super::kept::page_schema;
use super::page::Page;
use super::problem::{Problem, Result};

/// Says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

impl<T: Answer> Answer for Result<T> {
    fn describe(description: &mut Description) {
        T::describe(description);
    }
}

/// What is answered is described by a schema.
pub(super) trait Shown {
    /// Its schema, or a reference to it.
    fn schema(description: &mut Description) -> RefOr<Schema>;
}

impl<T: ToSchema> Shown for T {
    fn schema(description: &mut Description) -> RefOr<Schema> {
        description.refer_to::<T>()
    }
}

/// 200 with JSON.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(header::CONTENT_TYPE, JSON)], body).into_response(),
            Err(error) => Problem::from(Error::internal(error)).into_response(),
        }
    }
}

impl<T: Shown> Answer for Json<T> {
    fn describe(description: &mut Description) {
        let schema = T::schema(description);
        describe_json(description, 200, "Done.", schema, &[]);
    }
}

/// Put an answer with JSON and these headers into a description.
pub(super) fn describe_json(
    description: &mut Description,
    status: u16,
    text: &str,
    schema: RefOr<Schema>,
    headers: &[(&str, &str)],
) {
    let mut answer = ResponseBuilder::new()
        .description(text)
        .content(JSON, Content::new(Some(schema)));
    for (name, text) in headers {
        let string = ObjectBuilder::new().schema_type(Type::String);
        let described = HeaderBuilder::new()
            .schema(Some(string))
            .description(Some(*text));
        answer = answer.header(*name, described.build());
    }
    description.answers.push((status, answer.build()));
}

/// The entity tag, in descriptions.
pub(super) const ETAG: (&str, &str) = ("ETag", "The version of the object, for If-Match.");

impl<T: ToSchema> Shown for Page<T> {
    fn schema(description: &mut Description) -> RefOr<Schema> {
        let item = description.refer_to::<T>();
        page_schema(item)
    }
}

/// 200 with an object and its `ETag`; 304 for whoever has it.
#[derive(Debug)]
pub(super) struct Object<T> {
    /// None: the caller has it.
    body: Option<Vec<u8>>,
    tag: HeaderValue,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize> Object<T> {
    /// `view` shows `draft`.
    pub(super) fn new(view: &T, draft: &impl Serialize) -> Result<Self> {
        Ok(Self {
            body: Some(serde_json::to_vec(view).map_err(Error::internal)?),
            tag: etag::of(draft)?,
            of: PhantomData,
        })
    }

    /// Without its body for whoever has this version.
    pub(super) fn unless(mut self, known: &etag::IfNoneMatch) -> Self {
        if known.has(&self.tag) {
            self.body = None;
        }
        self
    }
}

impl<T> IntoResponse for Object<T> {
    fn into_response(self) -> Response {
        let tag = (header::ETAG, self.tag);
        match self.body {
            Some(body) => ([tag], [(header::CONTENT_TYPE, JSON)], body).into_response(),
            None => (StatusCode::NOT_MODIFIED, [tag]).into_response(),
        }
    }
}

impl<T: Shown> Answer for Object<T> {
    fn describe(description: &mut Description) {
        let sends_known = description
            .parameters
            .iter()
            .any(|each| each.name == "If-None-Match");
        if sends_known {
            let answer = ResponseBuilder::new().description("You have this version.");
            description.answers.push((304, answer.build()));
        }
        let schema = T::schema(description);
        describe_json(description, 200, "The object.", schema, &[ETAG]);
    }
}

/// 201 with the new object, its `Location` and its `ETag`.
#[derive(Debug)]
pub(super) struct Created {
    answer: KeptAnswer,
    again: bool,
}

impl Created {
    /// `view` shows `draft`, which is at `/api/v2/{path}/{id}` now.
    pub(super) fn new(
        path: &str,
        id: i32,
        view: &impl Serialize,
        draft: &impl Serialize,
    ) -> Result<Self> {
        let tag = etag::of(draft)?;
        let answer = KeptAnswer {
            location: format!("/api/v2/{path}/{id}"),
            etag: tag.to_str().map_err(Error::internal)?.to_owned(),
            body: serde_json::to_string(view).map_err(Error::internal)?,
        };
        Ok(Self {
            answer,
            again: false,
        })
    }

    pub(super) fn again(answer: KeptAnswer) -> Self {
        Self {
            answer,
            again: true,
        }
    }

    /// What to keep for those who send the request again.
    pub(super) fn answer(&self) -> &KeptAnswer {
        &self.answer
    }

    /// Put it into a description.
    pub(super) fn describe(description: &mut Description, schema: RefOr<Schema>) {
        let headers = [ETAG, ("Location", "Where the object is.")];
        describe_json(description, 201, "It was made.", schema, &headers);
    }
}

impl IntoResponse for Created {
    fn into_response(self) -> Response {
        let KeptAnswer {
            location,
            etag,
            body,
        } = self.answer;
        let mut response = (
            StatusCode::CREATED,
            [(header::LOCATION, location), (header::ETAG, etag)],
            [(header::CONTENT_TYPE, JSON)],
            body,
        )
            .into_response();
        if self.again {
            let headers = response.headers_mut();
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

/// [`Created`], where the object shown is a `T`.
#[derive(Debug)]
pub(super) struct CreatedAs<T>(pub(super) Created, pub(super) PhantomData<fn() -> T>);

impl<T> From<Created> for CreatedAs<T> {
    fn from(created: Created) -> Self {
        Self(created, PhantomData)
    }
}

impl<T> IntoResponse for CreatedAs<T> {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl<T: Shown> Answer for CreatedAs<T> {
    fn describe(description: &mut Description) {
        let schema = T::schema(description);
        Created::describe(description, schema);
    }
}

/// 204.
#[derive(Debug)]
pub(super) struct Gone;

impl IntoResponse for Gone {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl Answer for Gone {
    fn describe(description: &mut Description) {
        let answer = ResponseBuilder::new().description("It is gone.").build();
        description.answers.push((204, answer));
    }
}
