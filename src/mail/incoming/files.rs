//! The files of a mail on their way to their rows. Their bytes are on disk, and their numbers known, before the rows are
//! written: the body refers to them.

use std::collections::HashMap;
use std::fmt::Write as _;

use sqlx::{Postgres, Transaction};

use super::parse::{Content, MailFile};
use crate::app::AppState;
use crate::domain::attachments::{self, NewFile, clean_file_name};
use crate::domain::ids::AttachmentId;
use crate::domain::{Error, Result, html};
use crate::http::reply::file::media_type;
use crate::storage::{self, StoredFile};

/// Files whose bytes are stored and whose rows are not committed; gone when dropped.
pub(super) struct MailFiles {
    stored: Vec<(AttachmentId, String, StoredFile)>,
    /// Names of those that are larger than files may be.
    too_large: Vec<String>,
    left_out: usize,
}

/// The disk may have room later.
fn unavailable(error: storage::Error) -> Error {
    Error::Unavailable(Box::new(error))
}

impl MailFiles {
    /// None at all.
    pub(super) fn none() -> Self {
        Self {
            stored: vec![],
            too_large: vec![],
            left_out: 0,
        }
    }

    /// Give the files of a mail their lasting place.
    pub(super) async fn store(app: &AppState, content: &Content) -> Result<Self> {
        let most = usize::try_from(app.settings.limits.attachment_bytes).unwrap_or(usize::MAX);
        let whole = content.too_long();
        let all = content.files.iter().chain(&whole);
        let (fitting, large): (Vec<_>, Vec<_>) = all.partition(|file| file.bytes.len() <= most);
        let mut files = Self {
            stored: Vec::with_capacity(fitting.len()),
            too_large: large
                .iter()
                .map(|file| clean_file_name(&file.name))
                .collect(),
            left_out: content.left_out,
        };
        if fitting.is_empty() {
            return Ok(files);
        }
        let ids = {
            let mut tx = app.db.begin_job().await?;
            attachments::reserve_ids(&mut tx, fitting.len()).await?
        };
        for (id, file) in ids.into_iter().zip(fitting) {
            let stored = store(app, file).await.map_err(unavailable)?;
            files.stored.push((id, file.content_id.clone(), stored));
        }
        Ok(files)
    }

    /// Where the HTML of the mail finds them.
    pub(super) fn by_content_id(&self) -> HashMap<&str, AttachmentId> {
        let named = self
            .stored
            .iter()
            .filter(|(_, content_id, _)| !content_id.is_empty());
        named
            .map(|(id, content_id, _)| (content_id.as_str(), *id))
            .collect()
    }

    /// What the domain is told of them.
    pub(super) fn new_files(&self) -> Vec<NewFile> {
        let stored = self.stored.iter();
        stored.map(|(id, _, file)| new_file(*id, file)).collect()
    }

    /// What is said of those that are not there, as HTML.
    pub(super) fn note(&self) -> String {
        let mut note = String::new();
        let mut say = |text: &str| {
            // Writing into a text does not fail.
            let _ = write!(note, "<p><em>[{}]</em></p>", html::escape(text));
        };
        for name in &self.too_large {
            say(&format!(
                "The file {name} is too large to be attached; the original mail holds it."
            ));
        }
        if self.left_out > 0 {
            say(&format!(
                "{} more files are not attached; the original mail holds them.",
                self.left_out
            ));
        }
        note
    }

    /// Commit the transaction that holds their rows. They stay from the moment the commit is tried: bytes without a row
    /// are removed by the sweep, and a row without bytes would be worse.
    pub(super) async fn commit(self, tx: Transaction<'_, Postgres>) -> Result<()> {
        for (_, _, file) in self.stored {
            file.keep();
        }
        Ok(tx.commit().await?)
    }
}

async fn store(app: &AppState, file: &MailFile) -> storage::Result<StoredFile> {
    let mut incoming = app.storage.receive(&file.name).await?;
    incoming.write(&file.bytes).await?;
    incoming.finish().await?.store().await
}

/// The type follows from the cleaned name: what the mail says of it is not believed.
fn new_file(id: AttachmentId, file: &StoredFile) -> NewFile {
    let file_name = clean_file_name(&file.file_name);
    NewFile {
        id: Some(id),
        content_type: media_type(&file_name).to_owned(),
        file_name,
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        sha256: file.sha256.to_vec(),
        storage_key: file.key.clone(),
    }
}
