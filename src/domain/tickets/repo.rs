//! SQL of single tickets. Lists are in [`super::filter`].

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::access::tickets::TicketFacts;
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result};
use crate::ids::{CategoryId, CompanyId, DepartmentId, StatusId, TicketId, UserId};
use crate::users::{User, full_name};

use super::{Change, TicketCore, TicketDetails};

/// A row with the columns of [`TicketCore`].
macro_rules! core_of {
    ($row:ident) => {
        TicketCore {
            id: TicketId($row.id),
            category_id: CategoryId($row.category_id),
            status_id: StatusId($row.status_id),
            user_id: UserId($row.user_id),
            assigned_to_user_id: $row.assigned_to_user_id.map(UserId),
            priority: $row.priority,
            subject: $row.subject,
            created_at: $row.created_at,
            due_date: $row.due_date,
            start_date: $row.start_date,
            resolved_date: $row.resolved_date,
            time_spent_seconds: $row.time_spent_seconds,
            facts: TicketFacts {
                category_id: CategoryId($row.category_id),
                user_id: UserId($row.user_id),
                company_id: $row.company_id.map(CompanyId),
                department_id: $row.department_id.map(DepartmentId),
                actor_subscribes: $row.subscribes,
            },
        }
    };
}

/// A ticket, and whether `reader` subscribes to it.
pub(super) async fn find(
    conn: &mut PgConnection,
    id: TicketId,
    reader: UserId,
) -> Result<Option<TicketCore>> {
    let row = sqlx::query!(
        r#"select t.id, t.category_id, t.status_id, t.user_id, t.assigned_to_user_id, t.priority, t.subject,
                  t.created_at, t.due_date, t.start_date, t.resolved_date, t.time_spent_seconds,
                  u.company_id, u.department_id,
                  exists (select from subscribers s where s.ticket_id = t.id and s.user_id = $2) as "subscribes!"
           from tickets t
           join users u on u.id = t.user_id
           where t.id = $1"#,
        id.0,
        reader.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| core_of!(row)))
}

/// The same with the row locked: whoever changes a ticket takes its row first, so that no two changes cross.
///
/// The lock is a statement of its own: one that waits for it in the middle of a join looks at the submitter of before,
/// and finds no ticket when another call has just changed him.
pub(super) async fn find_for_update(
    conn: &mut PgConnection,
    id: TicketId,
    reader: UserId,
) -> Result<Option<TicketCore>> {
    sqlx::query!("select from tickets where id = $1 for update", id.0)
        .execute(&mut *conn)
        .await?;
    find(conn, id, reader).await
}

/// A row with the columns of [`User`] beside those of a ticket.
macro_rules! person_of {
    ($row:ident) => {
        User {
            id: $row.person_id,
            username: $row.username,
            email: $row.email,
            first_name: $row.first_name,
            last_name: $row.last_name,
            notes: $row.notes,
            location: $row.location,
            phone: $row.phone,
            department_id: $row.person_department_id,
            department_name: $row.department_name,
            company_id: $row.person_company_id,
            company_name: $row.company_name,
            company_notes: $row.company_notes,
            ip_address: $row.ip_address,
            host_name: $row.host_name,
            lang: $row.lang,
            user_agent: $row.user_agent,
            avatar_url: $row.avatar_url,
            signature: $row.signature,
            greeting: $row.greeting,
            is_admin: $row.is_admin,
            is_manager: $row.is_manager,
            is_department_manager: $row.is_department_manager,
            is_tech: $row.is_tech,
            disabled: $row.disabled,
            send_email: $row.send_email,
            out_of_office: $row.out_of_office,
            two_factor_enabled: $row.two_factor_enabled,
            dark_mode: $row.dark_mode,
            last_password_change: $row.last_password_change_at,
            last_seen: $row.last_seen_at,
            deleted: $row.deleted,
        }
    };
}

/// A row with everything of [`TicketDetails`], and its submitter.
macro_rules! details_of {
    ($row:ident, $person:ident) => {
        TicketDetails {
            core: core_of!($row),
            body: $row.body,
            status: $row.status,
            status_stops_time: $row.stops_time,
            category: $row.category,
            category_for_techs_only: $row.for_techs_only,
            on_behalf_user_name: $row.on_behalf_user_name,
            updated_at: $row.updated_at,
            origin: $row.origin,
            updated_by_user: $row.updated_by_user,
            updated_by_performer: $row.updated_by_performer,
            updated_for_tech_view: $row.updated_for_tech_view,
            tag_ids: $row.tag_ids,
            tag_names: $row.tag_names,
            has_files: $row.has_files,
            assignee: ($row.assigned_to_user_id == Some($row.user_id)).then(|| $person.clone()),
            submitter: $person,
        }
    };
}

/// Everything *Ticket* shows but files, in one statement: a row for the submitter, then one for the assignee.
pub(super) async fn find_details(
    conn: &mut PgConnection,
    id: TicketId,
    reader: UserId,
) -> Result<Option<TicketDetails>> {
    let rows = sqlx::query!(
        r#"select t.id, t.category_id, t.status_id, t.user_id, t.assigned_to_user_id, t.priority, t.subject,
                  t.created_at, t.due_date, t.start_date, t.resolved_date, t.time_spent_seconds,
                  u.company_id, u.department_id,
                  exists (select from subscribers s where s.ticket_id = t.id and s.user_id = $2) as "subscribes!",
                  case when p.id = t.user_id then t.body else '' end as "body!",
                  s.name as status, s.stops_time, c.name as category, c.for_techs_only,
                  b.username as "on_behalf_user_name?", t.updated_at, t.origin,
                  t.updated_by_user, t.updated_by_performer, t.updated_for_tech_view,
                  exists (select from attachments a where a.ticket_id = t.id) as "has_files!",
                  array (select g.id from ticket_tags tt join tags g on g.id = tt.tag_id
                         where tt.ticket_id = t.id order by g.name) as "tag_ids!",
                  array (select g.name from ticket_tags tt join tags g on g.id = tt.tag_id
                         where tt.ticket_id = t.id order by g.name) as "tag_names!",
                  p.id as "person_id: UserId", p.username, p.email, p.first_name, p.last_name, p.notes, p.location, p.phone,
                  p.department_id as "person_department_id: DepartmentId", d.name as "department_name?",
                  p.company_id as "person_company_id: CompanyId", o.name as "company_name?", o.notes as "company_notes?",
                  p.ip_address, p.host_name, p.lang, p.user_agent, p.avatar_url, p.signature, p.greeting,
                  p.is_admin, p.is_manager, p.is_department_manager,
                  exists (select from category_technicians ct where ct.user_id = p.id) as "is_tech!",
                  p.disabled, p.send_email, p.out_of_office, p.two_factor_enabled, p.dark_mode,
                  p.last_password_change_at, p.last_seen_at, p.deleted_at is not null as "deleted!"
           from tickets t
           join users u on u.id = t.user_id
           join statuses s on s.id = t.status_id
           join categories c on c.id = t.category_id
           left join users b on b.id = t.on_behalf_user_id
           join users p on p.id in (t.user_id, t.assigned_to_user_id)
           left join departments d on d.id = p.department_id
           left join companies o on o.id = p.company_id
           where t.id = $1
           order by p.id = t.user_id desc"#,
        id.0,
        reader.0,
    )
    .fetch_all(conn)
    .await?;
    let mut details: Option<TicketDetails> = None;
    for row in rows {
        let person = person_of!(row);
        if let Some(details) = &mut details {
            details.assignee = Some(person);
            continue;
        }
        details = Some(details_of!(row, person));
    }
    Ok(details)
}

/// What a new row of tickets holds.
#[derive(Debug)]
pub(super) struct NewRow<'a> {
    pub(super) subject: &'a str,
    pub(super) body: &'a str,
    pub(super) priority: i16,
    pub(super) status_id: StatusId,
    pub(super) category_id: CategoryId,
    pub(super) user_id: UserId,
    pub(super) on_behalf_user_id: Option<UserId>,
    pub(super) assigned_to_user_id: Option<UserId>,
    pub(super) origin: i16,
    pub(super) now: DateTime<Utc>,
    pub(super) start_date: Option<DateTime<Utc>>,
    pub(super) last_updated_by: UserId,
    pub(super) subscribers: &'a [i32],
}

/// The ticket, its subscribers and its search document in one statement: one round trip.
pub(super) async fn insert(conn: &mut PgConnection, row: &NewRow<'_>) -> Result<TicketId> {
    let id = sqlx::query_scalar!(
        r#"with ticket as (
               insert into tickets (subject, body, priority, status_id, category_id, user_id, on_behalf_user_id,
                                    assigned_to_user_id, origin, created_at, updated_at, start_date, last_updated_by_user_id)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)
               returning id
           ), told as (
               insert into subscribers (ticket_id, user_id)
               select ticket.id, subscriber from ticket, unnest($13::integer[]) as subscriber
           ), searched as (
               insert into ticket_search (ticket_id, public_words, staff_words)
               select ticket.id, words, words
               from ticket, lateral (select setweight(search_subject($1), 'A') || search_words($2) as words) w
           )
           select id as "id!" from ticket"#,
        row.subject,
        row.body,
        row.priority,
        row.status_id.0,
        row.category_id.0,
        row.user_id.0,
        row.on_behalf_user_id.map(|user| user.0),
        row.assigned_to_user_id.map(|user| user.0),
        row.origin,
        row.now,
        row.start_date,
        row.last_updated_by.0,
        row.subscribers,
    )
    .fetch_one(conn)
    .await
    .on_constraint("tickets_category_id_fkey", no_category)?;
    Ok(TicketId(id))
}

/// Columns of one ticket to change; `None` leaves a column as it is.
#[derive(Debug, Default)]
pub(super) struct RowChange<'a> {
    pub(super) subject: Option<&'a str>,
    pub(super) body: Option<&'a str>,
    pub(super) priority: Option<i16>,
    pub(super) status_id: Option<StatusId>,
    pub(super) category_id: Option<CategoryId>,
    pub(super) user_id: Option<UserId>,
    pub(super) assigned_to_user_id: Change<UserId>,
    pub(super) created_at: Option<DateTime<Utc>>,
    pub(super) due_date: Change<DateTime<Utc>>,
    pub(super) start_date: Option<DateTime<Utc>>,
    pub(super) resolved_date: Change<DateTime<Utc>>,
    pub(super) time_spent_seconds: Option<i32>,
}

/// Change the named columns only, so that two changes of different columns never undo each other.
pub(super) async fn update(
    conn: &mut PgConnection,
    id: TicketId,
    change: &RowChange<'_>,
    by: UserId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update tickets
         set subject = coalesce($2, subject),
             body = coalesce($3, body),
             priority = coalesce($4, priority),
             status_id = coalesce($5, status_id),
             category_id = coalesce($6, category_id),
             user_id = coalesce($7, user_id),
             assigned_to_user_id = case when $8 then $9 else assigned_to_user_id end,
             created_at = coalesce($10, created_at),
             due_date = case when $11 then $12 else due_date end,
             start_date = coalesce($13, start_date),
             resolved_date = case when $14 then $15 else resolved_date end,
             time_spent_seconds = coalesce($16, time_spent_seconds),
             updated_at = $17,
             last_updated_by_user_id = $18
         where id = $1",
        id.0,
        change.subject,
        change.body,
        change.priority,
        change.status_id.map(|status| status.0),
        change.category_id.map(|category| category.0),
        change.user_id.map(|user| user.0),
        change.assigned_to_user_id.is_wanted(),
        change.assigned_to_user_id.value().map(|user| user.0),
        change.created_at,
        change.due_date.is_wanted(),
        change.due_date.value(),
        change.start_date,
        change.resolved_date.is_wanted(),
        change.resolved_date.value(),
        change.time_spent_seconds,
        now,
        by.0,
    )
    .execute(conn)
    .await
    .on_constraint("tickets_category_id_fkey", no_category)
    .on_constraint("tickets_status_id_fkey", || Error::NotFound("status"))?
    .expect_rows(1)
}

/// It was deleted after it was looked up.
fn no_category() -> Error {
    Error::NotFound("category")
}

/// The marks of a reply.
#[derive(Debug)]
pub(super) struct ReplyMarks {
    pub(super) updated_by_user: Option<bool>,
    pub(super) updated_by_performer: Option<bool>,
    pub(super) updated_for_tech_view: Option<bool>,
    pub(super) status_id: Option<StatusId>,
    pub(super) set_start_date: bool,
    pub(super) clear_resolved_date: bool,
}

/// Mark a ticket as answered.
pub(super) async fn mark_replied(
    conn: &mut PgConnection,
    id: TicketId,
    marks: &ReplyMarks,
    by: UserId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update tickets
         set updated_by_user = coalesce($2, updated_by_user),
             updated_by_performer = coalesce($3, updated_by_performer),
             updated_for_tech_view = coalesce($4, updated_for_tech_view),
             status_id = coalesce($5, status_id),
             start_date = case when $6 then coalesce(start_date, $8) else start_date end,
             resolved_date = case when $7 then null else resolved_date end,
             updated_at = $8,
             last_updated_by_user_id = $9
         where id = $1",
        id.0,
        marks.updated_by_user,
        marks.updated_by_performer,
        marks.updated_for_tech_view,
        marks.status_id.map(|status| status.0),
        marks.set_start_date,
        marks.clear_resolved_date,
        now,
        by.0,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// Delete a ticket and all that hangs on it.
pub(super) async fn delete(conn: &mut PgConnection, id: TicketId) -> Result<()> {
    sqlx::query!("delete from tickets where id = $1", id.0)
        .execute(conn)
        .await?
        .expect_rows(1)
}

/// Who changed a ticket last, and when.
pub(super) async fn touch(
    conn: &mut PgConnection,
    id: TicketId,
    by: UserId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update tickets set updated_at = $2, last_updated_by_user_id = $3 where id = $1",
        id.0,
        now,
        by.0,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// Body of a ticket that is there.
pub(super) async fn body(conn: &mut PgConnection, id: TicketId) -> Result<String> {
    Ok(
        sqlx::query_scalar!("select body from tickets where id = $1", id.0)
            .fetch_one(conn)
            .await?,
    )
}

/// Name of a category.
pub(super) async fn category_name(conn: &mut PgConnection, id: CategoryId) -> Result<String> {
    Ok(
        sqlx::query_scalar!("select name from categories where id = $1", id.0)
            .fetch_one(conn)
            .await?,
    )
}

/// A user as far as assigning needs him.
#[derive(Debug)]
pub(super) struct Candidate {
    username: String,
    first_name: String,
    last_name: String,
    pub(super) disabled: bool,
    pub(super) is_admin: bool,
    pub(super) is_technician: bool,
}

impl Candidate {
    /// "First Last", or the user name.
    pub(super) fn name(&self) -> String {
        full_name(&self.first_name, &self.last_name, &self.username)
    }
}

/// A user, and whether he is a technician of `category`. `None`: there is no such user.
pub(super) async fn candidate(
    conn: &mut PgConnection,
    id: UserId,
    category: CategoryId,
) -> Result<Option<Candidate>> {
    Ok(sqlx::query_as!(
        Candidate,
        r#"select u.username, u.first_name, u.last_name, u.disabled, u.is_admin,
                  exists (select from category_technicians ct where ct.user_id = u.id and ct.category_id = $2) as "is_technician!"
           from users u
           where u.id = $1 and u.deleted_at is null"#,
        id.0,
        category.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// Add to the log of time spent.
pub(super) async fn log_time(
    conn: &mut PgConnection,
    ticket: &TicketCore,
    by: UserId,
    seconds: i32,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into time_spent_log (ticket_id, user_id, status_id, seconds, created_at) values ($1, $2, $3, $4, $5)",
        ticket.id.0,
        by.0,
        ticket.status_id.0,
        seconds,
        now,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}
