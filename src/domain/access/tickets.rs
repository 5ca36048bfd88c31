//! Who may do what with a ticket, and which tickets a list may show.

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::{CategoryId, CompanyId, DepartmentId, UserId};

/// What decides about a ticket.
#[derive(Clone, Copy, Debug)]
pub struct TicketFacts {
    /// Its category: technicians of it are its staff.
    pub category_id: CategoryId,
    /// Its submitter: the owner.
    pub user_id: UserId,
    /// The submitter's company.
    pub company_id: Option<CompanyId>,
    /// The submitter's department.
    pub department_id: Option<DepartmentId>,
    /// The actor is subscribed.
    pub actor_subscribes: bool,
}

/// What one may want to do with a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read it, its public comments and their files.
    View,
    /// Add a public comment or file.
    Comment,
    /// Change subject, body, priority, tags, due date, category, public custom fields.
    Edit,
    /// Close or reopen it.
    Close,
    /// Add or remove himself as a subscriber.
    SubscribeHimself,
    /// What is for its staff only: submitter, date, assignee, time spent, notes for technicians, system entries,
    /// silent closing, other people's subscriptions, links, merging.
    Staff,
    /// Post in another user's name.
    Impersonate,
}

/// Whether the actor sees the ticket at all.
#[must_use]
pub fn sees(actor: &Actor, ticket: &TicketFacts) -> bool {
    actor.is_staff_of(ticket.category_id)
        || ticket.user_id == actor.user_id
        || ticket.actor_subscribes
        || manages(actor, ticket)
}

/// A manager of the submitter's company, or of his department.
fn manages(actor: &Actor, ticket: &TicketFacts) -> bool {
    let company =
        actor.is_manager && actor.company_id.is_some() && actor.company_id == ticket.company_id;
    let department = actor.is_department_manager
        && actor.department_id.is_some()
        && actor.department_id == ticket.department_id;
    company || department
}

/// Whether the actor may do this, given that he sees the ticket.
#[must_use]
pub fn may(actor: &Actor, action: Action, ticket: &TicketFacts) -> bool {
    let staff = actor.is_staff_of(ticket.category_id);
    let owner = ticket.user_id == actor.user_id;
    sees(actor, ticket)
        && match action {
            Action::View | Action::Comment | Action::SubscribeHimself => true,
            Action::Edit => staff || owner,
            Action::Close => staff || owner || manages(actor, ticket),
            Action::Staff => staff,
            Action::Impersonate => actor.is_admin,
        }
}

/// Not seen is `NotFound`, seen but not allowed is Forbidden.
pub fn require(actor: &Actor, action: Action, ticket: &TicketFacts) -> Result<()> {
    if !sees(actor, ticket) {
        return Err(Error::NotFound("ticket"));
    }
    if may(actor, action, ticket) {
        return Ok(());
    }
    Err(Error::forbidden(match action {
        Action::Edit => {
            "Only the ticket's owner, its technicians and administrators may change it."
        }
        Action::Close => {
            "Only the ticket's owner, his manager, its technicians and administrators may close or reopen it."
        }
        Action::Impersonate => "Only administrators may post in another user's name.",
        Action::View | Action::Comment | Action::SubscribeHimself | Action::Staff => {
            "Only technicians of the ticket's category and administrators may do this."
        }
    }))
}

/// Which tickets a list may show. Only [`visible`] makes one, so no list can be written without a decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Visibility(Grounds);

/// The grounds on which tickets are visible. A list takes the union of them, each by its own index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Grounds {
    /// Every ticket.
    Everything,
    /// The actor's own tickets, those he subscribes to, and these.
    Some {
        /// The actor.
        user_id: UserId,
        /// Categories he is a technician of.
        categories: Vec<i32>,
        /// Company he manages.
        company: Option<CompanyId>,
        /// Department he manages.
        department: Option<DepartmentId>,
    },
}

impl Visibility {
    /// The grounds, for the SQL of lists.
    #[must_use]
    pub fn grounds(&self) -> &Grounds {
        &self.0
    }
}

/// Which tickets the actor may see in lists.
#[must_use]
pub fn visible(actor: &Actor) -> Visibility {
    if actor.is_admin {
        return Visibility(Grounds::Everything);
    }
    Visibility(Grounds::Some {
        user_id: actor.user_id,
        categories: actor.technician_categories(),
        company: actor.company_id.filter(|_| actor.is_manager),
        department: actor.department_id.filter(|_| actor.is_department_manager),
    })
}
