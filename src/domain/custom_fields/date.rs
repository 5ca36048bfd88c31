//! Dates "as a string in any format".

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SecondsFormat, SubsecRound, Utc};

/// The longest text that is a date: what JavaScript writes, with the name of the time zone.
const LONGEST: usize = 100;

/// Dates with a time and an offset.
const WITH_OFFSET: [&str; 5] = [
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f %#z",
    "%Y-%m-%dT%H:%M%#z",
    // What JavaScript writes, but for the name of the time zone in brackets.
    "%a %b %d %Y %H:%M:%S GMT%#z",
];

/// Dates with a time, taken for UTC.
const WITH_TIME: [&str; 24] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d %I:%M %p",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%y %H:%M",
    "%m/%d/%y %I:%M %p",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d %B %Y %H:%M:%S",
    "%d %B %Y %H:%M",
    "%B %d, %Y %H:%M:%S",
    "%B %d, %Y %H:%M",
    "%B %d, %Y %I:%M:%S %p",
    "%B %d, %Y %I:%M %p",
    "%A, %B %d, %Y %I:%M:%S %p",
    "%A, %B %d, %Y %I:%M %p",
];

/// Dates alone. With slashes the month goes first, with dots the day, as people write them.
const ALONE: [&str; 15] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d. %B %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%B %d %Y",
    "%A, %B %d, %Y",
    "%A, %d %B %Y",
    "%a %b %d %Y",
];

/// A date of digits alone, all eight of them.
const COMPACT: &str = "%Y%m%d";

/// The date in ISO 8601: `2024-01-31`, or in UTC `2024-01-31T10:00:00Z` when it has a time other than midnight.
pub(super) fn canonical(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    if let Some(date) = alone(text) {
        return Some(date.format("%Y-%m-%d").to_string());
    }
    let moment = with_time(text)?.trunc_subsecs(0);
    let date = Some(moment.date_naive()).filter(|date| is_meant(*date))?;
    if moment.naive_utc() == date.and_hms_opt(0, 0, 0)? {
        return Some(date.format("%Y-%m-%d").to_string());
    }
    Some(moment.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Years of four digits: what is written with fewer was read by the wrong format.
fn is_meant(date: NaiveDate) -> bool {
    (1000..=9999).contains(&date.year())
}

fn alone(text: &str) -> Option<NaiveDate> {
    let compact = (text.len() == 8).then_some(&COMPACT);
    ALONE.iter().chain(compact).find_map(|format| {
        NaiveDate::parse_from_str(text, format)
            .ok()
            .filter(|date| is_meant(*date))
    })
}

fn with_time(text: &str) -> Option<DateTime<Utc>> {
    let aware = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .ok()
        .or_else(|| {
            let text = without_zone_name(text);
            WITH_OFFSET
                .iter()
                .find_map(|format| DateTime::parse_from_str(text, format).ok())
        });
    match aware {
        Some(moment) => Some(moment.to_utc()),
        None => WITH_TIME.iter().find_map(|format| {
            NaiveDateTime::parse_from_str(text, format)
                .ok()
                .filter(|moment| is_meant(moment.date()))
                .map(|moment| moment.and_utc())
        }),
    }
}

/// `Tue Jan 02 2024 10:00:00 GMT+0100 (Central European Standard Time)` without the brackets.
fn without_zone_name(text: &str) -> &str {
    match text.split_once(" (") {
        Some((date, name)) if name.ends_with(')') => date,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts that come near to dates, and texts that do not.
    fn texts() -> impl Strategy<Value = String> {
        let number = "[0-9]{1,4}|[0-9]{5,12}";
        let between = "[-/., T:+Zz]|, |\\. ";
        let word = prop_oneof![
            Just("Feb"),
            Just("february"),
            Just("MAY"),
            Just("Thu"),
            Just("Thursday,"),
            Just("PM"),
            Just("am"),
            Just("GMT"),
            Just("GMT+0100 (CET)"),
            Just("T"),
            Just(":60"),
            Just("."),
            Just("-0000"),
            Just("+99:99"),
        ]
        .prop_map(str::to_owned);
        let piece = prop_oneof![4 => number, 4 => between, 1 => word, 1 => "\\PC"];
        prop_oneof![
            4 => prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat()),
            1 => "\\PC{0,40}",
            1 => any::<String>(),
        ]
    }

    /// One of these formats, and any day and time of the years that it can tell apart.
    fn written(
        formats: &'static [&'static str],
    ) -> impl Strategy<Value = (&'static str, NaiveDateTime)> {
        let new_year = |year| {
            NaiveDate::from_ymd_opt(year, 1, 1)
                .unwrap()
                .and_time(chrono::NaiveTime::MIN)
                .and_utc()
                .timestamp()
        };
        prop::sample::select(formats).prop_flat_map(move |format| {
            let years = if format.contains("%y") {
                1970..2070
            } else {
                1000..10_000
            };
            let seconds = new_year(years.start)..new_year(years.end);
            (
                Just(format),
                seconds
                    .prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap().naive_utc()),
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_sent_is_a_date_in_one_form_or_none(text in texts()) {
            if let Some(date) = canonical(&text) {
                prop_assert!(matches!(date.len(), 10 | 20), "{text:?}: {date}");
                prop_assert_eq!(canonical(&date), Some(date.clone()), "{:?}", text);
            }
        }

        #[test]
        fn a_moment_is_the_same_in_every_format((format, moment) in written(&WITH_TIME)) {
            let written = moment.format(format).to_string();
            // What the format leaves out is zero.
            let read = NaiveDateTime::parse_from_str(&written, format).unwrap();
            let date = canonical(&written);
            let iso = canonical(&read.format("%Y-%m-%dT%H:%M:%SZ").to_string());
            prop_assert!(date.is_some(), "{written:?}");
            prop_assert_eq!(date, iso, "{:?}", written);
        }

        #[test]
        fn a_day_is_the_same_in_every_format((format, moment) in written(&ALONE)) {
            let day = moment.date();
            let written = day.format(format).to_string();
            prop_assert_eq!(canonical(&written), Some(day.to_string()), "{:?}", written);
        }
    }

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
            ("12/1/18", "2018-12-01"),
            ("1.12.18", "2018-12-01"),
            ("1. December 2018", "2018-12-01"),
            ("Saturday, December 1, 2018", "2018-12-01"),
            ("december 1 2018", "2018-12-01"),
            ("Jan 2, 2024 3:04 PM", "2024-01-02T15:04:00Z"),
            ("2 Jan 2024 15:04", "2024-01-02T15:04:00Z"),
            ("2024-01-02 3:04 pm", "2024-01-02T15:04:00Z"),
            ("2024/01/02 15:04", "2024-01-02T15:04:00Z"),
            (
                "Tue Jan 02 2024 10:00:00 GMT+0100 (CET)",
                "2024-01-02T09:00:00Z",
            ),
            ("2024-01-31T00:00:00.5Z", "2024-01-31"),
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
            "18-12-01",
            "1/1/201",
            "202411",
            // Which is the month?
            "01-02-2024",
            "31/12/2018",
            "2024-01-01T25:00",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
