//! The settings of the desk, and those by which mail is sent.

use axum::extract::State;
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::mail_settings::{self, MailSettings, MailSettingsDraft};
use crate::domain::settings::{self, DeskSettings};
use crate::domain::{self, Actor, Error};
use crate::mail::outgoing::{self, Trial};

use super::body::Body;
use super::problem::Result;
use super::reply::{Gone, Json};
use super::single::{Single, Whole};

/// `/api/v2/settings`
pub(super) struct Desk;

impl Single for Desk {
    type At = Whole;
    type View = DeskSettings;
    type Draft = DeskSettings;

    fn draft(view: &DeskSettings) -> DeskSettings {
        view.clone()
    }

    async fn find(
        _: &AppState,
        conn: &mut PgConnection,
        actor: &Actor,
        Whole: Whole,
    ) -> domain::Result<DeskSettings> {
        settings::find(conn, actor).await
    }

    async fn update<E: From<Error> + Send>(
        _: &AppState,
        conn: &mut PgConnection,
        actor: &Actor,
        Whole: Whole,
        change: impl FnOnce(&DeskSettings) -> Result<DeskSettings, E> + Send,
    ) -> Result<DeskSettings, E> {
        settings::update(conn, actor, change).await
    }
}

/// `/api/v2/settings/mail`
pub(super) struct Mail;

impl Single for Mail {
    type At = Whole;
    type View = MailSettings;
    type Draft = MailSettingsDraft;

    fn draft(view: &MailSettings) -> MailSettingsDraft {
        view.into()
    }

    async fn find(
        app: &AppState,
        conn: &mut PgConnection,
        actor: &Actor,
        Whole: Whole,
    ) -> domain::Result<MailSettings> {
        let of_operator = &app.settings.mail.outgoing;
        mail_settings::find(conn, actor, &app.keys, of_operator).await
    }

    async fn update<E: From<Error> + Send>(
        app: &AppState,
        conn: &mut PgConnection,
        actor: &Actor,
        Whole: Whole,
        change: impl FnOnce(&MailSettings) -> Result<MailSettingsDraft, E> + Send,
    ) -> Result<MailSettings, E> {
        let of_operator = &app.settings.mail.outgoing;
        let policy = app.outbound.policy();
        mail_settings::update(conn, actor, (&app.keys, of_operator, policy), change).await
    }

    async fn changed(app: &AppState) {
        // A failure is made good within a second, as on the other servers.
        if let Err(error) = app.mailer.refresh(app).await {
            tracing::debug!(%error, "the settings of mail could not be read");
        }
    }
}

/// Where a mail goes that tries the settings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MailTest {
    /// The address.
    #[schema(max_length = 254)]
    to: String,
}

/// `POST /api/v2/settings/mail/test`
pub(super) async fn test_mail(
    State(app): State<AppState>,
    actor: Actor,
    body: Body<MailTest>,
) -> Result<Json<Trial>> {
    let tried = outgoing::try_out(&app, &actor, &body.value.to).await?;
    Ok(Json(tried))
}

/// A new shared secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSharedSecret {
    /// The secret: every API token of everybody ends with the old one.
    #[schema(min_length = 16, max_length = 200)]
    shared_secret: String,
}

/// `PUT /api/v2/settings/shared_secret`
pub(super) async fn set_shared_secret(
    State(app): State<AppState>,
    actor: Actor,
    body: Body<NewSharedSecret>,
) -> Result<Gone> {
    let mut tx = app.db.begin().await?;
    settings::set_shared_secret(&mut tx, &actor, &body.value.shared_secret).await?;
    tx.commit().await?;
    Ok(Gone)
}
