//! Programs that others wrote, run against the server: the scripts in `tests/clients/`, with the libraries that
//! `.ci/clients` installs. Each prints a line a check and ends at the first difference.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::support::TestApp;
use crate::support::people::password_of;

/// More than a script ever takes.
const PATIENCE: Duration = Duration::from_secs(90);

/// Where the libraries are.
fn libraries() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("clients")
}

/// A program of the libraries. It must be there: a test that skips proves nothing.
#[track_caller]
pub(crate) fn installed(path: &str) -> PathBuf {
    let path = libraries().join(path);
    assert!(
        path.exists(),
        "{} is missing: run .ci/clients first",
        path.display()
    );
    path
}

/// A desk with an administrator, two customers, a second category and a custom field 1624.
async fn desk() -> TestApp {
    let app = TestApp::start_with(|settings| {
        settings.limits.attachment_bytes = 8 * 1024 * 1024;
        settings.cors_origins = vec!["*".into()];
    })
    .await;
    app.admin().await;
    app.customer("alice").await;
    app.customer("bob").await;
    app.sql(
        "insert into categories (name) values ('Elsewhere');
         insert into custom_fields (id, usage, type, name) values (1624, 1, 1, 'Serial number')",
    )
    .await;
    app
}

/// Run a script of `tests/clients/` as the administrator. It must end well.
async fn run(app: &TestApp, program: &Path, script: &str) {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    command
        .arg(scripts.join(script))
        .current_dir(folder.path())
        // Settings of whoever runs the tests are none of ours: .curlrc, .netrc, proxies.
        .env("HOME", folder.path())
        .env("NO_PROXY", "*")
        .env("no_proxy", "*")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("HELPDESK", format!("http://{}", app.address))
        .env("LOGIN", "admin")
        .env("PASSWORD", password_of("admin"))
        .env("NODE_LIBRARIES", libraries().join("node/package.json"))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .unwrap_or_else(|_| panic!("{script} does not end"))
        .unwrap_or_else(|error| panic!("{} cannot be run: {error}", program.display()));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.starts_with("ok"),
        "{script}: {}\n{said}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
async fn the_commands_of_the_document_work_as_they_stand() {
    let app = desk().await;
    let admin = app.admin().await;
    assert_eq!(admin.creates_a_ticket().await, 1);
    app.sql(
        "alter table tickets alter column id restart with 1234;
         alter table attachments alter column id restart with 1233",
    )
    .await;
    let ticket = admin.creates_a_ticket().await;
    let file = admin.attaches(ticket, "old.txt", "old").await;
    assert_eq!((ticket, file), (1234, 1233));
    run(&app, Path::new("sh"), "document.sh").await;
}

#[tokio::test]
async fn curl_works() {
    let app = desk().await;
    run(&app, Path::new("sh"), "with_curl.sh").await;
}

#[tokio::test]
async fn python_requests_works() {
    let python = installed("python/bin/python");
    let app = desk().await;
    run(&app, &python, "with_requests.py").await;
}

#[tokio::test]
async fn what_dotnet_java_php_and_others_write_is_understood() {
    let python = installed("python/bin/python");
    let app = desk().await;
    run(&app, &python, "by_sockets.py").await;
}

#[tokio::test]
async fn the_fetch_of_node_works() {
    let app = desk().await;
    run(&app, Path::new("node"), "with_fetch.mjs").await;
}

#[tokio::test]
async fn axios_works() {
    installed("node/node_modules/axios");
    let app = desk().await;
    run(&app, Path::new("node"), "with_axios.mjs").await;
}
