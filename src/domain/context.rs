//! What the work behind the scenes needs to know of its surroundings.

use chrono::{DateTime, Utc};

use crate::keys::Keys;
use crate::mail_templates::Templates;

/// The surroundings of one piece of work.
#[derive(Clone, Debug)]
pub struct Context {
    /// When it is done.
    pub now: DateTime<Utc>,
    /// `AppURL` without a slash at its end: what links in mail begin with.
    pub app_url: String,
    /// The keys of the installation.
    pub keys: Keys,
    /// There is a server to send mail by.
    pub mail_on: bool,
    /// So many bytes of files are sent along with a mail.
    pub mail_file_bytes: i64,
    /// What mail says where administrators have stored nothing else.
    pub templates: Templates,
}

impl Context {
    /// An address of ours. `path` begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.app_url)
    }
}
