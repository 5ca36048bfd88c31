//! How `/api/v2` is made from its list ([`super::table`]): each line becomes a route and its description.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, on};

use crate::app::AppState;
use crate::http::describe::{Described, Description};
use crate::http::error::ApiError;
use crate::http::gate::{self, Call};
use crate::http::limits::Rate;
use crate::http::uncancelled::Uncancelled;

use super::kept::{self, Resource};
use super::problem::Problem;

use Verb::{Delete, Get, Patch, Post, Put};

/// The verb of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What it is about: a heading in the description.
    pub section: &'static str,
    /// Its name in the description, one of its kind.
    pub id: String,
    /// What it does, in a line.
    pub summary: String,
    /// Its verb.
    pub verb: Verb,
    /// Its address.
    pub path: String,
    /// Describes what it takes and answers.
    pub describe: fn(&mut Description),
}

/// The operations and the router made from them.
#[derive(Debug, Default)]
pub struct Table {
    section: &'static str,
    rights: bool,
    operations: Vec<Operation>,
    routes: BTreeMap<String, MethodRouter<AppState>>,
}

impl Table {
    /// The operations, in order.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The router of all operations.
    pub fn into_router(self) -> Router<AppState> {
        self.routes
            .into_iter()
            .fold(Router::new(), |router, (path, verbs)| {
                router.route(&path, verbs)
            })
    }

    pub(super) fn section(mut self, section: &'static str) -> Self {
        self.section = section;
        self.rights = false;
        self
    }

    /// What the operations of this section change decides who somebody is, or what he may.
    pub(super) fn changing_rights(mut self) -> Self {
        self.rights = true;
        self
    }

    /// The six operations of a kind that administrators keep.
    pub(super) fn resource<K: Resource>(self, section: &'static str, one: &str) -> Self {
        self.resource_replaced_by::<K, _, _>(section, one, kept::replace::<K>)
    }

    /// The six operations of a kind whose bodies come in a form of their own when it is written anew.
    pub(super) fn resource_replaced_by<K, H, T>(
        self,
        section: &'static str,
        one: &str,
        replace: H,
    ) -> Self
    where
        K: Resource,
        H: Described<T> + Sync,
        T: 'static,
    {
        let all = format!("/{}", K::PATH);
        let each = format!("{all}/{{id}}");
        let (budget, name) = (K::PATH, K::NAME);
        let mut table = self.section(section);
        table.rights = K::RIGHTS;
        let line = |verb: &str, text: String| (format!("{verb}{name}"), text);
        let lines = [
            line("List", format!("{section}, by id")),
            line("Create", format!("Make a {one}")),
            line("Get", format!("One {one}")),
            line("Replace", format!("Write a {one} anew")),
            line("Change", format!("Change some members of a {one}")),
            line("Delete", format!("Delete a {one}")),
        ];
        let [listed, created, got, replaced, changed, deleted] = &lines;
        table
            .on(Get, &all, budget, &listed.0, &listed.1, kept::list::<K>)
            .on(
                Post,
                &all,
                budget,
                &created.0,
                &created.1,
                kept::create::<K>,
            )
            .on(Get, &each, budget, &got.0, &got.1, kept::get::<K>)
            .on(Put, &each, budget, &replaced.0, &replaced.1, replace)
            .on(
                Patch,
                &each,
                budget,
                &changed.0,
                &changed.1,
                kept::change::<K>,
            )
            .on(
                Delete,
                &each,
                budget,
                &deleted.0,
                &deleted.1,
                kept::delete::<K>,
            )
    }

    /// One operation. `budget`: calls of this name and kind are counted together.
    pub(super) fn on<H, T>(
        mut self,
        verb: Verb,
        path: &str,
        budget: &'static str,
        id: &str,
        summary: &str,
        handler: H,
    ) -> Self
    where
        H: Described<T> + Sync,
        T: 'static,
    {
        let writes = verb != Get;
        let call = Call {
            name: budget,
            rate: Rate::Usual,
            writes,
            rights: self.rights && writes,
        };
        let path = format!("/api/v2{path}");
        self.operations.push(Operation {
            section: self.section,
            id: id.to_owned(),
            summary: summary.to_owned(),
            verb,
            path: path.clone(),
            describe: H::describe,
        });
        let answer = move |State(app): State<AppState>, request: Request| {
            let handler = handler.clone();
            // To its commit or its rollback: no connection to the database is dropped in the middle of a statement.
            Uncancelled::new(async move {
                let refuse = |error: ApiError| Problem::from(error).into_response();
                let handle = async |request| handler.call(request, app.clone()).await;
                gate::answer(&app, call, request, refuse, handle).await
            })
        };
        let slot = self.routes.remove(&path).unwrap_or_default();
        self.routes
            .insert(path, slot.merge(on(verb.filter(), answer)));
        self
    }
}

impl Verb {
    fn filter(self) -> MethodFilter {
        match self {
            Get => MethodFilter::GET,
            Post => MethodFilter::POST,
            Put => MethodFilter::PUT,
            Patch => MethodFilter::PATCH,
            Delete => MethodFilter::DELETE,
        }
    }
}
