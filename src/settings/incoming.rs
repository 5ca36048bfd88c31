//! `Mail`, as far as it is about mail that comes in.

use super::reader::Reader;
use crate::domain::incoming_mail::Trust;

/// How mail that comes in is read.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    /// Whose word counts.
    pub trust: Trust,
}

impl Incoming {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            trust: Trust {
                servers: reader.list("Mail:TrustedAuthserv"),
                staff: reader.switch("Mail:TrustStaffSenders"),
                own_address: reader.text("Mail:FromAddress").to_owned(),
            },
        }
    }
}
