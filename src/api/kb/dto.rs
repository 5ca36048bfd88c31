//! Articles on the wire, in the document's order.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::tickets::dto_attachments::AttachmentInfo;
use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::access::categories::sees_from_address;
use crate::domain::articles::{Article, Shelf, Tag, url_id};
use crate::domain::categories::Category;
use crate::domain::ids::{ArticleId, CategoryId, SectionId, TagId};
use crate::http::reply::PlainDate;

/// *Articles*.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ArticlesInfo {
    articles: Vec<ArticleInfo>,
    categories: Vec<CategoryInfo>,
    tags: Vec<TagInfo>,
}

impl ArticlesInfo {
    pub(super) fn of(app: &AppState, shelf: Shelf, reader: &Actor) -> Self {
        let articles = shelf.articles.into_iter();
        let categories = shelf.categories.into_iter();
        let tags = shelf.tags.into_iter();
        Self {
            articles: articles
                .map(|article| ArticleInfo::listed(app, article))
                .collect(),
            categories: categories
                .map(|(category, count)| CategoryInfo::of(category, count, reader))
                .collect(),
            tags: tags.map(|(tag, count)| TagInfo::of(tag, count)).collect(),
        }
    }
}

/// *Article*, and an item of *Articles*.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ArticleInfo {
    attachments: Vec<AttachmentInfo>,
    article_id: ArticleId,
    subject: String,
    #[schema(required = true)]
    body: Option<String>,
    for_techs_only: bool,
    #[serde(rename = "CategoryID")]
    category_id: CategoryId,
    #[schema(required = true)]
    category_name: Option<String>,
    #[schema(required = true)]
    category_notes: Option<()>,
    #[schema(required = true)]
    tag_string: Option<String>,
    #[schema(required = true)]
    url_id: Option<String>,
    date_created: PlainDate,
    #[schema(required = true)]
    last_updated: Option<PlainDate>,
    url: String,
    #[schema(required = true)]
    tags: Option<Vec<TagInfo>>,
}

impl ArticleInfo {
    /// As *Articles* shows it: no body, no files, no name of the category, tags only where there are some; but the
    /// words in its address.
    fn listed(app: &AppState, article: Article) -> Self {
        let url_id = url_id(article.id, &article.subject);
        let tags = Some(&article.tags).filter(|tags| !tags.is_empty());
        Self {
            attachments: vec![],
            body: None,
            category_name: None,
            tags: tags.map(|tags| tag_infos(tags)),
            url: app.url(&format!("/KB/View/{url_id}")),
            url_id: Some(url_id),
            ..Self::bare(app, article)
        }
    }

    /// As *Article* shows it: everything, but the number alone in its address.
    pub(super) fn whole(
        app: &AppState,
        article: Article,
        body: String,
        attachments: Vec<AttachmentInfo>,
    ) -> Self {
        Self {
            attachments,
            body: Some(body),
            category_name: Some(article.category.clone()),
            tags: Some(tag_infos(&article.tags)),
            ..Self::bare(app, article)
        }
    }

    fn bare(app: &AppState, article: Article) -> Self {
        let names: Vec<&str> = article.tags.iter().map(|tag| tag.name.as_str()).collect();
        Self {
            attachments: vec![],
            article_id: article.id,
            body: None,
            for_techs_only: article.for_techs_only,
            category_id: article.category_id,
            category_name: None,
            category_notes: None,
            tag_string: Some(names.join(",")).filter(|names| !names.is_empty()),
            url_id: None,
            date_created: article.created_at.into(),
            last_updated: article.updated_at.map(PlainDate),
            url: app.url(&format!("/KB/View/{}", article.id)),
            tags: None,
            subject: article.subject,
        }
    }
}

fn tag_infos(tags: &[Tag]) -> Vec<TagInfo> {
    tags.iter().map(|tag| TagInfo::of(tag.clone(), 0)).collect()
}

/// A tag. Its count is 0 in an article, as in *Ticket*.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = ArticleTagInfo)]
pub(super) struct TagInfo {
    #[serde(rename = "TagID")]
    tag_id: TagId,
    name: String,
    /// How many articles have it.
    tag_count: usize,
}

impl TagInfo {
    fn of(tag: Tag, count: usize) -> Self {
        Self {
            tag_id: tag.id,
            name: tag.name,
            tag_count: count,
        }
    }
}

/// A category of *Articles*.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = ArticleCategoryInfo)]
pub(super) struct CategoryInfo {
    #[serde(rename = "CategoryID")]
    category_id: CategoryId,
    name: String,
    #[serde(rename = "SectionID")]
    #[schema(required = true)]
    section_id: Option<SectionId>,
    #[schema(required = true)]
    section: Option<String>,
    /// How many of the articles shown it has: see decision 014.
    ticket_count: usize,
    name_with_section: String,
    for_techs_only: bool,
    for_specific_users: bool,
    /// Null for readers who are not staff, as in *Categories*.
    #[schema(required = true)]
    from_address: Option<String>,
    #[serde(rename = "KBOnly")]
    kb_only: bool,
}

impl CategoryInfo {
    fn of(category: Category, count: usize, reader: &Actor) -> Self {
        Self {
            category_id: category.id,
            name_with_section: category.name_with_section(),
            name: category.name,
            section_id: category.section_id,
            section: category.section,
            ticket_count: count,
            for_techs_only: category.for_techs_only,
            for_specific_users: category.for_specific_users,
            from_address: category.from_address.filter(|_| sees_from_address(reader)),
            kb_only: category.kb_only,
        }
    }
}
