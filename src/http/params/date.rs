//! Dates as clients send them.

use chrono::{
    DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, TimeZone, Timelike, Utc,
};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A date, perhaps with a time: `2018-12-01`, `2020-04-16 23:21:53`, `2024-01-01T10:00:00.000-0500`.
///
/// Without an offset it is UTC. The years are 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateParam {
    /// The moment; midnight when no time came.
    pub at: DateTime<Utc>,
    /// A time came with the date.
    pub has_time: bool,
}

impl PartialSchema for DateParam {
    fn schema() -> RefOr<Schema> {
        let date = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?$"))
            .examples(["2026-11-25", "2026-11-25T10:30:00Z"]);
        Schema::from(date).into()
    }
}

impl ToSchema for DateParam {}

impl DateParam {
    /// The first moment after the day: `dateTo` and `updatedTo` include that whole day.
    #[must_use]
    pub fn day_after(self) -> DateTime<Utc> {
        let next = self.at.date_naive().checked_add_days(Days::new(1));
        next.map_or(self.at, |day| day.and_time(NaiveTime::MIN).and_utc())
    }

    /// Read a date.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, time) = match text.split_once(['T', 't', ' ']) {
            Some((date, time)) => (date, Some(time.trim_start())),
            None => (text, None),
        };
        if !date.starts_with(|symbol: char| symbol.is_ascii_digit()) {
            return None;
        }
        let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
        let (time, offset) = match time {
            Some(time) => time_and_offset(time)?,
            None => (NaiveTime::MIN, FixedOffset::east_opt(0)?),
        };
        let local = offset.from_local_datetime(&date.and_time(time)).single()?;
        let at = local.with_timezone(&Utc);
        (1..=9999).contains(&at.year()).then_some(Self {
            at,
            has_time: text.contains(':'),
        })
    }
}

/// `10:00:00.000-0500`, `10:00`, `10:00:00Z`.
fn time_and_offset(text: &str) -> Option<(NaiveTime, FixedOffset)> {
    // A `+` in a query that nobody escaped has become a blank.
    let at = text.find(['Z', 'z', '+', '-', ' ']).unwrap_or(text.len());
    let (time, offset) = text.split_at_checked(at)?;
    let time = NaiveTime::parse_from_str(time, "%H:%M:%S%.f")
        .or_else(|_| NaiveTime::parse_from_str(time, "%H:%M"))
        .ok()
        .filter(|time| time.nanosecond() < 1_000_000_000)?;
    Some((time, offset_of(offset)?))
}

/// `Z`, `+05:00`, `-0500`, `+05`, or nothing for UTC.
fn offset_of(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = match text.split_at_checked(1) {
        None | Some(("Z" | "z", "")) => return FixedOffset::east_opt(0),
        Some(("-", digits)) => (-1, digits),
        Some(("+" | " ", digits)) => (1, digits),
        Some(_) => return None,
    };
    if !digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b':')
    {
        return None;
    }
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), 5) => (hours, minutes),
        (None, 4) => digits.split_at_checked(2)?,
        (None, 2) => (digits, "0"),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

impl<'de> Deserialize<'de> for DateParam {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = DateParam;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a date")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<DateParam, E> {
                DateParam::parse(text).ok_or_else(|| {
                    E::custom("is not a date like 2024-01-31 or 2024-01-31T10:00:00Z")
                })
            }
        }
        deserializer.deserialize_str(Text)
    }
}
