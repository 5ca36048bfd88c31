//! When somebody is there: by category, in a time zone, but for holidays.

mod calendar;
mod kept;
mod repo;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rules::Day;

pub use calendar::Calendar;
pub use kept::BusinessHoursKind;
pub(crate) use repo::{all, of_category};

/// What administrators decide about business hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessHoursDraft {
    /// Their name, one of its kind in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The time zone they are meant in, by its IANA name.
    #[schema(min_length = 1, max_length = 64, example = "Europe/Berlin")]
    pub time_zone: String,
    /// When it is open.
    #[schema(min_items = 1, max_items = 50)]
    pub hours: Vec<Opening>,
    /// Days on which it is closed.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub holidays: Vec<NaiveDate>,
}

/// A span of a day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The day.
    pub day: Day,
    /// The begin.
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", example = "09:00:00")]
    pub from: NaiveTime,
    /// The end; midnight is the end of the day.
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", example = "17:00:00")]
    pub to: NaiveTime,
}
