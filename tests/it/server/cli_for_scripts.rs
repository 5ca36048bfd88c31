//! The command line as scripts and shells meet it.

use std::path::Path;
use std::process::Stdio;

use clap::Command;
use serde_json::Value;
use sqlx::Executor;
use tokio::io::AsyncWriteExt;

use crate::support::TestApp;
use crate::support::database::TestDatabase;
use crate::support::program::{answer, program, program_on};

/// Every command with those below it, as one types them.
fn commands() -> Vec<Vec<String>> {
    fn walk(command: &Command, words: &[String], found: &mut Vec<Vec<String>>) {
        found.push(words.to_vec());
        for below in command.get_subcommands() {
            let mut words = words.to_vec();
            words.push(below.get_name().to_owned());
            walk(below, &words, found);
        }
    }
    let mut found = vec![];
    walk(&ferrodesk::cli::command(), &[], &mut found);
    found
}

async fn json(command: &mut tokio::process::Command) -> Value {
    let said = answer(command).await;
    assert_eq!(said.lines().count(), 1, "one line of JSON: {said}");
    serde_json::from_str(&said).unwrap()
}

async fn completions(folder: &Path, shell: &str) -> String {
    answer(program(folder).args(["completions", shell])).await
}

/// A shell reads the script without running it.
async fn read_by(shell: &str, script: &str) {
    let mut child = tokio::process::Command::new(shell)
        .arg("-n")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(script.as_bytes()).await.unwrap();
    drop(input);
    let output = child.wait_with_output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shell}: {errors}");
}

#[tokio::test]
async fn every_command_has_a_help_text_with_examples() {
    let folder = tempfile::tempdir().unwrap();
    let commands = commands();
    assert!(commands.len() >= 10, "{commands:?}");
    for command in commands {
        let help = answer(program(folder.path()).args(&command).arg("--help")).await;
        assert!(help.contains("Examples:\n  "), "{command:?}: {help}");
        assert!(help.contains("Usage: ferrodesk"), "{command:?}: {help}");
        assert!(help.contains("--config"), "{command:?}: {help}");
        assert!(!help.contains('\u{1b}'), "colour without a terminal");
        let first = help.lines().next().unwrap();
        assert!(!first.is_empty() && !first.starts_with("Usage"), "{help}");
    }
}

#[tokio::test]
async fn the_help_text_names_the_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let help = answer(program(folder.path()).arg("--help")).await;
    for line in ["0  done", "1  not done", "2  wrong arguments", "3  `apply"] {
        assert!(help.contains(line), "{line}: {help}");
    }
}

#[tokio::test]
async fn completions_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = completions(folder.path(), shell).await;
        for command in commands() {
            let name = command.last().map_or("ferrodesk", String::as_str);
            assert!(script.contains(name), "{shell} does not know {command:?}");
        }
    }
    read_by("bash", &completions(folder.path(), "bash").await).await;
}

#[tokio::test]
async fn completions_need_no_settings_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.env("Limits__Connections", "many");
    let script = answer(command.args(["completions", "bash"])).await;
    assert!(script.contains("reset-password"));
}

#[tokio::test]
async fn bash_completes_a_command_by_the_script() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("completions.bash");
    std::fs::write(&script, completions(folder.path(), "bash").await).unwrap();
    let asked = format!(
        "source {}; COMP_WORDS=(ferrodesk user re); COMP_CWORD=2; _ferrodesk ferrodesk re user; echo \"${{COMPREPLY[@]}}\"",
        script.display()
    );
    let said = answer(tokio::process::Command::new("bash").args(["-c", &asked])).await;
    assert_eq!(said.trim(), "reset-password");
}

#[tokio::test]
async fn migrate_tells_which_migrations_ran() {
    let database = TestDatabase::create().await;
    let mut connection = database.connect().await;
    connection
        .execute("drop schema public cascade; create schema public")
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let migrate = || {
        let mut command = program_on(&database, folder.path());
        command.args(["migrate", "--json"]);
        command
    };
    let told = json(&mut migrate()).await;
    let ran = told["migrations"].as_array().unwrap();
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))
        .unwrap()
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".sql")
        });
    assert_eq!(ran.len(), files.count());
    assert_eq!(ran[0]["version"], 20_261_123_180_000_i64);
    assert_eq!(ran[0]["description"], "create instance");
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        json(&mut migrate()).await["migrations"],
        Value::Array(vec![])
    );
}

#[tokio::test]
async fn check_config_tells_a_script_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let told = json(program(folder.path()).args(["check-config", "--json"])).await;
    assert_eq!(told["problem"], Value::Null);
    let settings = told["settings"].as_array().unwrap();
    let urls = settings
        .iter()
        .find(|known| known["key"] == "Urls")
        .unwrap();
    assert_eq!(urls["value"], "http://127.0.0.1:0");
    assert_eq!(urls["source"], "environment variable Urls");

    let output = program(folder.path())
        .args(["check-config", "--json"])
        .env("Limits__Connections", "many")
        .env("Bootstrap__AdminPassword", "not to be shown")
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!said.contains("not to be shown"), "{said}");
    let told: Value = serde_json::from_str(&said).unwrap();
    let problem = told["problem"].as_str().unwrap();
    assert!(problem.contains("Limits:Connections"), "{problem}");
}

#[tokio::test]
async fn what_a_script_makes_by_the_user_commands_works_on_the_running_server() {
    let app = TestApp::start().await;
    let program = || {
        let mut command = program_on(&app.database, app.folder.path());
        command.env("DataPath", app.folder.path());
        command
    };
    let made = json(program().args([
        "user",
        "create",
        "tina",
        "--email",
        "tina@desk.test",
        "--json",
    ]))
    .await;
    let password = made["password"].as_str().unwrap();
    let tina = app.known("tina", password);
    let told = tina.post("Authorization").await.is_ok().json();
    assert_eq!(told["UserID"], made["id"]);

    let reset = json(program().args(["user", "reset-password", "tina", "--json"])).await;
    assert_eq!(reset["id"], made["id"]);
    let password = reset["password"].as_str().unwrap();
    tina.post("Authorization").await.is_unauthorized();
    app.known("tina", password)
        .post("Authorization")
        .await
        .is_ok();

    let issued = json(program().args(["user", "token", "tina", "--json"])).await;
    assert_eq!(issued["id"], made["id"]);
    assert!(issued["token"].as_str().unwrap().split('.').count() == 3);
}

#[tokio::test]
async fn a_password_that_the_script_knows_is_not_told_again() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    let mut child = program_on(&database, folder.path())
        .args(["user", "create", "carl", "--email", "carl@desk.test"])
        .args(["--password-stdin", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"carl-keeps-it\n").await.unwrap();
    drop(input);
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success());
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["username"], "carl");
    assert_eq!(told["password"], Value::Null);
}
