//! Waiting for new mail: the server tells of it (IDLE, RFC 2177) where it can, else it is asked each minute.

use std::time::Duration;

use async_imap::Session;
use async_imap::types::UnsolicitedResponse;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::answers::of_imap;
use super::failure::Failure;
use super::wire::{PATIENCE, SMALL, Wire};

/// How often a server is asked that cannot tell.
const EVERY: Duration = Duration::from_mins(1);

/// How often a server is asked that can: it also shows that the connection is alive.
const EVERY_IDLE: Duration = Duration::from_mins(4);

/// What the server told so far was of mail that is looked for next.
pub(super) fn forget_news(session: &mut Session<Wire>) {
    session.as_mut().news = false;
    while session.unsolicited_responses.try_recv().is_ok() {}
}

/// Wait until there may be something new, or it is time to look, or `wake`, or `stop`.
pub(super) async fn wait(
    mut session: Session<Wire>,
    idle: bool,
    wake: &Notify,
    stop: &CancellationToken,
) -> Result<Session<Wire>, Failure> {
    if session.as_mut().news {
        return Ok(session);
    }
    if !idle {
        tokio::select! {
            () = stop.cancelled() => return Err(Failure::Stopped),
            () = wake.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
        return Ok(session);
    }
    let news = session.unsolicited_responses.clone();
    session.as_mut().allow(SMALL);
    let mut handle = session.idle();
    tokio::time::timeout(PATIENCE, handle.init())
        .await
        .map_err(|_| silent())?
        .map_err(|error| of_imap("IDLE", error))?;
    // Mail that came since the last look was told of before the waiting began.
    let told = std::iter::from_fn(|| news.try_recv().ok())
        .any(|each| matches!(each, UnsolicitedResponse::Exists(_)));
    if !told {
        // The server says nothing while there is nothing to say.
        handle.as_mut().set_patience(EVERY_IDLE + PATIENCE);
        let (waiting, interrupt) = handle.wait_with_timeout(EVERY_IDLE);
        tokio::select! {
            () = stop.cancelled() => return Err(Failure::Stopped),
            () = wake.notified() => {}
            waited = waiting => {
                waited.map_err(|error| of_imap("IDLE", error))?;
            }
        }
        drop(interrupt);
        handle.as_mut().set_patience(PATIENCE);
    }
    let session = tokio::time::timeout(PATIENCE, handle.done())
        .await
        .map_err(|_| silent())?;
    session.map_err(|error| of_imap("IDLE", error))
}

fn silent() -> Failure {
    Failure::Connection("the mail server does not answer".to_owned())
}
