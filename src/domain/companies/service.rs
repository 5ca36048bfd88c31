//! What may be asked of companies.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{Company, CompanyChanges, email_domains, repo};
use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::ids::CompanyId;
use crate::text;

/// The longest name.
const NAME: usize = 200;
/// The longest notes.
const NOTES: usize = 10_000;

/// Every company, by id. For administrators.
pub async fn list(conn: &mut PgConnection, actor: &Actor) -> Result<Vec<Company>> {
    staff::require_admin(actor)?;
    repo::list(conn).await
}

/// Make a company with these e-mail domains, or find the one that has the name: that keeps the domains it has. For
/// administrators.
pub async fn create(
    conn: &mut PgConnection,
    actor: &Actor,
    name: &str,
    email_domains: &str,
) -> Result<CompanyId> {
    staff::require_admin(actor)?;
    let name = text::line("name", name, NAME)?;
    if name.is_empty() {
        return Err(Error::invalid("name", "is missing"));
    }
    find_or_make(conn, actor, &name, &email_domains::parse(email_domains)?).await
}

/// The company of this name in any case, made when there is none. Of many who make it at once, one does and the
/// others wait for it.
pub async fn find_or_create(
    conn: &mut PgConnection,
    actor: &Actor,
    name: &str,
) -> Result<CompanyId> {
    find_or_make(conn, actor, name, &[]).await
}

async fn find_or_make(
    conn: &mut PgConnection,
    actor: &Actor,
    name: &str,
    email_domains: &[String],
) -> Result<CompanyId> {
    loop {
        if let Some(id) = repo::find_by_name(conn, name).await? {
            return Ok(id);
        }
        // None: another transaction made it between the two statements; the first now sees it.
        if let Some(id) = repo::insert(conn, name, email_domains).await? {
            let company = Company {
                id,
                name: name.to_owned(),
                email_domains: email_domains.to_vec(),
                notes: None,
            };
            let after = Some(audited(&company));
            audit::record(conn, actor, entry("company.created", id, None, after)).await?;
            return Ok(id);
        }
    }
}

/// Change a company. For administrators. Errors: Conflict when another one has the name.
pub async fn update(
    conn: &mut PgConnection,
    actor: &Actor,
    id: CompanyId,
    changes: &CompanyChanges,
) -> Result<()> {
    staff::require_admin(actor)?;
    let before = repo::find_for_update(conn, id)
        .await?
        .ok_or(Error::NotFound("company"))?;
    let mut after = before.clone();
    if let Some(name) = changes.name.as_deref() {
        let name = text::line("name", name, NAME)?;
        if !name.is_empty() {
            after.name = name;
        }
    }
    if let Some(notes) = changes.notes.as_deref() {
        after.notes = Some(text::lines("notes", notes, NOTES)?).filter(|notes| !notes.is_empty());
    }
    if let Some(domains) = changes.email_domains.as_deref() {
        after.email_domains = email_domains::parse(domains)?;
    }
    if after == before {
        return Ok(());
    }
    repo::update(conn, &after).await?;
    let (before, after) = (Some(audited(&before)), Some(audited(&after)));
    audit::record(conn, actor, entry("company.updated", id, before, after)).await
}

fn audited(company: &Company) -> Value {
    json!({
        "name": company.name,
        "emailDomains": company.email_domains,
        "notes": company.notes,
    })
}

fn entry(
    action: &'static str,
    company: CompanyId,
    before: Option<Value>,
    after: Option<Value>,
) -> Entry {
    Entry {
        action,
        object_type: "company",
        object_id: company.0,
        before,
        after,
    }
}
