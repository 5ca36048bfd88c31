//! One request and its answer.

use std::fmt::Display;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::TestApp;

/// How somebody says who he is.
#[derive(Clone, Debug)]
pub(crate) enum Credentials {
    None,
    Basic(String, String),
    Bearer(String),
}

impl Credentials {
    /// Put them on a request.
    pub(crate) fn on(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Basic(name, password) => request.basic_auth(name, Some(password)),
            Self::Bearer(token) => request.bearer_auth(token),
        }
    }
}

/// A request that is sent when it is awaited. GET puts its parameters into the query, POST into a form, or into
/// a multipart body as soon as there is a file.
pub(crate) struct Call<'a> {
    app: &'a TestApp,
    verb: Method,
    path: String,
    credentials: Credentials,
    params: Vec<(String, String)>,
    query: Vec<(String, String)>,
    files: Vec<(String, String, Vec<u8>)>,
    headers: HeaderMap,
    body: Option<(String, Vec<u8>)>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        app: &'a TestApp,
        verb: Method,
        path: &str,
        credentials: Credentials,
    ) -> Self {
        Self {
            app,
            verb,
            path: path.to_owned(),
            credentials,
            params: vec![],
            query: vec![],
            files: vec![],
            headers: HeaderMap::new(),
            body: None,
        }
    }

    pub(crate) fn param(mut self, name: &str, value: impl Display) -> Self {
        self.params.push((name.to_owned(), value.to_string()));
        self
    }

    /// A parameter in the query, whatever the verb.
    pub(crate) fn query(mut self, name: &str, value: impl Display) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn file(mut self, field: &str, file_name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files
            .push((field.to_owned(), file_name.to_owned(), bytes.into()));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, value.parse().unwrap());
        self
    }

    /// A body as it stands, with its content type.
    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some((content_type.to_owned(), body.into()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    async fn send(self) -> Reply {
        let mut request = self
            .app
            .client
            .request(
                self.verb.clone(),
                format!("http://{}{}", self.app.address, self.path),
            )
            .headers(self.headers);
        request = self.credentials.on(request);
        if !self.query.is_empty() {
            request = request.query(&self.query);
        }
        request = if let Some((content_type, body)) = self.body {
            request
                .header("content-type", content_type)
                .body(body)
                .query(&self.params)
        } else if !self.files.is_empty() {
            let mut form = reqwest::multipart::Form::new();
            for (name, value) in self.params {
                form = form.text(name, value);
            }
            for (field, file_name, bytes) in self.files {
                form = form.part(
                    field,
                    reqwest::multipart::Part::bytes(bytes).file_name(file_name),
                );
            }
            request.multipart(form)
        } else if self.verb == Method::POST && !self.params.is_empty() {
            request.form(&self.params)
        } else {
            request.query(&self.params)
        };
        let response = request.send().await.unwrap();
        Reply {
            status: response.status(),
            headers: response.headers().clone(),
            bytes: response.bytes().await.unwrap().to_vec(),
        }
    }
}

impl<'a> IntoFuture for Call<'a> {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

#[expect(
    clippy::wrong_self_convention,
    reason = "an assertion reads as a sentence and hands the reply on"
)]
impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn number(&self) -> i32 {
        self.text()
            .parse()
            .unwrap_or_else(|_| panic!("no bare number: {}", self.text()))
    }

    #[track_caller]
    pub(crate) fn has_status(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    #[track_caller]
    pub(crate) fn is_ok(self) -> Self {
        self.has_status(200)
    }

    /// 200 with an empty body.
    #[track_caller]
    pub(crate) fn is_done(self) -> Self {
        let reply = self.has_status(200);
        assert_eq!(reply.text(), "");
        reply
    }

    /// 400 with a text that names `parameter`.
    #[track_caller]
    pub(crate) fn is_bad(self, parameter: &str) -> Self {
        let reply = self.has_status(400);
        assert!(
            reply.text().contains(&format!("\"{parameter}\"")),
            "{parameter} is not named: {}",
            reply.text()
        );
        reply
    }

    #[track_caller]
    pub(crate) fn is_unauthorized(self) -> Self {
        self.has_status(401)
    }

    #[track_caller]
    pub(crate) fn is_forbidden(self) -> Self {
        self.has_status(403)
    }

    #[track_caller]
    pub(crate) fn is_not_found(self) -> Self {
        self.has_status(404)
    }
}
