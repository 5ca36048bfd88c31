//! Who may be meant by a login or a token: one query that loads the whole actor, and nothing else on the way of a
//! request.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::error::Result;
use crate::ids::{CategoryId, CompanyId, DepartmentId, UserId};

/// A user as he stands in the database, with what decides whether he may enter. Not yet an [`Actor`].
#[derive(Debug)]
pub struct Account {
    id: i32,
    username: String,
    first_name: String,
    last_name: String,
    is_admin: bool,
    is_manager: bool,
    is_department_manager: bool,
    company_id: Option<i32>,
    department_id: Option<i32>,
    technician_of: Vec<i32>,
    password_hash: Option<String>,
    token_version: i32,
    disabled: bool,
}

impl Account {
    /// The user.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        UserId(self.id)
    }

    /// The hash of his password. None: nobody can log in with a password.
    #[must_use]
    pub fn password_hash(&self) -> Option<&str> {
        self.password_hash.as_deref()
    }

    /// Raised whenever every token of his must die.
    #[must_use]
    pub fn token_version(&self) -> i32 {
        self.token_version
    }

    /// Disabled or deleted: nobody enters as this user.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.disabled
    }

    /// He has proved who he is: let him act.
    #[must_use]
    pub fn into_actor(self, now: DateTime<Utc>, ip_address: Option<String>) -> Actor {
        let full_name = format!("{} {}", self.first_name, self.last_name);
        let full_name = full_name.trim();
        Actor {
            user_id: UserId(self.id),
            full_name: if full_name.is_empty() {
                self.username.clone()
            } else {
                full_name.to_owned()
            },
            username: self.username,
            is_admin: self.is_admin,
            is_manager: self.is_manager,
            is_department_manager: self.is_department_manager,
            company_id: self.company_id.map(CompanyId),
            department_id: self.department_id.map(DepartmentId),
            technician_of: self.technician_of.into_iter().map(CategoryId).collect(),
            now,
            ip_address,
        }
    }
}

/// The account that `login` means: a user name or an e-mail address in any case; of `DOMAIN\user` the whole first,
/// then the part after the backslash.
pub async fn by_login(conn: &mut PgConnection, login: &str) -> Result<Option<Account>> {
    let short = login.rsplit_once('\\').map_or(login, |(_, user)| user);
    // PostgreSQL's text knows no NUL: no user has such a name.
    if login.contains('\0') || short.is_empty() {
        return Ok(None);
    }
    Ok(sqlx::query_as!(
        Account,
        r#"select u.id, u.username, u.first_name, u.last_name, u.is_admin, u.is_manager, u.is_department_manager,
                u.company_id, u.department_id, u.password_hash, u.token_version,
                array(select t.category_id from category_technicians t where t.user_id = u.id) as "technician_of!",
                (u.disabled or u.deleted_at is not null) as "disabled!"
             from users u
             where lower(u.username) in (lower($1), lower($2))
                or (u.email <> '' and lower(u.email) in (lower($1), lower($2)))
             order by lower(u.username) = lower($1) desc, lower(u.email) = lower($1) desc,
                lower(u.username) = lower($2) desc
             limit 1"#,
        login,
        short,
    )
    .fetch_optional(conn)
    .await?)
}

/// The account of a user's id.
pub async fn by_id(conn: &mut PgConnection, user: UserId) -> Result<Option<Account>> {
    Ok(sqlx::query_as!(
        Account,
        r#"select u.id, u.username, u.first_name, u.last_name, u.is_admin, u.is_manager, u.is_department_manager,
                u.company_id, u.department_id, u.password_hash, u.token_version,
                array(select t.category_id from category_technicians t where t.user_id = u.id) as "technician_of!",
                (u.disabled or u.deleted_at is not null) as "disabled!"
             from users u
             where u.id = $1"#,
        user.0,
    )
    .fetch_optional(conn)
    .await?)
}
