//! What we answer.

use smtp_proto::Error;

pub(super) const BAD_SEQUENCE: &str = "503 5.5.1 Not now";
pub(super) const NOT_SERVED: &str = "502 5.5.1 Not served here";
pub(super) const TOO_LARGE: &str = "552 5.3.4 The mail is larger than is taken here";
pub(super) const BARE: &str =
    "550 5.6.11 Lines of mail end with CR LF: a bare CR or LF is not taken";
pub(super) const LATER: &str = "451 4.3.0 It could not be stored, try again later";
pub(super) const STORED: &str = "250 2.0.0 Stored";
pub(super) const STOPPING: &str = "421 4.3.2 The server ends, try again later";
pub(super) const LATE: &str = "421 4.4.2 Nothing came in time";
pub(super) const TOO_MANY_ERRORS: &str = "421 4.7.0 Too many errors";
pub(super) const TOO_MANY_RECIPIENTS: &str = "452 4.5.3 Too many recipients";
pub(super) const NO_MAILBOX: &str = "550 5.1.1 No mailbox of this address here";

/// To a command that cannot be read.
pub(super) fn unread(error: &Error) -> &'static str {
    match error {
        Error::UnknownCommand => "500 5.5.1 No such command",
        Error::InvalidSenderAddress => "501 5.1.7 The address of the sender cannot be read",
        Error::InvalidRecipientAddress => "501 5.1.3 The address of the recipient cannot be read",
        Error::InvalidParameter { .. } => "501 5.5.4 A parameter cannot be read",
        Error::UnsupportedParameter { .. } => "555 5.5.4 A parameter is not served here",
        _ => "501 5.5.2 The command cannot be read",
    }
}
