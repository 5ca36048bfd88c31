//! Companies that users belong to.

use serde_json::json;
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::Result;
use crate::ids::CompanyId;

/// The company whose e-mail domains hold this address; the oldest, if there are several.
pub async fn find_by_email(conn: &mut PgConnection, email: &str) -> Result<Option<CompanyId>> {
    let Some((_, domain)) = email.rsplit_once('@') else {
        return Ok(None);
    };
    Ok(sqlx::query_scalar!(
        r#"select id as "id: CompanyId" from companies where email_domains @> array[$1::text] order by id limit 1"#,
        domain.to_lowercase(),
    )
    .fetch_optional(conn)
    .await?)
}

/// The company of this name in any case, made when there is none. Of many who make it at once, one does and the
/// others wait for it.
pub async fn find_or_create(
    conn: &mut PgConnection,
    actor: &Actor,
    name: &str,
) -> Result<CompanyId> {
    loop {
        let known = sqlx::query_scalar!(
            r#"select id as "id: CompanyId" from companies where lower(name) = lower($1)"#,
            name,
        )
        .fetch_optional(&mut *conn)
        .await?;
        if let Some(id) = known {
            return Ok(id);
        }
        let made = sqlx::query_scalar!(
            r#"insert into companies (name) values ($1) on conflict (lower(name)) do nothing
            returning id as "id: CompanyId""#,
            name,
        )
        .fetch_optional(&mut *conn)
        .await?;
        // None: another transaction made it between the two statements; the first now sees it.
        if let Some(id) = made {
            let entry = Entry {
                action: "company.created",
                object_type: "company",
                object_id: id.0,
                before: None,
                after: Some(json!({ "name": name })),
            };
            audit::record(conn, actor, entry).await?;
            return Ok(id);
        }
    }
}
