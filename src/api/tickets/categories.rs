//! Categories, `TechsForCategory`, Priorities.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::access::categories::sees_from_address;
use crate::domain::categories::{self, Category, Technician};
use crate::domain::ids::{CategoryId, SectionId, UserId};
use crate::domain::tickets::Priority;
use crate::domain::users::{full_name, full_name_and_login};
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::Json;

/// *Categories*: "gets all categories the user has permissions to see".
#[tracing::instrument(name = "api.Categories", skip_all)]
pub async fn categories(
    State(app): State<AppState>,
    actor: Actor,
) -> Result<Json<Vec<CategoryInfo>>> {
    let mut conn = app.db.read().await?;
    let visible = categories::list_visible(&mut conn, &actor).await?;
    let counts = &app.ticket_counts;
    let counted = categories::count_tickets(&mut conn, &actor, visible, counts).await?;
    let shown = counted
        .into_iter()
        .map(|(category, tickets)| CategoryInfo::of(category, tickets, &actor));
    Ok(Json(shown.collect()))
}

/// A category.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CategoryInfo {
    #[serde(rename = "CategoryID")]
    category_id: CategoryId,
    name: String,
    #[serde(rename = "SectionID")]
    #[schema(required = true)]
    section_id: Option<SectionId>,
    #[schema(required = true)]
    section: Option<String>,
    name_with_section: String,
    for_techs_only: bool,
    /// Null for readers who are not staff.
    #[schema(required = true)]
    from_address: Option<String>,
    disabled: bool,
    for_specific_users: bool,
    #[serde(rename = "KBOnly")]
    kb_only: bool,
    ticket_count: i64,
}

impl CategoryInfo {
    fn of(category: Category, ticket_count: i64, reader: &Actor) -> Self {
        Self {
            category_id: category.id,
            name_with_section: category.name_with_section(),
            name: category.name,
            section_id: category.section_id,
            section: category.section,
            for_techs_only: category.for_techs_only,
            from_address: category.from_address.filter(|_| sees_from_address(reader)),
            disabled: category.disabled,
            for_specific_users: category.for_specific_users,
            kb_only: category.kb_only,
            ticket_count,
        }
    }
}

/// Parameters of *Technicians for category*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ForCategory {
    /// The category's number.
    #[serde(alias = "category_id")]
    id: CategoryId,
}

/// *Technicians for category*: "gets all possible assignees for a category". For staff.
#[tracing::instrument(name = "api.TechsForCategory", skip_all)]
pub async fn techs_for_category(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<ForCategory>,
) -> Result<Json<Vec<TechnicianInfo>>> {
    let mut conn = app.db.read().await?;
    let technicians = categories::technicians(&mut conn, &actor, params.id).await?;
    Ok(Json(
        technicians.into_iter().map(TechnicianInfo::from).collect(),
    ))
}

/// A possible assignee.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TechnicianInfo {
    #[serde(rename = "UserID")]
    user_id: UserId,
    username: String,
    first_name: String,
    last_name: String,
    tickets_assigned: i64,
    full_name_and_login: String,
    full_name: String,
    email: String,
    is_admin: bool,
}

impl From<Technician> for TechnicianInfo {
    fn from(technician: Technician) -> Self {
        let (first, last) = (&technician.first_name, &technician.last_name);
        Self {
            user_id: technician.id,
            full_name_and_login: full_name_and_login(first, last, &technician.username),
            full_name: full_name(first, last, &technician.username),
            username: technician.username,
            first_name: technician.first_name,
            last_name: technician.last_name,
            tickets_assigned: technician.tickets_assigned,
            email: technician.email,
            is_admin: technician.is_admin,
        }
    }
}

/// *Priorities*, which the document lacks and live servers have.
#[tracing::instrument(name = "api.Priorities", skip_all)]
pub async fn priorities(_actor: Actor) -> Result<Json<Vec<PriorityInfo>>> {
    let all = Priority::ALL.map(|(priority, name)| PriorityInfo {
        priority_id: priority.number(),
        name,
    });
    Ok(Json(all.into()))
}

/// A priority.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PriorityInfo {
    #[serde(rename = "PriorityID")]
    priority_id: i16,
    name: &'static str,
}
