//! The real binary, on a database of the test.

use std::path::Path;
use std::process::{Output, Stdio};

use sqlx::ConnectOptions;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::database::TestDatabase;

/// A call of the program with everything it must not take from the machine of the test.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ferrodesk"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("Urls", "http://127.0.0.1:0")
        .env("DataPath", folder.join("data"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// [`program`] with the database of the test.
pub(crate) fn program_on(database: &TestDatabase, folder: &Path) -> Command {
    let mut command = program(folder);
    command.env(
        "ConnectionStrings__DBConnectionString",
        database.options().to_url_lossy().as_str(),
    );
    command
}

/// Standard output of a command that must succeed.
pub(crate) async fn answer(command: &mut Command) -> String {
    let output = command.output().await.unwrap();
    assert!(
        output.status.success(),
        "{:?}: {}",
        output.status,
        errors(&output)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of a command that must fail with exit code 1.
pub(crate) async fn refusal(command: &mut Command) -> String {
    let output = command.output().await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    errors(&output)
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A server that has said that it is ready.
pub(crate) struct Server {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// What it said.
    pub(crate) welcome: String,
    /// Where it listens.
    pub(crate) url: String,
}

impl Server {
    pub(crate) async fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut welcome = String::new();
        let mut url = String::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(address) = line.trim().strip_prefix("Address") {
                address.trim().clone_into(&mut url);
            }
            welcome.push_str(&line);
            welcome.push('\n');
            if line.contains("Stop with Ctrl-C") {
                return Self {
                    child,
                    lines,
                    welcome,
                    url,
                };
            }
        }
        let mut errors = String::new();
        let mut stderr = child.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).await.unwrap();
        panic!("the server did not start:\n{welcome}\n{errors}");
    }

    /// Send a signal, wait for the end; the exit code.
    pub(crate) async fn stop(mut self, signal: nix::sys::signal::Signal) -> Option<i32> {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), signal).unwrap();
        while self.lines.next_line().await.unwrap().is_some() {}
        self.child.wait().await.unwrap().code()
    }
}
