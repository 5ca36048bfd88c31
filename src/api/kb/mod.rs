//! Knowledge base: Articles, Article, Article (POST), and the page that they link to.

mod dto;
pub mod page;

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::tickets::dto_attachments::AttachmentInfo;
use crate::api::uploads::Uploads;
use crate::app::AppState;
use crate::domain::articles::{self, NewArticle};
use crate::domain::ids::{ArticleId, CategoryId};
use crate::domain::{Actor, attachments};
use crate::http::error::Result;
use crate::http::params::{Params, ParamsWithFiles};
use crate::http::reply::{Id, Json};

use dto::{ArticleInfo, ArticlesInfo};

/// Parameters of *Articles*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ArticlesParams {
    /// Only of this category.
    category_id: Option<CategoryId>,
}

/// *Articles*: "Returns a list of your Knowledge base articles with titles, full URLs and other useful information,
/// excluding the actual article content."
#[tracing::instrument(name = "api.Articles", skip_all)]
pub async fn articles(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<ArticlesParams>,
) -> Result<Json<ArticlesInfo>> {
    let mut conn = app.db.read().await?;
    let shelf = articles::list(&mut conn, &actor, params.category_id).await?;
    Ok(Json(ArticlesInfo::of(&app, shelf, &actor)))
}

/// Parameters of *Article*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ArticleParams {
    /// The article's number.
    id: ArticleId,
}

/// *Article*: "Returns a particular Knowledge Base article along with its content", as it was sent.
#[tracing::instrument(name = "api.Article", skip_all, fields(article.id = %params.id))]
pub async fn article(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<ArticleParams>,
) -> Result<Json<ArticleInfo>> {
    let mut conn = app.db.read().await?;
    let (article, body) = articles::find(&mut conn, &actor, params.id).await?;
    let files = attachments::list_of_article(&mut conn, article.id).await?;
    let files = files
        .into_iter()
        .map(|file| AttachmentInfo::new(&app, file))
        .collect();
    Ok(Json(ArticleInfo::whole(&app, article, body, files)))
}

/// Parameters of *Article* (POST).
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateArticle {
    /// The category's number.
    category_id: CategoryId,
    /// The text, as HTML or BBCode.
    body: String,
    /// The title.
    subject: String,
    /// For technicians only.
    #[serde(default)]
    for_techs_only: bool,
}

/// *Article* (POST): "Creates a new Knowledge-base article". Answers its id. A file that fails means that no article
/// is made.
#[tracing::instrument(name = "api.CreateArticle", skip_all)]
pub async fn create_article(
    State(app): State<AppState>,
    actor: Actor,
    ParamsWithFiles(params, uploads): ParamsWithFiles<CreateArticle>,
) -> Result<Id> {
    let new = NewArticle {
        category_id: params.category_id,
        subject: params.subject,
        body: params.body,
        for_techs_only: params.for_techs_only,
    };
    let files = Uploads::store(uploads).await?;
    let mut tx = app.db.begin().await?;
    let id = articles::create(&mut tx, &actor, &new).await?;
    for file in files.new_files() {
        let owner = attachments::Owner::Article(id);
        attachments::insert(&mut tx, &actor, owner, &file).await?;
    }
    files.commit(tx).await?;
    Ok(Id(id.0))
}
