//! The six operations of everything that administrators keep.

use axum::extract::State;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::administration::{self, Kept, Stored};
use crate::http::describe::Description;

use super::body::{Body, Changed, object_of};
use super::etag::{IfMatch, IfNoneMatch};
use super::idempotency::{IdempotencyKey, Turn};
use super::page::{Page, PageOf, Span};
use super::problem::{Problem, Result};
use super::query::{Id, Query};
use super::reply::{Created, CreatedAs, Gone, Json, Object, Shown};

/// How a kind appears in the API.
pub(super) trait Resource: Kept<Draft: ToSchema> {
    /// Its path, a plural noun.
    const PATH: &'static str;
    /// Its name in the description.
    const NAME: &'static str;
    /// A change of it changes who may what.
    const RIGHTS: bool = false;

    /// The draft as it may be stored: with its secrets sealed, where it has any.
    fn seal(_app: &AppState, draft: Self::Draft) -> Result<Self::Draft> {
        Ok(draft)
    }
}

/// `{"id": …}` and the members of the draft.
#[derive(Debug)]
pub(super) struct View<K: Kept>(Stored<K::Draft>);

impl<K: Kept> Serialize for View<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Flat<'a, D> {
            id: i32,
            #[serde(flatten)]
            draft: &'a D,
        }
        let Stored { id, draft } = &self.0;
        Flat { id: *id, draft }.serialize(serializer)
    }
}

impl<K: Kept> View<K> {
    pub(super) fn of(stored: Stored<K::Draft>) -> Self {
        Self(stored)
    }

    pub(super) fn id(&self) -> i32 {
        self.0.id
    }

    pub(super) fn draft(&self) -> &K::Draft {
        &self.0.draft
    }
}

fn is_write_only(property: &RefOr<Schema>) -> bool {
    matches!(property, RefOr::T(Schema::Object(object)) if object.write_only == Some(true))
}

fn id_schema() -> RefOr<Schema> {
    let id = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some("Its number."));
    Schema::from(id).into()
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct ListOf<K: Kept>(Page<View<K>>);

impl<K: Kept> ListOf<K> {
    /// The page, of what was read for it.
    pub(super) fn of(span: Span, found: Vec<Stored<K::Draft>>) -> Self {
        let views = found.into_iter().map(View).collect();
        Self(span.page(views, |view: &View<K>| view.0.id.into()))
    }
}

impl<K: Kept> Serialize for ListOf<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A page's schema, with items of this one.
pub(super) fn page_schema(items: RefOr<Schema>) -> RefOr<Schema> {
    let cursor = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some("For the next page; null on the last one."));
    let page = ObjectBuilder::new()
        .property("items", ArrayBuilder::new().items(items))
        .required("items")
        .property("next_cursor", cursor)
        .required("next_cursor");
    Schema::from(page).into()
}

impl<K: Resource> Shown for View<K> {
    fn schema(description: &mut Description) -> RefOr<Schema> {
        K::Draft::schemas(&mut description.schemas);
        let mut object = object_of::<K::Draft>();
        let mut draft = std::mem::take(&mut object.properties);
        // Nobody is shown what may be written only.
        draft.retain(|_, property| !is_write_only(property));
        object.properties.insert("id".to_owned(), id_schema());
        object.properties.extend(draft);
        object.required = object.properties.keys().cloned().collect();
        object.additional_properties = None;
        let object = Schema::Object(object).into();
        description.schemas.push((K::NAME.to_owned(), object));
        Ref::from_schema_name(K::NAME).into()
    }
}

impl<K: Resource> Shown for ListOf<K> {
    fn schema(description: &mut Description) -> RefOr<Schema> {
        let item = View::<K>::schema(description);
        page_schema(item)
    }
}

/// `GET /api/v2/{path}`
pub(super) async fn list<K: Resource>(
    State(app): State<AppState>,
    actor: Actor,
    Query(page): Query<PageOf>,
) -> Result<Json<ListOf<K>>> {
    let span = page.span()?;
    let after = span.after_id();
    let mut conn = app.db.read().await?;
    let found = administration::list::<K>(&mut conn, &actor, after, span.to_read()).await?;
    let views = found.into_iter().map(View).collect();
    Ok(Json(ListOf(
        span.page(views, |view: &View<K>| view.0.id.into()),
    )))
}

/// `POST /api/v2/{path}`
pub(super) async fn create<K: Resource>(
    State(app): State<AppState>,
    actor: Actor,
    key: IdempotencyKey,
    body: Body<K::Draft>,
) -> Result<CreatedAs<View<K>>> {
    let mut tx = app.db.begin().await?;
    let once = match key.claim(&mut tx, &actor, K::PATH, &body.hash).await? {
        Turn::First(once) => once,
        Turn::Again(created) => return Ok(created.into()),
    };
    let draft = K::seal(&app, body.value)?;
    let stored = administration::create::<K>(&mut tx, &actor, draft).await?;
    let view = View::<K>(stored);
    let created = Created::new(K::PATH, view.0.id, &view, &view.0.draft)?;
    once.keep(&mut tx, &actor, &created).await?;
    tx.commit().await?;
    Ok(created.into())
}

/// `GET /api/v2/{path}/{id}`
pub(super) async fn get<K: Resource>(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    known: IfNoneMatch,
) -> Result<Object<View<K>>> {
    let mut conn = app.db.read().await?;
    let stored = administration::find::<K>(&mut conn, &actor, id).await?;
    Ok(object::<K>(stored)?.unless(&known))
}

/// `PUT /api/v2/{path}/{id}`
pub(super) async fn replace<K: Resource>(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    known: IfMatch,
    body: Body<K::Draft>,
) -> Result<Object<View<K>>> {
    administration::require_writer(&actor)?;
    let draft = K::check(K::seal(&app, body.value)?)?;
    let mut tx = app.db.begin().await?;
    let change = |before: &K::Draft| known.require(before).map(|()| draft);
    let stored = administration::update::<K, Problem>(&mut tx, &actor, id, change).await?;
    tx.commit().await?;
    object::<K>(stored)
}

/// `PATCH /api/v2/{path}/{id}`
pub(super) async fn change<K: Resource>(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    known: IfMatch,
    changes: Changed<K::Draft>,
) -> Result<Object<View<K>>> {
    let mut tx = app.db.begin().await?;
    let change = |before: &K::Draft| {
        known.require(before)?;
        K::seal(&app, changes.over(before)?)
    };
    let stored = administration::update::<K, Problem>(&mut tx, &actor, id, change).await?;
    tx.commit().await?;
    object::<K>(stored)
}

/// How to delete.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Deletion {
    /// Whatever needs the object goes to this one of its kind.
    #[serde(default)]
    #[param(minimum = 1)]
    move_to: Option<i32>,
}

impl Deletion {
    /// As an id of the kind that is deleted.
    pub(super) fn move_to<I>(&self, id: impl FnOnce(i32) -> I) -> Option<I> {
        self.move_to.map(id)
    }
}

/// `DELETE /api/v2/{path}/{id}`
pub(super) async fn delete<K: Resource>(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    known: IfMatch,
    Query(how): Query<Deletion>,
) -> Result<Gone> {
    let mut tx = app.db.begin().await?;
    let agree = |before: &K::Draft| known.require(before);
    administration::delete::<K, Problem>(&mut tx, &actor, id, how.move_to, agree).await?;
    tx.commit().await?;
    Ok(Gone)
}

/// The answer with an object.
pub(super) fn object<K: Resource>(stored: Stored<K::Draft>) -> Result<Object<View<K>>> {
    let view = View::<K>(stored);
    Object::new(&view, &view.0.draft)
}
