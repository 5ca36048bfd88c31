//! "Canned responses": answers that staff gives often.

mod groups;
mod kept;

use sqlx::PgConnection;

use crate::access::staff::require_staff;
use crate::actor::Actor;
use crate::error::Result;

pub use groups::{CommentTemplateGroupDraft, CommentTemplateGroupKind};
pub use kept::{CommentTemplateDraft, CommentTemplateKind};

/// A prepared answer.
#[derive(Clone, Debug)]
pub struct Template {
    /// The template.
    pub id: i32,
    /// HTML.
    pub body: String,
    /// Its name.
    pub name: String,
    /// The group it stands in.
    pub group_id: Option<i32>,
    /// That group's name.
    pub group_name: Option<String>,
}

/// All templates, by name. For staff: customers read them when they are used.
pub async fn list(conn: &mut PgConnection, actor: &Actor) -> Result<Vec<Template>> {
    require_staff(actor)?;
    Ok(sqlx::query_as!(
        Template,
        r#"select t.id, t.body, t.name, t.group_id, g.name as "group_name?"
           from comment_templates t
           left join comment_template_groups g on g.id = t.group_id
           order by lower(t.name), t.id"#
    )
    .fetch_all(conn)
    .await?)
}
