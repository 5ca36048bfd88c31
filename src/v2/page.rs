//! Lists, page by page. The cursor says after which id the next page begins: whatever is made or deleted meanwhile,
//! nothing comes twice and nothing that stays is left out.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::problem::{Problem, Result};

/// Page size unless told otherwise.
const USUAL: u16 = 50;
/// The largest page.
const MOST: u16 = 200;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct PageOf {
    /// How many at most; 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    #[param(max_length = 100)]
    cursor: Option<String>,
}

/// What a list reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Objects beyond this id, in the list's direction.
    pub(super) after: Option<i64>,
    /// How many are wanted.
    limit: u16,
}

/// What a cursor begins with, so that a later form of it can be told apart.
const VERSION: &str = "1:";

impl PageOf {
    /// Errors: a limit out of range, a cursor that no page gave.
    pub(super) fn span(&self) -> Result<Span> {
        span(self.limit, self.cursor.as_deref())
    }
}

/// For lists with more parameters of their own.
pub(super) fn span(limit: Option<u16>, cursor: Option<&str>) -> Result<Span> {
    let limit = limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(invalid("limit", "must be from 1 to 200"));
    }
    let after = match cursor {
        None => None,
        Some(cursor) => Some(
            read(cursor).ok_or_else(|| invalid("cursor", "is not the next_cursor of a page"))?,
        ),
    };
    Ok(Span { after, limit })
}

fn invalid(field: &str, problem: &str) -> Problem {
    Problem::Body {
        code: "invalid",
        field: Some(field.to_owned()),
        detail: format!("Parameter \"{field}\" {problem}."),
    }
}

fn read(cursor: &str) -> Option<i64> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix(VERSION)?.parse().ok()
}

impl Span {
    /// One more than the page has, to know whether there is a next one.
    pub(super) fn to_read(self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// After which id, where ids are of 32 bits and ascend.
    pub(super) fn after_id(self) -> Result<i32> {
        i32::try_from(self.after.unwrap_or(0))
            .map_err(|_| invalid("cursor", "is not the next_cursor of a page"))
    }

    /// The page, of what was read with [`Span::to_read`].
    pub(super) fn page<T>(self, mut items: Vec<T>, id: impl Fn(&T) -> i64) -> Page<T> {
        let limit = usize::from(self.limit);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items
            .last()
            .filter(|_| more)
            .map(|last| BASE64_URL_SAFE_NO_PAD.encode(format!("{VERSION}{}", id(last))));
        Page { items, next_cursor }
    }
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    /// What is on it.
    pub(super) items: Vec<T>,
    /// For the next page; null on the last one.
    pub(super) next_cursor: Option<String>,
}
