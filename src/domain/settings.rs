//! What administrators set for the whole desk while it runs. (What the operator sets before it starts stands in
//! `appsettings.json`.)

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::db::ExpectRows;
use crate::error::{Error, Result};
use crate::text;

/// Their row in table settings.
const NAME: &str = "desk";
/// The longest name of a desk.
const LONGEST_NAME: usize = 100;
/// The shortest shared secret that is worth the name.
const SHORTEST_SECRET: usize = 16;
/// The longest one.
const LONGEST_SECRET: usize = 200;
/// Ten years.
const MOST_DAYS: i32 = 3650;

/// The settings of the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Settings)]
pub struct DeskSettings {
    /// What the desk is called, on its pages.
    #[serde(default = "usual_name")]
    #[schema(min_length = 1, max_length = 100)]
    pub desk_name: String,
    /// After how many days an API token of `/User/Token` expires; none: with the next change of the password only.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    pub api_token_days: Option<i32>,
    /// Whoever writes a mail and is no user becomes one; unless this is set, his mail waits in the quarantine.
    #[serde(default = "yes")]
    pub users_from_mail: bool,
}

fn yes() -> bool {
    true
}

fn usual_name() -> String {
    "Ferrodesk".to_owned()
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            desk_name: usual_name(),
            api_token_days: None,
            users_from_mail: true,
        }
    }
}

/// The settings as they are. They are no secret: pages show them to everybody.
pub async fn load(conn: &mut PgConnection) -> Result<DeskSettings> {
    let stored = sqlx::query_scalar!("select value from settings where name = $1", NAME)
        .fetch_optional(conn)
        .await?;
    stored.map_or_else(|| Ok(DeskSettings::default()), known)
}

/// Those settings that this version knows: while a newer one starts beside it, there may be more.
fn known(stored: Value) -> Result<DeskSettings> {
    let usual = serde_json::to_value(DeskSettings::default()).map_err(Error::internal)?;
    let (Value::Object(mut settings), Value::Object(stored)) = (usual, stored) else {
        return Err(Error::internal("settings that are no object"));
    };
    for (name, value) in &mut settings {
        if let Some(stored) = stored.get(name) {
            value.clone_from(stored);
        }
    }
    serde_json::from_value(Value::Object(settings)).map_err(Error::internal)
}

/// The settings, for administrators.
pub async fn find(conn: &mut PgConnection, actor: &Actor) -> Result<DeskSettings> {
    staff::require_admin(actor)?;
    load(conn).await
}

/// Change the settings: `change` gets them as they are, locked, and gives them as they should be. For administrators.
pub async fn update<E: From<Error>>(
    conn: &mut PgConnection,
    actor: &Actor,
    change: impl FnOnce(&DeskSettings) -> Result<DeskSettings, E>,
) -> Result<DeskSettings, E> {
    staff::require_admin(actor)?;
    lock(conn).await?;
    let before = load(conn).await?;
    let after = check(&change(&before)?)?;
    if after == before {
        return Ok(after);
    }
    write(conn, actor, &after).await?;
    let (was, is) = (audited(&before)?, audited(&after)?);
    record(conn, actor, "settings.updated", Some(was), Some(is)).await?;
    Ok(after)
}

/// Make sure that there is a row, and keep others from it until the transaction ends.
async fn lock(conn: &mut PgConnection) -> Result<()> {
    let usual = serde_json::to_value(DeskSettings::default()).map_err(Error::internal)?;
    sqlx::query!(
        "insert into settings (name, value) values ($1, $2) on conflict (name) do update set name = excluded.name",
        NAME,
        usual,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn check(settings: &DeskSettings) -> Result<DeskSettings> {
    let days = settings.api_token_days;
    if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
        let problem = format!("must be from 1 to {MOST_DAYS}, or null");
        return Err(Error::invalid("api_token_days", problem));
    }
    Ok(DeskSettings {
        desk_name: text::name("desk_name", &settings.desk_name, LONGEST_NAME)?,
        api_token_days: days,
        users_from_mail: settings.users_from_mail,
    })
}

async fn write(conn: &mut PgConnection, actor: &Actor, settings: &DeskSettings) -> Result<()> {
    let value = serde_json::to_value(settings).map_err(Error::internal)?;
    sqlx::query!(
        "update settings set value = $2, updated_at = $3 where name = $1",
        NAME,
        value,
        actor.now(),
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// Change the shared secret: every API token of everybody ends, on all servers. For administrators. Errors: Invalid for
/// one that can be guessed.
pub async fn set_shared_secret(conn: &mut PgConnection, actor: &Actor, secret: &str) -> Result<()> {
    staff::require_admin(actor)?;
    let secret = text::line("shared_secret", secret, LONGEST_SECRET)?;
    if secret.chars().count() < SHORTEST_SECRET {
        let problem = format!("is shorter than {SHORTEST_SECRET} characters");
        return Err(Error::invalid("shared_secret", problem));
    }
    sqlx::query!(
        "update instance set shared_secret = $1, token_epoch = token_epoch + 1",
        secret,
    )
    .execute(&mut *conn)
    .await?
    .expect_rows(1)?;
    let changed = json!({ "shared_secret": "changed" });
    record(
        conn,
        actor,
        "settings.shared_secret_changed",
        None,
        Some(changed),
    )
    .await
}

fn audited(settings: &DeskSettings) -> Result<Value> {
    serde_json::to_value(settings).map_err(Error::internal)
}

async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    action: &'static str,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    let entry = Entry {
        action,
        object_type: "settings",
        object_id: 0,
        before,
        after,
    };
    audit::record(conn, actor, entry).await
}
