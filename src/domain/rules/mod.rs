//! Automation rules as they are stored and shown. What runs them: [`crate::automation`].

mod checks;
mod consistency;
mod definition;
mod draft;
mod kept;
pub(crate) mod naming;
pub mod references;
mod repo;
mod schema;
mod service;

use crate::ids::RuleId;

pub use definition::{
    Action, Condition, Day, Definition, FieldValue, Header, Hours, HttpRequest, Mail, Minutes,
    Part, Recipient, Trigger, Unknown,
};
pub use draft::RuleDraft;
pub use kept::RuleKind;
pub use references::RefKind;
pub(crate) use service::stop;
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
