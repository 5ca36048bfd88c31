//! THE list: every method, in the document's order, one line each. The router, the tests and
//! `docs/api-methods.md` are made from it.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};

use crate::api::{assets, comments, custom_fields, general, kb, rules, tickets, users};
use crate::app::AppState;
use crate::http::error::ApiError;
use crate::http::gate::{self, Call};
use crate::http::limits::Rate;
use crate::http::uncancelled::Uncancelled;

use Rate::{Heavy, Usual};
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
    /// Path of its handler in the program.
    pub handler: &'static str,
}

/// The methods and the router made from them.
#[derive(Debug, Default)]
pub struct Table {
    section: &'static str,
    methods: Vec<Method>,
    routes: BTreeMap<String, MethodRouter<AppState>>,
}

/// The table of all methods.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one line a method")]
pub fn table() -> Table {
    Table::default()
        .section("General methods")
        .reads("Authorization", Any, Usual, general::authorization)
        .section("Ticket methods")
        .reads("Tickets", Any, Usual, tickets::list::tickets)
        .reads("Ticket", Get, Usual, tickets::ticket::ticket)
        .writes("Ticket", Post, Usual, tickets::ticket::create_ticket)
        .writes("UpdateTicket", Any, Usual, tickets::update::update_ticket)
        .writes("Close", Any, Usual, tickets::update::close)
        .writes(
            "SetCustomField",
            Any,
            Usual,
            tickets::custom_fields::set_custom_field,
        )
        .writes(
            "SetCustomFields",
            Any,
            Usual,
            tickets::custom_fields::set_custom_fields,
        )
        .reads("Stats", Any, Usual, tickets::list::stats)
        .reads("Search", Any, Heavy, tickets::list::search)
        .reads(
            "TicketCustomFields",
            Any,
            Usual,
            tickets::custom_fields::ticket_custom_fields,
        )
        .reads("Attachment", Any, Usual, tickets::files::attachment)
        .writes("AttachFile", Any, Usual, tickets::files::attach_file)
        .writes("DeleteFile", Any, Usual, tickets::files::delete_file)
        .writes(
            "AddSubscriber",
            Any,
            Usual,
            tickets::subscribers::add_subscriber,
        )
        .writes(
            "RemoveSubscriber",
            Any,
            Usual,
            tickets::subscribers::remove_subscriber,
        )
        .reads("Subscribers", Any, Usual, tickets::subscribers::subscribers)
        .reads("Categories", Any, Usual, tickets::categories::categories)
        .reads(
            "TechsForCategory",
            Any,
            Usual,
            tickets::categories::techs_for_category,
        )
        .reads(
            "CustomFieldsForCategory",
            Any,
            Usual,
            tickets::custom_fields::custom_fields_for_category,
        )
        .writes("MergeTickets", Any, Usual, tickets::links::merge_tickets)
        .writes("LinkTickets", Any, Usual, tickets::links::link_tickets)
        .writes("UnlinkTickets", Any, Usual, tickets::links::unlink_tickets)
        .writes("AddSubTicket", Any, Usual, tickets::links::add_sub_ticket)
        .writes(
            "RemoveSubTicket",
            Any,
            Usual,
            tickets::links::remove_sub_ticket,
        )
        .reads("LinkedTickets", Any, Usual, tickets::links::linked_tickets)
        .reads("SubTickets", Any, Usual, tickets::links::sub_tickets)
        .reads("ParentTicket", Any, Usual, tickets::links::parent_ticket)
        .reads(
            "TicketIntegrationData",
            Any,
            Usual,
            tickets::links::ticket_integration_data,
        )
        .writes("TagTicket", Any, Usual, tickets::tags::tag_ticket)
        .section("Comments")
        .writes("Comment", Any, Usual, comments::comment)
        .reads("Comments", Any, Usual, comments::comments)
        .reads("CommentTemplates", Any, Usual, comments::comment_templates)
        .section("Users")
        .writes("CreateUser", Any, Usual, users::users::create_user)
        .rights("UpdateUser", Any, Usual, users::users::update_user)
        .rights("DeleteUser", Any, Usual, users::users::delete_user)
        .reads("User", Any, Usual, users::users::user)
        .writes(
            "SetCustomFieldForUser",
            Any,
            Usual,
            users::custom_fields::set_custom_field_for_user,
        )
        .reads("UserByEmail", Any, Heavy, users::users::user_by_email)
        .rights("MergeUsers", Any, Usual, users::users::merge_users)
        .reads("UserByUsername", Any, Usual, users::users::user_by_username)
        .reads(
            "UserCustomFields",
            Any,
            Usual,
            users::custom_fields::user_custom_fields,
        )
        .reads("Users", Any, Usual, users::users::users)
        .rights(
            "AddCategoryTechPermission",
            Any,
            Usual,
            users::permissions::add_category_tech_permission,
        )
        .rights(
            "RemoveCategoryTechPermission",
            Any,
            Usual,
            users::permissions::remove_category_tech_permission,
        )
        .reads("Companies", Any, Usual, users::companies::companies)
        .writes("Company", Any, Usual, users::companies::company)
        .writes(
            "UpdateCompany",
            Any,
            Usual,
            users::companies::update_company,
        )
        .reads("Departments", Any, Usual, users::departments::departments)
        .writes(
            "SetCustomFieldForCompany",
            Any,
            Usual,
            users::custom_fields::set_custom_field_for_company,
        )
        .reads(
            "CompanyCustomFields",
            Any,
            Usual,
            users::custom_fields::company_custom_fields,
        )
        .section("Knowledge base")
        .reads("Articles", Any, Usual, kb::articles)
        .reads("Article", Get, Usual, kb::article)
        .writes("Article", Post, Usual, kb::create_article)
        .section("Automation rules")
        .reads("Rule", Any, Usual, rules::rule)
        .writes("DisableRule", Any, Usual, rules::disable_rule)
        .writes("EnableRule", Any, Usual, rules::enable_rule)
        .section("Custom fields")
        .reads("CustomFields", Any, Usual, custom_fields::custom_fields)
        .section("Assets")
        .reads("Assets", Any, Usual, assets::assets::assets)
        .reads("Asset", Get, Usual, assets::assets::asset)
        .writes("Asset", Post, Usual, assets::assets::create_asset)
        .writes(
            "SetCustomFieldForAsset",
            Any,
            Usual,
            assets::custom_fields::set_custom_field_for_asset,
        )
        .writes("UpdateAsset", Any, Usual, assets::assets::update_asset)
        .writes(
            "AssignAssetToUser",
            Any,
            Usual,
            assets::assignments::assign_asset_to_user,
        )
        .writes(
            "UnAssignAssetToUser",
            Any,
            Usual,
            assets::assignments::un_assign_asset_to_user,
        )
        .writes(
            "AddAssetToTicket",
            Any,
            Usual,
            assets::assignments::add_asset_to_ticket,
        )
        .writes(
            "RemoveAssetFromTicket",
            Any,
            Usual,
            assets::assignments::remove_asset_from_ticket,
        )
        .writes("EnableAsset", Any, Usual, assets::assets::enable_asset)
        .writes("DisableAsset", Any, Usual, assets::assets::disable_asset)
        .section("Newer methods, seen in use")
        .writes("deleteTicket", Any, Usual, tickets::ticket::delete_ticket)
        .reads("Attachments", Any, Usual, tickets::files::attachments)
        .reads("Priorities", Any, Usual, tickets::categories::priorities)
        .reads("TimeSpentLog", Any, Usual, tickets::time::time_spent_log)
        .section("Addresses that clients link to")
        .address("/ticket/{id}", Usual, tickets::ticket::ticket_page)
        .address("/file/get", Usual, tickets::files::file_get)
        .address("/file/get/{id}", Usual, tickets::files::file_get)
        .address("/kb/view/{id}", Usual, kb::page::article_page)
        .address("/user/token", Usual, general::user_token)
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

    fn section(mut self, title: &'static str) -> Self {
        self.section = title;
        self
    }

    /// A method that changes nothing: it reads through the read-only pool.
    fn reads<H, T>(self, name: &'static str, verbs: Verbs, rate: Rate, handler: H) -> Self
    where
        H: Handler<T, AppState> + Sync,
        T: 'static,
    {
        let method = self.line::<H>(name, verbs, rate);
        self.method(method, handler)
    }

    /// A method that changes something.
    fn writes<H, T>(self, name: &'static str, verbs: Verbs, rate: Rate, handler: H) -> Self
    where
        H: Handler<T, AppState> + Sync,
        T: 'static,
    {
        let mut method = self.line::<H>(name, verbs, rate);
        method.writes = true;
        self.method(method, handler)
    }

    /// A method that changes who somebody is or what he may: as soon as it is done, nobody is taken for who he was.
    fn rights<H, T>(self, name: &'static str, verbs: Verbs, rate: Rate, handler: H) -> Self
    where
        H: Handler<T, AppState> + Sync,
        T: 'static,
    {
        let mut method = self.line::<H>(name, verbs, rate);
        method.writes = true;
        method.rights = true;
        self.method(method, handler)
    }

    /// A path outside `/api` that passes everything a method passes. `path` is lower case.
    fn address<H, T>(mut self, path: &'static str, rate: Rate, handler: H) -> Self
    where
        H: Handler<T, AppState> + Sync,
        T: 'static,
    {
        let method = self.line::<H>(path, Get, rate);
        self.methods.push(method);
        self.route(path.to_owned(), method, handler);
        self
    }

    /// A line of the present section, for a handler that changes nothing.
    fn line<H>(&self, name: &'static str, verbs: Verbs, rate: Rate) -> Method {
        Method {
            section: self.section,
            name,
            verbs,
            rate,
            writes: false,
            rights: false,
            handler: std::any::type_name::<H>(),
        }
    }

    fn method<H, T>(mut self, method: Method, handler: H) -> Self
    where
        H: Handler<T, AppState> + Sync,
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
        H: Handler<T, AppState> + Sync,
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
    H: Handler<T, AppState>,
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
