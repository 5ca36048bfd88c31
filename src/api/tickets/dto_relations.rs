//! The wire types of what tickets have to do with each other, and with other trackers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Actor;
use crate::domain::access::users::{sees_address, shown_login};
use crate::domain::ids::UserId;
use crate::domain::tickets::integrations::Integrations;
use crate::domain::tickets::list::TicketRow;
use crate::http::reply::IsoDate;

/// An item of *`LinkedTickets`*.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct LinkedTicket {
    #[serde(rename = "TicketID")]
    ticket_id: i32,
    subject: String,
    #[serde(rename = "StatusID")]
    status_id: i32,
    /// The submitter's side spoke last.
    updated_by_user: bool,
    /// A technician spoke last.
    updated_by_performer: bool,
    #[serde(rename = "CompanyID")]
    #[schema(required = true)]
    company_id: Option<i32>,
    /// The submitter.
    #[serde(rename = "UserID")]
    user_id: i32,
    /// The submitter's login.
    username: String,
    first_name: String,
    last_name: String,
    /// When it was created.
    issue_date: IsoDate,
}

impl LinkedTicket {
    /// A linked ticket as `reader` may see it.
    pub(super) fn of(row: TicketRow, reader: &Actor) -> Self {
        Self {
            ticket_id: row.id,
            subject: row.subject,
            status_id: row.status_id,
            updated_by_user: row.updated_by_user,
            updated_by_performer: row.updated_by_performer,
            company_id: row.company_id,
            user_id: row.user_id,
            username: shown_login(reader, &row.username).to_owned(),
            first_name: row.first_name,
            last_name: row.last_name,
            issue_date: row.created_at.into(),
        }
    }
}

/// An item of *`SubTickets`*: that of *Tickets*, but for the number in `Origin`, nulls instead of empty texts, and the
/// keys it lacks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct SubTicket {
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
    /// How it came, by number: 0 web, 1 e-mail, 2 widget, 3 API, 4 scheduler, 5 mobile, 6 phone, 7 chat, 8 in person.
    origin: i16,
    /// The submitter's address; empty for readers who may not see it.
    email: String,
    /// It has subtickets.
    has_children: bool,
    #[schema(required = true)]
    status_color: Option<String>,
    #[serde(rename = "LastUpdatedByUserID")]
    #[schema(required = true)]
    last_updated_by_user_id: Option<i32>,
    #[schema(required = true)]
    last_updated_username: Option<String>,
}

impl SubTicket {
    /// A sub-ticket as `reader` may see it.
    pub(super) fn of(row: TicketRow, reader: &Actor) -> Self {
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
            origin: row.origin,
            email,
            has_children: row.has_children,
            status_color: Some(row.status_color).filter(|color| !color.is_empty()),
            last_updated_by_user_id: row.last_updated_by_user_id,
            last_updated_username: row.last_updated_username.map(login),
        }
    }
}

/// The answer of *`TicketIntegrationData`*.
#[derive(Debug, Serialize, ToSchema)]
pub struct IntegrationData {
    #[serde(rename = "BitbucketIssueUrl")]
    #[schema(required = true)]
    bitbucket: Option<String>,
    #[serde(rename = "JiraIssueUrl")]
    #[schema(required = true)]
    jira: Option<String>,
    #[serde(rename = "GitHubIssueUrl")]
    #[schema(required = true)]
    github: Option<String>,
    #[serde(rename = "AsanaTaskUrl")]
    #[schema(required = true)]
    asana: Option<String>,
    #[serde(rename = "TrelloCardUrl")]
    #[schema(required = true)]
    trello: Option<String>,
    #[serde(rename = "VSOWorkItemUrl")]
    #[schema(required = true)]
    vso: Option<String>,
    #[serde(rename = "HarvestProjectUrl")]
    #[schema(required = true)]
    harvest: Option<String>,
    #[serde(rename = "GitLabIssueUrl")]
    #[schema(required = true)]
    gitlab: Option<String>,
    #[serde(rename = "BasecampTodoUrl")]
    #[schema(required = true)]
    basecamp: Option<String>,
}

impl From<Integrations> for IntegrationData {
    fn from(data: Integrations) -> Self {
        Self {
            bitbucket: data.bitbucket_issue_url,
            jira: data.jira_issue_url,
            github: data.github_issue_url,
            asana: data.asana_task_url,
            trello: data.trello_card_url,
            vso: data.vso_work_item_url,
            harvest: data.harvest_project_url,
            gitlab: data.gitlab_issue_url,
            basecamp: data.basecamp_todo_url,
        }
    }
}
