//! SQL of what tickets have to do with each other.

use serde_json::Value;
use sqlx::PgConnection;

use crate::access::tickets::{Grounds, Visibility};
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result};
use crate::ids::{CommentId, TicketId};

use super::super::TicketCore;

/// Wait until no other transaction changes how tickets belong together; until this one ends, none will.
pub(super) async fn turn(conn: &mut PgConnection) -> Result<()> {
    sqlx::query_scalar!(
        r#"select true as "turn!" from pg_advisory_xact_lock(hashtext('ferrodesk ticket relations'))"#
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Lock these tickets and their parents, smaller ids first.
pub(super) async fn lock(conn: &mut PgConnection, tickets: &[TicketId]) -> Result<()> {
    sqlx::query_scalar!(
        "select id from tickets
         where id = any($1) or id in (select parent_ticket_id from tickets where id = any($1))
         order by id
         for update",
        &numbers(tickets),
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

fn numbers(tickets: &[TicketId]) -> Vec<i32> {
    tickets.iter().map(|ticket| ticket.0).collect()
}

/// Those of these tickets that are visible, newest first. They are few: each is looked at.
pub(super) async fn visible_among(
    conn: &mut PgConnection,
    tickets: &[TicketId],
    visibility: &Visibility,
) -> Result<Vec<TicketId>> {
    let (everything, user, categories, company, department) = match visibility.grounds() {
        Grounds::Everything => (true, None, &[][..], None, None),
        Grounds::Some {
            user_id,
            categories,
            company,
            department,
        } => (
            false,
            Some(user_id.0),
            categories.as_slice(),
            company.map(|id| id.0),
            department.map(|id| id.0),
        ),
    };
    Ok(sqlx::query_scalar!(
        r#"select t.id as "id: TicketId"
         from tickets t
         join users u on u.id = t.user_id
         where t.id = any($1)
             and ($2
                 or t.user_id = $3
                 or t.category_id = any($4)
                 or u.company_id = $5
                 or u.department_id = $6
                 or exists (select from subscribers s where s.ticket_id = t.id and s.user_id = $3))
         order by t.id desc"#,
        &numbers(tickets),
        everything,
        user,
        categories,
        company,
        department,
    )
    .fetch_all(conn)
    .await?)
}

/// The tickets linked to this one.
pub(super) async fn linked(conn: &mut PgConnection, id: TicketId) -> Result<Vec<TicketId>> {
    Ok(sqlx::query_scalar!(
        r#"select linked_ticket_id as "id!: TicketId" from ticket_links where ticket_id = $1
           union all
           select ticket_id from ticket_links where linked_ticket_id = $1"#,
        id.0,
    )
    .fetch_all(conn)
    .await?)
}

/// Link two tickets. Returns whether they were not linked before.
pub(super) async fn insert_link(
    conn: &mut PgConnection,
    one: TicketId,
    other: TicketId,
) -> Result<bool> {
    let done = sqlx::query!(
        "insert into ticket_links (ticket_id, linked_ticket_id) values ($1, $2) on conflict do nothing",
        one.min(other).0,
        one.max(other).0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Unlink two tickets. Returns whether they were linked.
pub(super) async fn delete_link(
    conn: &mut PgConnection,
    one: TicketId,
    other: TicketId,
) -> Result<bool> {
    let done = sqlx::query!(
        "delete from ticket_links where ticket_id = $1 and linked_ticket_id = $2",
        one.min(other).0,
        one.max(other).0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The sub-tickets of this one.
pub(super) async fn children(conn: &mut PgConnection, id: TicketId) -> Result<Vec<TicketId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: TicketId" from tickets where parent_ticket_id = $1"#,
        id.0
    )
    .fetch_all(conn)
    .await?)
}

/// The parent of a ticket.
pub(super) async fn parent(conn: &mut PgConnection, id: TicketId) -> Result<Option<TicketId>> {
    let parent = sqlx::query_scalar!(
        r#"select parent_ticket_id as "id: TicketId" from tickets where id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(parent.flatten())
}

/// Give a ticket a parent, or none.
pub(super) async fn set_parent(
    conn: &mut PgConnection,
    child: TicketId,
    parent: Option<TicketId>,
) -> Result<()> {
    sqlx::query!(
        "update tickets set parent_ticket_id = $2 where id = $1",
        child.0,
        parent.map(|parent| parent.0),
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// Whether `above` is the parent of `below`, or the parent of its parent, and so on.
pub(super) async fn is_above(
    conn: &mut PgConnection,
    above: TicketId,
    below: TicketId,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"with recursive line as (
               select parent_ticket_id as id from tickets where id = $2
               union
               select t.parent_ticket_id from tickets t join line on line.id = t.id
           )
           select exists (select from line where id = $1) as "is_above!""#,
        above.0,
        below.0,
    )
    .fetch_one(conn)
    .await?)
}

/// The parent of this ticket, its sub-tickets, and what is linked to it: each once.
pub(super) async fn related(conn: &mut PgConnection, id: TicketId) -> Result<Vec<TicketId>> {
    let mut all = linked(conn, id).await?;
    all.extend(children(conn, id).await?);
    all.extend(parent(conn, id).await?);
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// What somebody wrote when he opened `merged`, as a comment of his on the primary ticket.
pub(super) async fn insert_opening(
    conn: &mut PgConnection,
    primary: TicketId,
    merged: &TicketCore,
    body: &str,
) -> Result<CommentId> {
    let id = sqlx::query_scalar!(
        "insert into comments (ticket_id, user_id, created_at, body) values ($1, $2, $3, $4) returning id",
        primary.0,
        merged.user_id.0,
        merged.created_at,
        body,
    )
    .fetch_one(conn)
    .await?;
    Ok(CommentId(id))
}

/// Comments, files and the log of time spent. Files of the ticket itself hang on the comment `opening` from now on.
pub(super) async fn move_said(
    conn: &mut PgConnection,
    from: TicketId,
    to: TicketId,
    opening: CommentId,
) -> Result<()> {
    sqlx::query!(
        "update comments set ticket_id = $2 where ticket_id = $1",
        from.0,
        to.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update attachments set ticket_id = $2, comment_id = coalesce(comment_id, $3) where ticket_id = $1",
        from.0,
        to.0,
        opening.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update time_spent_log set ticket_id = $2 where ticket_id = $1",
        from.0,
        to.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Subscribers, tags, assets, links, custom fields and integrations, as far as `to` lacks them.
///
/// Rows are changed rather than made anew: that locks no user, asset or tag.
pub(super) async fn move_what_hangs_on(
    conn: &mut PgConnection,
    from: TicketId,
    to: TicketId,
) -> Result<()> {
    sqlx::query!(
        "update subscribers s set ticket_id = $2
         where ticket_id = $1
             and not exists (select from subscribers o where o.ticket_id = $2 and o.user_id = s.user_id)",
        from.0,
        to.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update ticket_tags g set ticket_id = $2
         where ticket_id = $1 and not exists (select from ticket_tags o where o.ticket_id = $2 and o.tag_id = g.tag_id)",
        from.0,
        to.0,
    )
    .execute(&mut *conn)
    .await
    .on_constraint("ticket_tags_pkey", changed_meanwhile)?;
    sqlx::query!(
        "update asset_tickets a set ticket_id = $2
         where ticket_id = $1
             and not exists (select from asset_tickets o where o.ticket_id = $2 and o.asset_id = a.asset_id)",
        from.0,
        to.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update ticket_field_values v set ticket_id = $2
         where ticket_id = $1
             and not exists (select from ticket_field_values o where o.ticket_id = $2 and o.field_id = v.field_id)",
        from.0,
        to.0,
    )
    .execute(&mut *conn)
    .await
    .on_constraint("ticket_field_values_pkey", changed_meanwhile)?;
    sqlx::query!(
        "insert into ticket_links (ticket_id, linked_ticket_id)
         select least(l.other, $2), greatest(l.other, $2)
         from (
             select linked_ticket_id as other from ticket_links where ticket_id = $1
             union all
             select ticket_id from ticket_links where linked_ticket_id = $1
         ) l
         where l.other <> $2
         on conflict do nothing",
        from.0,
        to.0,
    )
    .execute(&mut *conn)
    .await?;
    move_integrations(conn, from, to).await
}

/// An administrator has just given the tags or values of one thing to another.
fn changed_meanwhile() -> Error {
    Error::conflict("id2", "was changed meanwhile; try again")
}

async fn move_integrations(conn: &mut PgConnection, from: TicketId, to: TicketId) -> Result<()> {
    sqlx::query!(
        "insert into ticket_integrations as i (ticket_id, bitbucket_issue_url, jira_issue_url, github_issue_url,
             asana_task_url, trello_card_url, vso_work_item_url, harvest_project_url, gitlab_issue_url, basecamp_todo_url)
         select $2, bitbucket_issue_url, jira_issue_url, github_issue_url,
             asana_task_url, trello_card_url, vso_work_item_url, harvest_project_url, gitlab_issue_url, basecamp_todo_url
         from ticket_integrations
         where ticket_id = $1
         on conflict (ticket_id) do update set
             bitbucket_issue_url = coalesce(i.bitbucket_issue_url, excluded.bitbucket_issue_url),
             jira_issue_url = coalesce(i.jira_issue_url, excluded.jira_issue_url),
             github_issue_url = coalesce(i.github_issue_url, excluded.github_issue_url),
             asana_task_url = coalesce(i.asana_task_url, excluded.asana_task_url),
             trello_card_url = coalesce(i.trello_card_url, excluded.trello_card_url),
             vso_work_item_url = coalesce(i.vso_work_item_url, excluded.vso_work_item_url),
             harvest_project_url = coalesce(i.harvest_project_url, excluded.harvest_project_url),
             gitlab_issue_url = coalesce(i.gitlab_issue_url, excluded.gitlab_issue_url),
             basecamp_todo_url = coalesce(i.basecamp_todo_url, excluded.basecamp_todo_url)",
        from.0,
        to.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The sub-tickets of `from` become those of `to`; `to` itself, when it is one of them, has its place already.
pub(super) async fn adopt(conn: &mut PgConnection, from: TicketId, to: TicketId) -> Result<()> {
    sqlx::query!(
        "update tickets set parent_ticket_id = $2 where parent_ticket_id = $1 and id <> $2",
        from.0,
        to.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// More time was spent on the ticket: no more than the column holds, which is 68 years.
pub(super) async fn add_time(conn: &mut PgConnection, id: TicketId, seconds: i32) -> Result<()> {
    sqlx::query!(
        "update tickets
         set time_spent_seconds = least(time_spent_seconds::bigint + $2::integer, 2147483647)::integer
         where id = $1",
        id.0,
        seconds,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// What a ticket still has after everything that another one lacked was moved there.
#[derive(Debug)]
pub(super) struct LeftBehind {
    pub(super) parent: Option<i32>,
    /// Values of custom fields by the field's id.
    pub(super) fields: Option<Value>,
    pub(super) integrations: Option<Value>,
}

/// What the deletion of this ticket will take away.
pub(super) async fn left_behind(conn: &mut PgConnection, id: TicketId) -> Result<LeftBehind> {
    Ok(sqlx::query_as!(
        LeftBehind,
        "select t.parent_ticket_id as parent,
                (select jsonb_object_agg(v.field_id, coalesce(v.value, v.option_id::text))
                 from ticket_field_values v
                 where v.ticket_id = t.id) as fields,
                (select jsonb_strip_nulls(to_jsonb(i) - 'ticket_id')
                 from ticket_integrations i
                 where i.ticket_id = t.id) as integrations
         from tickets t
         where t.id = $1",
        id.0,
    )
    .fetch_one(conn)
    .await?)
}
