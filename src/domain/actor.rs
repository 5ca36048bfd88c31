//! Who acts: a user with what he may, as it stands in the database at the moment of the request.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::ids::{CategoryId, CompanyId, DepartmentId, TokenId, UserId};
use crate::outbox::Chain;

/// A user who acts, with everything that decides what he may do.
///
/// Loaded by one query at each request, so that a right taken away is gone on the next one.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The user.
    pub user_id: UserId,
    /// The name he logs in with.
    pub username: String,
    /// "First Last", or the user name.
    pub full_name: String,
    /// May do everything.
    pub is_admin: bool,
    /// Sees the tickets of his company.
    pub is_manager: bool,
    /// Sees the tickets of his department.
    pub is_department_manager: bool,
    /// His company.
    pub company_id: Option<CompanyId>,
    /// His department.
    pub department_id: Option<DepartmentId>,
    /// Categories he is a technician of.
    pub technician_of: BTreeSet<CategoryId>,
    /// When the request came.
    pub now: DateTime<Utc>,
    /// The client's address, for the audit log.
    pub ip_address: Option<String>,
    /// The token he named and calls with. None: a password, or a token of `/User/Token`.
    pub token: Option<TokenId>,
    /// That token only reads: whatever its user may, it changes nothing.
    pub read_only: bool,
    /// The rules that led to what he does; None: he acts on his own.
    pub chain: Option<Chain>,
}

impl Actor {
    /// The operator at the machine itself: whoever may run the program on its data may do everything. He is no user:
    /// the audit log shows him as user 0.
    #[must_use]
    pub fn console(now: DateTime<Utc>) -> Self {
        Self {
            user_id: UserId(0),
            username: "console".into(),
            full_name: "console".into(),
            is_admin: true,
            is_manager: false,
            is_department_manager: false,
            company_id: None,
            department_id: None,
            technician_of: BTreeSet::new(),
            now,
            ip_address: None,
            token: None,
            read_only: false,
            chain: None,
        }
    }

    /// The desk itself, for rules: it may do everything, and its history and comments bear the name "System".
    #[must_use]
    pub fn system(now: DateTime<Utc>) -> Self {
        Self {
            user_id: UserId::SYSTEM,
            username: "System".into(),
            full_name: "System".into(),
            ..Self::console(now)
        }
    }

    /// Whether it is the desk itself that acts.
    #[must_use]
    pub fn is_system(&self) -> bool {
        self.user_id == UserId::SYSTEM
    }

    /// When the request came; every row the request writes bears this time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Technician of at least one category.
    #[must_use]
    pub fn is_technician(&self) -> bool {
        !self.technician_of.is_empty()
    }

    /// Administrator, or technician of at least one category.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.is_admin || self.is_technician()
    }

    /// Administrator, or technician of this category.
    #[must_use]
    pub fn is_staff_of(&self, category: CategoryId) -> bool {
        self.is_admin || self.technician_of.contains(&category)
    }

    /// The categories he is a technician of, for SQL.
    #[must_use]
    pub fn technician_categories(&self) -> Vec<i32> {
        self.technician_of
            .iter()
            .map(|category| category.0)
            .collect()
    }
}
