//! Reading a body piece by piece: bounded in size, and cut off when its sender stalls.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use futures_util::Stream;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::http::error::ApiError;

/// A body must bring [`LEAST`] bytes, or end, within each such time.
const WINDOW: Duration = Duration::from_secs(30);

/// Bytes that a sender who has not stalled brings within a [`WINDOW`].
const LEAST: usize = 4 * 1024;

/// Why a body could not be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyError {
    /// Its sender stalls.
    #[error("The request body came too slowly.")]
    TooSlow,
    /// It ended early, or its chunks are malformed.
    #[error("The request body ended early.")]
    Broken,
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooSlow => Self::TooSlow,
            BodyError::Broken => Self::Malformed(error.to_string()),
        }
    }
}

/// 413 with the limit of everything in a request that is no file.
pub(super) fn too_large(limit: usize) -> ApiError {
    ApiError::TooLarge(format!(
        "The request without its files is larger than {limit} bytes."
    ))
}

/// The whole body of a request that brings no files, at most `limit` bytes of it. Errors: 408, 413, 400 when it breaks.
pub async fn whole(body: Body, headers: &HeaderMap, limit: usize) -> Result<Vec<u8>, ApiError> {
    Reading::new(body, headers).whole(limit).await
}

/// A body on its way.
#[derive(Debug)]
pub(super) struct Reading {
    body: Body,
    /// What the client says it will send.
    announced: Option<u64>,
    window_ends: Instant,
    in_window: usize,
}

impl Reading {
    pub(super) fn new(body: Body, headers: &HeaderMap) -> Self {
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        Self {
            body,
            announced,
            window_ends: Instant::now() + WINDOW,
            in_window: 0,
        }
    }

    /// The next piece, `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            let Ok(frame) = timeout_at(self.window_ends, self.body.frame()).await else {
                if self.in_window < LEAST {
                    return Err(BodyError::TooSlow);
                }
                self.in_window = 0;
                self.window_ends = Instant::now() + WINDOW;
                continue;
            };
            return match frame {
                None => Ok(None),
                Some(Err(_)) => Err(BodyError::Broken),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(piece) => {
                        self.in_window = self.in_window.saturating_add(piece.len());
                        Ok(Some(piece))
                    }
                    // Trailers.
                    Err(_) => continue,
                },
            };
        }
    }

    /// The whole body, at most `limit` bytes of it.
    pub(super) async fn whole(mut self, limit: usize) -> Result<Vec<u8>, ApiError> {
        let announced = self.announced.and_then(|length| length.try_into().ok());
        if announced.is_some_and(|length: usize| length > limit) {
            return Err(too_large(limit));
        }
        let mut whole = Vec::with_capacity(announced.unwrap_or_default().min(64 * 1024));
        while let Some(piece) = self.next().await? {
            if whole.len().saturating_add(piece.len()) > limit {
                return Err(too_large(limit));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// The body as a stream of pieces.
    pub(super) fn pieces(self) -> impl Stream<Item = Result<Bytes, BodyError>> + Send {
        futures_util::stream::try_unfold(self, |mut reading| async move {
            Ok(reading.next().await?.map(|piece| (piece, reading)))
        })
    }
}
