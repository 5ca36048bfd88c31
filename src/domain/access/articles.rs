//! Who sees which article of the knowledge base.

use crate::actor::Actor;
use crate::ids::CategoryId;

/// What decides whether an article is visible.
#[derive(Clone, Copy, Debug)]
pub struct ArticleFacts {
    /// Its category.
    pub category_id: CategoryId,
    /// The actor sees that category.
    pub category_is_visible: bool,
    /// For technicians of the category only.
    pub for_techs_only: bool,
}

/// Whether the actor sees the article: a public one with its category, every one as staff of the category.
#[must_use]
pub fn sees(actor: &Actor, article: ArticleFacts) -> bool {
    actor.is_staff_of(article.category_id)
        || (article.category_is_visible && !article.for_techs_only)
}
