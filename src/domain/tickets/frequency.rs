//! How common the words of tickets are, as PostgreSQL's own statistics have it.
//!
//! A rare word is best looked up in the index of words, a common one met on a walk back through the newest tickets. The
//! planner of PostgreSQL knows that, but planning a search costs more than running it. So the statistics are read once
//! a minute, and each of the two ways has a plan that is made once.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sqlx::PgConnection;

use super::filter::RANKED;
use crate::error::Result;

/// How long statistics are good for: they are PostgreSQL's, which makes them anew when a tenth of the rows changed.
const KEPT: Duration = Duration::from_mins(1);

/// A walk reads a row of words in about half the time that a hit of the index takes.
const WALKED_FOR_A_HIT: f64 = 0.6;

/// A walk goes on for so many times the rows it should take, before the words are taken for strangers to each other.
const PATIENCE: f64 = 4.0;

/// How to find the tickets that have some words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By the index of words.
    Index,
    /// Back through the newest tickets.
    Walk {
        /// How many of them, by their numbers.
        newest: i32,
        /// It is the first one: a longer one may follow.
        first: bool,
    },
}

impl Way {
    /// The next way, when the walk did not meet enough hits: perhaps the newest tickets are of another kind, perhaps
    /// the words are common and never together. `None`: nothing was left out.
    pub(super) fn further(self) -> Option<Self> {
        match self {
            Self::Index => None,
            Self::Walk {
                newest,
                first: true,
            } => Some(Self::Walk {
                newest: newest.saturating_mul(16),
                first: false,
            }),
            Self::Walk { .. } => Some(Self::Index),
        }
    }
}

/// The statistics, kept by the program for all searches.
#[derive(Debug, Default)]
pub struct WordFrequencies(RwLock<Option<(Instant, Arc<Statistics>)>>);

/// How many tickets there are, and which share of them has a word, for the most common words in the order of their
/// letters.
#[derive(Debug, Default)]
struct Statistics {
    tickets: f64,
    words: Vec<(String, f64)>,
}

impl WordFrequencies {
    /// Which way to find tickets with the words typed, of which the last may be a beginning.
    pub(super) async fn way(&self, conn: &mut PgConnection, typed: &str) -> Result<Way> {
        if let Some(statistics) = self.kept() {
            return Ok(statistics.way(typed));
        }
        let statistics = Arc::new(Statistics::read(conn).await?);
        let way = statistics.way(typed);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), statistics));
        Ok(way)
    }
}

impl WordFrequencies {
    fn kept(&self) -> Option<Arc<Statistics>> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref()
            .filter(|(read, _)| read.elapsed() < KEPT)
            .map(|(_, statistics)| Arc::clone(statistics))
    }
}

impl Statistics {
    async fn read(conn: &mut PgConnection) -> Result<Self> {
        // Empty as long as the table was not analysed: then it is small.
        let row = sqlx::query!(
            r#"select c.reltuples as "tickets!", s.most_common_elems::text::text[] as words,
                s.most_common_elem_freqs as shares
            from pg_class c
            left join pg_stats s on s.schemaname = c.relnamespace::regnamespace::text
                and s.tablename = c.relname and s.attname = 'staff_words'
            where c.oid = 'ticket_search'::regclass"#,
        )
        .fetch_one(conn)
        .await?;
        let words = row.words.unwrap_or_default();
        let shares = row.shares.unwrap_or_default();
        // Behind the share of each word stand the least and the greatest.
        let mut words: Vec<_> = words
            .into_iter()
            .zip(shares)
            .map(|(word, share)| (word, f64::from(share)))
            .collect();
        words.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Self {
            tickets: f64::from(row.tickets).max(0.0),
            words,
        })
    }

    fn way(&self, typed: &str) -> Way {
        let share = self.share(typed);
        // A walk to the last hit reads RANKED / share rows, the index gives share * tickets hits.
        let walked = f64::from(RANKED) / share.max(f64::MIN_POSITIVE);
        if walked * WALKED_FOR_A_HIT >= share * self.tickets {
            return Way::Index;
        }
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            reason = "a float becomes the nearest number there is"
        )]
        let newest = (walked * PATIENCE) as i32;
        Way::Walk {
            newest,
            first: true,
        }
    }

    /// The share of tickets that should have all the words, as if words did not know each other.
    fn share(&self, typed: &str) -> f64 {
        let typed = typed.to_lowercase();
        let mut words: Vec<&str> = typed
            .split(|symbol: char| !symbol.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let Some(last) = words.pop() else {
            return 0.0;
        };
        let from = self.words.partition_point(|(word, _)| word.as_str() < last);
        let begun: f64 = self
            .words
            .iter()
            .skip(from)
            .take_while(|(word, _)| word.starts_with(last))
            .map(|(_, share)| share)
            .sum();
        words
            .into_iter()
            .map(|word| {
                self.words
                    .binary_search_by(|(known, _)| known.as_str().cmp(word))
                    .ok()
                    .and_then(|place| self.words.get(place))
                    .map_or(0.0, |(_, share)| *share)
            })
            .fold(begun.min(1.0), |all, share| all * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics(tickets: f64) -> Statistics {
        Statistics {
            tickets,
            words: [("jam", 0.1), ("print", 0.3), ("printer", 0.5), ("the", 0.9)]
                .map(|(word, share)| (word.to_owned(), share))
                .into(),
        }
    }

    #[test]
    fn a_common_word_is_walked_to_and_a_rare_one_looked_up() {
        let desk = statistics(100_000.0);
        for (words, newest) in [("the", 4444), ("The printer", 8888)] {
            let first = true;
            assert_eq!(desk.way(words), Way::Walk { newest, first }, "{words}");
        }
        for rare in ["zebra", "the zebra", "zebra the", "", "#%&"] {
            assert_eq!(desk.way(rare), Way::Index, "{rare}");
        }
    }

    #[test]
    fn the_last_word_counts_with_all_that_begin_so() {
        let share = statistics(1.0).share("pri");
        assert!((share - 0.8).abs() < 1e-9, "{share}");
        let share = statistics(1.0).share("jam print");
        assert!((share - 0.08).abs() < 1e-9, "{share}");
    }

    #[test]
    fn a_walk_in_vain_is_followed_by_a_longer_one_and_then_by_the_index() {
        let walk = statistics(100_000.0).way("the");
        let longer = walk.further().unwrap();
        let newest = 16 * 4444;
        let first = false;
        assert_eq!(longer, Way::Walk { newest, first });
        assert_eq!(longer.further(), Some(Way::Index));
        assert_eq!(Way::Index.further(), None);
    }

    #[test]
    fn a_small_desk_needs_no_walk() {
        assert_eq!(statistics(300.0).way("the"), Way::Index);
        assert_eq!(Statistics::default().way("the"), Way::Index);
    }
}
