//! The programs of PostgreSQL that the system has installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

/// The oldest major version that Ferrodesk works with.
pub(super) const OLDEST_MAJOR: u32 = 14;

/// `initdb` and `postgres` of one version.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    major: u32,
}

impl Programs {
    /// The newest programs, or those of the major version that made the cluster at `cluster`.
    pub(super) fn find(made_by: Option<u32>, cluster: &Path) -> Result<Self> {
        let mut found: Vec<Self> = folders()
            .iter()
            .filter_map(|f| Self::in_folder(f))
            .collect();
        // A stable sort: of two with the same major, the folder that comes first wins.
        found.sort_by_key(|programs| std::cmp::Reverse(programs.major));
        let installed: Vec<u32> = found.iter().map(|programs| programs.major).collect();
        let chosen = found.into_iter().find(|programs| match made_by {
            Some(major) => programs.major == major,
            None => programs.major >= OLDEST_MAJOR,
        });
        match (chosen, made_by) {
            (Some(programs), _) => Ok(programs),
            (None, Some(major)) => bail!(
                "{} was made by PostgreSQL {major}, and {}. Nothing in it was touched. Install PostgreSQL {major} \
                 (Debian, Ubuntu: apt-get install postgresql-{major}), or move the data to a newer version with \
                 pg_upgrade or pg_dump",
                cluster.display(),
                installed_text(&installed),
            ),
            (None, None) => bail!(
                "Ferrodesk runs a PostgreSQL of its own and needs the programs of version {OLDEST_MAJOR} or newer, \
                 and {}. Install them (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install \
                 postgresql-server; Alpine: apk add postgresql), or name a running database in \
                 ConnectionStrings:DBConnectionString",
                installed_text(&installed),
            ),
        }
    }

    fn in_folder(folder: &Path) -> Option<Self> {
        if !folder.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(folder.join("postgres"))
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split_whitespace().nth(2)?;
        let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
        Some(Self {
            folder: folder.to_owned(),
            major: digits.parse().ok()?,
        })
    }

    /// The program that makes a cluster.
    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    /// The server program.
    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }
}

/// Where distributions put the programs of the server, most of them outside `PATH`.
fn folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    // Debian, Ubuntu; the packages of postgresql.org for Red Hat; SUSE, Gentoo; Alpine.
    for (base, prefix, tail) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/usr/lib", "postgresql", "bin"),
        ("/usr/lib64", "postgresql", "bin"),
        ("/usr/libexec", "postgresql", ""),
        ("/usr/local", "pgsql", "bin"),
    ] {
        let Ok(entries) = std::fs::read_dir(base) else {
            continue;
        };
        folders.extend(
            entries
                .flatten()
                .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
                .map(|entry| entry.path().join(tail)),
        );
    }
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    folders
}

fn installed_text(majors: &[u32]) -> String {
    let mut majors = majors.to_vec();
    majors.dedup();
    let list: Vec<String> = majors.iter().map(u32::to_string).collect();
    if list.is_empty() {
        "no PostgreSQL is installed here".to_owned()
    } else {
        format!("installed here is {}", list.join(", "))
    }
}
