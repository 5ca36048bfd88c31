use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};
use ferrodesk::http::params::DateParam;
use proptest::prelude::*;

use super::holds;

/// A day of the years that are read.
fn days() -> impl Strategy<Value = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(1, 1, 2).unwrap();
    (0_i64..3_652_056).prop_map(move |day| first + TimeDelta::days(day))
}

fn times() -> impl Strategy<Value = NaiveTime> {
    (0_u32..86_400, 0_u32..1_000_000_000).prop_map(|(seconds, nanoseconds)| {
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanoseconds).unwrap()
    })
}

/// The offset in minutes and how it is written.
fn offsets() -> impl Strategy<Value = (i64, String)> {
    let written = (-14_i64 * 60..=14 * 60, 0..3_u8).prop_map(|(minutes, form)| {
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        match form {
            0 => (minutes, format!("{sign}{hours:02}:{rest:02}")),
            1 => (minutes, format!("{sign}{hours:02}{rest:02}")),
            // A `+` that nobody escaped.
            _ if minutes >= 0 => (minutes, format!(" {hours:02}:{rest:02}")),
            _ => (minutes - minutes % 60, format!("-{hours:02}")),
        }
    });
    prop_oneof![
        Just((0, String::new())),
        Just((0, "Z".to_owned())),
        Just((0, "z".to_owned())),
        written
    ]
}

/// A date as a client writes it, and the moment that it means.
fn written() -> impl Strategy<Value = (String, DateTime<Utc>, bool)> {
    let separators = prop_oneof![Just("T"), Just("t"), Just(" "), Just("  ")];
    let parts = (
        days(),
        times(),
        offsets(),
        separators,
        0..4_u8,
        "[ \t]{0,2}",
    );
    parts.prop_map(|(day, time, (minutes, offset), between, form, blanks)| {
        let moment =
            |time: NaiveTime| NaiveDateTime::new(day, time).and_utc() - TimeDelta::minutes(minutes);
        match form {
            0 => (
                format!("{blanks}{day}{blanks}"),
                NaiveDateTime::new(day, NaiveTime::MIN).and_utc(),
                false,
            ),
            1 => {
                let time = time.with_second(0).unwrap().with_nanosecond(0).unwrap();
                (
                    format!("{day}{between}{}{offset}{blanks}", time.format("%H:%M")),
                    moment(time),
                    true,
                )
            }
            2 => {
                let time = time.with_nanosecond(0).unwrap();
                (
                    format!("{blanks}{day}{between}{}{offset}", time.format("%H:%M:%S")),
                    moment(time),
                    true,
                )
            }
            _ => (
                format!("{day}{between}{}{offset}", time.format("%H:%M:%S%.9f")),
                moment(time),
                true,
            ),
        }
    })
}

#[test]
fn a_date_means_the_moment_it_was_written_from() {
    holds(&written(), |(text, moment, has_time)| {
        let read = DateParam::parse(&text);
        let read = read.ok_or_else(|| TestCaseError::fail(format!("not read: {text:?}")))?;
        prop_assert_eq!((read.at, read.has_time), (moment, has_time), "{:?}", text);
        // `dateTo` includes the whole day.
        let after = read.day_after();
        prop_assert!(after > read.at && after - read.at <= TimeDelta::days(1));
        prop_assert_eq!(after.time(), NaiveTime::MIN);
        Ok(())
    });
}

#[test]
fn no_text_breaks_the_date_reader() {
    let texts = prop_oneof![
        "\\PC{0,32}",
        "[0-9TZtz:.+ -]{0,32}",
        "[0-9]{1,6}-[0-9]{1,3}-[0-9]{1,3}[T ][0-9:.]{0,16}[Z+ -]?[0-9:é]{0,6}",
    ];
    holds(&texts, |text| {
        if let Some(read) = DateParam::parse(&text) {
            let year = read.at.format("%Y").to_string();
            prop_assert_eq!(year.len(), 4, "{:?}", text);
            prop_assert!(read.day_after() > read.at || year == "9999", "{:?}", text);
        }
        Ok(())
    });
}
