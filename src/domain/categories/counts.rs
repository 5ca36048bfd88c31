//! How many tickets each category has.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::PgConnection;
use tokio::sync::Mutex;

use super::repo;
use crate::error::Result;
use crate::ids::CategoryId;

/// A count that takes less than this is made for every call.
const CHEAP: Duration = Duration::from_millis(5);

/// A dearer one is remembered for this many times the time it took: counting a million tickets keeps a core busy
/// for a fiftieth of the time at most, however often somebody asks.
const REMEMBERED: u32 = 50;

/// Tickets by category, counted as seldom as their number demands.
#[derive(Debug, Default)]
pub struct TicketCounts {
    last: Mutex<Option<Count>>,
}

#[derive(Debug)]
struct Count {
    at: Instant,
    took: Duration,
    by_category: Arc<HashMap<CategoryId, i64>>,
}

impl Count {
    fn serves(&self) -> bool {
        self.took >= CHEAP && self.at.elapsed() < self.took * REMEMBERED
    }
}

impl TicketCounts {
    /// The counts. Of many who ask at once one counts and the others wait for him.
    pub(super) async fn get(
        &self,
        conn: &mut PgConnection,
    ) -> Result<Arc<HashMap<CategoryId, i64>>> {
        let mut last = self.last.lock().await;
        if let Some(count) = last.as_ref().filter(|count| count.serves()) {
            return Ok(Arc::clone(&count.by_category));
        }
        let begun = Instant::now();
        let by_category = Arc::new(repo::count_tickets(conn).await?);
        *last = Some(Count {
            at: Instant::now(),
            took: begun.elapsed(),
            by_category: Arc::clone(&by_category),
        });
        Ok(by_category)
    }
}
