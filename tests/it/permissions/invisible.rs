//! What somebody may not see answers exactly as what there is not.

use reqwest::header::HeaderMap;

use super::{Caller, ROLES, Row, Stage, rows};
use crate::support::call::Reply;

/// Headers that differ from call to call.
const CHANGING: [&str; 2] = ["x-request-id", "date"];

fn names(headers: &HeaderMap) -> Vec<String> {
    let mut names: Vec<String> = headers
        .iter()
        .filter(|(name, _)| !CHANGING.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    names.sort_unstable();
    names
}

fn same(one: &Reply, other: &Reply) -> bool {
    one.status == other.status
        && one.bytes == other.bytes
        && names(&one.headers) == names(&other.headers)
}

/// `cf7000001=…`
fn names_field(name: &str) -> bool {
    name.starts_with("cf7")
}

impl Row {
    fn names_a_ticket(&self) -> bool {
        self.params
            .iter()
            .any(|(_, value)| value.ends_with("ticket}"))
    }

    /// The rows with one of the things that this one names replaced by a number that nothing has.
    fn of_nothing(&self) -> Vec<Row> {
        let is_thing = |text: &str| text.contains('{') && !matches!(text, "{self}" | "{file}");
        let things = self
            .params
            .iter()
            .enumerate()
            .filter(|(_, (name, value))| names_field(name) || is_thing(value));
        things
            .map(|(at, _)| {
                let mut params = self.params.clone();
                if names_field(params[at].0) {
                    params[at].0 = "cf999999";
                } else {
                    params[at].1 = "999999";
                }
                Row {
                    params,
                    expected: self.expected.clone(),
                    ..*self
                }
            })
            .collect()
    }
}

#[tokio::test]
async fn what_is_not_for_somebody_reads_like_what_is_not_there() {
    let stage = Stage::set().await;
    let mut wrong = vec![];
    let mut checked = 0;
    for row in rows() {
        if row.params.iter().any(|(_, value)| *value == "999999") {
            continue;
        }
        let of_nothing = row.of_nothing();
        for (role, expected) in ROLES.iter().zip(&row.expected) {
            if *expected != 404 || of_nothing.is_empty() {
                continue;
            }
            // Who sees no ticket at all learns nothing of what else the call names.
            let all = *role == "stranger" && row.names_a_ticket();
            for (verb, by_token) in row.ways() {
                let caller = |row| Caller {
                    row,
                    verb: verb.clone(),
                    role,
                    by_token,
                    expected: 404,
                };
                let invisible = stage.call(&caller(&row)).await;
                let mut alike = 0;
                for nothing in &of_nothing {
                    let unknown = stage.call(&caller(nothing)).await;
                    alike += usize::from(same(&invisible, &unknown));
                }
                checked += 1;
                let enough = if all { of_nothing.len() } else { 1 };
                if invisible.status != 404 || alike < enough {
                    wrong.push(format!(
                        "{verb} {} ({}) as {role}: {}",
                        row.method,
                        row.case,
                        invisible.text()
                    ));
                }
            }
        }
    }
    assert!(checked > 400, "{checked} only");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
