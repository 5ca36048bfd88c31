//! The SQL of running rules.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::compiled::{CompiledRule, Needs};
use crate::error::Result;
use crate::ids::{CategoryId, CompanyId, DepartmentId, RuleId, StatusId, TicketId, UserId};
use crate::rules::Definition;

/// How much of a body is read, in characters: markup is longer than what people read of it.
const READ: i32 = 256 * 1024;

/// Which rules there are now.
pub(super) async fn version(conn: &mut PgConnection) -> Result<Uuid> {
    Ok(sqlx::query_scalar!("select version from rules_version")
        .fetch_one(conn)
        .await?)
}

/// The enabled rules in the order in which they run, but for those with parts that this version does not know.
pub(super) async fn enabled(conn: &mut PgConnection) -> Result<Vec<CompiledRule>> {
    let rows = sqlx::query!(
        r#"select id as "id: RuleId", name, definition as "definition: Json<Definition>", updated_at
        from rules where enabled order by order_by, id"#
    )
    .fetch_all(conn)
    .await?;
    let rules = rows
        .into_iter()
        .filter_map(|row| CompiledRule::of(row.id, row.name, row.definition.0, row.updated_at));
    Ok(rules.collect())
}

/// A ticket with what rules ask of it.
pub(super) struct TicketRow {
    pub(super) subject: String,
    pub(super) body: String,
    pub(super) reply: Option<String>,
    pub(super) category_id: CategoryId,
    pub(super) status_id: StatusId,
    pub(super) priority: i16,
    pub(super) user_id: UserId,
    pub(super) company_id: Option<CompanyId>,
    pub(super) department_id: Option<DepartmentId>,
    pub(super) assigned_to_user_id: Option<UserId>,
    pub(super) assignee_disabled: bool,
    pub(super) assignee_out_of_office: bool,
    pub(super) origin: i16,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) due_date: Option<DateTime<Utc>>,
    pub(super) updated_by_user: bool,
    pub(super) updated_by_performer: bool,
    pub(super) updated_for_tech_view: bool,
    pub(super) tags: Vec<String>,
}

/// A ticket, its body and a reply when they are needed: that reply, or the latest one.
#[tracing::instrument(name = "db.automation.ticket", skip_all)]
pub(super) async fn ticket(
    conn: &mut PgConnection,
    ticket: TicketId,
    needs: Needs,
    reply: Option<i32>,
) -> Result<Option<TicketRow>> {
    Ok(sqlx::query_as!(
        TicketRow,
        r#"select t.subject, case when $2 then left(t.body, $5) else '' end as "body!",
            case when $3 then (
                select left(c.body, $5) from comments c
                where c.ticket_id = t.id and not c.is_system and not c.for_techs_only
                    and ($4::integer is null or c.id = $4)
                order by c.created_at desc, c.id desc
                limit 1
            ) end as reply,
            t.category_id as "category_id: CategoryId", t.status_id as "status_id: StatusId", t.priority,
            t.user_id as "user_id: UserId", u.company_id as "company_id: CompanyId",
            u.department_id as "department_id: DepartmentId",
            t.assigned_to_user_id as "assigned_to_user_id: UserId",
            coalesce(a.disabled or a.deleted_at is not null, false) as "assignee_disabled!",
            coalesce(a.out_of_office, false) as "assignee_out_of_office!",
            t.origin, t.created_at, t.updated_at, t.due_date, t.updated_by_user, t.updated_by_performer,
            t.updated_for_tech_view,
            array (select g.name from ticket_tags tt join tags g on g.id = tt.tag_id where tt.ticket_id = t.id)
                as "tags!"
        from tickets t
        join users u on u.id = t.user_id
        left join users a on a.id = t.assigned_to_user_id
        where t.id = $1"#,
        ticket.0,
        needs.body,
        needs.reply,
        reply,
        READ,
    )
    .fetch_optional(conn)
    .await?)
}

/// The name of a user.
pub(super) struct Called {
    pub(super) username: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
}

/// What a user is called.
pub(super) async fn name(conn: &mut PgConnection, user: UserId) -> Result<Option<Called>> {
    Ok(sqlx::query_as!(
        Called,
        "select username, first_name, last_name from users where id = $1",
        user.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// Whom a mail is for.
pub(super) struct Asked<'a> {
    pub(super) submitter: bool,
    pub(super) assignee: bool,
    pub(super) technicians: bool,
    pub(super) administrators: bool,
    pub(super) subscribers: bool,
    /// In small letters.
    pub(super) addresses: &'a [String],
}

/// A user for whom a mail is.
pub(super) struct ReaderRow {
    pub(super) id: UserId,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) lang: String,
    pub(super) wants_mail: bool,
    pub(super) is_staff: bool,
}

/// The users for whom a mail about a ticket is.
#[tracing::instrument(name = "db.automation.readers", skip_all)]
pub(super) async fn readers(
    conn: &mut PgConnection,
    ticket: TicketId,
    asked: &Asked<'_>,
) -> Result<Vec<ReaderRow>> {
    Ok(sqlx::query_as!(
        ReaderRow,
        r#"select u.id as "id: UserId", u.username, u.email, u.first_name, u.last_name, u.lang,
            u.send_email and not u.disabled as "wants_mail!",
            u.is_admin or exists (
                select from category_technicians ct where ct.user_id = u.id and ct.category_id = t.category_id
            ) as "is_staff!"
        from tickets t
        join users u on u.id in (
            select t.user_id where $2
            union all select t.assigned_to_user_id where $3
            union all select ct.user_id from category_technicians ct where $4 and ct.category_id = t.category_id
            union all select a.id from users a where $5 and a.is_admin
            union all select s.user_id from subscribers s where $6 and s.ticket_id = t.id
            union all select e.id from users e where e.email <> '' and lower(e.email) = any ($7)
        )
        where t.id = $1 and u.deleted_at is null and u.email <> ''
        order by u.id"#,
        ticket.0,
        asked.submitter,
        asked.assignee,
        asked.technicians,
        asked.administrators,
        asked.subscribers,
        asked.addresses,
    )
    .fetch_all(conn)
    .await?)
}

/// The sender of mail about a ticket; none: the desk's.
pub(super) async fn from_address(
    conn: &mut PgConnection,
    ticket: TicketId,
) -> Result<Option<String>> {
    let address = sqlx::query_scalar!(
        "select c.from_address from tickets t join categories c on c.id = t.category_id where t.id = $1",
        ticket.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(address.flatten())
}
