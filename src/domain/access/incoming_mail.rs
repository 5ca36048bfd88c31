//! Who may look at mail that has come in, and decide about it.

use crate::actor::Actor;
use crate::ids::CategoryId;

/// Whether the actor sees a mail whose ticket goes there: administrators see all of it, technicians what goes to their
/// categories. Whoever sees it may decide about it.
#[must_use]
pub fn sees(actor: &Actor, category: Option<CategoryId>) -> bool {
    actor.is_admin || category.is_some_and(|category| actor.technician_of.contains(&category))
}

/// Which mail a list may show. Only [`visible`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visibility(Option<Vec<i32>>);

impl Visibility {
    /// In these categories; none: everywhere.
    #[must_use]
    pub fn categories(&self) -> Option<&[i32]> {
        self.0.as_deref()
    }
}

/// Which mail the actor sees in lists.
#[must_use]
pub fn visible(actor: &Actor) -> Visibility {
    Visibility((!actor.is_admin).then(|| actor.technician_categories()))
}
