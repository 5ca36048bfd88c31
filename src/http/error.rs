//! Errors as answers: the status and a short text that says what was wrong and names the parameter.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain;
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

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        use domain::Error;
        let (status, text, retry_after) = match self {
            Self::Domain(error) => match error {
                Error::NotFound(_) => (StatusCode::NOT_FOUND, error.to_string(), None),
                Error::Forbidden(_) => (StatusCode::FORBIDDEN, error.to_string(), None),
                // The document knows no 409: a taken name is a bad request.
                Error::Invalid { .. } | Error::Conflict { .. } | Error::InUse { .. } => {
                    (StatusCode::BAD_REQUEST, error.to_string(), None)
                }
                Error::Unavailable(ref source) => {
                    tracing::warn!(error = chain(source.as_ref()), "the database cannot serve");
                    (StatusCode::SERVICE_UNAVAILABLE, error.to_string(), Some(1))
                }
                Error::Internal(source) => {
                    tracing::error!(error = chain(source.as_ref()), "internal error");
                    (
                        StatusCode::INTERNAL_SERVER_ERROR,
                        "Internal error. The log has the details.".to_owned(),
                        None,
                    )
                }
            },
            Self::Unauthorized { text, challenge } => return unauthorized(text, challenge),
            Self::Malformed(text) => (StatusCode::BAD_REQUEST, text, None),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "The request body came too slowly.".to_owned(),
                None,
            ),
            Self::NoRoom => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The server's disk is full: nothing was stored.".to_owned(),
                None,
            ),
            Self::TooLarge(text) => (StatusCode::PAYLOAD_TOO_LARGE, text, None),
            Self::TooMany { text, retry_after } => {
                (StatusCode::TOO_MANY_REQUESTS, text, Some(retry_after))
            }
            Self::Unsupported(text) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, text, None),
        };
        let mut response = (
            status,
            [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
            text,
        )
            .into_response();
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn unauthorized(text: &'static str, challenge: Option<&'static str>) -> Response {
    let mut response = (
        StatusCode::UNAUTHORIZED,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        text,
    )
        .into_response();
    if let Some(challenge) = challenge {
        response.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(challenge),
        );
    }
    response
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
