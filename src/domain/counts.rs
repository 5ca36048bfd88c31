//! Counts that are made as seldom as their cost demands: counting is what PostgreSQL cannot do quickly, and clients ask
//! for numbers whenever they draw a page.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Result;

/// A count that takes less than this is made for every call.
const CHEAP: Duration = Duration::from_millis(5);

/// A dearer one is remembered for this many times the time it took: counting a million tickets keeps a core busy
/// for a fiftieth of the time at most, however often somebody asks.
const REMEMBERED: u32 = 50;

/// So many different counts are remembered; then all are forgotten.
const MOST: usize = 1_000;

/// What was counted, by the question.
#[derive(Debug)]
pub struct Counts<Question, Answer>(Mutex<HashMap<Question, Arc<Counter<Answer>>>>);

#[derive(Debug)]
struct Counter<Answer> {
    last: Mutex<Option<Count<Answer>>>,
    /// Held by whoever counts again what has become old.
    counting: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Count<Answer> {
    at: Instant,
    took: Duration,
    /// The lesser of what this count and the one before took. The first one opens a connection and prepares its statement:
    /// what that takes says nothing about the size of the desk.
    cost: Duration,
    answer: Arc<Answer>,
}

impl<Question, Answer> Default for Counts<Question, Answer> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Answer> Default for Counter<Answer> {
    fn default() -> Self {
        Self {
            last: Mutex::new(None),
            counting: tokio::sync::Mutex::new(()),
        }
    }
}

impl<Question: Hash + Eq, Answer> Counts<Question, Answer> {
    /// The answer to the question, counted now or remembered. Nobody waits for another's count, for each caller holds a
    /// connection: while one counts again, the others get the old count.
    pub(crate) async fn get(
        &self,
        question: Question,
        count: impl AsyncFnOnce() -> Result<Answer>,
    ) -> Result<Arc<Answer>> {
        self.counter(question).get(count).await
    }

    fn counter(&self, question: Question) -> Arc<Counter<Answer>> {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MOST && !counters.contains_key(&question) {
            counters.clear();
        }
        Arc::clone(counters.entry(question).or_default())
    }
}

impl<Answer> Count<Answer> {
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < self.cost * REMEMBERED
    }
}

impl<Answer> Counter<Answer> {
    async fn get(&self, count: impl AsyncFnOnce() -> Result<Answer>) -> Result<Arc<Answer>> {
        let Some((answer, is_fresh)) = self.dear_one() else {
            return self.count(count).await;
        };
        if is_fresh {
            return Ok(answer);
        }
        match self.counting.try_lock() {
            Ok(_counting) => self.count(count).await,
            Err(_) => Ok(answer),
        }
    }

    /// The last count, if it was a dear one, and whether it is fresh.
    fn dear_one(&self) -> Option<(Arc<Answer>, bool)> {
        let last = self.lock();
        let dear = last.as_ref().filter(|last| last.cost >= CHEAP)?;
        Some((Arc::clone(&dear.answer), dear.is_fresh()))
    }

    async fn count(&self, count: impl AsyncFnOnce() -> Result<Answer>) -> Result<Arc<Answer>> {
        let begun = Instant::now();
        let answer = Arc::new(count().await?);
        let took = begun.elapsed();
        let mut last = self.lock();
        let before = last.as_ref().map_or(Duration::ZERO, |last| last.took);
        *last = Some(Count {
            at: Instant::now(),
            took,
            cost: took.min(before),
            answer: Arc::clone(&answer),
        });
        Ok(answer)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Count<Answer>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A count of one ticket that took so long, and is old by now.
    fn counted_long_ago(took: Duration) -> Counter<i32> {
        let counts = Counter::default();
        *counts.lock() = Some(Count {
            at: Instant::now().checked_sub(took * REMEMBERED).unwrap(),
            took,
            cost: took,
            answer: Arc::new(1),
        });
        counts
    }

    async fn never() -> Result<i32> {
        panic!("it counts again")
    }

    #[tokio::test]
    async fn while_one_counts_again_the_others_get_the_old_count_at_once() {
        let counts = counted_long_ago(CHEAP);
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let one = counts.get(async || {
            gone.await.unwrap();
            Ok(2)
        });
        let others = async {
            for _ in 0..12 {
                assert_eq!(*counts.get(never).await.unwrap(), 1);
            }
            go.send(()).unwrap();
        };
        let (one, ()) = tokio::join!(one, others);
        assert_eq!(*one.unwrap(), 2);
    }

    #[tokio::test]
    async fn the_first_ones_count_without_waiting_for_each_other() {
        let counts = Counter::default();
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let first = counts.get(async || {
            gone.await.unwrap();
            Ok(1)
        });
        let second = async {
            let second = counts.get(async || Ok(2)).await;
            go.send(()).unwrap();
            second
        };
        let (first, second) = tokio::join!(first, second);
        assert_eq!((*first.unwrap(), *second.unwrap()), (1, 2));
    }

    #[tokio::test]
    async fn a_cheap_count_is_made_anew_for_everybody_and_a_dear_one_is_kept() {
        let counts = counted_long_ago(CHEAP / 2);
        let again = counts.get(async || Ok(2)).await;
        assert_eq!(*again.unwrap(), 2);
        *counts.lock() = Some(Count {
            at: Instant::now(),
            took: Duration::from_mins(1),
            cost: Duration::from_mins(1),
            answer: Arc::new(3),
        });
        assert_eq!(*counts.get(never).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_count_is_dear_only_if_the_one_before_was() {
        let counts = Counter::default();
        let slowly = async |answer| {
            tokio::task::spawn_blocking(|| std::thread::sleep(CHEAP * 2))
                .await
                .unwrap();
            Ok(answer)
        };
        assert_eq!(*counts.get(async || slowly(1).await).await.unwrap(), 1);
        assert_eq!(*counts.get(async || slowly(2).await).await.unwrap(), 2);
        assert_eq!(*counts.get(never).await.unwrap(), 2);
    }

    #[test]
    fn each_question_has_its_own_count_and_there_are_never_too_many() {
        let counts = Counts::<usize, i32>::default();
        let one = counts.counter(0);
        assert!(Arc::ptr_eq(&one, &counts.counter(0)));
        assert!(!Arc::ptr_eq(&one, &counts.counter(1)));
        for question in 0..MOST * 2 {
            counts.counter(question);
        }
        assert!(counts.0.lock().unwrap().len() <= MOST);
    }
}
