//! The SQL of companies.

use sqlx::PgConnection;

use super::Company;
use crate::error::Result;
use crate::ids::CompanyId;

/// Every company, by id.
pub(super) async fn list(conn: &mut PgConnection) -> Result<Vec<Company>> {
    Ok(sqlx::query_as!(
        Company,
        r#"select id as "id: CompanyId", name, email_domains, notes from companies order by id"#,
    )
    .fetch_all(conn)
    .await?)
}

/// The company whose e-mail domains hold this address; the oldest, if there are several. It stays until the
/// transaction ends.
pub async fn find_by_email(conn: &mut PgConnection, email: &str) -> Result<Option<CompanyId>> {
    let Some((_, domain)) = email.rsplit_once('@') else {
        return Ok(None);
    };
    Ok(sqlx::query_scalar!(
        r#"select id as "id: CompanyId" from companies where email_domains @> array[$1::text] order by id limit 1
        for key share"#,
        domain.to_lowercase(),
    )
    .fetch_optional(conn)
    .await?)
}

/// The company of this name in any case, which stays until the transaction ends.
pub(super) async fn find_by_name(conn: &mut PgConnection, name: &str) -> Result<Option<CompanyId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: CompanyId" from companies where lower(name) = lower($1) for key share"#,
        name,
    )
    .fetch_optional(conn)
    .await?)
}

/// A new company; `None` when another transaction has just made one of this name.
pub(super) async fn insert(
    conn: &mut PgConnection,
    name: &str,
    email_domains: &[String],
) -> Result<Option<CompanyId>> {
    Ok(sqlx::query_scalar!(
        r#"insert into companies (name, email_domains) values ($1, $2) on conflict (lower(name)) do nothing
        returning id as "id: CompanyId""#,
        name,
        email_domains,
    )
    .fetch_optional(conn)
    .await?)
}
