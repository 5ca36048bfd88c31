use chrono::TimeDelta;
use ferrodesk::domain::clock::Clock;
use ferrodesk::http::error::ApiError;
use ferrodesk::http::limits::{Budget, Rate, RateLimiter};
use proptest::prelude::*;

use super::holds_for;

/// The clock also goes on by itself while a test runs.
const SLACK: TimeDelta = TimeDelta::seconds(2);

fn budget(rate: Rate) -> Budget {
    Budget {
        caller: "user 1".into(),
        method: "Tickets",
        writes: false,
        rate,
    }
}

/// RATE-01: ten minutes and more of bursts and pauses. No window of 60 seconds ever holds more calls than allowed, a
/// call is refused only when its window is full, and whoever waits as long as he is told is let through.
#[test]
fn no_minute_holds_more_calls_than_allowed_whatever_the_traffic() {
    let burst = (0_i64..20_000, 1_usize..40);
    let traffic = (any::<bool>(), prop::collection::vec(burst, 60..90));
    // Some 1,500 calls each.
    holds_for(100, &traffic, |(heavy, bursts)| {
        let (rate, limit) = if heavy {
            (Rate::Heavy, 60)
        } else {
            (Rate::Usual, 90)
        };
        let clock = Clock::default();
        let limiter = RateLimiter::new(false, clock.clone());
        let mut passed = vec![];
        for (pause, calls) in bursts {
            clock.advance(TimeDelta::milliseconds(pause));
            for _ in 0..calls {
                let before = clock.now();
                let verdict = limiter.count(budget(rate));
                let after = clock.now();
                let within = |from| passed.iter().filter(|(_, end)| *end > from).count();
                match verdict.refusal {
                    None => {
                        let left = verdict.headers["x-ratelimit-remaining"].to_str().unwrap();
                        prop_assert!(left.parse::<usize>().unwrap() < limit);
                        passed.push((before, after));
                    }
                    Some(ApiError::TooMany { retry_after, .. }) => {
                        prop_assert!(within(before - TimeDelta::seconds(60) - SLACK) >= limit);
                        prop_assert!((1..=60).contains(&retry_after), "{}", retry_after);
                        if calls % 7 == 0 {
                            clock.advance(TimeDelta::seconds(retry_after.try_into().unwrap()));
                            let now = clock.now();
                            prop_assert!(limiter.count(budget(rate)).refusal.is_none());
                            passed.push((now, clock.now()));
                        }
                    }
                    Some(other) => prop_assert!(false, "{:?}", other),
                }
            }
        }
        for window in passed.windows(limit + 1) {
            prop_assert!(window[limit].1 - window[0].0 >= TimeDelta::seconds(60));
        }
        Ok(())
    });
}
