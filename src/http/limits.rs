//! Calls per user and method in a sliding window. (Stub.)

use axum::http::HeaderMap;

use crate::http::error::ApiError;

/// How often a method may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// 90 times a minute.
    Usual,
    /// 60 times a minute: Search and `UserByEmail`.
    Heavy,
}

/// The windows of all callers; bounded.
#[derive(Debug)]
pub struct RateLimiter {}

impl RateLimiter {
    /// Count a call of `method` by `key`; the headers go onto the answer, whatever it is.
    pub fn count(
        &self,
        _key: &str,
        _method: &'static str,
        _rate: Rate,
    ) -> Result<HeaderMap, ApiError> {
        Ok(HeaderMap::new())
    }
}
