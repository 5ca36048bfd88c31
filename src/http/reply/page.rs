//! A page as an answer: what people sent in can do nothing in it.

use std::borrow::Cow;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

/// What a page of ours may load: nothing from elsewhere, no script but ours, no frame around it.
const POLICY: &str = "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; \
                      frame-ancestors 'none'; form-action 'self'";

/// A page of HTML. Its address, which names a ticket, is not told to other sites.
#[derive(Debug)]
pub struct Page(Cow<'static, str>);

impl Page {
    /// The page with this HTML.
    pub fn new(html: impl Into<Cow<'static, str>>) -> Self {
        Self(html.into())
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        (
            [
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "same-origin"),
            ],
            Html(self.0),
        )
            .into_response()
    }
}
