//! A page as an answer: what people sent in can do nothing in it.

use std::borrow::Cow;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use utoipa::openapi::Schema;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::http::describe::{Answer, Description};

/// What a page of ours may load: nothing from elsewhere, no script but ours, no frame around it.
const POLICY: &str = "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; \
                      frame-ancestors 'none'; form-action 'self'";

/// A page of HTML. Its address, which names a ticket, is not told to other sites.
#[derive(Debug)]
pub struct Page {
    html: Cow<'static, str>,
    policy: &'static str,
}

impl Page {
    /// The page with this HTML.
    pub fn new(html: impl Into<Cow<'static, str>>) -> Self {
        Self {
            html: html.into(),
            policy: POLICY,
        }
    }

    /// What the page may load, where that is more than other pages may: a `Content-Security-Policy`.
    #[must_use]
    pub fn with_policy(self, policy: &'static str) -> Self {
        Self { policy, ..self }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        (
            [
                (header::CONTENT_SECURITY_POLICY, self.policy),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "same-origin"),
            ],
            Html(self.html),
        )
            .into_response()
    }
}

impl Answer for Page {
    fn describe(description: &mut Description) {
        let schema = Schema::from(ObjectBuilder::new().schema_type(Type::String)).into();
        description.answers_with("A page.", "text/html", schema);
    }
}
