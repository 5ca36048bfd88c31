//! Companies that users belong to.

mod email_domains;
mod kept;
mod repo;
mod service;

use crate::ids::CompanyId;

pub use kept::{CompanyDraft, CompanyKind};
pub use repo::find_by_email;
pub use service::{create, find_or_create, list, update};

/// A company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// The company.
    pub id: CompanyId,
    /// Its name, one of its kind in any case.
    pub name: String,
    /// Lower case, without a leading `@`. New users without a company join by them.
    pub email_domains: Vec<String>,
    /// The administrator's notes about it.
    pub notes: Option<String>,
}

/// What to change of a company; `None` leaves a thing as it is, an empty text clears it (a name cannot be cleared).
#[derive(Clone, Debug, Default)]
pub struct CompanyChanges {
    /// Another name.
    pub name: Option<String>,
    /// The administrator's notes.
    pub notes: Option<String>,
    /// All e-mail domains anew, separated by semicolons.
    pub email_domains: Option<String>,
}
