//! Where else a ticket is worked on: addresses in other trackers. Staff data.

use sqlx::PgConnection;

use crate::access::tickets::Action;
use crate::actor::Actor;
use crate::error::Result;
use crate::ids::TicketId;

use super::fetch_for;

/// The addresses of a ticket elsewhere.
#[derive(Clone, Debug, Default)]
#[expect(
    missing_docs,
    reason = "each is the address of the ticket in the system it is named after"
)]
pub struct Integrations {
    pub bitbucket_issue_url: Option<String>,
    pub jira_issue_url: Option<String>,
    pub github_issue_url: Option<String>,
    pub asana_task_url: Option<String>,
    pub trello_card_url: Option<String>,
    pub vso_work_item_url: Option<String>,
    pub harvest_project_url: Option<String>,
    pub gitlab_issue_url: Option<String>,
    pub basecamp_todo_url: Option<String>,
}

/// "All ticket integration data": for staff of the ticket. One that is nowhere else has no address.
pub async fn of_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
) -> Result<Integrations> {
    fetch_for(conn, actor, id, Action::Staff).await?;
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
