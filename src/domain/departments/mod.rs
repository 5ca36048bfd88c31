//! Departments that users belong to.

mod kept;

use serde_json::json;
use sqlx::PgConnection;

use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::Result;
use crate::ids::DepartmentId;

pub use kept::{DepartmentDraft, DepartmentKind};

/// A department.
#[derive(Clone, Debug)]
pub struct Department {
    /// The department.
    pub id: DepartmentId,
    /// Its name, one of its kind in any case.
    pub name: String,
}

/// Every department, by id. For administrators.
pub async fn list(conn: &mut PgConnection, actor: &Actor) -> Result<Vec<Department>> {
    staff::require_admin(actor)?;
    Ok(sqlx::query_as!(
        Department,
        r#"select id as "id: DepartmentId", name from departments order by id"#,
    )
    .fetch_all(conn)
    .await?)
}

/// The department of this name in any case, made when there is none; it stays until the transaction ends. Of many who
/// make it at once, one does and the others wait for it.
pub async fn find_or_create(
    conn: &mut PgConnection,
    actor: &Actor,
    name: &str,
) -> Result<DepartmentId> {
    loop {
        let known = sqlx::query_scalar!(
            r#"select id as "id: DepartmentId" from departments where lower(name) = lower($1) for key share"#,
            name,
        )
        .fetch_optional(&mut *conn)
        .await?;
        if let Some(id) = known {
            return Ok(id);
        }
        let made = sqlx::query_scalar!(
            r#"insert into departments (name) values ($1) on conflict (lower(name)) do nothing
            returning id as "id: DepartmentId""#,
            name,
        )
        .fetch_optional(&mut *conn)
        .await?;
        // None: another transaction made it between the two statements; the first now sees it.
        if let Some(id) = made {
            let entry = Entry {
                action: "department.created",
                object_type: "department",
                object_id: id.0,
                before: None,
                after: Some(json!({ "name": name })),
            };
            audit::record(conn, actor, entry).await?;
            return Ok(id);
        }
    }
}
