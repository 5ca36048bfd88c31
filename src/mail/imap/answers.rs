//! Commands and their answers, one after the other. A command that was refused or cut off is never taken for one that
//! found nothing.

use async_imap::Session;
use async_imap::imap_proto::{AttributeValue, MailboxDatum, RequestId, Response, Status};
use tokio_util::sync::CancellationToken;

use super::failure::{Failure, short};
use super::wire::{SMALL, Wire};

/// The answers to one command, as they come.
pub(super) struct Answers<'a> {
    session: &'a mut Session<Wire>,
    stop: &'a CancellationToken,
    command: &'static str,
    tag: RequestId,
}

impl<'a> Answers<'a> {
    /// Send a command, whose answers may hold so many bytes. `name` is how a failure calls it.
    pub(super) async fn to(
        session: &'a mut Session<Wire>,
        stop: &'a CancellationToken,
        name: &'static str,
        command: &str,
        bytes: u64,
    ) -> Result<Self, Failure> {
        session.as_mut().allow(bytes);
        let tag = tokio::select! {
            () = stop.cancelled() => return Err(Failure::Stopped),
            sent = session.run_command(command) => sent.map_err(|error| of_imap(name, error))?,
        };
        Ok(Self {
            session,
            stop,
            command: name,
            tag,
        })
    }

    /// What `take` makes of the next answer that it wants; none when the command is done.
    pub(super) async fn next<T>(
        &mut self,
        take: impl Fn(&Response<'_>) -> Option<T> + Send,
    ) -> Result<Option<T>, Failure> {
        loop {
            let answer = tokio::select! {
                () = self.stop.cancelled() => return Err(Failure::Stopped),
                answer = self.session.read_response() => answer,
            };
            let answer = answer
                .map_err(|error| Failure::broken(&error))?
                .ok_or_else(lost)?;
            match answer.parsed() {
                Response::Done {
                    tag,
                    status,
                    outcome,
                } if *tag == self.tag => {
                    let text = outcome.information.as_deref().unwrap_or_default();
                    return match status {
                        Status::Ok => Ok(None),
                        _ => Err(Failure::Refused {
                            command: self.command,
                            text: short(text),
                        }),
                    };
                }
                Response::Data {
                    status: Status::Bye,
                    outcome,
                } => {
                    let text = short(outcome.information.as_deref().unwrap_or_default());
                    return Err(Failure::Connection(format!(
                        "the mail server ended the connection: {text}"
                    )));
                }
                Response::MailboxData(MailboxDatum::Exists(_)) => {
                    self.session.as_mut().news = true;
                }
                other => {
                    if let Some(taken) = take(other) {
                        return Ok(Some(taken));
                    }
                }
            }
        }
    }

    /// To its end.
    pub(super) async fn finish(mut self) -> Result<(), Failure> {
        self.next(|_| None::<()>).await.map(drop)
    }
}

fn lost() -> Failure {
    Failure::Connection("the mail server closed the connection".to_owned())
}

/// What the library found.
pub(super) fn of_imap(command: &'static str, error: async_imap::error::Error) -> Failure {
    use async_imap::error::Error;
    match error {
        Error::Io(error) => Failure::broken(&error),
        Error::ConnectionLost => lost(),
        Error::No(text) | Error::Bad(text) => Failure::Refused {
            command,
            text: information(&text),
        },
        Error::Validate(_) => Failure::Refused {
            command,
            text: "a name holds a line break".to_owned(),
        },
        _ => Failure::Connection("the mail server's answer cannot be read".to_owned()),
    }
}

/// What the server said, out of the library's `code: …, info: Some("…")`.
pub(super) fn information(text: &str) -> String {
    let said = text
        .split_once("info: Some(\"")
        .and_then(|(_, rest)| rest.rsplit_once("\")"))
        .map_or(text, |(said, _)| said);
    short(said)
}

/// Run a command to its end.
pub(super) async fn command(
    session: &mut Session<Wire>,
    stop: &CancellationToken,
    name: &'static str,
    command: &str,
) -> Result<(), Failure> {
    Answers::to(session, stop, name, command, SMALL)
        .await?
        .finish()
        .await
}

/// UIDs that a search finds, in order.
pub(super) async fn search(
    session: &mut Session<Wire>,
    stop: &CancellationToken,
    criteria: &str,
) -> Result<Vec<u32>, Failure> {
    let command = format!("UID SEARCH {criteria}");
    let mut answers = Answers::to(session, stop, "SEARCH", &command, SMALL).await?;
    let mut found = vec![];
    let take = |answer: &Response<'_>| match answer {
        Response::MailboxData(MailboxDatum::Search(uids)) => Some(uids.clone()),
        _ => None,
    };
    while let Some(uids) = answers.next(take).await? {
        found.extend(uids);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The UID and another attribute of a fetched mail.
pub(super) fn fetched<T>(
    answer: &Response<'_>,
    attribute: impl Fn(&AttributeValue<'_>) -> Option<T>,
) -> Option<(u32, T)> {
    let Response::Fetch(_, attributes) = answer else {
        return None;
    };
    let uid = attributes.iter().find_map(|each| match each {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })?;
    Some((uid, attributes.iter().find_map(attribute)?))
}

/// UIDs as a command takes them.
pub(super) fn set(uids: &[u32]) -> String {
    let uids: Vec<String> = uids.iter().map(u32::to_string).collect();
    uids.join(",")
}
