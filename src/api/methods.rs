//! What [`super::table`] is written in: a line for each method, and the router made from the lines.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};

use crate::app::AppState;
use crate::http::describe::{Described, Description};
use crate::http::error::ApiError;
use crate::http::gate::{self, Call};
use crate::http::limits::Rate;
use crate::http::uncancelled::Uncancelled;

use Verbs::{Any, Get, Post};

/// Which HTTP verbs reach a method. HEAD follows GET where nothing is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbs {
    /// GET only: POST of the same name is another method.
    Get,
    /// POST only: GET of the same name is another method.
    Post,
    /// GET and POST: clients use either, whatever the document says.
    Any,
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Section of the document.
    pub section: &'static str,
    /// Name in the document.
    pub name: &'static str,
    /// Verbs that reach it.
    pub verbs: Verbs,
    /// How often a user may call it.
    pub rate: Rate,
    /// It changes something.
    pub writes: bool,
    /// It changes who somebody is, or what he may.
    pub rights: bool,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Path of its handler in the program.
    pub handler: &'static str,
    /// Describes what it takes and answers.
    pub describe: fn(&mut Description),
}

/// The methods and the router made from them.
#[derive(Debug, Default)]
pub struct Table {
    section: &'static str,
    methods: Vec<Method>,
    routes: BTreeMap<String, MethodRouter<AppState>>,
}

impl Table {
    /// The methods, in order.
    #[must_use]
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// The router of all methods, below the spelling that [`crate::http::path_case`] gives paths.
    pub fn into_router(self) -> Router<AppState> {
        self.routes
            .into_iter()
            .fold(Router::new(), |router, (path, methods)| {
                router.route(&path, methods)
            })
    }

    pub(super) fn section(mut self, title: &'static str) -> Self {
        self.section = title;
        self
    }

    /// A method that changes nothing: it reads through the read-only pool.
    pub(super) fn reads<H, T>(
        self,
        name: &'static str,
        summary: &'static str,
        verbs: Verbs,
        rate: Rate,
        handler: H,
    ) -> Self
    where
        H: Described<T> + Sync,
        T: 'static,
    {
        let method = self.line::<H, T>(name, summary, verbs, rate);
        self.method(method, handler)
    }

    /// A method that changes something.
    pub(super) fn writes<H, T>(
        self,
        name: &'static str,
        summary: &'static str,
        verbs: Verbs,
        rate: Rate,
        handler: H,
    ) -> Self
    where
        H: Described<T> + Sync,
        T: 'static,
    {
        let mut method = self.line::<H, T>(name, summary, verbs, rate);
        method.writes = true;
        self.method(method, handler)
    }

    /// A method that changes who somebody is or what he may: as soon as it is done, nobody is taken for who he was.
    pub(super) fn rights<H, T>(
        self,
        name: &'static str,
        summary: &'static str,
        verbs: Verbs,
        rate: Rate,
        handler: H,
    ) -> Self
    where
        H: Described<T> + Sync,
        T: 'static,
    {
        let mut method = self.line::<H, T>(name, summary, verbs, rate);
        method.writes = true;
        method.rights = true;
        self.method(method, handler)
    }

    /// A path outside `/api` that passes everything a method passes. `path` is lower case.
    pub(super) fn address<H, T>(
        mut self,
        path: &'static str,
        summary: &'static str,
        rate: Rate,
        handler: H,
    ) -> Self
    where
        H: Described<T> + Sync,
        T: 'static,
    {
        let method = self.line::<H, T>(path, summary, Get, rate);
        self.methods.push(method);
        self.route(path.to_owned(), method, handler);
        self
    }

    /// A line of the present section, for a handler that changes nothing.
    fn line<H: Described<T>, T>(
        &self,
        name: &'static str,
        summary: &'static str,
        verbs: Verbs,
        rate: Rate,
    ) -> Method {
        Method {
            section: self.section,
            name,
            verbs,
            rate,
            writes: false,
            rights: false,
            summary,
            handler: std::any::type_name::<H>(),
            describe: H::describe,
        }
    }

    fn method<H, T>(mut self, method: Method, handler: H) -> Self
    where
        H: Described<T> + Sync,
        T: 'static,
    {
        self.methods.push(method);
        let path = format!("/api/{}", method.name.to_ascii_lowercase());
        self.route(format!("{path}/{{id}}"), method, handler.clone());
        self.route(path, method, handler);
        self
    }

    fn route<H, T>(&mut self, path: String, method: Method, handler: H)
    where
        H: Described<T> + Sync,
        T: 'static,
    {
        let verbs = match method.verbs {
            // HEAD has no filter of its own here: `read` lets it follow GET, `call` refuses it where a method writes.
            Get => MethodFilter::GET,
            Post => MethodFilter::POST,
            Any => MethodFilter::GET.or(MethodFilter::POST),
        };
        let call = move |axum::extract::State(app): axum::extract::State<AppState>,
                         request: Request| {
            let handler = handler.clone();
            // To its commit or its rollback: no connection to the database is dropped in the middle of a statement.
            Uncancelled::new(answer(app, method, handler, request))
        };
        let slot = self.routes.remove(&path).unwrap_or_default();
        self.routes.insert(path, slot.merge(on(verbs, call)));
    }
}

/// What every call of every method passes: who calls, how often, from where; then the handler.
async fn answer<H, T>(app: AppState, method: Method, handler: H, request: Request) -> Response
where
    H: Described<T>,
    T: 'static,
{
    if method.writes && request.method() == axum::http::Method::HEAD {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET, POST")],
        )
            .into_response();
    }
    let call = Call {
        name: method.name,
        rate: method.rate,
        writes: method.writes,
        rights: method.rights,
    };
    let handle = async |request| handler.call(request, app.clone()).await;
    gate::answer(&app, call, request, ApiError::into_response, handle).await
}
