//! Multipart bodies: text parts into the bag, files to disk, never whole in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::header;
use futures_util::StreamExt;
use multer::{Field, Multipart};

use crate::app::AppState;
use crate::http::error::ApiError;
use crate::storage::{Incoming, Upload};

use super::bag::{ParamBag, Source};
use super::body::{BodyError, Reading, too_large};
use super::disposition::{Disposition, parameters};

/// Bytes that may pass before a part begins or goes on. The library keeps everything until it finds a boundary
/// or the end of a part's header.
const MAX_UNUSED: usize = 1024 * 1024;

/// Parts one body may have, files included.
const MAX_PARTS: usize = 1_000;
/// Bytes after the last boundary that are read before they are given up.
const LONGEST_EPILOGUE: usize = 64 * 1024;

/// Why the body could not be taken apart.
#[derive(Debug, thiserror::Error)]
enum StreamError {
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("no boundary")]
    NoBoundary,
}

fn malformed(problem: &str) -> ApiError {
    ApiError::Malformed(format!("The multipart body is malformed: {problem}."))
}

fn explain(error: &multer::Error) -> ApiError {
    if let multer::Error::StreamReadFailed(source) = error
        && let Some(StreamError::Body(body)) = source.downcast_ref()
    {
        return (*body).into();
    }
    malformed("a boundary or the header of a part is missing or broken")
}

/// Read all parts. Files are read over when nobody wants them, within the same limits.
pub(super) async fn read(
    content_type: &str,
    reading: Reading,
    app: &AppState,
    bag: &mut ParamBag,
    files: Option<&mut Vec<Upload>>,
) -> Result<(), ApiError> {
    let boundary = parameters(content_type)
        .into_iter()
        .find_map(|(name, value)| (name == "boundary").then_some(value))
        .filter(|boundary| (1..=200).contains(&boundary.len()))
        .ok_or_else(|| malformed("its Content-Type has no boundary"))?;
    let unused = Arc::new(AtomicUsize::new(0));
    let fed = Arc::clone(&unused);
    let pieces = reading.pieces().map(move |piece| {
        let piece = piece?;
        let before = fed.fetch_add(piece.len(), Ordering::Relaxed);
        if before > MAX_UNUSED {
            return Err(StreamError::NoBoundary);
        }
        Ok(piece)
    });
    let mut parts = Parts {
        app,
        unused,
        text_bytes: 0,
        file_count: 0,
        files,
    };
    let mut pieces = std::pin::pin!(pieces);
    let mut multipart = Multipart::new(pieces.as_mut(), boundary);
    let mut count = 0_usize;
    while let Some(field) = multipart
        .next_field()
        .await
        .map_err(|error| explain(&error))?
    {
        parts.unused.store(0, Ordering::Relaxed);
        count += 1;
        if count > MAX_PARTS {
            return Err(malformed("it has more than 1000 parts"));
        }
        parts.read(field, bag).await?;
    }
    drop(multipart);
    // What follows the last boundary means nothing, but the end of the body must be reached: otherwise the connection
    // is closed under a client who is about to use it again. Not for ever, though.
    let mut left = LONGEST_EPILOGUE;
    while left > 0
        && let Some(piece) = pieces.next().await
    {
        match piece {
            Ok(piece) => left = left.saturating_sub(piece.len().max(1)),
            Err(StreamError::Body(error)) => return Err(error.into()),
            Err(StreamError::NoBoundary) => break,
        }
    }
    Ok(())
}

/// The parts of a body, as they come.
struct Parts<'a> {
    app: &'a AppState,
    unused: Arc<AtomicUsize>,
    text_bytes: usize,
    file_count: usize,
    files: Option<&'a mut Vec<Upload>>,
}

impl Parts<'_> {
    async fn read(&mut self, field: Field<'_>, bag: &mut ParamBag) -> Result<(), ApiError> {
        let disposition = field
            .headers()
            .get(header::CONTENT_DISPOSITION)
            .map(|value| Disposition::parse(value.as_bytes()))
            .unwrap_or_default();
        if let Some(file_name) = disposition.file_name {
            return self.file(field, &file_name).await;
        }
        let Some(name) = disposition.name else {
            return Err(malformed("a part has no name"));
        };
        let text = self.text(field, &name).await?;
        bag.add_text(Source::Body, &name, text)
    }

    async fn next(&self, field: &mut Field<'_>) -> Result<Option<bytes::Bytes>, ApiError> {
        let piece = field.chunk().await.map_err(|error| explain(&error))?;
        self.unused.store(0, Ordering::Relaxed);
        Ok(piece)
    }

    /// A text; all texts of a body together are bounded.
    async fn text(&mut self, mut field: Field<'_>, name: &str) -> Result<String, ApiError> {
        let limit = self.app.settings.limits.body_bytes;
        self.text_bytes = self.text_bytes.saturating_add(name.len());
        let mut bytes = Vec::new();
        while let Some(piece) = self.next(&mut field).await? {
            self.text_bytes = self.text_bytes.saturating_add(piece.len());
            if self.text_bytes > limit {
                return Err(too_large(limit));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// A file: to disk when the method takes files, nowhere otherwise.
    async fn file(&mut self, mut field: Field<'_>, file_name: &str) -> Result<(), ApiError> {
        let limits = self.app.settings.limits;
        let mut size = 0_u64;
        let (mut begun, mut incoming) = (false, None);
        while let Some(piece) = self.next(&mut field).await? {
            size = size.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if size > limits.attachment_bytes {
                return Err(ApiError::TooLarge(format!(
                    "A file is larger than {} bytes.",
                    limits.attachment_bytes
                )));
            }
            if !begun {
                begun = true;
                incoming = self.begin(file_name).await?;
            }
            if let Some(incoming) = &mut incoming {
                incoming.write(&piece).await?;
            }
        }
        // What a browser sends for a file field that nobody filled.
        if size == 0 && file_name.is_empty() {
            return Ok(());
        }
        if !begun {
            incoming = self.begin(file_name).await?;
        }
        if let (Some(files), Some(incoming)) = (&mut self.files, incoming) {
            files.push(incoming.finish().await?);
        }
        Ok(())
    }

    /// One more file. `None` when nobody wants it.
    async fn begin(&mut self, file_name: &str) -> Result<Option<Incoming>, ApiError> {
        let allowed = self.app.settings.limits.files_per_request;
        self.file_count = self.file_count.saturating_add(1);
        if self.file_count > allowed {
            return Err(ApiError::TooLarge(format!(
                "The request has more than {allowed} files."
            )));
        }
        if self.files.is_none() {
            return Ok(None);
        }
        let incoming = self.app.storage.receive(file_name).await?;
        Ok(Some(incoming))
    }
}
