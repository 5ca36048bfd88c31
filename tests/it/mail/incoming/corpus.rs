use std::path::PathBuf;

use serde_json::Value;

use super::{desk, new_mail, outcome, shown, store};
use crate::support::TestApp;
use crate::support::people::Person;

/// A line of the table of what is expected.
struct Expected {
    file: String,
    outcome: String,
    sender: String,
    subject: String,
    shown: String,
    hidden: String,
    files: Vec<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mail")
}

fn expected() -> Vec<Expected> {
    let table = std::fs::read_to_string(folder().join("expected.txt")).unwrap();
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let rows = lines.map(|line| {
        let mut cells = line.split('|').map(|cell| cell.trim().to_owned());
        let mut next = || cells.next().unwrap_or_default();
        Expected {
            file: next(),
            outcome: next(),
            sender: next(),
            subject: next(),
            shown: next(),
            hidden: next(),
            files: next().split_whitespace().map(str::to_owned).collect(),
        }
    });
    rows.collect()
}

/// What a ticket or a comment shows: subject and body.
async fn body_of(admin: &Person<'_>, mail: &Value) -> (String, String) {
    let ticket = mail["ticket_id"].as_i64().unwrap();
    let ticket = admin.get("Ticket").param("id", ticket).await.is_ok().json();
    let subject = ticket["Subject"].as_str().unwrap().to_owned();
    let Some(comment) = mail["comment_id"].as_i64() else {
        return (subject, ticket["Body"].as_str().unwrap().to_owned());
    };
    let id = mail["ticket_id"].as_i64().unwrap();
    let comments = admin.get("Comments").param("id", id).await.is_ok().json();
    let comments = comments.as_array().unwrap().iter();
    let mut named = comments.filter(|each| each["CommentID"].as_i64() == Some(comment));
    let comment = named.next().expect("the comment");
    (String::new(), comment["Body"].as_str().unwrap().to_owned())
}

async fn file_names(admin: &Person<'_>, mail: &Value) -> Vec<String> {
    let ticket = mail["ticket_id"].as_i64().unwrap();
    let files = admin
        .get("Attachments")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    let files = files.as_array().unwrap().iter();
    let of_it = files
        .filter(|file| mail["comment_id"].is_null() || file["CommentID"] == mail["comment_id"]);
    let mut names: Vec<String> = of_it
        .map(|file| file["FileName"].as_str().unwrap().replace(' ', "_"))
        .collect();
    names.sort();
    names
}

/// Whose ticket it is.
async fn owner_of(admin: &Person<'_>, mail: &Value) -> String {
    let ticket = mail["ticket_id"].as_i64().unwrap();
    let ticket = admin.get("Ticket").param("id", ticket).await.is_ok().json();
    ticket["SubmitterUserInfo"]["Email"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn compare(app: &TestApp, expected: &Expected, mail: &Value) -> Vec<String> {
    let admin = app.admin().await;
    let mut wrong = vec![];
    let mut differs = |what: &str, found: &str, wanted: &str| {
        if found != wanted {
            wrong.push(format!(
                "{}: {what} is {found:?}, not {wanted:?}",
                expected.file
            ));
        }
    };
    differs("outcome", &outcome(mail), &expected.outcome);
    let (sender, owner) = expected
        .sender
        .split_once('>')
        .unwrap_or((&expected.sender, ""));
    differs("sender", mail["from_address"].as_str().unwrap(), sender);
    let state = mail["state"].as_str().unwrap();
    if !matches!(state, "ticket" | "comment") || !expected.outcome.starts_with(state) {
        return wrong;
    }
    if state == "ticket" {
        let owner = if owner.is_empty() { sender } else { owner };
        differs("owner", &owner_of(&admin, mail).await, owner);
    }
    let (subject, body) = body_of(&admin, mail).await;
    if state == "ticket" {
        differs("subject", &subject, &expected.subject);
    }
    let mut files: Vec<String> = expected.files.clone();
    files.sort();
    differs(
        "files",
        &file_names(&admin, mail).await.join(" "),
        &files.join(" "),
    );
    if !body.contains(&expected.shown) {
        wrong.push(format!(
            "{}: {:?} is not in {body:?}",
            expected.file, expected.shown
        ));
    }
    if !expected.hidden.is_empty() && body.contains(&expected.hidden) {
        wrong.push(format!(
            "{}: {:?} is in {body:?}",
            expected.file, expected.hidden
        ));
    }
    wrong
}

#[tokio::test]
async fn each_mail_of_the_corpus_becomes_what_the_table_says() {
    let app = desk().await;
    let admin = app.admin().await;
    app.customer("owner").await.creates_a_ticket().await;
    let expected = expected();
    assert!(expected.len() >= 100);
    let mut stored = vec![];
    for each in &expected {
        let raw = std::fs::read(folder().join(format!("{}.eml", each.file))).unwrap();
        stored.push(store(&app, &new_mail(&app, raw)).await.id().0);
    }
    app.run_jobs().await;
    let mut wrong = vec![];
    for (each, id) in expected.iter().zip(stored) {
        let mail = shown(&admin, id).await;
        wrong.extend(compare(&app, each, &mail).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_mail_of_the_corpus_has_its_line() {
    let mut named: Vec<String> = expected()
        .into_iter()
        .map(|each| each.file + ".eml")
        .collect();
    named.push("expected.txt".to_owned());
    named.sort();
    let entries = std::fs::read_dir(folder()).unwrap().flatten();
    let mut files: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, named);
}
