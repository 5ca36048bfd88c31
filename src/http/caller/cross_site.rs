//! Pages of other sites must not change anything: the document lets a plain link close a ticket.

use axum::http::{HeaderMap, header};

use crate::domain::Error;
use crate::http::error::ApiError;

/// Where a browser says a request comes from; programs send nothing.
const FETCH_SITE: &str = "sec-fetch-site";

/// The request comes from a page of another site, as a browser says.
pub(super) fn is_cross_site(headers: &HeaderMap) -> bool {
    headers.get(FETCH_SITE).is_some_and(|site| {
        let site = site.as_bytes();
        site.eq_ignore_ascii_case(b"cross-site") || site.eq_ignore_ascii_case(b"same-site")
    })
}

/// Refuse a method that writes when a browser calls it for a page of another site, unless that page's origin is
/// one of `origins` (`Cors:Origins`; `*` is any that is sent). A link, a picture and a `no-cors` fetch send none.
/// Errors: 403.
pub fn refuse_cross_site(headers: &HeaderMap, origins: &[String]) -> Result<(), ApiError> {
    if !is_cross_site(headers) {
        return Ok(());
    }
    let allowed = headers.get(header::ORIGIN).is_some_and(|sent| {
        origins.iter().any(|origin| {
            let origin = origin.trim_end_matches('/');
            origin == "*" || sent.as_bytes().eq_ignore_ascii_case(origin.as_bytes())
        })
    });
    if allowed {
        Ok(())
    } else {
        Err(Error::forbidden(
            "A page of another site may not call this method: its origin is not among Cors:Origins.",
        )
        .into())
    }
}

/// Refuse whatever a page of another site asks for. Errors: 403.
pub fn refuse_every_other_site(headers: &HeaderMap) -> Result<(), ApiError> {
    if is_cross_site(headers) {
        Err(Error::forbidden("A page of another site may not call this method.").into())
    } else {
        Ok(())
    }
}
