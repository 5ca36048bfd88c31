//! A mail as it was understood, before anything is decided about it.

/// Whose mail it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The address: the only thing that says who he is. Its domain is in ASCII, so that a look-alike shows.
    pub address: String,
    /// The name beside it; empty when there is none, or one that passes itself off as an address.
    pub name: String,
}

/// Why nobody can be said to have sent a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSender {
    /// No header From.
    Missing,
    /// Several of them, or several addresses.
    Several,
    /// A group.
    Group,
    /// What stands there is no address.
    Malformed,
}

impl NoSender {
    /// For the person who decides about the mail.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Missing => "The mail does not say who sent it.",
            Self::Several => "The mail names several senders.",
            Self::Group => "The sender is given as a group of addresses.",
            Self::Malformed => "The sender is not given as an e-mail address.",
        }
    }
}

/// What makes a mail one that nobody wrote, or that is not meant for the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automatic {
    /// It says so itself, or asks that it be not answered.
    Reply,
    /// A server tells of a mail that could not be delivered.
    Bounce,
    /// It came over a mailing list.
    List,
}

/// What the server that received the mail says about whether its sender is who he says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    /// He is: the domain of his address vouches for it.
    Passed,
    /// The domain says that it is not from there.
    Failed,
    /// Nobody who is trusted says anything.
    #[default]
    Unknown,
}

/// A mail as it was understood.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Whose it is.
    pub sender: Result<Sender, NoSender>,
    /// The sender's address is one that nobody reads: `noreply@`.
    pub is_no_reply: bool,
    /// What was said of whether it is his.
    pub authentication: Authentication,
    /// Nobody wrote it.
    pub automatic: Option<Automatic>,
    /// Its own Message-ID, without angle brackets; may be empty.
    pub message_id: String,
    /// Message-IDs that it answers, the nearest first.
    pub answers: Vec<String>,
    /// Its subject, one line that is fit to be shown; may be empty.
    pub subject: String,
    /// Addresses in To and Cc.
    pub recipients: Vec<String>,
    /// It is forwarded: who wrote what is forwarded, as far as that can be read.
    pub forwarded_from: Option<Sender>,
}
