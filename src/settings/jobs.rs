//! `Jobs`: the work behind the scenes.

use super::reader::Reader;

/// The work behind the scenes.
#[derive(Clone, Copy, Debug)]
pub struct Jobs {
    /// `Jobs:Enabled`: this server does jobs; false: it leaves them to others, such as `ferrodesk worker`.
    pub enabled: bool,
}

impl Jobs {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            enabled: reader.switch("Jobs:Enabled"),
        }
    }
}
