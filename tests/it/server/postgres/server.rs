//! The real program as a process of its own.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User};

use super::folder::{DataFolder, is_alive, is_root, wait_until};

/// A running `ferrodesk serve`. Dropping it ends it and its cluster.
pub(super) struct Server {
    child: Child,
    /// Where it listens: `http://127.0.0.1:41234`.
    pub(super) url: String,
    pid_file: PathBuf,
}

impl Server {
    /// Start it and wait until it says where it listens.
    pub(super) fn start(folder: &DataFolder) -> Self {
        Self::spawn(folder, Command::new(env!("CARGO_BIN_EXE_ferrodesk")))
    }

    /// The same with settings of the environment.
    pub(super) fn start_with(folder: &DataFolder, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ferrodesk"));
        command.envs(settings.iter().copied());
        Self::spawn(folder, command)
    }

    /// The same, as a user without rights even when the tests run as root.
    pub(super) fn start_as_plain_user(folder: &DataFolder) -> Self {
        if !is_root() {
            return Self::start(folder);
        }
        let nobody = User::from_name("nobody").unwrap().unwrap();
        std::fs::create_dir(&folder.path).unwrap();
        let (user, group) = (nobody.uid.as_raw(), nobody.gid.as_raw());
        std::os::unix::fs::chown(&folder.path, Some(user), Some(group)).unwrap();
        // The build may lie where this user cannot go.
        let program = folder.parent().join("ferrodesk");
        copy_program(&program);
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", &user.to_string(), "--regid", &group.to_string()])
            .args(["--clear-groups", "--"])
            .arg(program);
        Self::spawn(folder, command)
    }

    fn spawn(folder: &DataFolder, mut command: Command) -> Self {
        let mut child = command
            .arg("serve")
            .env("DataPath", &folder.path)
            .env("Urls", "http://127.0.0.1:0")
            .current_dir(folder.parent())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut server = Self {
            child,
            url: String::new(),
            pid_file: folder.pid_file(),
        };
        let mut lines = said.lines().map_while(Result::ok);
        let Some(address) = lines.find_map(|line| address_in(&line)) else {
            panic!("the server ended before it was ready: {}", server.wait());
        };
        server.url = address;
        // Whatever it says later is read, so that it never blocks.
        std::thread::spawn(move || lines.for_each(drop));
        server
    }

    pub(super) fn process(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill(self.process(), signal).unwrap();
    }

    pub(super) fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until("the server ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let postmaster = std::fs::read_to_string(&self.pid_file)
            .ok()
            .and_then(|text| text.lines().next()?.parse().ok())
            .map(Pid::from_raw);
        if let Ok(None) = self.child.try_wait() {
            self.signal(Signal::SIGTERM);
            self.wait();
        }
        if let Some(postmaster) = postmaster {
            wait_until("PostgreSQL ends after its server", || !is_alive(postmaster));
        }
    }
}

/// `http://127.0.0.1:41234` in a line for people.
fn address_in(line: &str) -> Option<String> {
    const LOOPBACK: &str = "http://127.0.0.1:";
    let rest = line.get(line.find(LOOPBACK)? + LOOPBACK.len()..)?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(format!("{LOOPBACK}{port}"))
}

fn copy_program(to: &Path) {
    let built = env!("CARGO_BIN_EXE_ferrodesk");
    if std::fs::hard_link(built, to).is_err() {
        std::fs::copy(built, to).unwrap();
    }
    let runnable = std::fs::metadata(to).unwrap().permissions().mode() & 0o001 != 0;
    assert!(runnable, "{} cannot be run by others", to.display());
}
