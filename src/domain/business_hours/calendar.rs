//! Business time: how much of it lies between two moments, and where one is when so much of it has passed.

use std::collections::BTreeSet;

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

use super::{BusinessHoursDraft, Opening};

/// Spans of business time are looked for within so many days. What lies farther away is never reached.
const DAYS: u32 = 3_700;

/// When somebody is there.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    zone: Tz,
    /// Openings and holidays; none: always open.
    hours: Option<Hours>,
}

#[derive(Clone, Debug, Default)]
struct Hours {
    /// By the day of the week, Monday first; each in order, none over another.
    week: [Vec<(NaiveTime, NaiveTime)>; 7],
    holidays: BTreeSet<NaiveDate>,
}

/// From one moment until before another.
type Span = (DateTime<Utc>, DateTime<Utc>);

impl Calendar {
    /// The calendar of these hours. None: the time zone is not known here.
    #[must_use]
    pub fn of(draft: &BusinessHoursDraft) -> Option<Self> {
        let mut hours = Hours {
            holidays: draft.holidays.iter().copied().collect(),
            ..Hours::default()
        };
        for (number, day) in (0..).zip(&mut hours.week) {
            let of_day = draft.hours.iter().filter(|it| it.day.number() == number);
            day.extend(of_day.map(|Opening { from, to, .. }| (*from, *to)));
            day.sort_unstable();
        }
        Some(Self {
            zone: draft.time_zone.parse().ok()?,
            hours: Some(hours),
        })
    }

    /// What the clock on the wall shows.
    #[must_use]
    pub fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        at.with_timezone(&self.zone).naive_local()
    }

    /// The name of its time zone.
    #[must_use]
    pub fn zone(&self) -> &'static str {
        self.zone.name()
    }

    /// The business time between two moments; none when the second is the earlier one.
    #[must_use]
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        if to <= from {
            return TimeDelta::zero();
        }
        let Some(hours) = &self.hours else {
            return to - from;
        };
        let mut passed = TimeDelta::zero();
        for (opens, closes) in self.spans_after(hours, from) {
            if opens >= to {
                break;
            }
            passed += closes.min(to) - opens.max(from);
        }
        passed
    }

    /// The earliest moment at which so much business time has passed since `from`.
    #[must_use]
    pub fn after(&self, from: DateTime<Utc>, span: TimeDelta) -> DateTime<Utc> {
        if span.is_zero() {
            return from;
        }
        let Some(hours) = &self.hours else {
            return from
                .checked_add_signed(span)
                .unwrap_or(DateTime::<Utc>::MAX_UTC);
        };
        let mut left = span;
        for (opens, closes) in self.spans_after(hours, from) {
            let begin = opens.max(from);
            if closes - begin >= left {
                return begin + left;
            }
            left -= closes - begin;
        }
        DateTime::<Utc>::MAX_UTC
    }

    /// The latest moment from which so much business time passes until `to`.
    #[must_use]
    pub fn before(&self, to: DateTime<Utc>, span: TimeDelta) -> DateTime<Utc> {
        if span.is_zero() {
            return to;
        }
        let Some(hours) = &self.hours else {
            return to
                .checked_sub_signed(span)
                .unwrap_or(DateTime::<Utc>::MIN_UTC);
        };
        let mut left = span;
        let date = self.local(to).date();
        for days in 0..DAYS {
            let Some(date) = date.checked_sub_days(Days::new(days.into())) else {
                break;
            };
            for (opens, closes) in self.spans_of(hours, date).into_iter().rev() {
                let end = closes.min(to);
                if end <= opens {
                    continue;
                }
                if end - opens >= left {
                    return end - left;
                }
                left -= end - opens;
            }
        }
        DateTime::<Utc>::MIN_UTC
    }

    /// The openings that end after a moment, in order.
    fn spans_after<'a>(
        &'a self,
        hours: &'a Hours,
        from: DateTime<Utc>,
    ) -> impl Iterator<Item = Span> + 'a {
        let first = self.local(from).date();
        let dates = (0..DAYS).map_while(move |days| first.checked_add_days(Days::new(days.into())));
        dates
            .flat_map(move |date| self.spans_of(hours, date))
            .filter(move |(_, closes)| *closes > from)
    }

    /// The openings of a day. On the day on which the clock goes back they are an hour longer, on the other one shorter,
    /// if it does so while one is open.
    fn spans_of(&self, hours: &Hours, date: NaiveDate) -> Vec<Span> {
        if hours.holidays.contains(&date) {
            return vec![];
        }
        let day = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
        let openings = hours.week.get(day).map(Vec::as_slice).unwrap_or_default();
        let spans = openings.iter().filter_map(|(from, to)| {
            // Midnight is the end of the day.
            let end = if *to == NaiveTime::MIN {
                date.succ_opt()?
            } else {
                date
            };
            let opens = self.moment(date.and_time(*from), false)?;
            let closes = self.moment(end.and_time(*to), true)?;
            (opens < closes).then_some((opens, closes))
        });
        spans.collect()
    }

    /// When the clock on the wall shows this; the first or the last time when it does so twice. A time that it leaves out
    /// is as much later as it jumps.
    fn moment(&self, local: NaiveDateTime, last: bool) -> Option<DateTime<Utc>> {
        let found = self.zone.from_local_datetime(&local);
        let found = if last {
            found.latest()
        } else {
            found.earliest()
        };
        found.map(|at| at.to_utc()).or_else(|| {
            let earlier = local.checked_sub_signed(TimeDelta::hours(3))?;
            let earlier = self.zone.from_local_datetime(&earlier).earliest()?;
            earlier.to_utc().checked_add_signed(TimeDelta::hours(3))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::Day;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// From nine to five on workdays in Berlin, but for Christmas.
    fn office() -> Calendar {
        let hours = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri].map(|day| Opening {
            day,
            from: "09:00:00".parse().unwrap(),
            to: "17:00:00".parse().unwrap(),
        });
        let draft = BusinessHoursDraft {
            name: "Office".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            hours: hours.to_vec(),
            holidays: vec!["2026-12-25".parse().unwrap()],
        };
        Calendar::of(&draft).unwrap()
    }

    /// Open at all times by its hours.
    fn round_the_clock(zone: &str) -> Calendar {
        let week = [
            Day::Mon,
            Day::Tue,
            Day::Wed,
            Day::Thu,
            Day::Fri,
            Day::Sat,
            Day::Sun,
        ];
        let draft = BusinessHoursDraft {
            name: "Always".to_owned(),
            time_zone: zone.to_owned(),
            hours: week
                .map(|day| Opening {
                    day,
                    from: NaiveTime::MIN,
                    to: NaiveTime::MIN,
                })
                .to_vec(),
            holidays: vec![],
        };
        Calendar::of(&draft).unwrap()
    }

    #[test]
    fn business_time_leaves_out_nights_weekends_and_holidays() {
        let office = office();
        let minutes = TimeDelta::minutes;
        for (from, span, to) in [
            // A Monday in winter: Berlin is an hour ahead.
            ("2026-01-05T09:00:00Z", 60, "2026-01-05T10:00:00Z"),
            ("2026-01-05T15:30:00Z", 60, "2026-01-06T08:30:00Z"),
            ("2026-01-05T02:00:00Z", 60, "2026-01-05T09:00:00Z"),
            ("2026-01-05T15:00:00Z", 60, "2026-01-05T16:00:00Z"),
            // Friday evening, Saturday, Sunday.
            ("2026-01-09T15:30:00Z", 60, "2026-01-12T08:30:00Z"),
            ("2026-01-10T12:00:00Z", 1, "2026-01-12T08:01:00Z"),
            // Over Christmas, a Friday.
            ("2026-12-24T15:30:00Z", 60, "2026-12-28T08:30:00Z"),
        ] {
            assert_eq!(office.after(at(from), minutes(span)), at(to), "{from}");
            assert_eq!(office.between(at(from), at(to)), minutes(span), "{from}");
        }
        assert_eq!(
            office.before(at("2026-01-12T08:30:00Z"), minutes(60)),
            at("2026-01-09T15:30:00Z")
        );
        assert_eq!(
            office.before(at("2026-01-10T12:00:00Z"), minutes(480)),
            at("2026-01-09T08:00:00Z")
        );
    }

    #[test]
    fn business_hours_follow_the_clock_on_the_wall() {
        let office = office();
        // The Friday before and the Monday after the clock went forward, and back.
        for (from, to) in [
            ("2026-03-27T15:30:00Z", "2026-03-30T07:30:00Z"),
            ("2026-10-23T14:30:00Z", "2026-10-26T08:30:00Z"),
        ] {
            assert_eq!(office.after(at(from), TimeDelta::minutes(60)), at(to));
        }
    }

    #[test]
    fn a_day_has_23_or_25_hours_when_the_clock_changes() {
        let always = round_the_clock("Europe/Berlin");
        for (from, to, hours) in [
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23),
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25),
        ] {
            assert_eq!(always.between(at(from), at(to)), TimeDelta::hours(hours));
            assert_eq!(always.after(at(from), TimeDelta::hours(hours)), at(to));
        }
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_is_later() {
        // In Beirut and Santiago the clock changes at midnight: that day has none.
        let always = round_the_clock("America/Santiago");
        let from = at("2026-09-05T12:00:00Z");
        assert_eq!(
            always.between(from, from + TimeDelta::hours(48)),
            TimeDelta::hours(48)
        );
    }

    #[test]
    fn without_hours_it_is_always_open() {
        let always = Calendar::default();
        let from = at("2026-01-10T12:00:00Z");
        assert_eq!(
            always.after(from, TimeDelta::minutes(90)),
            from + TimeDelta::minutes(90)
        );
        let longest = TimeDelta::minutes(u32::MAX.into());
        assert!(always.after(from, longest) > from);
        assert!(always.before(from, longest) < from);
    }

    #[test]
    fn what_is_never_reached_is_the_end_of_time() {
        let office = office();
        let longest = TimeDelta::minutes(u32::MAX.into());
        assert_eq!(
            office.after(at("2026-01-10T12:00:00Z"), longest),
            DateTime::<Utc>::MAX_UTC
        );
    }

    proptest! {
        #[test]
        fn after_and_between_agree(start in 0_i64..40_000_000, minutes in 1_i64..20_000) {
            let from = at("2026-01-01T00:00:00Z") + TimeDelta::seconds(start);
            let span = TimeDelta::minutes(minutes);
            let office = office();
            let to = office.after(from, span);
            prop_assert_eq!(office.between(from, to), span);
            prop_assert!(office.between(from, to - TimeDelta::seconds(1)) < span);
            let back = office.before(to, span);
            prop_assert!(back >= from);
            prop_assert_eq!(office.between(back, to), span);
        }
    }
}
