//! Departments.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::departments::{self, Department};
use crate::domain::ids::DepartmentId;
use crate::http::error::Result;
use crate::http::reply::Json;

/// *Departments*: "a list of all departments. Requires helpdesk-administrator permissions."
#[tracing::instrument(name = "api.Departments", skip_all)]
pub async fn departments(
    State(app): State<AppState>,
    actor: Actor,
) -> Result<Json<Vec<DepartmentInfo>>> {
    let mut conn = app.db.read().await?;
    let departments = departments::list(&mut conn, &actor).await?;
    Ok(Json(
        departments.into_iter().map(DepartmentInfo::from).collect(),
    ))
}

/// One department of *Departments*.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct DepartmentInfo {
    #[serde(rename = "DepartmentID")]
    department_id: DepartmentId,
    name: String,
}

impl From<Department> for DepartmentInfo {
    fn from(department: Department) -> Self {
        Self {
            department_id: department.id,
            name: department.name,
        }
    }
}
