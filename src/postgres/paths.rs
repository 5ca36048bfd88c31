//! Where the parts of the cluster lie in the data folder, and how to reach it there.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use ring::digest;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// The role and the database of Ferrodesk. The role is no superuser: what a helpdesk must not do, it cannot do.
pub(super) const ROLE: &str = "ferrodesk";

/// Part of the socket's name; no TCP port is opened.
const PORT: u16 = 5432;

/// A socket's path holds 107 bytes, and PostgreSQL adds `/.s.PGSQL.5432` to the folder.
const LONGEST_SOCKET_FOLDER: usize = 107 - "/.s.PGSQL.5432".len();

/// Where the parts of the cluster lie.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    pub(super) data_path: PathBuf,
    /// `DataPath/postgres`.
    pub(super) folder: PathBuf,
    /// PostgreSQL's own data directory in it.
    pub(super) cluster: PathBuf,
    /// The folder of the socket.
    pub(super) socket: PathBuf,
    secret: PathBuf,
}

impl Paths {
    /// The paths under a data folder, whose path is absolute and without links: every process must come to the same.
    pub(super) fn under(data_path: &Path) -> Self {
        let folder = data_path.join("postgres");
        let mut socket = folder.join("run");
        if socket.as_os_str().len() > LONGEST_SOCKET_FOLDER {
            let hash = digest::digest(&digest::SHA256, folder.as_os_str().as_encoded_bytes());
            let name: String = hexadecimal(hash.as_ref()).chars().take(24).collect();
            // Not the temporary folder of the environment: a command beside the server may have another one.
            socket = Path::new("/tmp").join(format!("ferrodesk-{name}"));
        }
        Self {
            data_path: data_path.to_owned(),
            cluster: folder.join("cluster"),
            socket,
            secret: data_path.join("postgres.secret"),
            folder,
        }
    }

    /// The setting of PostgreSQL that names the folder of the socket. Its value is a list, so the path is quoted.
    pub(super) fn socket_setting(&self) -> OsString {
        let mut setting = b"unix_socket_directories=\"".to_vec();
        for byte in self.socket.as_os_str().as_bytes() {
            if *byte == b'"' {
                setting.push(b'"');
            }
            setting.push(*byte);
        }
        setting.push(b'"');
        OsString::from_vec(setting)
    }

    /// How to connect as Ferrodesk. Errors: the secret cannot be read.
    pub(super) fn options(&self) -> Result<PgConnectOptions> {
        Ok(self.connect_as(ROLE, &self.read_secret()?))
    }

    /// How to connect as one of the two roles, which share the secret.
    pub(super) fn connect_as(&self, role: &str, secret: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.socket)
            .port(PORT)
            .username(role)
            .password(secret)
            .database(role)
            .ssl_mode(PgSslMode::Disable)
    }

    /// The password of the cluster: letters and digits.
    pub(super) fn read_secret(&self) -> Result<String> {
        let text = std::fs::read_to_string(&self.secret).with_context(|| {
            format!(
                "cannot read {}, which holds the password of the cluster. Ferrodesk must run as the user who made \
                 the data folder, or as root; if the file is lost, take it from a backup",
                self.secret.display()
            )
        })?;
        let secret = text.trim().to_owned();
        ensure!(
            !secret.is_empty() && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{} is damaged; it held the password of the cluster: take the file from a backup",
            self.secret.display()
        );
        Ok(secret)
    }

    /// A new secret, written whole or not at all.
    pub(super) fn make_secret(&self) -> Result<String> {
        let mut bytes = [0_u8; 24];
        getrandom::fill(&mut bytes)?;
        let secret = hexadecimal(&bytes);
        // Temporary files are made with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(&self.data_path)?;
        writeln!(file, "{secret}")?;
        file.as_file().sync_all()?;
        file.persist(&self.secret)?;
        Ok(secret)
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
