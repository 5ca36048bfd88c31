//! Requests that rules make.

use sqlx::PgConnection;

use super::actions::Doing;
use crate::error::Result;
use crate::masks::{Audience, Escape, Values};
use crate::rules::HttpRequest;
use crate::webhooks::{self, NewRequest};

/// A request with its masks filled.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// Fill the masks of a request, each as its place needs it: percent-encoded in the address, JSON-escaped inside a JSON
/// body, percent-encoded in a form, on one line in headers.
pub(super) async fn fill(
    conn: &mut PgConnection,
    values: &mut Values,
    request: &HttpRequest,
) -> Result<Filled> {
    let mut headers = vec![];
    for header in &request.headers {
        let value = values.fill(conn, &header.value, Escape::Header).await?;
        headers.push((header.name.clone(), value));
    }
    Ok(Filled {
        url: values.fill(conn, &request.url, Escape::Url).await?,
        headers,
        body: values.fill(conn, &request.body, escape_of(request)).await?,
    })
}

/// What a body is, by its media type, or by how it begins where there is none.
fn escape_of(request: &HttpRequest) -> Escape {
    let mut headers = request.headers.iter();
    let media_type = headers.find(|it| it.name.eq_ignore_ascii_case("content-type"));
    let media_type = media_type.map(|it| it.value.to_ascii_lowercase());
    match media_type.as_deref() {
        Some(of) if of.contains("json") => Escape::Json,
        Some(of) if of.contains("x-www-form-urlencoded") => Escape::Url,
        Some(of) if of.contains("html") || of.contains("xml") => Escape::Html,
        None if request.body.trim_start().starts_with(['{', '[']) => Escape::Json,
        _ => Escape::Text,
    }
}

/// Write the request, and the job that makes it. Masks hold what technicians may read: the receiver is one that an
/// administrator chose.
pub(super) async fn send(
    conn: &mut PgConnection,
    doing: &Doing<'_>,
    request: &HttpRequest,
) -> Result<()> {
    let mut values = doing.values(conn, Audience::Staff).await?;
    let filled = fill(conn, &mut values, request).await?;
    let request = NewRequest {
        ticket: doing.ticket,
        method: request.method.clone(),
        url: filled.url,
        headers: filled.headers,
        body: filled.body,
    };
    webhooks::request(conn, doing.context, request).await
}
