//! Users: what differs from other things that administrators keep.

use axum::extract::{FromRequest, Request, State};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::openapi::content::Content;
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Ref, Required, Schema};
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::domain::administration;
use crate::domain::ids::UserId;
use crate::domain::users::kept::{self as domain, UserDraft, UserKind, Which};
use crate::domain::users::operator;
use crate::domain::{Actor, Error, users};
use crate::http::describe::{Argument, Description};

use super::body::{self, Body, JSON, object_of};
use super::etag::IfMatch;
use super::idempotency::{IdempotencyKey, Turn};
use super::kept::{ListOf, Resource, View};
use super::page::span;
use super::problem::{Problem, Result};
use super::query::{Id, Query};
use super::reply::{Created, CreatedAs, Gone, Json};

/// Which users, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(super) struct UsersOf {
    /// How many at most; 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
    /// The one of this name, in any case.
    username: Option<String>,
    /// The one of this e-mail address, in any case.
    email: Option<String>,
    /// Of this company.
    company_id: Option<i32>,
    /// Of this department.
    department_id: Option<i32>,
    /// Administrators and technicians, or neither.
    staff: Option<bool>,
    /// Who may not log in, or who may.
    disabled: Option<bool>,
}

/// `GET /api/v2/users`
pub(super) async fn list(
    State(app): State<AppState>,
    actor: Actor,
    Query(asked): Query<UsersOf>,
) -> Result<Json<ListOf<UserKind>>> {
    let span = span(asked.limit, asked.cursor.as_deref())?;
    let after = span.after_id();
    let which = Which {
        username: asked.username,
        email: asked.email,
        company_id: asked.company_id,
        department_id: asked.department_id,
        staff: asked.staff,
        disabled: asked.disabled,
    };
    let mut conn = app.db.read_list().await?;
    let found = domain::search(&mut conn, &actor, &which, after, span.to_read()).await?;
    Ok(Json(ListOf::of(span, found)))
}

/// A new user, perhaps with a password.
#[derive(Debug)]
pub(super) struct NewUser {
    draft: UserDraft,
    password: Option<String>,
    /// Of the body, and so of the password: not to be stored as it is.
    hash: blake3::Hash,
}

/// The member that is no part of the draft.
const PASSWORD: &str = "password";

impl FromRequest<AppState> for NewUser {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &AppState) -> Result<Self> {
        let bytes = body::json_of(request).await?;
        let mut members: Map<String, Value> = body::read(&bytes)?;
        let password = match members.remove(PASSWORD) {
            None | Some(Value::Null) => None,
            Some(Value::String(password)) => Some(password),
            Some(_) => return Err(Error::invalid(PASSWORD, "is no text").into()),
        };
        let draft = serde_json::to_vec(&members).map_err(Error::internal)?;
        Ok(Self {
            draft: body::read(&draft)?,
            password,
            hash: blake3::hash(&bytes),
        })
    }
}

impl Argument for NewUser {
    fn describe(description: &mut Description) {
        UserDraft::schemas(&mut description.schemas);
        let mut object = object_of::<UserDraft>();
        let password = ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::SchemaType::from_iter([
                Type::String,
                Type::Null,
            ]))
            .description(Some(
                "His password. None: nobody logs in as him until he gets one.",
            ))
            .min_length(Some(1))
            .max_length(Some(1024))
            .write_only(true);
        let password = Schema::from(password).into();
        object.properties.insert(PASSWORD.to_owned(), password);
        let object = Schema::Object(object).into();
        description.schemas.push(("NewUser".to_owned(), object));
        let body = RequestBodyBuilder::new()
            .required(Some(Required::True))
            .content(JSON, Content::new(Some(Ref::from_schema_name("NewUser"))));
        description.body = Some(body.build());
    }
}

/// `POST /api/v2/users`
pub(super) async fn create(
    State(app): State<AppState>,
    actor: Actor,
    key: IdempotencyKey,
    user: NewUser,
) -> Result<CreatedAs<View<UserKind>>> {
    administration::require_writer(&actor)?;
    // Before a connection is held: hashing takes its time.
    let password_hash = match user.password {
        Some(password) => Some(app.callers.hashing().hash(checked(password)?).await?),
        None => None,
    };
    let mut tx = app.db.begin().await?;
    let sealing = app.tokens.key_of_named(&mut tx, actor.now()).await?;
    let sealed = sealing
        .seal(user.hash.as_bytes())
        .ok_or_else(|| Error::internal("a seal of another length"))?;
    let request = blake3::Hash::from_bytes(sealed);
    let once = match key.claim(&mut tx, &actor, UserKind::PATH, &request).await? {
        Turn::First(once) => once,
        Turn::Again(created) => return Ok(created.into()),
    };
    let stored = administration::create::<UserKind>(&mut tx, &actor, user.draft).await?;
    if let Some(hash) = password_hash {
        operator::set_password(&mut tx, &actor, UserId(stored.id), &hash).await?;
    }
    let view = View::<UserKind>::of(stored);
    let created = Created::new(UserKind::PATH, view.id(), &view, view.draft())?;
    once.keep(&mut tx, &actor, &created).await?;
    tx.commit().await?;
    Ok(created.into())
}

/// How to delete a user.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Deletion {
    /// The user who gets everything of his; without one his tickets and comments stay behind a nameless user.
    #[serde(default)]
    move_to: Option<i32>,
}

/// `DELETE /api/v2/users/{id}`
pub(super) async fn delete(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    known: IfMatch,
    Query(how): Query<Deletion>,
) -> Result<Gone> {
    let mut tx = app.db.begin().await?;
    let before = administration::find_locked::<UserKind>(&mut tx, &actor, id).await?;
    known.require(&before.draft)?;
    match how.move_to {
        Some(to) => users::merge(&mut tx, &actor, UserId(id), UserId(to)).await?,
        None => users::delete(&mut tx, &actor, UserId(id)).await?,
    }
    tx.commit().await?;
    Ok(Gone)
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// The password; every API token of the user ends with the old one.
    #[schema(min_length = 1, max_length = 1024)]
    password: String,
}

/// `PUT /api/v2/users/{id}/password`
pub(super) async fn set_password(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    body: Body<NewPassword>,
) -> Result<Gone> {
    administration::require_writer(&actor)?;
    let password = checked(body.value.password)?;
    let hash = app.callers.hashing().hash(password).await?;
    let mut tx = app.db.begin().await?;
    administration::find_locked::<UserKind>(&mut tx, &actor, id).await?;
    operator::set_password(&mut tx, &actor, UserId(id), &hash).await?;
    tx.commit().await?;
    Ok(Gone)
}

fn checked(password: String) -> Result<String> {
    if password.is_empty() {
        return Err(Error::invalid(PASSWORD, "is missing").into());
    }
    Ok(password)
}
