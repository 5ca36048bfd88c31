//! What may be asked of users, and how one is made.

use serde_json::json;
use sqlx::PgConnection;

use super::hashing::Hashing;
use super::{User, UserFilter, repo};
use crate::access::{staff, users as access};
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::{companies, departments, outbox, text};

/// Page size of *Users* unless told otherwise, and the most.
const PAGE: i32 = 500;

/// The longest name, phone number or location.
pub(super) const SHORT: usize = 200;

/// The actor's own record.
pub async fn current(conn: &mut PgConnection, actor: &Actor) -> Result<User> {
    present(repo::find(conn, actor.user_id).await?)
}

/// A user by id: his own record for everybody, others for staff.
pub async fn user(conn: &mut PgConnection, actor: &Actor, id: UserId) -> Result<User> {
    access::require_reading(actor, id)?;
    present(repo::find(conn, id).await?)
}

/// The user with this e-mail address. For staff.
pub async fn user_by_email(conn: &mut PgConnection, actor: &Actor, email: &str) -> Result<User> {
    staff::require_staff(actor)?;
    match repo::find_id_by_email(conn, email.trim()).await? {
        Some(id) => present(repo::find(conn, id).await?),
        None => Err(Error::NotFound("user")),
    }
}

/// The user with this user name. For staff.
pub async fn user_by_username(
    conn: &mut PgConnection,
    actor: &Actor,
    username: &str,
) -> Result<User> {
    staff::require_staff(actor)?;
    match repo::find_id_by_username(conn, username.trim()).await? {
        Some(id) => present(repo::find(conn, id).await?),
        None => Err(Error::NotFound("user")),
    }
}

/// A deleted user is no user any more.
fn present(user: Option<User>) -> Result<User> {
    user.filter(|user| !user.deleted)
        .ok_or(Error::NotFound("user"))
}

/// One page of users, by id. For administrators.
pub async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    filter: &UserFilter,
) -> Result<Vec<User>> {
    staff::require_admin(actor)?;
    let at_least_one = |parameter, number: Option<i32>, default| match number {
        Some(number) if number < 1 => Err(Error::invalid(parameter, "is less than 1")),
        number => Ok(number.unwrap_or(default)),
    };
    let count = i64::from(at_least_one("count", filter.count, PAGE)?.min(PAGE));
    let page = i64::from(at_least_one("page", filter.page, 1)?);
    repo::list(conn, filter, count, (page - 1) * count).await
}

/// What `CreateUser` is told. There is no way to ask for a role: a new user is a regular one.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// E-mail address.
    pub email: String,
    /// User name; the address when omitted.
    pub username: Option<String>,
    /// Password; a strong one nobody knows when omitted.
    pub password: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Where he sits.
    pub location: Option<String>,
    /// Name of his company, made when new. Omitted: the company whose e-mail domains hold his address.
    pub company: Option<String>,
    /// Name of his department, made when new.
    pub department: Option<String>,
    /// He gets a letter of welcome.
    pub send_welcome_email: bool,
}

/// A user whose parameters are checked and whose password is hashed: all that needs no database.
#[derive(Debug)]
pub struct ReadyUser {
    pub(super) email: String,
    pub(super) username: String,
    pub(super) password_hash: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) phone: String,
    pub(super) location: String,
    company: Option<String>,
    department: Option<String>,
    send_welcome_email: bool,
}

/// Check the parameters of a new user and hash his password, before a connection is held. For administrators.
/// Errors: Forbidden; Invalid, which names the parameter; Unavailable when too many passwords wait to be hashed.
pub async fn prepare(actor: &Actor, user: NewUser, hashing: &Hashing) -> Result<ReadyUser> {
    staff::require_admin(actor)?;
    let short = |parameter, value: Option<&str>| text::line(parameter, value.unwrap_or(""), SHORT);
    let email = text::email("email", &user.email)?;
    let username = match user.username.as_deref().map(str::trim) {
        None | Some("") => email.clone(),
        Some(username) => text::line("username", username, 254)?,
    };
    let parameter = if username == email {
        "email"
    } else {
        "username"
    };
    let username = require_no_colon(parameter, username)?;
    let ready = ReadyUser {
        first_name: short("firstName", user.first_name.as_deref())?,
        last_name: short("lastName", user.last_name.as_deref())?,
        phone: short("phone", user.phone.as_deref())?,
        location: short("location", user.location.as_deref())?,
        company: Some(short("company", user.company.as_deref())?).filter(|name| !name.is_empty()),
        department: Some(short("department", user.department.as_deref())?)
            .filter(|name| !name.is_empty()),
        send_welcome_email: user.send_welcome_email,
        password_hash: hashing
            .hash(user.password.map_or_else(random_password, Ok)?)
            .await?,
        email,
        username,
    };
    Ok(ready)
}

/// A name that one can log in with: Basic credentials end it at the first colon.
pub(super) fn require_no_colon(parameter: &'static str, username: String) -> Result<String> {
    if username.contains(':') {
        return Err(Error::invalid(
            parameter,
            "holds a colon: nobody can log in with such a name",
        ));
    }
    Ok(username)
}

/// 128 random bits in hexadecimal digits.
fn random_password() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// Make a user. Errors: Conflict when the address or the user name is taken.
pub async fn create(conn: &mut PgConnection, actor: &Actor, user: ReadyUser) -> Result<UserId> {
    staff::require_admin(actor)?;
    repo::lock_names(conn).await?;
    if repo::is_taken(conn, &user.email, None).await? {
        return Err(repo::email_is_taken());
    }
    if repo::is_taken(conn, &user.username, None).await? {
        return Err(repo::username_is_taken());
    }
    let company = match &user.company {
        Some(name) => Some(companies::find_or_create(conn, actor, name).await?),
        None => companies::find_by_email(conn, &user.email).await?,
    };
    let department = match &user.department {
        Some(name) => Some(departments::find_or_create(conn, actor, name).await?),
        None => None,
    };
    let id = repo::insert(conn, &user, company, department, actor.now()).await?;
    let entry = Entry {
        action: "user.created",
        object_type: "user",
        object_id: id.0,
        before: None,
        after: Some(json!({
            "username": user.username,
            "email": user.email,
            "companyId": company,
            "departmentId": department,
        })),
    };
    audit::record(conn, actor, entry).await?;
    let payload = json!({ "userId": id, "sendWelcomeEmail": user.send_welcome_email });
    outbox::record(conn, actor, "user.created", None, payload).await?;
    Ok(id)
}
