//! Lists of ids in what administrators write.

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
