//! Automation rules. They are stored and shown; nothing runs them yet.

mod definition;
mod draft;
pub(crate) mod naming;
mod repo;
mod service;

use crate::ids::RuleId;

pub use definition::{
    Action, Condition, Day, Definition, FieldValue, Header, Hours, HttpRequest, Mail, Minutes,
    Part, Recipient, Trigger, Unknown,
};
pub use draft::RuleDraft;
pub use service::{find, set_enabled};

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The rule.
    pub id: RuleId,
    /// Its name.
    pub name: String,
    /// It may run.
    pub enabled: bool,
    /// When it runs and what it does.
    pub definition: Definition,
}
