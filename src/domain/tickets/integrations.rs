//! Where else a ticket is worked on: addresses in other trackers. Staff data.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::access::tickets::Action;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::TicketId;
use crate::{outbox, text};

use super::{fetch_for, fetch_for_update, history, touch};

/// The addresses of a ticket elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = TicketIntegrations)]
pub struct Integrations {
    /// Issue at Bitbucket.
    #[schema(max_length = 2000)]
    pub bitbucket_issue_url: Option<String>,
    /// Issue in Jira.
    #[schema(max_length = 2000)]
    pub jira_issue_url: Option<String>,
    /// Issue at GitHub.
    #[schema(max_length = 2000)]
    pub github_issue_url: Option<String>,
    /// Task in Asana.
    #[schema(max_length = 2000)]
    pub asana_task_url: Option<String>,
    /// Card in Trello.
    #[schema(max_length = 2000)]
    pub trello_card_url: Option<String>,
    /// Work item in Azure DevOps.
    #[schema(max_length = 2000)]
    pub vso_work_item_url: Option<String>,
    /// Project in Harvest.
    #[schema(max_length = 2000)]
    pub harvest_project_url: Option<String>,
    /// Issue at GitLab.
    #[schema(max_length = 2000)]
    pub gitlab_issue_url: Option<String>,
    /// To-do in Basecamp.
    #[schema(max_length = 2000)]
    pub basecamp_todo_url: Option<String>,
}

/// The longest address.
const LONGEST: usize = 2_000;

impl Integrations {
    /// Trimmed; an empty address is none. Errors: Invalid for one that is not on the web.
    fn checked(self) -> Result<Self> {
        Ok(Self {
            bitbucket_issue_url: url("bitbucket_issue_url", self.bitbucket_issue_url)?,
            jira_issue_url: url("jira_issue_url", self.jira_issue_url)?,
            github_issue_url: url("github_issue_url", self.github_issue_url)?,
            asana_task_url: url("asana_task_url", self.asana_task_url)?,
            trello_card_url: url("trello_card_url", self.trello_card_url)?,
            vso_work_item_url: url("vso_work_item_url", self.vso_work_item_url)?,
            harvest_project_url: url("harvest_project_url", self.harvest_project_url)?,
            gitlab_issue_url: url("gitlab_issue_url", self.gitlab_issue_url)?,
            basecamp_todo_url: url("basecamp_todo_url", self.basecamp_todo_url)?,
        })
    }
}

/// Technicians click on it: nothing but an address on the web, for `javascript:` is one too.
fn url(field: &'static str, address: Option<String>) -> Result<Option<String>> {
    let Some(address) = address else {
        return Ok(None);
    };
    let address = text::line(field, &address, LONGEST)?;
    if address.is_empty() {
        return Ok(None);
    }
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme));
    let has_host = rest.is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_alphanumeric() || first == '[')
    });
    if has_host && !address.contains(char::is_whitespace) {
        Ok(Some(address))
    } else {
        Err(Error::invalid(
            field,
            "is not an address that begins with https:// or http://",
        ))
    }
}

/// Change where a ticket is elsewhere: `change` gets the addresses as they are, with the ticket locked. For staff of the
/// ticket, whose change everybody sees in its history.
pub async fn update<E: From<Error>>(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
    change: impl FnOnce(&Integrations) -> Result<Integrations, E>,
) -> Result<Integrations, E> {
    fetch_for_update(conn, actor, id, Action::Staff).await?;
    let before = load(conn, id).await?;
    let after = change(&before)?.checked()?;
    if after == before {
        return Ok(after);
    }
    write(conn, id, &after).await?;
    touch(conn, actor, id).await?;
    history::record(conn, actor, id, "changed the links to other systems").await?;
    let payload = json!({ "integrations": true });
    outbox::record(conn, actor, "ticket.updated", Some(id), payload).await?;
    Ok(after)
}

async fn write(conn: &mut PgConnection, id: TicketId, links: &Integrations) -> Result<()> {
    sqlx::query!(
        "insert into ticket_integrations (ticket_id, bitbucket_issue_url, jira_issue_url, github_issue_url, asana_task_url,
            trello_card_url, vso_work_item_url, harvest_project_url, gitlab_issue_url, basecamp_todo_url)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (ticket_id) do update
        set bitbucket_issue_url = excluded.bitbucket_issue_url, jira_issue_url = excluded.jira_issue_url,
            github_issue_url = excluded.github_issue_url, asana_task_url = excluded.asana_task_url,
            trello_card_url = excluded.trello_card_url, vso_work_item_url = excluded.vso_work_item_url,
            harvest_project_url = excluded.harvest_project_url, gitlab_issue_url = excluded.gitlab_issue_url,
            basecamp_todo_url = excluded.basecamp_todo_url",
        id.0,
        links.bitbucket_issue_url,
        links.jira_issue_url,
        links.github_issue_url,
        links.asana_task_url,
        links.trello_card_url,
        links.vso_work_item_url,
        links.harvest_project_url,
        links.gitlab_issue_url,
        links.basecamp_todo_url,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// "All ticket integration data": for staff of the ticket. One that is nowhere else has no address.
pub async fn of_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
) -> Result<Integrations> {
    fetch_for(conn, actor, id, Action::Staff).await?;
    load(conn, id).await
}

async fn load(conn: &mut PgConnection, id: TicketId) -> Result<Integrations> {
    let found = sqlx::query_as!(
        Integrations,
        "select bitbucket_issue_url, jira_issue_url, github_issue_url, asana_task_url, trello_card_url,
                vso_work_item_url, harvest_project_url, gitlab_issue_url, basecamp_todo_url
         from ticket_integrations
         where ticket_id = $1",
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.unwrap_or_default())
}
