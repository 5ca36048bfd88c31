//! What the description says against what the server does: schemathesis calls every operation with what it allows and
//! with what it forbids, and judges each answer.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use ferrodesk::domain::demo;
use ferrodesk::domain::users::password;
use tokio::process::Command;

use crate::clients::installed;
use crate::support::TestApp;
use crate::support::people::Person;

/// More than a run ever takes.
const PATIENCE: Duration = Duration::from_mins(8);

/// What would end the caller's own token, what never ends its answer, and what calls others; tested by themselves.
const LEFT_OUT: &str =
    "v2_(SetSharedSecret|ListenToEvents|TestWebhook|TestMailSettings|CheckMailbox)";

/// A desk with a history, and numbers of users and tokens that nobody guesses.
async fn desk() -> TestApp {
    let app = TestApp::start_with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".into()];
        settings.cors_origins = vec!["*".into()];
    })
    .await;
    let mut tx = app.state.db.begin().await.unwrap();
    demo::company(&mut tx, password::hash).await.unwrap();
    tx.commit().await.unwrap();
    app.sql(
        "alter sequence users_id_seq restart 1000001;
         alter sequence api_tokens_id_seq restart 1000001",
    )
    .await;
    app
}

/// Run schemathesis as this user; it must find nothing.
async fn finds_nothing(app: &TestApp, person: &Person<'_>, arguments: &[&str]) {
    let token = person
        .call(reqwest::Method::GET, "/User/Token")
        .await
        .is_ok()
        .text();
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(installed("python/bin/schemathesis"));
    command
        .arg("--config-file")
        .arg(scripts.join("schemathesis.toml"))
        .arg("run")
        .arg(format!("http://{}/api/openapi.json", app.address))
        .args(["--checks", "all", "--workers", "1", "--seed", "1"])
        .args(["--phases", "coverage,fuzzing", "--continue-on-failure"])
        .args(["--warnings", "off"])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(arguments)
        .current_dir(folder.path())
        .env("SCHEMATHESIS_HOOKS", "schemathesis_hooks")
        .env("PYTHONPATH", &scripts)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("FERRODESK_SELF", person.id.to_string())
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let said: Vec<&str> = text
        .lines()
        .map(|line| line.get(..400).unwrap_or(line))
        .collect();
    // What comes before is a line an operation.
    let found = said
        .iter()
        .position(|line| line.contains("= FAILURES =") || line.contains("= ERRORS ="));
    let from = found.unwrap_or(0);
    assert!(
        output.status.success() && text.contains(" generated"),
        "{}\n{}",
        said[from..].join("\n"),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
async fn schemathesis_finds_nothing_in_the_admin_api_as_an_administrator() {
    let app = desk().await;
    let admin = app.admin().await;
    let v2 = ["--include-path-regex", "^/api/v2/"];
    // What administrators keep for mail, webhooks and jobs is called as others so far: see the two runs below.
    let newer = format!(
        "{LEFT_OUT}|v2_.*(Webhook|Mailbox|MailTemplate|BusinessHours|IncomingMail|Job|OutgoingMail|MailSettings|RuleRuns|DryRun)"
    );
    let rest = ["--exclude-operation-id-regex", &newer, "-n", "12"];
    finds_nothing(
        &app,
        &admin,
        &[v2, [rest[0], rest[1]], [rest[2], rest[3]]].concat(),
    )
    .await;
}

#[tokio::test]
async fn schemathesis_finds_nothing_in_the_helpdesk_api_as_an_administrator() {
    let app = desk().await;
    let admin = app.admin().await;
    let arguments = ["--exclude-path-regex", "^/api/v2/", "-n", "6"];
    finds_nothing(&app, &admin, &arguments).await;
}

#[tokio::test]
async fn schemathesis_finds_nothing_as_a_technician() {
    let app = desk().await;
    let tess = app.technician("tess", &[1, 2]).await;
    finds_nothing(
        &app,
        &tess,
        &["--exclude-operation-id-regex", LEFT_OUT, "-n", "3"],
    )
    .await;
}

#[tokio::test]
async fn schemathesis_finds_nothing_as_a_customer() {
    let app = desk().await;
    let carl = app.customer("carl").await;
    finds_nothing(
        &app,
        &carl,
        &["--exclude-operation-id-regex", LEFT_OUT, "-n", "3"],
    )
    .await;
}
