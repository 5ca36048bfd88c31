//! Commands and mails out of a connection, within a time and a size.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::data::Data;
use crate::mail::tls::Connection;

/// The longest command: addresses and parameters are far shorter.
const LONGEST: usize = 4096;

/// How much is read at once.
const PIECE: usize = 16 * 1024;

/// A mail may take so many times the time that a command may.
const PATIENCE_WITH_MAIL: u32 = 12;

/// What came instead of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The connection is over.
    Over,
    /// Nothing came in time.
    Late,
    /// We end.
    Stopped,
    /// A line that is too long.
    TooLong,
    /// A line that does not end with CR LF.
    BadEnd,
}

/// A connection, read by lines.
pub(super) struct Lines {
    stream: Box<dyn Connection>,
    unread: Vec<u8>,
    patience: Duration,
    stop: CancellationToken,
}

impl Lines {
    pub(super) fn new(
        stream: Box<dyn Connection>,
        patience: Duration,
        stop: CancellationToken,
    ) -> Self {
        Self {
            stream,
            unread: vec![],
            patience,
            stop,
        }
    }

    /// Nothing has come that was not read.
    pub(super) fn is_drained(&self) -> bool {
        self.unread.is_empty()
    }

    /// The bare connection.
    pub(super) fn into_stream(self) -> Box<dyn Connection> {
        self.stream
    }

    /// The next command, with its CR LF.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, Trouble> {
        let end = Instant::now() + self.patience;
        let mut skipped = false;
        loop {
            if let Some(place) = self.unread.iter().position(|byte| *byte == b'\n') {
                let rest = self.unread.split_off(place + 1);
                let line = std::mem::replace(&mut self.unread, rest);
                return if skipped || line.len() > LONGEST {
                    Err(Trouble::TooLong)
                } else if is_sound(&line) {
                    Ok(line)
                } else {
                    Err(Trouble::BadEnd)
                };
            }
            if self.unread.len() > LONGEST {
                self.unread.clear();
                skipped = true;
            }
            self.read_more(end).await?;
        }
    }

    /// A mail, after DATA.
    pub(super) async fn mail(&mut self, limit: usize) -> Result<Data, Trouble> {
        let last = Instant::now() + self.patience * PATIENCE_WITH_MAIL;
        let mut data = Data::new(limit);
        loop {
            if let Some(taken) = data.take(&self.unread) {
                self.unread.drain(..taken);
                return Ok(data);
            }
            self.unread.clear();
            // What is far too large is not listened to until its end.
            if data.size > limit.saturating_mul(4) {
                return Err(Trouble::TooLong);
            }
            self.read_more(last.min(Instant::now() + self.patience))
                .await?;
        }
    }

    async fn read_more(&mut self, end: Instant) -> Result<(), Trouble> {
        self.unread.reserve(PIECE);
        let read = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Err(Trouble::Stopped),
            read = tokio::time::timeout_at(end, self.stream.read_buf(&mut self.unread)) => read,
        };
        match read {
            Err(_) => Err(Trouble::Late),
            Ok(Err(_) | Ok(0)) => Err(Trouble::Over),
            Ok(Ok(_)) => Ok(()),
        }
    }

    /// Say something. Whoever does not listen is left.
    pub(super) async fn say(&mut self, text: &str) -> io::Result<()> {
        let said = async {
            self.stream.write_all(text.as_bytes()).await?;
            self.stream.flush().await
        };
        tokio::time::timeout(self.patience, said)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

/// One line, ended by CR LF, with nothing of another in it.
fn is_sound(line: &[u8]) -> bool {
    line.strip_suffix(b"\r\n")
        .is_some_and(|text| !text.contains(&b'\r') && !text.contains(&0))
}
