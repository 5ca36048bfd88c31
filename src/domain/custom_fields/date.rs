//! Dates "as a string in any format".

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

/// Dates with a time and an offset.
const WITH_OFFSET: [&str; 4] = [
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f %#z",
    "%Y-%m-%dT%H:%M%#z",
];

/// Dates with a time, taken for UTC.
const WITH_TIME: [&str; 10] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
];

/// Dates alone. With slashes the month goes first, with dots the day, as people write them.
const ALONE: [&str; 10] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%B %d %Y",
    "%Y%m%d",
];

/// The date in ISO 8601: `2024-01-31`, or in UTC `2024-01-31T10:00:00Z` when it has a time other than midnight.
pub(super) fn canonical(text: &str) -> Option<String> {
    if let Some(date) = ALONE
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
    {
        return in_range(date).then(|| date.format("%Y-%m-%d").to_string());
    }
    let moment = with_time(text)?;
    let date = moment.date_naive();
    if !in_range(date) {
        return None;
    }
    if moment.naive_utc() == date.and_hms_opt(0, 0, 0)? {
        return Some(date.format("%Y-%m-%d").to_string());
    }
    Some(moment.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Years that people mean and every client can read.
fn in_range(date: NaiveDate) -> bool {
    use chrono::Datelike;
    (1..=9999).contains(&date.year())
}

fn with_time(text: &str) -> Option<DateTime<Utc>> {
    let aware = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .ok()
        .or_else(|| {
            WITH_OFFSET
                .iter()
                .find_map(|format| DateTime::parse_from_str(text, format).ok())
        });
    match aware {
        Some(moment) => Some(moment.to_utc()),
        None => WITH_TIME
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .map(|moment| moment.and_utc()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_formats_people_send() {
        for (text, date) in [
            ("2018-12-01", "2018-12-01"),
            ("2018/12/01", "2018-12-01"),
            ("20181201", "2018-12-01"),
            ("12/1/2018", "2018-12-01"),
            ("1.12.2018", "2018-12-01"),
            ("1 December 2018", "2018-12-01"),
            ("01 Dec 2018", "2018-12-01"),
            ("01-Dec-2018", "2018-12-01"),
            ("Dec 1, 2018", "2018-12-01"),
            ("2020-04-16 23:21:53", "2020-04-16T23:21:53Z"),
            ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"),
            ("2024-01-01T10:00:00.000-0500", "2024-01-01T15:00:00Z"),
            ("2024-01-01T10:00:00+05:00", "2024-01-01T05:00:00Z"),
            ("2024-01-01T10:00", "2024-01-01T10:00:00Z"),
            ("1/31/2024 2:05 PM", "2024-01-31T14:05:00Z"),
            ("31.01.2024 14:05", "2024-01-31T14:05:00Z"),
            ("2024-01-31T00:00:00", "2024-01-31"),
            ("Fri, 28 Feb 2020 04:48:00 GMT", "2020-02-28T04:48:00Z"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(date), "{text}");
        }
    }

    #[test]
    fn impossible_dates_are_none() {
        for text in [
            "2024-30-01",
            "2024-02-30",
            "tomorrow",
            "12",
            "99999-01-01",
            "31/12/2018",
            "2024-01-01T25:00",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
