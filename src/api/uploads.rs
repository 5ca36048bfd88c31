//! Files of a request on their way to their rows: *Ticket*, *Comment*, `AttachFile`, *Article*.
//!
//! The bytes are on disk, under their lasting name, before the row is committed. Whatever fails before that removes
//! them again.

use sqlx::{Postgres, Transaction};

use crate::domain::attachments::{NewFile, clean_file_name};
use crate::http::error::Result;
use crate::http::reply::file::media_type;
use crate::storage::{StoredFile, Upload};

/// Files whose bytes are stored and whose rows are not committed; gone when dropped.
#[derive(Debug)]
pub struct Uploads(Vec<StoredFile>);

impl Uploads {
    /// Give the files of a request their lasting place.
    pub async fn store(files: Vec<Upload>) -> Result<Self> {
        let mut stored = Vec::with_capacity(files.len());
        for file in files {
            stored.push(file.store().await?);
        }
        Ok(Self(stored))
    }

    /// What the domain is told of them.
    #[must_use]
    pub fn new_files(&self) -> Vec<NewFile> {
        self.0.iter().map(new_file).collect()
    }

    /// Commit the transaction that holds their rows. They stay from the moment the commit is tried: whether one that
    /// breaks off has happened is not known here, and a row without bytes is worse than bytes without a row, which
    /// the sweep removes.
    pub async fn commit(self, tx: Transaction<'_, Postgres>) -> Result<()> {
        for file in self.0 {
            file.keep();
        }
        Ok(tx.commit().await?)
    }
}

/// The type follows from the cleaned name: a character that nobody sees must not hide an ending.
fn new_file(file: &StoredFile) -> NewFile {
    let file_name = clean_file_name(&file.file_name);
    NewFile {
        id: None,
        content_type: media_type(&file_name).to_owned(),
        file_name,
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        sha256: file.sha256.to_vec(),
        storage_key: file.key.clone(),
    }
}
