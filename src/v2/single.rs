//! Things of which there is one: the settings of the desk, where a ticket is worked on elsewhere. One sets them, and does
//! not make or delete them.

use std::future::Future;

use axum::extract::{FromRequestParts, State};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::{self, Actor};
use crate::http::describe::{Argument, Description};

use super::body::{Body, Changed};
use super::etag::{IfMatch, IfNoneMatch};
use super::problem::{Problem, Result};
use super::reply::Object;

/// A thing of which there is one at its address.
pub(super) trait Single: Send + Sync + 'static {
    /// What of the address tells which: [`Whole`], or the number of what it belongs to.
    type At: FromRequestParts<AppState, Rejection = Problem> + Argument + Send;
    /// How it is shown. Its tag is made of this.
    type View: Serialize + ToSchema + Send + Sync;
    /// How it is written.
    type Draft: Serialize + DeserializeOwned + ToSchema + Send;

    /// The draft that would leave it as it is.
    fn draft(view: &Self::View) -> Self::Draft;

    /// As it is, if the actor may see it.
    fn find(
        app: &AppState,
        conn: &mut PgConnection,
        actor: &Actor,
        at: Self::At,
    ) -> impl Future<Output = domain::Result<Self::View>> + Send;

    /// Change it: `change` gets it as it is, locked.
    fn update<E: From<domain::Error> + Send>(
        app: &AppState,
        conn: &mut PgConnection,
        actor: &Actor,
        at: Self::At,
        change: impl FnOnce(&Self::View) -> Result<Self::Draft, E> + Send,
    ) -> impl Future<Output = Result<Self::View, E>> + Send;

    /// The change is committed.
    fn changed(app: &AppState) -> impl Future<Output = ()> + Send {
        let _ = app;
        std::future::ready(())
    }
}

/// There is one for the whole desk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole;

impl FromRequestParts<AppState> for Whole {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut axum::http::request::Parts, _: &AppState) -> Result<Self> {
        Ok(Self)
    }
}

impl Argument for Whole {
    fn describe(_: &mut Description) {}
}

/// `GET` of it.
pub(super) async fn get<S: Single>(
    State(app): State<AppState>,
    actor: Actor,
    at: S::At,
    known: IfNoneMatch,
) -> Result<Object<S::View>> {
    let mut conn = app.db.read().await?;
    let view = S::find(&app, &mut conn, &actor, at).await?;
    Ok(Object::new(&view, &view)?.unless(&known))
}

/// `PUT` of it.
pub(super) async fn replace<S: Single>(
    State(app): State<AppState>,
    actor: Actor,
    at: S::At,
    known: IfMatch,
    body: Body<S::Draft>,
) -> Result<Object<S::View>> {
    let change = |before: &S::View| known.require(before).map(|()| body.value);
    write::<S>(&app, &actor, at, change).await
}

/// `PATCH` of it.
pub(super) async fn change<S: Single>(
    State(app): State<AppState>,
    actor: Actor,
    at: S::At,
    known: IfMatch,
    changes: Changed<S::Draft>,
) -> Result<Object<S::View>> {
    let change = |before: &S::View| {
        known.require(before)?;
        changes.over(&S::draft(before))
    };
    write::<S>(&app, &actor, at, change).await
}

async fn write<S: Single>(
    app: &AppState,
    actor: &Actor,
    at: S::At,
    change: impl FnOnce(&S::View) -> Result<S::Draft> + Send,
) -> Result<Object<S::View>> {
    let mut tx = app.db.begin().await?;
    let view = S::update::<Problem>(app, &mut tx, actor, at, change).await?;
    tx.commit().await?;
    S::changed(app).await;
    Object::new(&view, &view)
}
