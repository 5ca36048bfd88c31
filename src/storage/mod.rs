//! The bytes of attachments: files with random names below one folder.
//!
//! A file of a request is streamed to `incoming/`, in the same file system. [`Upload::store`] makes it last: bytes on
//! the disk, a name of its own, the folder on the disk. Then the row that names it may be committed. Whatever is
//! dropped on the way takes its bytes along; what a killed process leaves behind is found by [`Storage::sweep`].

mod sweep;

use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::digest;
use tempfile::{NamedTempFile, TempPath};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

/// Below this the pieces of an upload are gathered before they are written.
const WRITE_BYTES: usize = 256 * 1024;

/// Folder of uploads that are not stored yet.
const INCOMING: &str = "incoming";

/// Length of a key: a random UUID in hexadecimal digits.
const KEY_LENGTH: usize = 32;

/// Why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk, or the quota on it, is full.
    #[error("the attachments folder is full")]
    Full(#[source] std::io::Error),
    /// Anything else.
    #[error("the attachments folder fails")]
    Io(#[source] std::io::Error),
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full(error),
            _ => Self::Io(error),
        }
    }
}

/// Result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The folder that attachments lie in.
#[derive(Clone, Debug)]
pub struct Storage {
    folder: Arc<Path>,
}

/// Work on the disk that waits for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(panic) => Err(std::io::Error::other(panic).into()),
    }
}

/// Make a folder that only the server's user may look into.
fn make_folder(path: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Whether this is a key of ours, and so no path to anywhere else.
fn is_key(key: &str) -> bool {
    key.len() == KEY_LENGTH
        && key
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Storage {
    /// The storage in `folder`, made when it is not there. Errors: it cannot be made or written to.
    pub async fn in_folder(folder: &Path) -> Result<Self> {
        let folder: Arc<Path> = folder.into();
        let incoming = folder.join(INCOMING);
        blocking(move || {
            make_folder(&incoming)?;
            NamedTempFile::new_in(&incoming)?.close()
        })
        .await?;
        Ok(Self { folder })
    }

    /// Where the bytes of `key` lie: 256 folders, by the first two digits.
    fn path(&self, key: &str) -> Option<PathBuf> {
        let group = key.get(..2)?;
        is_key(key).then(|| self.folder.join(group).join(key))
    }

    /// Begin to take a file of a request.
    pub async fn receive(&self, file_name: &str) -> Result<Incoming> {
        let folder = self.folder.join(INCOMING);
        let (file, path) =
            blocking(move || Ok(NamedTempFile::new_in(folder)?.into_parts())).await?;
        Ok(Incoming {
            file: tokio::fs::File::from_std(file),
            gathered: Vec::new(),
            hash: digest::Context::new(&digest::SHA256),
            upload: Upload {
                storage: self.clone(),
                path,
                file_name: file_name.to_owned(),
                size: 0,
                sha256: [0; 32],
            },
        })
    }

    /// The bytes of a stored file; `None` when they are not there.
    pub async fn open(&self, key: &str) -> Result<Option<tokio::fs::File>> {
        let Some(path) = self.path(key) else {
            return Ok(None);
        };
        match tokio::fs::File::open(path).await {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Remove the bytes of a stored file, after the row that names them is gone. Bytes that are not there are removed.
    pub async fn remove(&self, key: &str) -> Result<()> {
        let Some(path) = self.path(key) else {
            return Ok(());
        };
        match tokio::fs::remove_file(path).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// A file on its way in.
pub struct Incoming {
    file: tokio::fs::File,
    gathered: Vec<u8>,
    hash: digest::Context,
    upload: Upload,
}

impl Incoming {
    /// Take the next bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.upload.size = self
            .upload
            .size
            .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= WRITE_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// All bytes have come.
    pub async fn finish(mut self) -> Result<Upload> {
        self.flush().await?;
        self.file.flush().await?;
        for (to, from) in self
            .upload
            .sha256
            .iter_mut()
            .zip(self.hash.finish().as_ref())
        {
            *to = *from;
        }
        Ok(self.upload)
    }

    async fn flush(&mut self) -> Result<()> {
        self.file.write_all(&self.gathered).await?;
        self.gathered.clear();
        Ok(())
    }
}

/// A file of a request, on disk under a temporary name. Gone when dropped.
#[derive(Debug)]
pub struct Upload {
    storage: Storage,
    path: TempPath,
    /// The name as the client gave it.
    pub file_name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

impl Upload {
    /// Make the bytes last, under a name of their own.
    pub async fn store(self) -> Result<StoredFile> {
        let key = Uuid::new_v4().simple().to_string();
        let Some(path) = self.storage.path(&key) else {
            return Err(std::io::Error::other("a key that is none").into());
        };
        let folder = Arc::clone(&self.storage.folder);
        let temporary = self.path;
        let path = blocking(move || {
            std::fs::File::open(&temporary)?.sync_all()?;
            let group = path.parent().unwrap_or(&folder);
            if !group.is_dir() {
                make_folder(group)?;
                std::fs::File::open(&folder)?.sync_all()?;
            }
            temporary
                .persist_noclobber(&path)
                .map_err(|error| error.error)?;
            // From here on the file goes when it is dropped, as before.
            let path = TempPath::try_from_path(path)?;
            std::fs::File::open(path.parent().unwrap_or(&folder))?.sync_all()?;
            Ok(path)
        })
        .await?;
        Ok(StoredFile {
            path,
            file_name: self.file_name,
            size: self.size,
            sha256: self.sha256,
            key,
        })
    }
}

/// A file whose bytes are stored, and whose row is not committed yet. Gone when dropped.
#[derive(Debug)]
#[must_use = "the bytes go when it is dropped"]
pub struct StoredFile {
    path: TempPath,
    /// As in [`Upload`].
    pub file_name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// What the row calls the bytes; see [`Storage::open`].
    pub key: String,
}

impl StoredFile {
    /// The row that names the bytes is about to be committed: they stay.
    pub fn keep(mut self) {
        self.path.disable_cleanup(true);
    }
}
