//! Configuration as code, through the real program.

mod corners;
mod day;
mod mistakes;

use std::path::{Path, PathBuf};

use serde_json::Value;
use sqlx::{Connection, Row};
use tempfile::TempDir;

use crate::support::TestApp;
use crate::support::database::TestDatabase;
use crate::support::program::{answer, program_on};

/// The desks to start from.
const EXAMPLES: [&str; 3] = ["it-department", "software-product", "shop"];

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("config/examples/{name}.yaml"))
}

/// An empty desk with an administrator, and a folder for files.
struct Place {
    app: TestApp,
    folder: TempDir,
}

impl Place {
    async fn new() -> Self {
        let app = TestApp::start().await;
        app.admin().await;
        Self {
            app,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn database(&self) -> &TestDatabase {
        &self.app.database
    }

    fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let mut command = program_on(self.database(), self.folder.path());
        command.args(arguments);
        command
    }

    fn file(&self, text: &str) -> String {
        let path = self.folder.path().join("desk.yaml");
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    async fn apply(&self, path: &str) -> String {
        answer(&mut self.command(&["apply", path])).await
    }

    async fn export(&self) -> String {
        answer(&mut self.command(&["export-config"])).await
    }

    /// Exit code and what was said, on either channel.
    async fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.command(arguments).output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().unwrap();
        (code, text(&output.stdout), text(&output.stderr))
    }

    /// Every row of every table, but for what a look at the database leaves by itself.
    async fn everything(&self) -> String {
        let mut connection = self.database().connect().await;
        let tables = sqlx::query(
            "select table_name::text from information_schema.tables
             where table_schema = 'public' and table_type = 'BASE TABLE' order by 1",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        let mut all = String::new();
        for table in tables {
            let name: String = table.get(0);
            let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
                "select coalesce(string_agg(to_jsonb(t)::text, E'\\n' order by to_jsonb(t)::text), '') from {name} t"
            )))
            .fetch_one(&mut connection)
            .await
            .unwrap();
            let rows: String = rows.get(0);
            all.extend([name.as_str(), "\n", &rows, "\n"]);
        }
        connection.close().await.unwrap();
        all
    }
}

#[tokio::test]
async fn each_example_makes_a_desk_and_applied_again_changes_nothing() {
    for name in EXAMPLES {
        let place = Place::new().await;
        let path = example(name);
        let path = path.to_str().unwrap();
        let said = place.apply(path).await;
        assert!(
            said.ends_with("0 deleted.\n") && said.contains("Done: "),
            "{name}: {said}"
        );
        let before = place.everything().await;
        assert_eq!(place.apply(path).await, "Nothing to change.\n", "{name}");
        assert!(
            place.everything().await == before,
            "{name}: something was touched"
        );
    }
}

#[tokio::test]
async fn a_dry_run_shows_what_would_change_and_changes_nothing() {
    let place = Place::new().await;
    let before = place.everything().await;
    let path = example("it-department");
    let path = path.to_str().unwrap();
    let (code, said, _) = place.run(&["apply", path, "--dry-run"]).await;
    assert_eq!(code, 3, "{said}");
    assert!(
        said.contains("Hardware") && said.contains("A dry run"),
        "{said}"
    );
    assert!(
        !said.contains('\u{1b}'),
        "colours are for terminals: {said}"
    );
    assert!(place.everything().await == before);
    let (code, said, _) = place.run(&["apply", path, "--dry-run", "--json"]).await;
    assert_eq!(code, 3);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["done"], false);
    assert!(said["changes"].as_array().unwrap().len() > 20);
    place.apply(path).await;
    let (code, said, _) = place.run(&["apply", path, "--dry-run"]).await;
    assert_eq!((code, said.as_str()), (0, "Nothing to change.\n"));
}

#[tokio::test]
async fn what_is_exported_makes_the_same_desk_elsewhere() {
    let place = Place::new().await;
    answer(&mut place.command(&["demo"])).await;
    for name in EXAMPLES {
        place.apply(example(name).to_str().unwrap()).await;
    }
    let exported = place.export().await;
    assert!(exported.len() > 5_000, "{exported}");
    assert!(!exported.contains("password_hash"));
    let elsewhere = Place::new().await;
    let path = elsewhere.file(&exported);
    elsewhere.apply(&path).await;
    pretty_assertions(&elsewhere.export().await, &exported);
    assert_eq!(place.apply(&path).await, "Nothing to change.\n");
}

#[track_caller]
fn pretty_assertions(found: &str, expected: &str) {
    let differing = found.lines().zip(expected.lines()).find(|(a, b)| a != b);
    assert!(found == expected, "{differing:?}");
}

#[tokio::test]
async fn a_desk_file_is_read_from_standard_input_beside_a_running_server() {
    use tokio::io::AsyncWriteExt;
    let place = Place::new().await;
    let admin = place.app.admin().await;
    let mut command = place.command(&["apply", "-"]);
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(b"sections:\n  - name: From a pipe\n")
        .await
        .unwrap();
    drop(input);
    assert!(child.wait().await.unwrap().success());
    let sections = admin.v2("GET", "sections").await.is_ok().text();
    assert!(sections.contains("From a pipe"), "{sections}");
}

#[tokio::test]
async fn what_a_file_does_not_name_stays_unless_it_is_pruned() {
    let place = Place::new().await;
    let both = place.file("sections:\n  - name: One\n  - name: Two\ndepartments: [Sales]\n");
    place.apply(&both).await;
    let one = place.file("sections:\n  - name: One\n");
    assert_eq!(place.apply(&one).await, "Nothing to change.\n");
    answer(&mut place.command(&["apply", &one, "--prune"])).await;
    let exported = place.export().await;
    assert!(!exported.contains("Two"), "{exported}");
    assert!(
        exported.contains("Sales"),
        "a kind that the file does not name: {exported}"
    );
}

#[tokio::test]
async fn what_is_in_use_is_not_pruned_and_nothing_else_is_done() {
    let place = Place::new().await;
    let carl = place.app.customer("carl").await;
    carl.creates_a_ticket().await;
    let before = place.everything().await;
    let path = place.file("categories:\n  - name: Only this\n");
    let (code, _, errors) = place.run(&["apply", &path, "--prune"]).await;
    assert_eq!(code, 1);
    assert!(
        errors.contains("General issues") && errors.contains("1 tickets"),
        "{errors}"
    );
    assert!(place.everything().await == before);
}

#[tokio::test]
async fn each_change_is_in_the_audit_log_of_the_console() {
    let place = Place::new().await;
    let path = place.file("sections:\n  - name: One\n");
    place.apply(&path).await;
    let admin = place.app.admin().await;
    let page = admin
        .v2("GET", "audit_log?action=section.")
        .await
        .is_ok()
        .json();
    let row = &page["items"][0];
    assert_eq!(row["action"], "section.created");
    assert_eq!(row["actor_user_id"], 0);
    assert_eq!(row["after"]["name"], "One");
}

#[tokio::test]
async fn the_schema_knows_every_key_that_an_export_has() {
    let place = Place::new().await;
    let schema: Value =
        serde_json::from_str(&answer(&mut place.command(&["config-schema"])).await).unwrap();
    let known = schema["properties"].as_object().unwrap();
    let exported = place.export().await;
    let keys = exported
        .lines()
        .filter(|line| line.starts_with(char::is_alphabetic))
        .map(|line| line.split(':').next().unwrap());
    let keys: Vec<&str> = keys.collect();
    assert!(keys.len() >= 5, "{keys:?}");
    for key in keys {
        assert!(known.contains_key(key), "{key}");
    }
}
