//! The connection to a mail server: it may be silent for so long and send so much.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::literals::Literals;
use crate::mail::tls::Connection;

/// How long a server may be silent while an answer is due.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// How much the answer to a command that fetches no mail may hold.
pub(super) const SMALL: u64 = 64 * 1024 * 1024;

/// See the module.
pub(super) struct Wire {
    inner: Box<dyn Connection>,
    patience: Duration,
    silence: Option<Pin<Box<Sleep>>>,
    left: u64,
    literals: Literals,
    /// The server told of new mail beside the answer to something else.
    pub(super) news: bool,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Wire {
    pub(super) fn new(inner: Box<dyn Connection>) -> Self {
        Self {
            inner,
            patience: PATIENCE,
            silence: None,
            left: SMALL,
            literals: Literals::default(),
            news: false,
        }
    }

    /// The bare connection, for TLS to go over it.
    pub(super) fn into_inner(self) -> Box<dyn Connection> {
        self.inner
    }

    /// From now on the server may be silent for so long.
    pub(super) fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
        self.silence = None;
    }

    /// From now on the server may send so many bytes.
    pub(super) fn allow(&mut self, bytes: u64) {
        self.left = bytes;
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut this.inner).poll_read(cx, buffer) {
            this.silence = None;
            let new = buffer.filled().get(before..).unwrap_or_default();
            let announced = this.literals.read(new);
            let bytes = u64::try_from(new.len()).unwrap_or(u64::MAX);
            let left = this.left.checked_sub(bytes);
            let Some(left) = left.filter(|left| announced <= left.saturating_add(bytes)) else {
                return Poll::Ready(Err(io::Error::other("the mail server sends too much")));
            };
            this.left = left;
            return Poll::Ready(read);
        }
        let patience = this.patience;
        let silence = this
            .silence
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(silence.as_mut().poll(cx));
        this.silence = None;
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the mail server does not answer",
        )))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
