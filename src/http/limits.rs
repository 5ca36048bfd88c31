//! Calls per user and method in a sliding window: "most calls 90 per minute, Search and `UserByEmail` 60".

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::domain::clock::Clock;
use crate::http::error::ApiError;

/// The window: never more than the limit in any 60 seconds. (A bucket of tokens would let twice as many through in
/// the first minute, fixed windows twice as many across their edge.)
const WINDOW: TimeDelta = TimeDelta::seconds(60);
/// Windows that are kept; the one unused for longest goes first.
const MOST_WINDOWS: u64 = 100_000;

/// How often a method may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// 90 times a minute.
    Usual,
    /// 60 times a minute: Search and `UserByEmail`.
    Heavy,
    /// 10 times a minute: what sends mail to somebody who did not ask for it.
    Rare,
}

impl Rate {
    fn limit(self) -> usize {
        match self {
            Self::Usual => 90,
            Self::Heavy => 60,
            Self::Rare => 10,
        }
    }
}

/// Whose calls of what are counted together.
#[derive(Clone, Debug)]
pub struct Budget {
    /// The user, or a client nobody knows.
    pub caller: String,
    /// The method, as the document spells it.
    pub method: &'static str,
    /// Tells the two methods of one name apart.
    pub writes: bool,
    /// How often.
    pub rate: Rate,
}

/// What became of a call that was counted.
#[derive(Debug)]
pub struct Verdict {
    /// For the answer, whatever it is.
    pub headers: HeaderMap,
    /// 429: the call is one too many.
    pub refusal: Option<ApiError>,
}

/// The times of the calls in the window, oldest first.
type Window = Arc<Mutex<VecDeque<DateTime<Utc>>>>;

/// The windows of all callers; bounded.
#[derive(Debug)]
pub struct RateLimiter {
    windows: Option<Cache<(String, &'static str, bool), Window>>,
    clock: Clock,
}

impl RateLimiter {
    /// Count by `clock`; not at all when `disabled`.
    #[must_use]
    pub fn new(disabled: bool, clock: Clock) -> Self {
        let windows = (!disabled).then(|| {
            Cache::builder()
                .max_capacity(MOST_WINDOWS)
                .eviction_policy(EvictionPolicy::lru())
                .time_to_idle(Duration::from_secs(90))
                .build()
        });
        Self { windows, clock }
    }

    /// Count a call, before its handler runs: it counts whatever comes of it, unless it is refused here.
    pub fn count(&self, budget: Budget) -> Verdict {
        let Some(windows) = &self.windows else {
            return Verdict {
                headers: HeaderMap::new(),
                refusal: None,
            };
        };
        let limit = budget.rate.limit();
        let key = (budget.caller, budget.method, budget.writes);
        let window = windows.get_with(key, Window::default);
        let mut calls = window.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        while calls.front().is_some_and(|oldest| now - *oldest >= WINDOW) {
            calls.pop_front();
        }
        let fits = calls.len() < limit;
        if fits {
            calls.push_back(now);
        }
        let remaining = limit - calls.len();
        // Until the oldest call leaves the window and makes room.
        let wait = calls
            .front()
            .map_or(TimeDelta::zero(), |oldest| *oldest + WINDOW - now);
        drop(calls);
        let seconds = u64::try_from(wait.num_milliseconds())
            .unwrap_or(0)
            .div_ceil(1000);
        Verdict {
            headers: headers(budget.method, limit, remaining, seconds),
            refusal: (!fits).then(|| ApiError::TooMany {
                text: format!(
                    "Too many calls: at most {limit} a minute. Try again in {seconds} seconds."
                ),
                retry_after: seconds,
            }),
        }
    }
}

/// `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10), and for older clients the
/// `X-RateLimit` ones; `X-RateLimit-Reset` is seconds from now, as in `Retry-After`.
fn headers(method: &str, limit: usize, remaining: usize, seconds: u64) -> HeaderMap {
    let name = method.trim_start_matches('/').to_ascii_lowercase();
    [
        ("ratelimit-policy", format!("\"{name}\";q={limit};w=60")),
        ("ratelimit", format!("\"{name}\";r={remaining};t={seconds}")),
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-remaining", remaining.to_string()),
        ("x-ratelimit-reset", seconds.to_string()),
    ]
    .into_iter()
    .filter_map(|(name, value)| {
        let value = HeaderValue::try_from(value).ok()?;
        Some((HeaderName::from_static(name), value))
    })
    .collect()
}
