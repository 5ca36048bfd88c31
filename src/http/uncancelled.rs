//! Work that no client can cancel by hanging up.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tracing::Instrument;

/// A future that is always run to its end: whoever drops it half-way leaves the rest to a task of its own.
///
/// A task of its own from the beginning would do as well, but nearly all clients wait for their answers, and two tasks
/// for each call are woken twice as often.
pub struct Uncancelled<T: Send + 'static>(Option<Pin<Box<dyn Future<Output = T> + Send>>>);

impl<T: Send + 'static> Uncancelled<T> {
    /// Nothing runs before it is polled for the first time. What it logs belongs to the span it is made in.
    pub fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Some(Box::pin(future.in_current_span())))
    }
}

impl<T: Send + 'static> fmt::Debug for Uncancelled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uncancelled").finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Future for Uncancelled<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // Taken out: one that panics is not polled again when it is dropped.
        let Some(mut future) = self.0.take() else {
            return Poll::Pending;
        };
        let polled = future.as_mut().poll(context);
        if polled.is_pending() {
            self.0 = Some(future);
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Uncancelled<T> {
    fn drop(&mut self) {
        // Without a runtime the program is at its end.
        if let Some(future) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(future);
        }
    }
}
