//! Categories of tickets and articles, and their technicians.

mod kept;
mod repo;
mod service;

use std::collections::HashMap;

use crate::counts::Counts;
use crate::ids::{CategoryId, SectionId, UserId};

pub use kept::{CategoryDraft, CategoryKind};
pub(crate) use service::list_with_visibility;
pub use service::{
    add_technician, count_tickets, find_visible, list_visible, remove_technician,
    require_for_ticket, technicians,
};

/// How many tickets each category has.
pub type TicketCounts = Counts<(), HashMap<CategoryId, i64>>;

/// A category as the actor sees it.
#[derive(Clone, Debug)]
pub struct Category {
    /// The category.
    pub id: CategoryId,
    /// Its name.
    pub name: String,
    /// Its section.
    pub section_id: Option<SectionId>,
    /// The section's name.
    pub section: Option<String>,
    /// For its technicians only.
    pub for_techs_only: bool,
    /// For listed users and companies only.
    pub for_specific_users: bool,
    /// Articles only, no tickets.
    pub kb_only: bool,
    /// Takes no new tickets; administrators only see it.
    pub disabled: bool,
    /// Sender of mail about its tickets.
    pub from_address: Option<String>,
    /// The actor, or his company, is listed.
    lists_actor: bool,
}

impl Category {
    /// `Section \ Category`, or the name alone.
    #[must_use]
    pub fn name_with_section(&self) -> String {
        match &self.section {
            Some(section) => format!("{section} \\ {}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Somebody a ticket of the category can be assigned to.
#[derive(Clone, Debug)]
pub struct Technician {
    /// The user.
    pub id: UserId,
    /// The name he logs in with.
    pub username: String,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// Empty when he has none.
    pub email: String,
    /// Administrator.
    pub is_admin: bool,
    /// Open tickets of any category that are assigned to him.
    pub tickets_assigned: i64,
}
