//! Articles of the knowledge base. Bodies are kept as sent, BBCode or HTML, and made safe when they are shown:
//! [`rendered`].

pub mod bbcode;
mod rendering;
mod repo;
mod service;
mod slug;

use chrono::{DateTime, Utc};

use crate::categories::Category;
use crate::ids::{ArticleId, CategoryId, TagId};

pub use rendering::rendered;
pub use service::{NewArticle, create, find, list, require_visible};
pub use slug::{id_of as id_of_slug, url_id};

/// An article without its body.
#[derive(Clone, Debug)]
pub struct Article {
    /// The article.
    pub id: ArticleId,
    /// Its category.
    pub category_id: CategoryId,
    /// Name of the category.
    pub category: String,
    /// Its subject.
    pub subject: String,
    /// For technicians of the category only.
    pub for_techs_only: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Last change, if there was one.
    pub updated_at: Option<DateTime<Utc>>,
    /// Its tags, by name.
    pub tags: Vec<Tag>,
}

/// A tag of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The tag.
    pub id: TagId,
    /// Its name.
    pub name: String,
}

/// What the actor sees of the knowledge base.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The articles, oldest first.
    pub articles: Vec<Article>,
    /// Their categories, in the usual order, each with how many of these articles it has.
    pub categories: Vec<(Category, usize)>,
    /// Their tags, by name, each with how many of these articles bear it.
    pub tags: Vec<(Tag, usize)>,
}
