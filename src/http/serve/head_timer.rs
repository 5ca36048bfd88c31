//! How long a connection may take to send the head of a request: 5 seconds from its first byte. Before that byte a
//! connection that has been answered once may rest for longer, because clients keep connections.
//!
//! hyper knows one time-out for both. It asks its timer for a sleep at the beginning of each head, and polls that
//! sleep after each piece: so the sleep itself can look whether anything has been heard.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

use super::Connections;

/// For the head of a request, and for the first byte of a connection.
pub(super) const WHOLE_HEAD: Duration = Duration::from_secs(5);

/// For the first byte of a further request. Longer than the usual proxies keep a connection, so that they close it.
const REST: Duration = Duration::from_secs(75);

/// The timer of one connection.
#[derive(Debug)]
pub(super) struct HeadTimer {
    /// Something has come since the head began; set by the wire.
    heard: Arc<AtomicBool>,
    /// This is not the first request.
    is_known: AtomicBool,
    connections: Connections,
}

impl HeadTimer {
    pub(super) fn new(heard: Arc<AtomicBool>, connections: Connections) -> Self {
        Self {
            heard,
            is_known: AtomicBool::new(false),
            connections,
        }
    }
}

impl Timer for HeadTimer {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Sleep>> {
        self.heard.store(false, Ordering::Relaxed);
        let is_known = self.is_known.swap(true, Ordering::Relaxed);
        let patience = if is_known && !self.connections.are_scarce() {
            REST
        } else {
            WHOLE_HEAD
        };
        Box::pin(HeadSleep {
            heard: Arc::clone(&self.heard),
            has_begun: !is_known,
            sleep: Box::pin(tokio::time::sleep(patience)),
        })
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(deadline.saturating_duration_since(Instant::now()))
    }
}

/// The time-out of one head.
struct HeadSleep {
    heard: Arc<AtomicBool>,
    /// The first byte has come, and the time for the whole head runs.
    has_begun: bool,
    sleep: Pin<Box<tokio::time::Sleep>>,
}

impl Future for HeadSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.has_begun && self.heard.load(Ordering::Relaxed) {
            self.has_begun = true;
            let end = tokio::time::Instant::now() + WHOLE_HEAD;
            self.sleep.as_mut().reset(end);
        }
        ready!(self.sleep.as_mut().poll(cx));
        Poll::Ready(())
    }
}

impl Sleep for HeadSleep {}
