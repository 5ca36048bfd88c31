//! Who may be meant by a login or a token: one query that loads the whole actor, and nothing else on the way of a
//! request.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::error::Result;
use crate::ids::{CategoryId, CompanyId, DepartmentId, UserId};
use crate::instance::Instance;
use crate::users::full_name;
use crate::users::lockout::Streak;

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
    has_reset: bool,
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

    /// There is a link that sets him a new password: it dies when he logs in by the old one.
    #[must_use]
    pub fn has_reset(&self) -> bool {
        self.has_reset
    }

    /// He has proved who he is: let him act.
    #[must_use]
    pub fn to_actor(&self, now: DateTime<Utc>, ip_address: Option<String>) -> Actor {
        Actor {
            user_id: UserId(self.id),
            full_name: full_name(&self.first_name, &self.last_name, &self.username),
            username: self.username.clone(),
            is_admin: self.is_admin,
            is_manager: self.is_manager,
            is_department_manager: self.is_department_manager,
            company_id: self.company_id.map(CompanyId),
            department_id: self.department_id.map(DepartmentId),
            technician_of: self.technician_of.iter().copied().map(CategoryId).collect(),
            now,
            ip_address,
            token: None,
            read_only: false,
            chain: None,
        }
    }
}

/// Whom a login means, and whether its client may log in at all.
#[derive(Debug)]
pub struct Login {
    /// The account; none: nobody has this name.
    pub account: Option<Account>,
    /// The client's failures so far.
    pub streak: Streak,
}

/// One row of [`by_login`]: an account or none, a streak or none.
struct LoginRow {
    id: Option<i32>,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    is_admin: Option<bool>,
    is_manager: Option<bool>,
    is_department_manager: Option<bool>,
    company_id: Option<i32>,
    department_id: Option<i32>,
    technician_of: Option<Vec<i32>>,
    password_hash: Option<String>,
    token_version: Option<i32>,
    disabled: Option<bool>,
    has_reset: Option<bool>,
    targets: Option<Vec<Vec<u8>>>,
    seconds_left: Option<i32>,
}

impl LoginRow {
    fn into_login(self) -> Login {
        let streak = Streak {
            targets: self.targets.unwrap_or_default(),
            seconds_left: self.seconds_left,
        };
        let account = self.id.zip(self.username).map(|(id, username)| Account {
            id,
            username,
            first_name: self.first_name.unwrap_or_default(),
            last_name: self.last_name.unwrap_or_default(),
            is_admin: self.is_admin == Some(true),
            is_manager: self.is_manager == Some(true),
            is_department_manager: self.is_department_manager == Some(true),
            company_id: self.company_id,
            department_id: self.department_id,
            technician_of: self.technician_of.unwrap_or_default(),
            password_hash: self.password_hash,
            token_version: self.token_version.unwrap_or_default(),
            disabled: self.disabled != Some(false),
            has_reset: self.has_reset == Some(true),
        });
        Login { account, streak }
    }
}

/// The account that `login` means: a user name or an e-mail address in any case; of `DOMAIN\user` the whole first,
/// then the part after the backslash. With it the streak of the client, so that one query decides.
pub async fn by_login(conn: &mut PgConnection, login: &str, client: &str) -> Result<Login> {
    // PostgreSQL's text knows no NUL, and nobody has an empty name.
    let login = if login.contains('\0') { "" } else { login };
    let short = login.rsplit_once('\\').map_or(login, |(_, user)| user);
    let row = sqlx::query_as!(
        LoginRow,
        r#"select u.id as "id?", u.username as "username?", u.first_name as "first_name?",
                u.last_name as "last_name?", u.is_admin as "is_admin?", u.is_manager as "is_manager?",
                u.is_department_manager as "is_department_manager?", u.company_id, u.department_id,
                u.password_hash, u.token_version as "token_version?", u.disabled as "disabled?",
                u.technician_of as "technician_of?", u.has_reset as "has_reset?",
                case when s.last_failure_at > clock_timestamp() - interval '15 minutes' then s.failed_logins
                    end as "targets?",
                ceil(extract(epoch from s.blocked_until - clock_timestamp()))::int as "seconds_left?"
             from (select $3::text as client) me
             left join lateral (
                select id, username, first_name, last_name, is_admin, is_manager, is_department_manager,
                    company_id, department_id, password_hash, token_version,
                    disabled or deleted_at is not null as disabled,
                    array(select category_id from category_technicians where user_id = users.id) as technician_of,
                    exists (select from password_resets where user_id = users.id) as has_reset
                from users
                where lower(username) in (lower($1), lower($2))
                    or (email <> '' and lower(email) in (lower($1), lower($2)))
                order by lower(username) = lower($1) desc, lower(email) = lower($1) desc,
                    lower(username) = lower($2) desc
                limit 1
             ) u on true
             left join login_streaks s on s.client_key = me.client"#,
        login,
        short,
        client,
    )
    .fetch_one(conn)
    .await?;
    Ok(row.into_login())
}

/// The account of a user's id, with the installation as it is now: a token is good for both or not at all.
pub async fn by_id(conn: &mut PgConnection, user: UserId) -> Result<Option<(Account, Instance)>> {
    let row = sqlx::query!(
        r#"select u.id, u.username, u.first_name, u.last_name, u.is_admin, u.is_manager, u.is_department_manager,
                u.company_id, u.department_id, u.password_hash, u.token_version,
                array(select category_id from category_technicians where user_id = u.id) as "technician_of!",
                (u.disabled or u.deleted_at is not null) as "disabled!",
                i.id as instance_id, i.shared_secret, i.token_epoch
             from users u cross join instance i
             where u.id = $1"#,
        user.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| {
        let account = Account {
            id: row.id,
            username: row.username,
            first_name: row.first_name,
            last_name: row.last_name,
            is_admin: row.is_admin,
            is_manager: row.is_manager,
            is_department_manager: row.is_department_manager,
            company_id: row.company_id,
            department_id: row.department_id,
            technician_of: row.technician_of,
            password_hash: row.password_hash,
            token_version: row.token_version,
            disabled: row.disabled,
            has_reset: false,
        };
        let instance = Instance {
            id: row.instance_id,
            shared_secret: row.shared_secret,
            token_epoch: row.token_epoch,
        };
        (account, instance)
    }))
}

/// The accounts of these users.
pub async fn by_ids(conn: &mut PgConnection, users: &[i32]) -> Result<Vec<Account>> {
    Ok(sqlx::query_as!(
        Account,
        r#"select id, username, first_name, last_name, is_admin, is_manager, is_department_manager, company_id,
            department_id, password_hash, token_version, disabled or deleted_at is not null as "disabled!",
            array(select category_id from category_technicians where user_id = users.id) as "technician_of!",
            false as "has_reset!"
        from users
        where id = any ($1)"#,
        users,
    )
    .fetch_all(conn)
    .await?)
}
