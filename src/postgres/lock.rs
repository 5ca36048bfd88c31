//! The lock on the data folder: at most one process runs the cluster in it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The lock, held until dropped. The kernel lets it go when the process dies, however it dies.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

/// What an attempt brought.
#[derive(Debug)]
pub(super) enum Attempt {
    /// The folder is ours.
    Won(FolderLock),
    /// Another process has it; its number, if it has written it already.
    Taken(Option<u32>),
}

impl FolderLock {
    /// Try to take the lock of the data folder.
    pub(super) fn attempt(data_path: &Path) -> Result<Attempt> {
        let path = lock_path(data_path);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| {
                format!(
                    "cannot open {}: Ferrodesk must run as the user who owns the data folder, or as root",
                    path.display()
                )
            })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.read_to_string(&mut text)?;
                return Ok(Attempt::Taken(text.trim().parse().ok()));
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        file.set_len(0)?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Attempt::Won(Self { _file: file }))
    }
}

fn lock_path(data_path: &Path) -> PathBuf {
    data_path.join("lock")
}
