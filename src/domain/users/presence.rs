//! Where and with what a user was last seen.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::Result;
use crate::ids::UserId;

/// A user called.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The user.
    pub user: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// The client's address; empty when unknown.
    pub ip_address: String,
    /// The program he called with; empty when it has no name.
    pub user_agent: String,
}

/// Write down where users were last seen; of several sightings of one user the latest counts.
pub async fn record(conn: &mut PgConnection, sightings: &[Sighting]) -> Result<()> {
    let users: Vec<i32> = sightings.iter().map(|seen| seen.user.0).collect();
    let times: Vec<DateTime<Utc>> = sightings.iter().map(|seen| seen.at).collect();
    let addresses: Vec<String> = sightings
        .iter()
        .map(|seen| seen.ip_address.clone())
        .collect();
    let agents: Vec<String> = sightings
        .iter()
        .map(|seen| seen.user_agent.clone())
        .collect();
    // The document's samples show the address as the host's name too: a name would cost a query to the client's
    // own name server.
    sqlx::query!(
        r#"with known as materialized (
                -- By id, as whoever locks several users does: else two could wait for each other.
                select id from users where id = any ($1) order by id for no key update
             )
             update users u set last_seen_at = seen.at, ip_address = nullif(seen.ip_address, ''),
                host_name = nullif(seen.ip_address, ''), user_agent = nullif(seen.user_agent, '')
             from (
                select distinct on (user_id) user_id, at, ip_address, user_agent
                from unnest($1::int[], $2::timestamptz[], $3::text[], $4::text[])
                    as sighting (user_id, at, ip_address, user_agent)
                order by user_id, at desc
             ) seen
             where u.id = seen.user_id and u.id in (select id from known) and u.deleted_at is null"#,
        &users,
        &times,
        &addresses,
        &agents,
    )
    .execute(conn)
    .await?;
    Ok(())
}
