//! Errors as answers: the status and a short text that says what was wrong and names the parameter.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::{self, Use};
use crate::storage;

/// Result of handlers.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

/// An error on its way to the client.
#[derive(Debug)]
pub enum ApiError {
    /// An error of the domain.
    Domain(domain::Error),
    /// Nobody knows who calls: the text says why. 401.
    Unauthorized {
        /// What the client reads.
        text: &'static str,
        /// The `WWW-Authenticate` header, for clients that should be asked.
        challenge: Option<&'static str>,
    },
    /// The request cannot be read at all; the text says why. 400.
    Malformed(String),
    /// The body came too slowly. 408.
    TooSlow,
    /// Too big: the text says what and how much is allowed. 413.
    TooLarge(String),
    /// There is no room on the server's disk. 503.
    NoRoom,
    /// Too many requests or failed logins; seconds to wait. 429.
    TooMany {
        /// What the client reads.
        text: String,
        /// Whole seconds until it makes sense to try again.
        retry_after: u64,
    },
    /// A media type or encoding the server does not read. 415.
    Unsupported(String),
}

impl<E: Into<domain::Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self::Domain(error.into())
    }
}

impl From<storage::Error> for ApiError {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::Full(source) => {
                tracing::error!(error = chain(&source), "the attachments folder is full");
                Self::NoRoom
            }
            storage::Error::Io(source) => Self::Domain(domain::Error::internal(source)),
        }
    }
}

/// An error as far as it concerns the client, before a face puts it into its own form.
#[derive(Debug)]
pub struct Told {
    /// The status, as the vendor's API has it.
    pub status: StatusCode,
    /// A fixed word for programs.
    pub code: &'static str,
    /// What a person reads.
    pub text: String,
    /// The parameter that is wrong.
    pub parameter: Option<Cow<'static, str>>,
    /// What stands in the way of a deletion.
    pub uses: Vec<Use>,
    /// Whole seconds until it makes sense to try again.
    pub retry_after: Option<u64>,
    /// The `WWW-Authenticate` header.
    pub challenge: Option<&'static str>,
}

impl Told {
    fn new(status: StatusCode, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            status,
            code,
            text: text.into(),
            parameter: None,
            uses: vec![],
            retry_after: None,
            challenge: None,
        }
    }

    /// The headers that go with it in whatever form.
    pub fn add_headers(&self, headers: &mut HeaderMap) {
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
    }
}

impl ApiError {
    /// What the client is told. The only place that logs a 500.
    #[must_use]
    pub fn tell(self) -> Told {
        match self {
            Self::Domain(error) => tell_of(error),
            Self::Unauthorized { text, challenge } => Told {
                challenge,
                ..Told::new(StatusCode::UNAUTHORIZED, "unauthenticated", text)
            },
            Self::Malformed(text) => Told::new(StatusCode::BAD_REQUEST, "malformed", text),
            Self::TooSlow => Told::new(
                StatusCode::REQUEST_TIMEOUT,
                "too_slow",
                "The request body came too slowly.",
            ),
            Self::NoRoom => Told::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "no_room",
                "The server's disk is full: nothing was stored.",
            ),
            Self::TooLarge(text) => Told::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", text),
            Self::TooMany { text, retry_after } => Told {
                retry_after: Some(retry_after),
                ..Told::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", text)
            },
            Self::Unsupported(text) => Told::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                text,
            ),
        }
    }
}

fn tell_of(error: domain::Error) -> Told {
    use domain::Error;
    let text = error.to_string();
    match error {
        Error::NotFound(_) => Told::new(StatusCode::NOT_FOUND, "not_found", text),
        Error::Forbidden(_) => Told::new(StatusCode::FORBIDDEN, "forbidden", text),
        // The document knows no 409: a taken name is a bad request.
        Error::Invalid { parameter, .. } => Told {
            parameter: Some(parameter),
            ..Told::new(StatusCode::BAD_REQUEST, "invalid", text)
        },
        Error::Conflict { parameter, .. } => Told {
            parameter: Some(parameter),
            ..Told::new(StatusCode::BAD_REQUEST, "conflict", text)
        },
        Error::InUse { uses, .. } => Told {
            uses,
            ..Told::new(StatusCode::BAD_REQUEST, "in_use", text)
        },
        Error::Unavailable(source) => {
            tracing::warn!(error = chain(source.as_ref()), "the database cannot serve");
            Told {
                retry_after: Some(1),
                ..Told::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", text)
            }
        }
        Error::Internal(source) => {
            tracing::error!(error = chain(source.as_ref()), "internal error");
            Told::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Internal error. The log has the details.",
            )
        }
    }
}

impl IntoResponse for ApiError {
    /// Plain text, as clients of the vendor's API show it.
    fn into_response(self) -> Response {
        let mut told = self.tell();
        let text = std::mem::take(&mut told.text);
        let content_type = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
        let mut response = (told.status, [content_type], text).into_response();
        told.add_headers(response.headers_mut());
        response
    }
}

/// An error and what caused it, in one line of the log.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
