//! `Bootstrap`: the first administrator.

use std::fmt;

use super::reader::Reader;

/// Who becomes administrator on the first start on an empty database.
#[derive(Clone)]
pub struct Bootstrap {
    /// `Bootstrap:AdminUsername`.
    pub admin_username: String,
    /// `Bootstrap:AdminPassword`; none: a random one.
    pub admin_password: Option<String>,
    /// `Bootstrap:AdminEmail`; may be empty.
    pub admin_email: String,
}

impl Bootstrap {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let username = reader.text("Bootstrap:AdminUsername");
        if username.is_empty() || username.contains(':') {
            reader.problem(
                "Bootstrap:AdminUsername",
                "must be a login name: not empty, no colon",
            );
        }
        let password = reader.verbatim("Bootstrap:AdminPassword");
        Self {
            admin_username: username.to_owned(),
            admin_password: (!password.is_empty()).then(|| password.to_owned()),
            admin_email: reader.text("Bootstrap:AdminEmail").to_owned(),
        }
    }
}

impl fmt::Debug for Bootstrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bootstrap")
            .field("admin_username", &self.admin_username)
            .finish_non_exhaustive()
    }
}
