//! The accept loop. Ours, because plain `axum::serve` waits for the head of a request for ever.

mod head_timer;
mod wire;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::body::HttpBody;
use axum::http::{Request, Response};
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use head_timer::HeadTimer;
use wire::Wire;

/// The other end of the connection; the accept loop puts it into the extensions of each request.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub SocketAddr);

/// Bytes of the request line and the headers together.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Bytes that are read ahead on a connection.
const MAX_BUFFER_BYTES: usize = 128 * 1024;

/// How long running requests may go on after the stop.
const LAST_REQUESTS: Duration = Duration::from_secs(25);

/// How long the loop rests when the system refuses connections: out of file descriptors, for one.
const REST: Duration = Duration::from_millis(100);

/// How connections are served.
#[derive(Clone, Debug)]
pub struct Connections {
    open: Arc<Semaphore>,
    most: usize,
}

impl Connections {
    /// At most `most` connections at once; further ones wait until one is closed.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let most = most.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            open: Arc::new(Semaphore::new(most)),
            most,
        }
    }

    /// Fewer than a quarter is left.
    fn are_scarce(&self) -> bool {
        self.open.available_permits() < self.most.div_ceil(4)
    }

    /// Serve connections of `listener` until `stop` is done; then let running requests finish, for 25 seconds at most.
    /// `answer` is asked for each request.
    pub async fn serve<A, F, B>(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
        answer: A,
    ) where
        A: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let graceful = GracefulShutdown::new();
        let mut tasks = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            while tasks.try_join_next().is_some() {}
            let (stream, peer, permit) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = self.accept(&listener) => accepted,
            };
            // Answers are small: waiting for more of them to fill a packet only delays.
            let _ = stream.set_nodelay(true);
            let answer = answer.clone();
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(PeerAddress(peer));
                let answer = answer(request);
                async move { Ok::<_, Infallible>(answer.await) }
            });
            let heard = Arc::new(AtomicBool::new(false));
            let timer = HeadTimer::new(Arc::clone(&heard), self.clone());
            let connection = http1::Builder::new()
                .timer(timer)
                .header_read_timeout(head_timer::WHOLE_HEAD)
                .max_header_size(MAX_HEAD_BYTES)
                .max_buf_size(MAX_BUFFER_BYTES)
                .serve_connection(TokioIo::new(Wire::new(stream, heard)), service);
            let connection = graceful.watch(connection);
            tasks.spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%peer, %error, "connection ended");
                }
                drop(permit);
            });
        }
        drop(listener);
        if tokio::time::timeout(LAST_REQUESTS, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!(
                connections = tasks.len(),
                "requests are cut off: they ran on for 25 seconds after the stop"
            );
        }
        tasks.shutdown().await;
    }

    /// The next connection, as soon as there is room for one.
    async fn accept(
        &self,
        listener: &TcpListener,
    ) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
        // The semaphore is never closed.
        let permit = Arc::clone(&self.open).acquire_owned().await.ok();
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return (stream, peer, permit),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }
}
