//! Lists, page by page. The cursor says after which id the next page begins: whatever is made or deleted meanwhile,
//! nothing comes twice and nothing that stays is left out.

use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::problem::{Problem, Result};

/// Page size unless told otherwise.
const USUAL: u16 = 50;
/// The largest page.
const MOST: u16 = 200;
/// Digits of the longest cursor.
const LONGEST: usize = 18;

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
    #[param(pattern = "^[0-9]{1,18}$")]
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

/// The number of the last object of a page. Clients take it for a word without meaning.
fn read(cursor: &str) -> Option<i64> {
    let digits = cursor.bytes().all(|byte| byte.is_ascii_digit());
    let sound = digits && (1..=LONGEST).contains(&cursor.len());
    sound.then(|| cursor.parse().ok()).flatten()
}

impl Span {
    /// One more than the page has, to know whether there is a next one.
    pub(super) fn to_read(self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// After which id, where ids are of 32 bits and ascend.
    pub(super) fn after_id(self) -> i32 {
        // Behind the last of all there is nothing.
        i32::try_from(self.after.unwrap_or(0)).unwrap_or(i32::MAX)
    }

    /// The page, of what was read with [`Span::to_read`].
    pub(super) fn page<T>(self, mut items: Vec<T>, id: impl Fn(&T) -> i64) -> Page<T> {
        let limit = usize::from(self.limit);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items
            .last()
            .filter(|_| more)
            .map(|last| id(last).to_string());
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
