//! When and where tokens were used.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use crate::audit::{self, Occurrence};
use crate::error::Result;
use crate::ids::{TokenId, UserId};

/// Addresses that are remembered of a token; the one unused for longest goes first.
const MOST_ADDRESSES: i64 = 100;

/// A token was used.
#[derive(Clone, Debug)]
pub struct TokenUse {
    /// The token.
    pub token: TokenId,
    /// Whose it is.
    pub user: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// The client's address.
    pub ip_address: String,
    /// What of it is remembered: an IPv4 address, or the /64 of an IPv6 one.
    pub client_key: String,
}

/// Write down uses of tokens, at most one of each token and address. One from where that token never came before goes
/// into the audit log. Tokens that are gone are left out.
pub async fn record_uses(conn: &mut PgConnection, uses: &[TokenUse]) -> Result<()> {
    let tokens: Vec<i32> = uses.iter().map(|each| each.token.0).collect();
    let times: Vec<DateTime<Utc>> = uses.iter().map(|each| each.at).collect();
    let addresses: Vec<String> = uses.iter().map(|each| each.ip_address.clone()).collect();
    let keys: Vec<String> = uses.iter().map(|each| each.client_key.clone()).collect();
    sqlx::query!(
        "with known as materialized (
            -- By id, as whoever locks several tokens does: else two could wait for each other.
            select id from api_tokens where id = any ($1) order by id for no key update
        )
        update api_tokens t set last_used_at = used.at, last_used_from = used.ip_address
        from (
            select distinct on (token_id) token_id, at, ip_address
            from unnest($1::integer[], $2::timestamptz[], $3::text[]) as used (token_id, at, ip_address)
            order by token_id, at desc
        ) used
        where t.id = used.token_id and t.id in (select id from known) and coalesce(t.last_used_at < used.at, true)",
        &tokens,
        &times,
        &addresses,
    )
    .execute(&mut *conn)
    .await?;
    let new = sqlx::query!(
        r#"insert into token_addresses as known (token_id, client_key, last_used_at)
        select used.token_id, used.client_key, max(used.at)
        from unnest($1::integer[], $2::timestamptz[], $3::text[]) as used (token_id, at, client_key)
        join api_tokens t on t.id = used.token_id
        group by used.token_id, used.client_key
        order by used.token_id, used.client_key
        on conflict on constraint token_addresses_pkey
            do update set last_used_at = greatest(known.last_used_at, excluded.last_used_at)
        -- A row that was there before has been locked by this statement.
        returning token_id as "token_id: TokenId", client_key, (xmax = 0) as "is_new!""#,
        &tokens,
        &times,
        &keys,
    )
    .fetch_all(&mut *conn)
    .await?;
    let new: Vec<&TokenUse> = new
        .iter()
        .filter(|row| row.is_new)
        .filter_map(|row| {
            uses.iter()
                .find(|each| each.token == row.token_id && each.client_key == row.client_key)
        })
        .collect();
    for each in &new {
        audit::notice(conn, occurrence(each)).await?;
    }
    forget_addresses(conn, &new).await
}

fn occurrence(each: &TokenUse) -> Occurrence<'_> {
    Occurrence {
        action: "token.used_from_new_address",
        at: each.at,
        ip_address: &each.ip_address,
        actor: Some(each.user),
        object_type: "token",
        object_id: Some(each.token.0),
        after: Some(json!({ "address": each.client_key })),
    }
}

/// Keep few addresses of the tokens that have new ones.
async fn forget_addresses(conn: &mut PgConnection, new: &[&TokenUse]) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let tokens: Vec<i32> = new.iter().map(|each| each.token.0).collect();
    sqlx::query!(
        "delete from token_addresses known
        using (
            select token_id, client_key,
                row_number() over (partition by token_id order by last_used_at desc, client_key) as place
            from token_addresses
            where token_id = any ($1)
        ) ranked
        where known.token_id = ranked.token_id and known.client_key = ranked.client_key and ranked.place > $2",
        &tokens,
        MOST_ADDRESSES,
    )
    .execute(conn)
    .await?;
    Ok(())
}
