//! The SQL of users.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{ListMode, ReadyUser, User, UserFilter};
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

/// Whether another user logs in by this text, be it his user name or his address.
pub(super) async fn is_taken(conn: &mut PgConnection, login: &str) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from users where lower(username) = lower($1))
            or exists (select from users where lower(email) = lower($1) and email <> '') as "taken!""#,
        login,
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

/// The address belongs to another user.
pub(super) fn email_is_taken() -> Error {
    Error::conflict("email", "is taken by another user")
}

/// The user name belongs to another user.
pub(super) fn username_is_taken() -> Error {
    Error::conflict("username", "is taken by another user")
}
