use std::fmt::Write;

use super::{ROLES, rows};
use crate::support::document::is_current;

/// What a status says of a role.
fn word(status: u16) -> &'static str {
    match status {
        200 => "yes",
        400 => "400",
        401 => "401",
        403 => "no",
        404 => "404",
        other => panic!("no word for {other}"),
    }
}

/// The table for readers.
fn document() -> String {
    let mut text = String::from(
        "# Permissions\n\n\
         Made by a test from `tests/it/permissions.csv`, whose rows are called as every role: after a change run\n\
         `INSTA_UPDATE=always make test`.\n\n\
         The roles stand around one ticket: its owner; a stranger; a subscriber; the manager of the owner's company; a technician of\n\
         its category; a technician of another category; an administrator. Nobody unknown or disabled gets anything but 401.\n\n\
         *yes*: 200, a list with what he may see. *no*: 403. *404*: as if it did not exist. *400*: he may, but not so.\n",
    );
    let mut method = "";
    for row in rows() {
        if row.method != method {
            method = row.method;
            let roles = ROLES[2..].join(" | ").replace('_', " ");
            let line = "---|".repeat(ROLES.len());
            writeln!(text, "\n## {method}\n\n| | with | {roles} |\n|{line}").unwrap();
        }
        assert_eq!(row.expected[..2], [401, 401], "{method}");
        let words: Vec<&str> = row.expected[2..].iter().map(|it| word(*it)).collect();
        let with: Vec<String> = row
            .params
            .iter()
            .map(|(name, value)| parameter(name, value))
            .collect();
        let verb = if row.verb == "ANY" {
            ""
        } else {
            &format!("{}: ", row.verb)
        };
        let (case, with, words) = (row.case, with.join(" "), words.join(" | "));
        writeln!(text, "| {verb}{case} | {with} | {words} |").unwrap();
    }
    text
}

fn parameter(name: &str, value: &str) -> String {
    match name {
        "{file}" => "a file".to_owned(),
        name => format!("`{name}={value}`"),
    }
}

#[test]
fn the_document_of_the_permissions_is_current() {
    is_current("docs/permissions.md", &document());
}
