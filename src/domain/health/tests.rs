use super::repo::Row;
use super::*;

/// How often the log hears of what happens at these seconds.
fn lines(reports: &[(i64, State)]) -> Vec<(i64, Line)> {
    let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
    let mut row = Row {
        state: State::Ok,
        since: at(0),
        message: None,
        last_seen: at(0),
        is_logged: false,
        logged_at: None,
    };
    let mut lines = vec![];
    for (seconds, state) in reports {
        let line = row.line(*state, at(*seconds));
        row = row.after(*state, None, line, at(*seconds));
        lines.extend(line.map(|line| (*seconds, line)));
    }
    lines
}

#[test]
fn a_failure_of_a_week_is_logged_once_and_so_is_its_end() {
    let week = (0..10_080).map(|minute| (minute * 60, State::Failing));
    let mut reports: Vec<_> = week.collect();
    reports.push((604_800, State::Ok));
    reports.push((604_860, State::Ok));
    let told = [(0, Line::Fails), (604_800, Line::Works)];
    assert_eq!(lines(&reports), told);
}

#[test]
fn what_comes_and_goes_is_not_logged_each_minute() {
    let hour = (0..60).map(|minute| {
        let state = if minute % 2 == 0 {
            State::Failing
        } else {
            State::Ok
        };
        (minute * 60, state)
    });
    let told = lines(&hour.collect::<Vec<_>>());
    assert_eq!(told.len(), 12, "{told:?}");
}

#[test]
fn what_fails_again_for_good_is_logged_after_a_while() {
    let reports = [
        (0, State::Failing),
        (60, State::Ok),
        (120, State::Failing),
        (599, State::Failing),
        (600, State::Failing),
        (660, State::Failing),
        (720, State::Ok),
    ];
    let told = [
        (0, Line::Fails),
        (60, Line::Works),
        (600, Line::Fails),
        (720, Line::Works),
    ];
    assert_eq!(lines(&reports), told);
}
