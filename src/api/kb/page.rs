//! `/KB/View/{id}-{slug}`: an article as a page.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::articles::{self, Article};
use crate::domain::attachments::{self, Attachment};
use crate::domain::html::escape;
use crate::domain::{Actor, Error};
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::Page;

/// The one style sheet, in the page itself: an address of its own would need a folder of its own under either root.
const STYLE: &str = "body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif;color:#222}\
h1{line-height:1.25}img{max-width:100%;height:auto}pre{overflow-x:auto;padding:.8rem;background:#f4f4f4}\
blockquote{margin:1rem 0;padding-left:1rem;border-left:.25rem solid #ccc}table{border-collapse:collapse}\
td,th{border:1px solid #ccc;padding:.3rem .6rem}.about{color:#666}.body{overflow-wrap:anywhere}";

/// What the page may load: as every page of ours, and its own style, which is known by its SHA-256.
const POLICY: &str = "default-src 'self'; script-src 'self'; \
                      style-src 'sha256-hg9PuhoEx9Mec0dkFNRN3cmGSKlZ83idlE/pwa3n/KA='; \
                      object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Parameters of the page.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ArticlePage {
    /// The number, and what stands behind it: `6-sample-kb-article`.
    id: String,
}

/// `/KB/View/{id}-{slug}`: the address that *Articles* and *Article* give. The number decides: words that are wrong,
/// since the subject has changed, lead to the article all the same.
#[tracing::instrument(name = "kb.View", skip_all)]
pub async fn article_page(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<ArticlePage>,
) -> Result<Page> {
    let id = articles::id_of_slug(&params.id).ok_or(Error::NotFound("article"))?;
    let (article, body, files) = {
        let mut conn = app.db.read().await?;
        let (article, body) = articles::find(&mut conn, &actor, id).await?;
        let files = attachments::list_of_article(&mut conn, id).await?;
        (article, body, files)
    };
    let body = articles::rendered(body).await?;
    let page = Page::new(page(&app, &article, &body, &files));
    Ok(page.with_policy(POLICY))
}

/// The page. `body` comes from the sanitiser and is put in as it is; everything else is written out as text.
fn page(app: &AppState, article: &Article, body: &str, files: &[Attachment]) -> String {
    let title = escape(&article.subject);
    let changed = article.updated_at.unwrap_or(article.created_at);
    let about = format!(
        "{} · {}",
        escape(&article.category),
        changed.format("%Y-%m-%d")
    );
    let files = list(app, files);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1><p class=\"about\">{about}</p><div class=\"body\">{body}</div>{files}</main>\
         </body></html>"
    )
}

/// Links to the files, if there are any.
fn list(app: &AppState, files: &[Attachment]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let links: Vec<String> = files
        .iter()
        .map(|file| {
            let url = escape(&app.url(&format!("/File/Get?id={}", file.id)));
            let name = escape(&file.file_name);
            format!("<li><a href=\"{url}\">{name}</a></li>")
        })
        .collect();
    let links = links.concat();
    format!("<h2>Files</h2><ul>{links}</ul>")
}
