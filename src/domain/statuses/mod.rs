//! Statuses of tickets: New, In process and Closed, which are always there, and those that administrators add.

mod kept;

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::{CategoryId, StatusId};

pub use kept::StatusKind;

/// The last of the statuses that are always there.
const LAST_BUILT_IN: i32 = 3;

/// What administrators decide about a status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusDraft {
    /// Its name, one of its kind in any case.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// `#rrggbb`, or empty.
    #[serde(default)]
    #[schema(pattern = "^(#[0-9A-Fa-f]{6})?$")]
    pub color: String,
    /// Its place among the statuses: lower comes first.
    #[serde(default)]
    pub order: i32,
    /// Time in this status does not count as time spent on the ticket.
    #[serde(default)]
    pub stops_time: bool,
    /// Who may give it to a ticket; administrators always may. None listed: everybody who may change the status.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub roles: Vec<StatusRole>,
    /// Where it can be given. None listed: in every category.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub category_ids: Vec<i32>,
}

/// Who may give a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatusRole {
    /// Administrators.
    Administrator,
    /// Technicians of the ticket's category.
    Technician,
    /// Whoever else may change the status: the submitter.
    Customer,
}

impl StatusRole {
    const ALL: [Self; 3] = [Self::Administrator, Self::Technician, Self::Customer];

    fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Technician => "technician",
            Self::Customer => "customer",
        }
    }
}

/// A status that the actor may give to a ticket of the category; its name. Errors: `NotFound`; Forbidden when it is
/// for others; Invalid when it is for other categories.
pub(crate) async fn require_for(
    conn: &mut PgConnection,
    actor: &Actor,
    status: StatusId,
    category: CategoryId,
) -> Result<String> {
    let found = sqlx::query!(
        r#"select s.name, s.roles,
            (not exists (select from status_categories sc where sc.status_id = s.id)
                or exists (select from status_categories sc where sc.status_id = s.id and sc.category_id = $2))
                as "of_category!"
        from statuses s
        where s.id = $1"#,
        status.0,
        category.0,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound("status"))?;
    let role = if actor.is_staff_of(category) {
        StatusRole::Technician
    } else {
        StatusRole::Customer
    };
    let is_for_actor = actor.is_admin
        || found.roles.is_empty()
        || found.roles.iter().any(|name| name == role.name());
    if !is_for_actor {
        return Err(Error::forbidden("This status is for other roles."));
    }
    if !found.of_category {
        let problem = "is a status of other categories";
        return Err(Error::invalid("statusId", problem));
    }
    Ok(found.name)
}
