//! Rules of articles.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use sqlx::PgConnection;

use super::{Article, Shelf, Tag, repo};
use crate::access::articles::{self as access, ArticleFacts};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::html::MAX_BODY_BYTES;
use crate::ids::{ArticleId, CategoryId, TagId};
use crate::tickets::update::valid_subject;
use crate::{categories, outbox};

/// The articles the actor sees, without their bodies, with their categories and tags; of one category when asked.
/// A category he does not see has none for him.
pub async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    category: Option<CategoryId>,
) -> Result<Shelf> {
    let categories = categories::list_with_visibility(conn, actor).await?;
    let judged = categories
        .iter()
        .map(|(category, is_visible)| (category.id, *is_visible));
    let visibility = access::visible(actor, judged);
    let articles = repo::list(conn, &visibility, category).await?;
    let mut by_category: HashMap<CategoryId, usize> = HashMap::new();
    let mut by_tag: BTreeMap<(String, TagId), usize> = BTreeMap::new();
    for article in &articles {
        *by_category.entry(article.category_id).or_default() += 1;
        for tag in &article.tags {
            *by_tag.entry((tag.name.to_lowercase(), tag.id)).or_default() += 1;
        }
    }
    let names: HashMap<TagId, &str> = articles
        .iter()
        .flat_map(|article| &article.tags)
        .map(|tag| (tag.id, tag.name.as_str()))
        .collect();
    let tags = by_tag.into_iter().map(|((folded, id), count)| {
        let name = names.get(&id).map_or(folded, |name| (*name).to_owned());
        (Tag { id, name }, count)
    });
    Ok(Shelf {
        categories: categories
            .into_iter()
            .filter_map(|(category, _)| {
                let count = *by_category.get(&category.id)?;
                Some((category, count))
            })
            .collect(),
        tags: tags.collect(),
        articles,
    })
}

/// An article the actor sees, with its body as sent. Errors: `NotFound`, alike for an unknown one and one he does
/// not see.
pub async fn find(
    conn: &mut PgConnection,
    actor: &Actor,
    id: ArticleId,
) -> Result<(Article, String)> {
    require_visible(conn, actor, id).await?;
    let article = repo::find(conn, id).await?.ok_or(NO_ARTICLE)?;
    let body = repo::find_body(conn, id).await?.ok_or(NO_ARTICLE)?;
    Ok((article, body))
}

/// Errors: `NotFound`, alike for an unknown article and one the actor does not see.
pub async fn require_visible(conn: &mut PgConnection, actor: &Actor, id: ArticleId) -> Result<()> {
    let (category_id, for_techs_only) = repo::find_facts(conn, id).await?.ok_or(NO_ARTICLE)?;
    let category_is_visible = match categories::find_visible(conn, actor, category_id).await {
        Ok(_) => true,
        Err(Error::NotFound(_)) => false,
        Err(error) => return Err(error),
    };
    let facts = ArticleFacts {
        category_id,
        category_is_visible,
        for_techs_only,
    };
    if access::sees(actor, facts) {
        Ok(())
    } else {
        Err(NO_ARTICLE)
    }
}

/// What a new article is made of.
#[derive(Clone, Debug)]
pub struct NewArticle {
    /// Its category; one the actor is staff of.
    pub category_id: CategoryId,
    /// Its subject: one line.
    pub subject: String,
    /// Its body, BBCode or HTML; kept as it is.
    pub body: String,
    /// For technicians of the category only.
    pub for_techs_only: bool,
}

/// Write an article. Files are added to it by the caller in the same transaction.
pub async fn create(conn: &mut PgConnection, actor: &Actor, new: &NewArticle) -> Result<ArticleId> {
    access::require_author(actor, new.category_id)?;
    let subject = valid_subject(&new.subject)?;
    if new.body.trim().is_empty() {
        return Err(Error::invalid("body", "is missing"));
    }
    if new.body.len() > MAX_BODY_BYTES {
        return Err(Error::invalid("body", "is longer than 1 MiB"));
    }
    let category = categories::find_visible(conn, actor, new.category_id).await?;
    if category.disabled {
        return Err(Error::invalid("categoryId", "is a disabled category"));
    }
    let id = repo::insert(
        conn,
        actor,
        category.id,
        &subject,
        &new.body,
        new.for_techs_only,
    )
    .await?;
    let payload = json!({ "articleId": id });
    outbox::record(conn, actor, "article.created", None, payload).await?;
    Ok(id)
}

/// No such article, or none the actor may see.
const NO_ARTICLE: Error = Error::NotFound("article");
