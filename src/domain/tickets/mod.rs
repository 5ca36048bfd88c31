//! Tickets: opened, answered, assigned, closed, found.

pub mod creation;
pub mod filter;
pub mod frequency;
pub mod handover;
pub mod history;
mod hits;
pub mod integrations;
pub mod list;
pub mod relations;
mod repo;
pub mod search;
pub mod service;
pub mod stats;
pub mod time_log;
pub mod update;

use chrono::{DateTime, Utc};

use crate::access::tickets::TicketFacts;
use crate::ids::{CategoryId, StatusId, TicketId, UserId};
use crate::users::User;

pub use service::{
    Reply, close, delete, details, fetch_for, fetch_for_update, is_staff_user, replied, touch,
};

/// How urgent a ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priority(i16);

impl Priority {
    /// What a ticket gets when nothing is said.
    pub const NORMAL: Self = Self(0);
    /// The highest.
    pub const CRITICAL: Self = Self(2);
    /// Every priority with its name, lowest first.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self(-1), "Low"),
        (Self(0), "Normal"),
        (Self(1), "High"),
        (Self(2), "Critical"),
    ];

    /// "-1 Low, 0 Normal, 1 High, 2 Critical"; `None` for any other number.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .map(|(priority, _)| priority)
            .find(|priority| i32::from(priority.0) == number)
    }

    /// The number on the wire and in the database.
    #[must_use]
    pub fn number(self) -> i16 {
        self.0
    }

    /// The name a person reads.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .into_iter()
            .find(|(priority, _)| *priority == self)
            .map_or("", |(_, name)| name)
    }
}

/// Where a ticket came from: the "via" field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin(i16);

impl Origin {
    /// A call of the API that says nothing else.
    pub const API: Self = Self(3);
    /// A mail.
    pub const EMAIL: Self = Self(1);
    /// The names, by number.
    pub const NAMES: [&'static str; 9] = [
        "WebApp",
        "Email",
        "Widget",
        "API",
        "Scheduler",
        "MobileApp",
        "Phone",
        "LiveChat",
        "InPerson",
    ];

    /// "0 (`WebApp`) … 8 (`InPerson`)"; `None` for any other number.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        i16::try_from(number)
            .ok()
            .filter(|number| (0..9).contains(number))
            .map(Self)
    }

    /// The number in the database and in `SubTickets`.
    #[must_use]
    pub fn number(self) -> i16 {
        self.0
    }

    /// The name in Tickets, Search and Ticket.
    #[must_use]
    pub fn name(self) -> &'static str {
        usize::try_from(self.0)
            .ok()
            .and_then(|number| Self::NAMES.get(number))
            .copied()
            .unwrap_or("API")
    }
}

/// What to do with something that may be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Make it empty.
    Clear,
    /// Give it this value.
    Set(T),
}

impl<T> Change<T> {
    /// Something is to be done.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        !matches!(self, Self::Keep)
    }

    /// The value it is to have, `None` when it is to be empty or kept.
    #[must_use]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}

/// A ticket as the rules see it.
#[derive(Clone, Debug)]
pub struct TicketCore {
    /// The ticket.
    pub id: TicketId,
    /// Its category.
    pub category_id: CategoryId,
    /// Its status.
    pub status_id: StatusId,
    /// Its submitter.
    pub user_id: UserId,
    /// Who works on it.
    pub assigned_to_user_id: Option<UserId>,
    /// How urgent it is.
    pub priority: i16,
    /// Its subject.
    pub subject: String,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it must be done.
    pub due_date: Option<DateTime<Utc>>,
    /// When somebody began to work on it.
    pub start_date: Option<DateTime<Utc>>,
    /// When it was closed.
    pub resolved_date: Option<DateTime<Utc>>,
    /// Time spent on it.
    pub time_spent_seconds: i32,
    /// What decides who may do what with it.
    pub facts: TicketFacts,
}

impl TicketCore {
    /// Its status is Closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.status_id == StatusId::CLOSED
    }
}

/// A ticket with everything that *Ticket* shows but files.
#[derive(Clone, Debug)]
pub struct TicketDetails {
    /// The ticket as the rules see it.
    pub core: TicketCore,
    /// Sanitised HTML.
    pub body: String,
    /// Name of the status.
    pub status: String,
    /// Time in this status does not count.
    pub status_stops_time: bool,
    /// Name of the category.
    pub category: String,
    /// The category is for technicians only.
    pub category_for_techs_only: bool,
    /// Who opened it on behalf of the submitter.
    pub on_behalf_user_name: Option<String>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
    /// Where it came from.
    pub origin: i16,
    /// The submitter's side spoke last.
    pub updated_by_user: bool,
    /// A technician spoke last.
    pub updated_by_performer: bool,
    /// A technician left a note for technicians.
    pub updated_for_tech_view: bool,
    /// Ids of its tags, in the order of `tag_names`.
    pub tag_ids: Vec<i32>,
    /// Its tags.
    pub tag_names: Vec<String>,
    /// It, or one of its comments, carries files.
    pub has_files: bool,
    /// Who opened it, or for whom it was opened.
    pub submitter: User,
    /// Who works on it.
    pub assignee: Option<User>,
}
