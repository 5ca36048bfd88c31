//! How many tickets each category has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::PgConnection;

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
    /// Held by whoever counts again what has become old.
    counting: tokio::sync::Mutex<()>,
}

type ByCategory = HashMap<CategoryId, i64>;

#[derive(Clone, Debug)]
struct Count {
    at: Instant,
    took: Duration,
    by_category: Arc<ByCategory>,
}

impl Count {
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < self.took * REMEMBERED
    }
}

impl TicketCounts {
    /// The counts. Nobody waits for another's count, for each caller holds a connection: while one counts again, the
    /// others get the old count.
    pub(super) async fn get(&self, conn: &mut PgConnection) -> Result<Arc<ByCategory>> {
        self.get_or_count(async || repo::count_tickets(conn).await)
            .await
    }

    async fn get_or_count(
        &self,
        count: impl AsyncFnOnce() -> Result<ByCategory>,
    ) -> Result<Arc<ByCategory>> {
        let Some(last) = self.last().filter(|last| last.took >= CHEAP) else {
            return self.count(count).await;
        };
        if last.is_fresh() {
            return Ok(last.by_category);
        }
        match self.counting.try_lock() {
            Ok(_counting) => self.count(count).await,
            Err(_) => Ok(last.by_category),
        }
    }

    async fn count(
        &self,
        count: impl AsyncFnOnce() -> Result<ByCategory>,
    ) -> Result<Arc<ByCategory>> {
        let begun = Instant::now();
        let by_category = Arc::new(count().await?);
        *self.lock() = Some(Count {
            at: Instant::now(),
            took: begun.elapsed(),
            by_category: Arc::clone(&by_category),
        });
        Ok(by_category)
    }

    fn last(&self) -> Option<Count> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Count>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tickets(number: i64) -> ByCategory {
        HashMap::from([(CategoryId(1), number)])
    }

    /// A count of one ticket that took so long, and is old by now.
    fn counted_long_ago(took: Duration) -> TicketCounts {
        let counts = TicketCounts::default();
        *counts.lock() = Some(Count {
            at: Instant::now().checked_sub(took * REMEMBERED).unwrap(),
            took,
            by_category: Arc::new(tickets(1)),
        });
        counts
    }

    async fn never() -> Result<ByCategory> {
        panic!("it counts again")
    }

    #[tokio::test]
    async fn while_one_counts_again_the_others_get_the_old_count_at_once() {
        let counts = counted_long_ago(CHEAP);
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let one = counts.get_or_count(async || {
            gone.await.unwrap();
            Ok(tickets(2))
        });
        let others = async {
            for _ in 0..12 {
                assert_eq!(*counts.get_or_count(never).await.unwrap(), tickets(1));
            }
            go.send(()).unwrap();
        };
        let (one, ()) = tokio::join!(one, others);
        assert_eq!(*one.unwrap(), tickets(2));
    }

    #[tokio::test]
    async fn the_first_ones_count_without_waiting_for_each_other() {
        let counts = TicketCounts::default();
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let first = counts.get_or_count(async || {
            gone.await.unwrap();
            Ok(tickets(1))
        });
        let second = async {
            let second = counts.get_or_count(async || Ok(tickets(2))).await;
            go.send(()).unwrap();
            second
        };
        let (first, second) = tokio::join!(first, second);
        assert_eq!(
            (&*first.unwrap(), &*second.unwrap()),
            (&tickets(1), &tickets(2))
        );
    }

    #[tokio::test]
    async fn a_cheap_count_is_made_anew_for_everybody_and_a_dear_one_is_kept() {
        let counts = counted_long_ago(CHEAP / 2);
        let again = counts.get_or_count(async || Ok(tickets(2))).await;
        assert_eq!(*again.unwrap(), tickets(2));
        *counts.lock() = Some(Count {
            at: Instant::now(),
            took: Duration::from_mins(1),
            by_category: Arc::new(tickets(3)),
        });
        assert_eq!(*counts.get_or_count(never).await.unwrap(), tickets(3));
    }
}
