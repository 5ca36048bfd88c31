//! What may be asked of companies.

use sqlx::PgConnection;

use super::kept::{CompanyDraft, CompanyKind, NAME};
use super::{Company, CompanyChanges, email_domains, repo};
use crate::access::staff;
use crate::actor::Actor;
use crate::administration::{self, Kept};
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::ids::CompanyId;
use crate::text;

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
    let name = text::name("name", name, NAME)?;
    find_or_make(conn, actor, &name, &email_domains::parse(email_domains)?).await
}

/// The company of this name in any case, made when there is none; it stays until the transaction ends. Of many who
/// make it at once, one does and the others wait for it.
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
            let draft = CompanyDraft {
                name: name.to_owned(),
                email_domains: email_domains.to_vec(),
                notes: None,
            };
            let entry = Entry {
                action: CompanyKind::ACTIONS.created,
                object_type: CompanyKind::ACTIONS.object_type,
                object_id: id.0,
                before: None,
                after: Some(serde_json::to_value(draft).map_err(Error::internal)?),
            };
            audit::record(conn, actor, entry).await?;
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
    let change = |before: &CompanyDraft| changed(before, changes);
    administration::update::<CompanyKind, Error>(conn, actor, id.0, change).await?;
    Ok(())
}

fn changed(before: &CompanyDraft, changes: &CompanyChanges) -> Result<CompanyDraft> {
    let mut after = before.clone();
    if let Some(name) = changes.name.as_deref() {
        let name = text::line("name", name, NAME)?;
        if !name.is_empty() {
            after.name = name;
        }
    }
    if let Some(notes) = &changes.notes {
        after.notes = Some(notes.clone());
    }
    if let Some(domains) = changes.email_domains.as_deref() {
        after.email_domains = email_domains::parse(domains)?;
    }
    Ok(after)
}
