//! The system account that PostgreSQL runs as. PostgreSQL refuses to run as root, so root lends it another.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::{Uid, User, geteuid};

/// Accounts that root lends to PostgreSQL, the best first.
const LENT: [&str; 2] = ["postgres", "nobody"];

/// The account of the cluster's files and processes.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
    name: String,
    /// Whether we are root and children change to this account.
    lent: bool,
}

impl Account {
    /// The account for the cluster at `cluster`, which may not exist yet.
    pub(super) fn choose(cluster: &Path) -> Result<Self> {
        let owner = std::fs::metadata(cluster).ok();
        let ours = geteuid();
        if !ours.is_root() {
            if let Some(owner) = owner.filter(|owner| owner.uid() != ours.as_raw()) {
                bail!(
                    "{} belongs to user {}, and this is user {}. Start Ferrodesk as the user who made the data \
                     folder (or as root, if root did), or give the folder to this user: chown -R",
                    cluster.display(),
                    name_of(owner.uid()),
                    name_of(ours.as_raw()),
                );
            }
            return Ok(Self {
                uid: ours.as_raw(),
                gid: nix::unistd::getegid().as_raw(),
                name: name_of(ours.as_raw()),
                lent: false,
            });
        }
        if let Some(owner) = owner {
            ensure!(
                owner.uid() != 0,
                "{0} belongs to root, and PostgreSQL never runs as root. Give it to the account it shall run as, \
                 for example: chown -R postgres: {0}",
                cluster.display()
            );
            return Ok(Self {
                uid: owner.uid(),
                gid: owner.gid(),
                name: name_of(owner.uid()),
                lent: true,
            });
        }
        for name in LENT {
            if let Some(user) = User::from_name(name)? {
                return Ok(Self {
                    uid: user.uid.as_raw(),
                    gid: user.gid.as_raw(),
                    name: user.name,
                    lent: true,
                });
            }
        }
        bail!(
            "PostgreSQL never runs as root, and this system has neither a user postgres nor a user nobody to run it \
             as. Make one (useradd --system postgres), or start Ferrodesk as another user"
        )
    }

    /// Whether another account than ours runs the cluster, which is so when we are root.
    pub(super) fn is_lent(&self) -> bool {
        self.lent
    }

    /// The name for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A command that runs as this account, with nothing of our environment that could change PostgreSQL's mind.
    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .env("LC_ALL", "C")
            // Our own working folder may be one that this account cannot enter.
            .current_dir("/")
            .stdin(Stdio::null());
        if let Some(libraries) = std::env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        if self.lent {
            // The standard library drops the supplementary groups when root changes the user.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Like [`Self::command`], for a program that the kernel signals with `signal` when the thread that started it
    /// dies. `setpriv` asks for that after the change of user, which would clear it.
    pub(super) fn bound_command(&self, signal: &str, program: &Path) -> Command {
        let mut command = self.command("setpriv");
        command.args(["--pdeathsig", signal, "--"]).arg(program);
        command
    }

    /// Make sure that this account can work in `folder`, or say which folder on the way shuts it out.
    pub(super) fn check_access(&self, folder: &Path) -> Result<()> {
        if self.passes("-w", folder)? && self.passes("-x", folder)? {
            return Ok(());
        }
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        for step in way {
            if !self.passes("-x", step)? {
                bail!(
                    "PostgreSQL never runs as root; it runs as user {}, who cannot enter {}. Choose another DataPath \
                     (/var/lib/ferrodesk serves well), or let other users pass: chmod o+x {}",
                    self.name,
                    step.display(),
                    step.display(),
                );
            }
        }
        bail!(
            "user {}, as whom PostgreSQL runs, cannot write to {}: is the file system read-only?",
            self.name,
            folder.display()
        )
    }

    fn passes(&self, test: &str, path: &Path) -> Result<bool> {
        let status = self
            .command("test")
            .arg(test)
            .arg(path)
            .status()
            .context("the system command `test` does not run")?;
        Ok(status.success())
    }
}

fn name_of(uid: u32) -> String {
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => user.name,
        _ => uid.to_string(),
    }
}
