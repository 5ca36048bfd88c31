//! Users of every role.

mod by_mail;
mod deletion;
pub mod kept;
mod merge;
mod references;
mod repo;
mod service;
mod update;

pub mod admission;
pub mod credentials;
pub mod hashing;
pub mod lockout;
pub mod operator;
pub mod password;
pub mod presence;
pub mod tokens;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::ids::{CompanyId, DepartmentId, UserId};

pub use by_mail::{Known, create_by_mail, known_by_address};
pub use deletion::delete;
pub use merge::merge;
pub use repo::{find, find_many};
pub use service::{
    NewUser, ReadyUser, create, current, list, prepare, user, user_by_email, user_by_username,
};
pub use update::{Changes, ReadyChanges, prepare_changes, update};

/// A user as the methods show him, with the names of his company and department. What a reader may see of him is
/// decided in [`crate::access::users`].
#[derive(Clone, Debug)]
pub struct User {
    /// The user.
    pub id: UserId,
    /// The name he logs in with.
    pub username: String,
    /// Empty when he has none.
    pub email: String,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// The administrator's notes about him.
    pub notes: Option<String>,
    /// Where he sits.
    pub location: String,
    /// Phone number.
    pub phone: String,
    /// His department.
    pub department_id: Option<DepartmentId>,
    /// Its name.
    pub department_name: Option<String>,
    /// His company.
    pub company_id: Option<CompanyId>,
    /// Its name.
    pub company_name: Option<String>,
    /// The administrator's notes about the company.
    pub company_notes: Option<String>,
    /// Address he last came from.
    pub ip_address: Option<String>,
    /// Host he last came from.
    pub host_name: Option<String>,
    /// Language tag, may be empty.
    pub lang: String,
    /// Client program he last came with.
    pub user_agent: Option<String>,
    /// Address of his picture.
    pub avatar_url: Option<String>,
    /// What the web pages put below his replies.
    pub signature: String,
    /// What the web pages put above his replies.
    pub greeting: String,
    /// Administrator.
    pub is_admin: bool,
    /// Sees the tickets of his company.
    pub is_manager: bool,
    /// Sees the tickets of his department.
    pub is_department_manager: bool,
    /// Technician of at least one category; an administrator without such a grant is none.
    pub is_tech: bool,
    /// May not log in.
    pub disabled: bool,
    /// Wants mail.
    pub send_email: bool,
    /// Away.
    pub out_of_office: bool,
    /// Logs in with a second factor.
    pub two_factor_enabled: bool,
    /// Likes the web pages dark.
    pub dark_mode: bool,
    /// When his password was last set.
    pub last_password_change: Option<DateTime<Utc>>,
    /// When he last called.
    pub last_seen: Option<DateTime<Utc>>,
    /// Deleted: only his name stands behind his tickets and comments.
    pub deleted: bool,
}

impl User {
    /// "First Last", or the user name when both are empty.
    #[must_use]
    pub fn full_name(&self) -> String {
        full_name(&self.first_name, &self.last_name, &self.username)
    }
}

/// "First Last", or the user name when both are empty.
#[must_use]
pub fn full_name(first_name: &str, last_name: &str, username: &str) -> String {
    let name = format!("{} {}", first_name.trim(), last_name.trim());
    match name.trim() {
        "" => username.to_owned(),
        name => name.to_owned(),
    }
}

/// "First Last (login)", or the login alone.
#[must_use]
pub fn full_name_and_login(first_name: &str, last_name: &str, username: &str) -> String {
    let name = full_name(first_name, last_name, "");
    if name.is_empty() {
        username.to_owned()
    } else {
        format!("{name} ({username})")
    }
}

/// Which users *Users* lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ListMode {
    /// All users, the deactivated among them.
    #[default]
    All,
    /// Technicians, "including admins".
    Techs,
    /// Administrators only.
    Admins,
    /// Neither administrators nor technicians.
    Regular,
    /// Deactivated users.
    Disabled,
}

/// Conditions of *Users*.
#[derive(Clone, Copy, Debug, Default)]
pub struct UserFilter {
    /// Which users.
    pub mode: ListMode,
    /// Only of this department.
    pub department_id: Option<DepartmentId>,
    /// Only of this company.
    pub company_id: Option<CompanyId>,
    /// How many at most; 500 unless told, and never more.
    pub count: Option<i32>,
    /// Which page of `count` users, from 1.
    pub page: Option<i32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_is_first_and_last_or_the_login() {
        for (first, last, full, with_login) in [
            ("Ann", "Lee", "Ann Lee", "Ann Lee (ann)"),
            ("Ann", "", "Ann", "Ann (ann)"),
            ("", "Lee", "Lee", "Lee (ann)"),
            ("", "", "ann", "ann"),
            (" ", " ", "ann", "ann"),
        ] {
            assert_eq!(full_name(first, last, "ann"), full);
            assert_eq!(full_name_and_login(first, last, "ann"), with_login);
        }
    }
}
