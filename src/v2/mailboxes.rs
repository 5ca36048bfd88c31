//! What a mailbox has beyond the six operations: secrets that are sealed, a state, a check at once.

use axum::extract::State;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::ids::MailboxId;
use crate::domain::mailboxes::{self, MailboxDraft, MailboxKind, MailboxState};

use super::kept::Resource;
use super::problem::Result;
use super::query::Id;
use super::reply::{Gone, Json};

impl Resource for MailboxKind {
    const PATH: &'static str = "mailboxes";
    const NAME: &'static str = "Mailbox";

    fn seal(app: &AppState, draft: MailboxDraft) -> Result<MailboxDraft> {
        let policy = app.outbound.policy();
        // The usual one stands for a port that is not given, and for one that the check refuses later.
        let port = u16::try_from(draft.port).unwrap_or_default();
        let port = if port == 0 { 993 } else { port };
        policy
            .check_host(draft.host.trim(), port, true)
            .map_err(|refusal| refusal.at("host"))?;
        if let Some(oauth2) = &draft.oauth2 {
            policy
                .check_text(oauth2.token_url.trim())
                .map_err(|refusal| refusal.at("oauth2.token_url"))?;
        }
        Ok(draft.seal(&app.keys)?)
    }
}

/// `GET /api/v2/mailboxes/{id}/state`
pub(super) async fn state(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
) -> Result<Json<MailboxState>> {
    let mut conn = app.db.read().await?;
    let state = mailboxes::find_state(&mut conn, &actor, MailboxId(id)).await?;
    Ok(Json(state))
}

/// `POST /api/v2/mailboxes/{id}/check`
pub(super) async fn check(State(app): State<AppState>, actor: Actor, Id(id): Id) -> Result<Gone> {
    let mut tx = app.db.begin().await?;
    mailboxes::ask_to_check(&mut tx, &actor, MailboxId(id)).await?;
    tx.commit().await?;
    Ok(Gone)
}
