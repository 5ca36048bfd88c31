//! One spelling of every path, in front of the router: lower case, single slashes, no trailing slash, no
//! `/helpdesk`. Never a redirect: that would lose a POST body.
//!
//! Nothing is decoded and no dot segment is resolved: a path that tries such tricks is simply no address.

use axum::extract::OriginalUri;
use axum::http::Request;
use axum::http::uri::{PathAndQuery, Uri};

/// The other root of every address.
const OTHER_ROOT: &str = "/helpdesk";

/// Rewrite the path of `request`; the query stays as it is. The address as it came stands in the extensions as
/// [`OriginalUri`].
pub fn rewrite<B>(mut request: Request<B>) -> Request<B> {
    let Some(path) = rewritten(request.uri().path()) else {
        return request;
    };
    let path_and_query = match request.uri().query() {
        Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
        None => PathAndQuery::try_from(path),
    };
    // What parsed before, parses again.
    if let Ok(path_and_query) = path_and_query {
        let original = std::mem::replace(request.uri_mut(), Uri::from(path_and_query));
        request.extensions_mut().insert(OriginalUri(original));
    }
    request
}

/// The path in the router's spelling; `None` when it has it already.
fn rewritten(path: &str) -> Option<String> {
    let plain = !path.bytes().any(|byte| byte.is_ascii_uppercase())
        && !path.contains("//")
        && (path.len() <= 1 || !path.ends_with('/'))
        && !path.starts_with(OTHER_ROOT);
    if plain || !path.starts_with('/') {
        return None;
    }
    let mut single = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        single.push('/');
        single.push_str(segment);
    }
    single.make_ascii_lowercase();
    let path = match single.strip_prefix(OTHER_ROOT) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
        _ => single.as_str(),
    };
    Some(if path.is_empty() { "/" } else { path }.to_owned())
}
