//! The log of PostgreSQL: one file of bounded size, and the one before it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use nix::fcntl::OFlag;

/// Above this size, in bytes, the log moves aside.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// How much of the end is shown when PostgreSQL does not start, in bytes.
const TAIL_BYTES: u64 = 2000;

/// `server.log` in the folder of the cluster.
#[derive(Clone, Debug)]
pub(super) struct ServerLog {
    path: PathBuf,
}

impl ServerLog {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join("server.log"),
        }
    }

    /// Open to append. The folder belongs to the account of the cluster, so a link planted there is not followed:
    /// we may be root.
    pub(super) fn open(&self) -> Result<File> {
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .custom_flags(OFlag::O_NOFOLLOW.bits())
            .open(&self.path)
            .with_context(|| format!("cannot write PostgreSQL's log {}", self.path.display()))
    }

    /// Keep the log small. Called while PostgreSQL writes: it appends to the file that it has open, so the file is
    /// copied and emptied rather than renamed.
    pub(super) fn bound(&self) -> Result<()> {
        let size = std::fs::symlink_metadata(&self.path).map_or(0, |file| file.size());
        if size <= MOST_BYTES {
            return Ok(());
        }
        let old = self.path.with_extension("log.1");
        let half = self.path.with_extension("log.half");
        let _ = std::fs::remove_file(&half);
        let mut from = self.open_to_read()?;
        let mut to = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&half)?;
        std::io::copy(&mut from.by_ref().take(2 * MOST_BYTES), &mut to)?;
        std::fs::rename(&half, &old)?;
        self.open()?.set_len(0)?;
        Ok(())
    }

    /// The last lines, for the message that PostgreSQL does not start.
    pub(super) fn tail(&self) -> String {
        let read = || -> Result<String> {
            let mut file = self.open_to_read()?;
            let size = file.metadata()?.size();
            file.seek(SeekFrom::Start(size.saturating_sub(TAIL_BYTES)))?;
            let mut bytes = Vec::new();
            file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
        };
        read().unwrap_or_default()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn open_to_read(&self) -> Result<File> {
        Ok(OpenOptions::new()
            .read(true)
            .custom_flags(OFlag::O_NOFOLLOW.bits())
            .open(&self.path)?)
    }
}
