//! The SQL of users.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{ListMode, ReadyUser, User, UserFilter};
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result};
use crate::ids::{CompanyId, DepartmentId, UserId};

/// A user by id. Deleted ones are found too: they stand behind tickets and comments.
pub async fn find(conn: &mut PgConnection, id: UserId) -> Result<Option<User>> {
    Ok(find_many(conn, &[id]).await?.pop())
}

/// Users by id in one statement, in the order of their ids; unknown ids are left out.
#[tracing::instrument(name = "db.users.find_many", skip_all)]
pub async fn find_many(conn: &mut PgConnection, ids: &[UserId]) -> Result<Vec<User>> {
    let ids: Vec<i32> = ids.iter().map(|id| id.0).collect();
    Ok(sqlx::query_as!(
        User,
        r#"select u.id as "id: UserId", u.username, u.email, u.first_name, u.last_name, u.notes, u.location, u.phone,
            u.department_id as "department_id: DepartmentId", d.name as "department_name?",
            u.company_id as "company_id: CompanyId", c.name as "company_name?", c.notes as "company_notes?",
            u.ip_address, u.host_name, u.lang, u.user_agent, u.avatar_url, u.signature, u.greeting,
            u.is_admin, u.is_manager, u.is_department_manager,
            exists (select from category_technicians ct where ct.user_id = u.id) as "is_tech!",
            u.disabled, u.send_email, u.out_of_office, u.two_factor_enabled, u.dark_mode,
            u.last_password_change_at as last_password_change, u.last_seen_at as last_seen,
            u.deleted_at is not null as "deleted!"
        from users u
        left join departments d on d.id = u.department_id
        left join companies c on c.id = u.company_id
        where u.id = any ($1)
        order by u.id"#,
        &ids,
    )
    .fetch_all(conn)
    .await?)
}

/// The user who has this address, in any case.
pub(super) async fn find_id_by_email(
    conn: &mut PgConnection,
    email: &str,
) -> Result<Option<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: UserId" from users where lower(email) = lower($1) and email <> '' and deleted_at is null"#,
        email,
    )
    .fetch_optional(conn)
    .await?)
}

/// The user who has this user name, in any case.
pub(super) async fn find_id_by_username(
    conn: &mut PgConnection,
    username: &str,
) -> Result<Option<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: UserId" from users where lower(username) = lower($1) and deleted_at is null"#,
        username,
    )
    .fetch_optional(conn)
    .await?)
}

/// One page of users, by id.
#[tracing::instrument(name = "db.users.list", skip_all)]
pub(super) async fn list(
    conn: &mut PgConnection,
    filter: &UserFilter,
    count: i64,
    offset: i64,
) -> Result<Vec<User>> {
    let mode = filter.mode;
    let ids = sqlx::query_scalar!(
        r#"select u.id as "id: UserId"
        from users u
        where u.deleted_at is null
            and ($1::boolean is null or u.is_admin = $1)
            and ($2::boolean is null
                or (u.is_admin or exists (select from category_technicians ct where ct.user_id = u.id)) = $2)
            and ($3::boolean is null or u.disabled = $3)
            and ($4::integer is null or u.department_id = $4)
            and ($5::integer is null or u.company_id = $5)
        order by u.id
        limit $6 offset $7"#,
        (mode == ListMode::Admins).then_some(true),
        match mode {
            ListMode::Techs => Some(true),
            ListMode::Regular => Some(false),
            ListMode::All | ListMode::Admins | ListMode::Disabled => None,
        },
        (mode == ListMode::Disabled).then_some(true),
        filter.department_id.map(|id| id.0),
        filter.company_id.map(|id| id.0),
        count,
        offset,
    )
    .fetch_all(&mut *conn)
    .await?;
    find_many(conn, &ids).await
}

/// User names and addresses are one space: either logs in. Whoever gives out a new one holds this lock until the
/// end of its transaction, for no index can compare two columns.
pub(super) async fn lock_names(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('users.names'))")
        .execute(conn)
        .await?;
    Ok(())
}

/// Whoever may take the last administrator away holds this lock until the end of his transaction, so that of two
/// who do it to each other the second sees what the first has done. Taken after [`lock_names`].
pub(super) async fn lock_administrators(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('users.administrators'))")
        .execute(conn)
        .await?;
    Ok(())
}

/// Refuse, naming the parameter, unless an administrator who may log in is left besides this one. Under
/// [`lock_administrators`].
pub(super) async fn require_other_administrator(
    conn: &mut PgConnection,
    besides: UserId,
    parameter: &'static str,
) -> Result<()> {
    let others = sqlx::query_scalar!(
        r#"select exists (
            select from users where is_admin and not disabled and deleted_at is null and id <> $1) as "exists!""#,
        besides.0,
    )
    .fetch_one(conn)
    .await?;
    if others {
        Ok(())
    } else {
        Err(Error::invalid(
            parameter,
            "would leave the helpdesk without an administrator",
        ))
    }
}

/// What of a user an administrator may change.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    pub(super) username: String,
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) notes: Option<String>,
    pub(super) phone: String,
    pub(super) location: String,
    pub(super) department_id: Option<DepartmentId>,
    pub(super) company_id: Option<CompanyId>,
    pub(super) greeting: String,
    pub(super) signature: String,
    pub(super) disabled: bool,
    pub(super) send_email: bool,
    pub(super) out_of_office: bool,
}

/// A user whose row is locked.
#[derive(Clone, Debug)]
pub(super) struct StoredUser {
    pub(super) id: UserId,
    pub(super) is_admin: bool,
    pub(super) profile: Profile,
}

/// Lock users until the transaction ends, by id, so that of two calls that lock several neither waits for the other
/// in turn. Unknown and deleted ones are left out.
pub(super) async fn lock(conn: &mut PgConnection, ids: &[UserId]) -> Result<Vec<StoredUser>> {
    let ids: Vec<i32> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: UserId", is_admin, username, email, first_name, last_name, notes, phone, location,
            department_id as "department_id: DepartmentId", company_id as "company_id: CompanyId",
            greeting, signature, disabled, send_email, out_of_office
        from users
        where id = any ($1) and deleted_at is null
        order by id
        for no key update"#,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let users = rows.into_iter().map(|row| StoredUser {
        id: row.id,
        is_admin: row.is_admin,
        profile: Profile {
            username: row.username,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            notes: row.notes,
            phone: row.phone,
            location: row.location,
            department_id: row.department_id,
            company_id: row.company_id,
            greeting: row.greeting,
            signature: row.signature,
            disabled: row.disabled,
            send_email: row.send_email,
            out_of_office: row.out_of_office,
        },
    });
    Ok(users.collect())
}

/// Whether a user, other than the one excepted, logs in by this text, be it his user name or his address.
pub(super) async fn is_taken(
    conn: &mut PgConnection,
    login: &str,
    except: Option<UserId>,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (
                select from users where lower(username) = lower($1) and id is distinct from $2)
            or exists (
                select from users where lower(email) = lower($1) and email <> '' and id is distinct from $2)
            as "taken!""#,
        login,
        except.map(|id| id.0),
    )
    .fetch_one(conn)
    .await?)
}

/// A new, regular user.
#[tracing::instrument(name = "db.users.insert", skip_all)]
pub(super) async fn insert(
    conn: &mut PgConnection,
    user: &ReadyUser,
    company: Option<CompanyId>,
    department: Option<DepartmentId>,
    now: DateTime<Utc>,
) -> Result<UserId> {
    sqlx::query_scalar!(
        r#"insert into users (username, email, password_hash, first_name, last_name, phone, location,
            company_id, department_id, created_at, last_password_change_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
        returning id as "id: UserId""#,
        user.username,
        user.email,
        user.password_hash,
        user.first_name,
        user.last_name,
        user.phone,
        user.location,
        company.map(|id| id.0),
        department.map(|id| id.0),
        now,
    )
    .fetch_one(conn)
    .await
    .on_constraint("users_email_key", email_is_taken)
    .on_constraint("users_username_key", username_is_taken)
}

/// A new password, by its hash.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewSecret<'a> {
    pub(super) hash: &'a str,
    pub(super) set_at: DateTime<Utc>,
}

/// Write a user anew, whose row is locked; with a new password if there is one. `ends_tokens`: nothing that proved
/// who he is proves it any longer.
#[tracing::instrument(name = "db.users.update", skip_all)]
pub(super) async fn update(
    conn: &mut PgConnection,
    id: UserId,
    profile: &Profile,
    secret: Option<NewSecret<'_>>,
    ends_tokens: bool,
) -> Result<()> {
    sqlx::query!(
        "update users
        set username = $2, email = $3, first_name = $4, last_name = $5, notes = $6, phone = $7, location = $8,
            department_id = $9, company_id = $10, greeting = $11, signature = $12, disabled = $13, send_email = $14,
            out_of_office = $15, password_hash = coalesce($16, password_hash),
            last_password_change_at = coalesce($17, last_password_change_at),
            token_version = token_version + case when $18 then 1 else 0 end
        where id = $1",
        id.0,
        profile.username,
        profile.email,
        profile.first_name,
        profile.last_name,
        profile.notes,
        profile.phone,
        profile.location,
        profile.department_id.map(|id| id.0),
        profile.company_id.map(|id| id.0),
        profile.greeting,
        profile.signature,
        profile.disabled,
        profile.send_email,
        profile.out_of_office,
        secret.map(|secret| secret.hash),
        secret.map(|secret| secret.set_at),
        ends_tokens,
    )
    .execute(conn)
    .await
    .on_constraint("users_email_key", email_is_taken)
    .on_constraint("users_username_key", username_is_taken)?
    .expect_rows(1)
}

/// Make a tombstone of a user: nobody logs in as him, his address and user name are free, nothing personal is left.
/// His company and department stay, for they decide who else sees his tickets.
pub(super) async fn entomb(
    conn: &mut PgConnection,
    id: UserId,
    username: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update users
        set username = $2, email = '', password_hash = null, first_name = 'Deleted', last_name = 'user', notes = null,
            location = '', phone = '', ip_address = null, host_name = null, user_agent = null, lang = '',
            avatar_url = null, signature = '', greeting = '', is_admin = false, is_manager = false,
            is_department_manager = false, disabled = true, send_email = false, out_of_office = false,
            two_factor_enabled = false, dark_mode = false, token_version = token_version + 1,
            last_password_change_at = null, last_seen_at = null, deleted_at = $3
        where id = $1",
        id.0,
        username,
        now,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// The address belongs to another user.
pub(super) fn email_is_taken() -> Error {
    Error::conflict("email", "is taken by another user")
}

/// The user name belongs to another user.
pub(super) fn username_is_taken() -> Error {
    Error::conflict("username", "is taken by another user")
}
