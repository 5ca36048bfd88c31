//! The wire types of tickets. Fields stand in the document's order, then the keys that live servers send as well.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::users::dto::UserInfo;
use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::access::users::{sees_address, shown_login};
use crate::domain::custom_fields::FieldValue;
use crate::domain::html;
use crate::domain::ids::UserId;
use crate::domain::tickets::list::TicketRow;
use crate::domain::tickets::stats::Stats;
use crate::domain::tickets::{Origin, TicketDetails};
use crate::domain::users::User;
use crate::http::reply::IsoDate;

use super::custom_fields::CustomField;
use super::dto_attachments::AttachmentInfo;

/// An item of Tickets and Search.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ListItem {
    #[serde(rename = "IssueID")]
    issue_id: i32,
    /// -1 low, 0 normal, 1 high, 2 critical.
    priority: i16,
    #[serde(rename = "StatusID")]
    status_id: i32,
    /// When it was created.
    issue_date: IsoDate,
    subject: String,
    status: String,
    /// The submitter's side spoke last.
    updated_by_user: bool,
    /// A technician spoke last.
    updated_by_performer: bool,
    #[serde(rename = "CategoryID")]
    category_id: i32,
    /// The submitter's login.
    user_name: String,
    /// Login of the assigned user; null for nobody.
    #[schema(required = true)]
    technician: Option<String>,
    /// The submitter's first name.
    first_name: String,
    /// The submitter's last name.
    last_name: String,
    #[schema(required = true)]
    due_date: Option<IsoDate>,
    #[schema(required = true)]
    tech_first_name: Option<String>,
    #[schema(required = true)]
    tech_last_name: Option<String>,
    last_updated: IsoDate,
    /// A technician left a note for technicians since.
    updated_for_tech_view: bool,
    /// The submitter.
    #[serde(rename = "UserID")]
    user_id: i32,
    /// The submitter's company.
    #[serde(rename = "CompanyID")]
    #[schema(required = true)]
    company_id: Option<i32>,
    #[schema(required = true)]
    company_name: Option<String>,
    #[serde(rename = "AssignedToUserID")]
    #[schema(required = true)]
    assigned_to_user_id: Option<i32>,
    /// When it was closed; null while it is open.
    #[schema(required = true)]
    resolved_date: Option<IsoDate>,
    #[serde(rename = "SectionID")]
    #[schema(required = true)]
    section_id: Option<i32>,
    category: String,
    /// How it came: `WebApp`, `Email`, `Widget`, `API`, `Scheduler`, `MobileApp`, `Phone`, `LiveChat` or `InPerson`.
    origin: &'static str,
    /// The submitter's address; empty for readers who may not see it.
    email: String,
    /// It has subtickets.
    has_children: bool,
    #[serde(rename = "LastUpdatedByUserID")]
    #[schema(required = true)]
    last_updated_by_user_id: Option<i32>,
    last_updated_username: String,
    /// When work on it began: at the first assignment or the first reply of a technician; null before.
    #[schema(required = true)]
    start_date: Option<IsoDate>,
    status_color: String,
    time_spent_in_seconds: i32,
    /// Always 0.
    #[serde(rename = "AISentiment")]
    ai_sentiment: i32,
    /// Only with `includeCustomFields=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_fields: Option<Vec<CustomField>>,
}

impl ListItem {
    /// A line of a list as `reader` may see it; `fields` where the call asked for them.
    pub(super) fn of(row: TicketRow, reader: &Actor, fields: Option<Vec<FieldValue>>) -> Self {
        let login = |login: String| shown_login(reader, &login).to_owned();
        let email = if sees_address(reader, UserId(row.user_id)) {
            row.email
        } else {
            String::new()
        };
        Self {
            issue_id: row.id,
            priority: row.priority,
            status_id: row.status_id,
            issue_date: row.created_at.into(),
            subject: row.subject,
            status: row.status,
            updated_by_user: row.updated_by_user,
            updated_by_performer: row.updated_by_performer,
            category_id: row.category_id,
            user_name: login(row.username),
            technician: row.technician.map(login),
            first_name: row.first_name,
            last_name: row.last_name,
            due_date: row.due_date.map(IsoDate),
            tech_first_name: row.tech_first_name,
            tech_last_name: row.tech_last_name,
            last_updated: row.updated_at.into(),
            updated_for_tech_view: row.updated_for_tech_view,
            user_id: row.user_id,
            company_id: row.company_id,
            company_name: row.company_name,
            assigned_to_user_id: row.assigned_to_user_id,
            resolved_date: row.resolved_date.map(IsoDate),
            section_id: row.section_id,
            category: row.category,
            origin: Origin::from_number(row.origin.into())
                .unwrap_or(Origin::API)
                .name(),
            email,
            has_children: row.has_children,
            last_updated_by_user_id: row.last_updated_by_user_id,
            last_updated_username: row.last_updated_username.map(login).unwrap_or_default(),
            start_date: row.start_date.map(IsoDate),
            status_color: row.status_color,
            time_spent_in_seconds: row.time_spent_seconds,
            ai_sentiment: 0,
            custom_fields: fields.map(|fields| fields.into_iter().map(CustomField::from).collect()),
        }
    }
}

/// A tag of a ticket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TagInfo {
    #[serde(rename = "TagID")]
    tag_id: i32,
    name: String,
    /// Always 0.
    tag_count: i32,
}

/// The answer of Ticket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TicketInfo {
    attachments: Vec<AttachmentInfo>,
    tags: Vec<TagInfo>,
    status: String,
    /// Login of the user who opened it for the submitter; null when he did so himself.
    #[schema(required = true)]
    on_behalf_user_name: Option<String>,
    submitter_user_info: UserInfo,
    category_name: String,
    /// Who works on it; null for nobody.
    #[schema(required = true)]
    assignee_user_info: Option<UserInfo>,
    #[serde(rename = "TicketID")]
    ticket_id: i32,
    /// The submitter.
    #[serde(rename = "UserID")]
    user_id: i32,
    #[serde(rename = "AssignedToUserID")]
    #[schema(required = true)]
    assigned_to_user_id: Option<i32>,
    /// When it was created.
    issue_date: IsoDate,
    subject: String,
    /// The text, as HTML.
    body: String,
    /// -1 low, 0 normal, 1 high, 2 critical.
    priority: i16,
    #[serde(rename = "StatusID")]
    status_id: i32,
    #[serde(rename = "CategoryID")]
    category_id: i32,
    #[schema(required = true)]
    due_date: Option<IsoDate>,
    /// When it was closed; null while it is open.
    #[schema(required = true)]
    resolved_date: Option<IsoDate>,
    /// When work on it began: at the first assignment or the first reply of a technician; null before.
    #[schema(required = true)]
    start_date: Option<IsoDate>,
    time_spent_in_seconds: i32,
    /// The submitter's side spoke last.
    updated_by_user: bool,
    /// A technician spoke last.
    updated_by_performer: bool,
    /// A technician left a note for technicians since.
    updated_for_tech_view: bool,
    /// The caller is a technician of its category.
    is_current_user_tech_in_this_category: bool,
    /// Only technicians see its category.
    is_current_category_for_techs_only: bool,
    submitted_by_current_user: bool,
    /// Always false.
    is_in_kb: bool,
    /// Always null.
    #[schema(required = true)]
    stats: Option<()>,
    /// Its page.
    url: String,
    /// How it came: `WebApp`, `Email`, `Widget`, `API`, `Scheduler`, `MobileApp`, `Phone`, `LiveChat` or `InPerson`.
    origin: &'static str,
    last_updated: IsoDate,
    /// Always empty.
    viewing_tech_names: Vec<String>,
    /// Always empty: see `TicketIntegrationData`.
    integrations: BTreeMap<String, String>,
    /// No time runs in its status.
    status_stop_time_spent: bool,
    /// Always false.
    is_active_chat: bool,
    /// Always false.
    is_shared: bool,
}

impl TicketInfo {
    /// A ticket as `reader` may see it, with its people and files.
    pub(super) fn of(
        app: &AppState,
        ticket: TicketDetails,
        attachments: Vec<AttachmentInfo>,
        reader: &Actor,
    ) -> Self {
        let person = |user: &User| UserInfo::of(user, reader);
        let core = ticket.core;
        let tags = ticket.tag_ids.into_iter().zip(ticket.tag_names);
        Self {
            attachments,
            tags: tags
                .map(|(tag_id, name)| TagInfo {
                    tag_id,
                    name,
                    tag_count: 0,
                })
                .collect(),
            status: ticket.status,
            on_behalf_user_name: ticket
                .on_behalf_user_name
                .map(|login| shown_login(reader, &login).to_owned()),
            submitter_user_info: person(&ticket.submitter),
            category_name: ticket.category,
            assignee_user_info: ticket.assignee.as_ref().map(person),
            ticket_id: core.id.0,
            user_id: core.user_id.0,
            assigned_to_user_id: core.assigned_to_user_id.map(|user| user.0),
            issue_date: core.created_at.into(),
            subject: core.subject,
            body: format!("{}{}", html::PREFIX, ticket.body),
            priority: core.priority,
            status_id: core.status_id.0,
            category_id: core.category_id.0,
            due_date: core.due_date.map(IsoDate),
            resolved_date: core.resolved_date.map(IsoDate),
            start_date: core.start_date.map(IsoDate),
            time_spent_in_seconds: core.time_spent_seconds,
            updated_by_user: ticket.updated_by_user,
            updated_by_performer: ticket.updated_by_performer,
            updated_for_tech_view: ticket.updated_for_tech_view,
            is_current_user_tech_in_this_category: reader.technician_of.contains(&core.category_id),
            is_current_category_for_techs_only: ticket.category_for_techs_only,
            submitted_by_current_user: core.user_id == reader.user_id,
            is_in_kb: false,
            stats: None,
            url: app.url(&format!("/Ticket/{}", core.id)),
            origin: Origin::from_number(ticket.origin.into())
                .unwrap_or(Origin::API)
                .name(),
            last_updated: ticket.updated_at.into(),
            viewing_tech_names: Vec::new(),
            integrations: BTreeMap::new(),
            status_stop_time_spent: ticket.status_stops_time,
            is_active_chat: false,
            is_shared: false,
        }
    }
}

/// Stats over everything the caller may see.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OverallStats {
    total_tickets: i64,
    closed: i64,
    /// In every open status but New.
    in_process: i64,
    /// In status New.
    new_tickets: i64,
    /// New, or with news from the submitter or for technicians.
    unanswered: i64,
    /// Nobody works on them.
    unassigned: i64,
    /// In every status but Closed.
    unclosed: i64,
    /// Assigned to the caller.
    handled_by_me: i64,
}

impl From<Stats> for OverallStats {
    fn from(stats: Stats) -> Self {
        Self {
            total_tickets: stats.total(),
            closed: stats.closed,
            in_process: stats.in_process,
            new_tickets: stats.new,
            unanswered: stats.unanswered,
            unassigned: stats.unassigned,
            unclosed: stats.unclosed(),
            handled_by_me: stats.handled_by_me,
        }
    }
}

/// Stats with `forCurrentUser`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OwnStats {
    /// In status New.
    new_tickets: i64,
    /// New, or with news from the submitter or for technicians.
    unanswered: i64,
    /// Nobody works on them.
    unassigned: i64,
    /// In every status but Closed.
    unclosed: i64,
    /// Assigned to the caller.
    handled_by_me: i64,
    /// Opened by the caller.
    submitted_by_me: i64,
    /// In every open status but New.
    in_process: i64,
}

impl From<Stats> for OwnStats {
    fn from(stats: Stats) -> Self {
        Self {
            new_tickets: stats.new,
            unanswered: stats.unanswered,
            unassigned: stats.unassigned,
            unclosed: stats.unclosed(),
            handled_by_me: stats.handled_by_me,
            submitted_by_me: stats.submitted_by_me,
            in_process: stats.in_process,
        }
    }
}
