//! Lists of ids in what administrators write.

use sqlx::PgConnection;

use crate::error::{Error, Result};

/// The longest list.
const MOST: usize = 1_000;

/// Each id once, by size. Errors: Invalid when there are more than 1,000, or one that no object can have.
pub fn tidy(field: &'static str, mut ids: Vec<i32>) -> Result<Vec<i32>> {
    if ids.len() > MOST {
        return Err(Error::invalid(field, format!("holds more than {MOST} ids")));
    }
    if let Some(id) = ids.iter().find(|id| **id < 1) {
        return Err(Error::invalid(field, format!("holds {id}, which is no id")));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Let the statements of this transaction take a minute: everything of a kind is moved at once.
pub(crate) async fn take_time(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("set local statement_timeout = '60s'")
        .execute(conn)
        .await?;
    Ok(())
}
