//! The walls between the parts and the size of files, where the compiler cannot hold them.

use std::path::{Path, PathBuf};

/// Every Rust file below `folder` of the project, with its text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = vec![];
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        &mut found,
    );
    assert!(!found.is_empty());
    found
}

#[track_caller]
fn never_in(folder: &str, words: &[&str]) {
    for (path, text) in sources(folder) {
        for word in words {
            assert!(!text.contains(word), "{} holds `{word}`", path.display());
        }
    }
}

#[test]
fn what_every_face_shares_knows_nothing_of_tickets_or_of_the_api() {
    never_in(
        "src/http",
        &["crate::api", "domain::tickets", "domain::comments"],
    );
}

#[test]
fn handlers_hold_no_sql_and_decide_no_rights() {
    never_in(
        "src/api",
        &[
            "query!(",
            "query_as!(",
            "query_scalar!(",
            "sqlx::query",
            "actor.is_admin",
        ],
    );
}

#[test]
fn addresses_that_people_name_are_called_by_the_one_guarded_client() {
    for (path, text) in sources("src") {
        let is_the_client = path.components().any(|part| part.as_os_str() == "outbound");
        for word in [
            "reqwest::Client",
            "reqwest::get",
            "reqwest::blocking",
            "hyper::client",
        ] {
            assert!(
                is_the_client || !text.contains(word),
                "{} holds `{word}`",
                path.display()
            );
        }
    }
}

#[test]
fn services_leave_transactions_to_their_callers() {
    for (path, text) in sources("src/domain") {
        if path.ends_with("db.rs") {
            continue;
        }
        assert!(
            !text.contains(".begin()"),
            "{} begins a transaction",
            path.display()
        );
        assert!(!text.contains(".commit()"), "{} commits", path.display());
    }
}

#[test]
fn no_lint_is_allowed_away() {
    for folder in ["src", "tests"] {
        let word = concat!("#[", "allow(");
        never_in(folder, &[word]);
    }
}

#[test]
fn no_file_is_longer_than_600_lines() {
    for folder in ["src", "tests"] {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= 600, "{} has {lines} lines", path.display());
        }
    }
}

#[test]
fn modules_are_named_after_what_they_hold() {
    for (path, _) in sources("src") {
        for name in ["utils", "helpers", "common", "types"] {
            assert!(
                path.file_stem().is_none_or(|stem| stem != name),
                "{}",
                path.display()
            );
        }
    }
}
