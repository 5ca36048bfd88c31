//! Lists of tickets: *Tickets* and *Search*.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::access::tickets::visible;
use crate::actor::Actor;
use crate::error::Result;

use super::filter::{Filter, Page, push_hits, push_page};

/// A line of a list.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(
    missing_docs,
    reason = "the columns of a list; see the fields of the same names in the document"
)]
pub struct TicketRow {
    pub id: i32,
    pub priority: i16,
    pub status_id: i32,
    pub created_at: DateTime<Utc>,
    pub subject: String,
    pub status: String,
    pub status_color: String,
    pub updated_by_user: bool,
    pub updated_by_performer: bool,
    pub updated_for_tech_view: bool,
    pub category_id: i32,
    pub category: String,
    pub section_id: Option<i32>,
    pub user_id: i32,
    pub username: String,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub company_id: Option<i32>,
    pub company_name: Option<String>,
    pub assigned_to_user_id: Option<i32>,
    pub technician: Option<String>,
    pub tech_first_name: Option<String>,
    pub tech_last_name: Option<String>,
    pub due_date: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
    pub resolved_date: Option<DateTime<Utc>>,
    pub start_date: Option<DateTime<Utc>>,
    pub origin: i16,
    pub has_children: bool,
    pub last_updated_by_user_id: Option<i32>,
    pub last_updated_username: Option<String>,
    pub time_spent_seconds: i32,
}

/// A ticket on a page, with what it is sorted by before its number.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Hit {
    id: i32,
    rank: f32,
}

/// *Tickets*: which ones of those the actor may see, newest first.
pub async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    filter: &Filter,
    page: Page,
) -> Result<Vec<Hit>> {
    let mut query = QueryBuilder::<Postgres>::new("");
    push_page(&mut query, &visible(actor), filter, page);
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// *Search*: which tickets have all the words typed, the last one by its beginning, or the number typed.
pub async fn search(
    conn: &mut PgConnection,
    actor: &Actor,
    typed: &str,
    filter: &Filter,
    page: Page,
) -> Result<Vec<Hit>> {
    let mut query = QueryBuilder::<Postgres>::new("");
    push_hits(&mut query, &visible(actor), filter, typed, page);
    // Planned for the words at hand: a plan that fits a rare word is bad for a common one.
    Ok(query
        .build_query_as()
        .persistent(false)
        .fetch_all(conn)
        .await?)
}

/// The lines of a list, in the order of its hits.
pub async fn rows(conn: &mut PgConnection, hits: &[Hit]) -> Result<Vec<TicketRow>> {
    if hits.is_empty() {
        return Ok(Vec::new());
    }
    let (ids, ranks): (Vec<i32>, Vec<f32>) = hits.iter().map(|hit| (hit.id, hit.rank)).unzip();
    Ok(sqlx::query_as(ROWS)
        .bind(ids)
        .bind(ranks)
        .fetch_all(conn)
        .await?)
}

/// The columns of [`TicketRow`] for the tickets of a page. A ticket deleted since is left out.
const ROWS: &str = "
    select t.id, t.priority, t.status_id, t.created_at, t.subject, s.name as status, s.color as status_color,
           t.updated_by_user, t.updated_by_performer, t.updated_for_tech_view,
           t.category_id, c.name as category, c.section_id,
           t.user_id, u.username, u.first_name, u.last_name, u.email, u.company_id, o.name as company_name,
           t.assigned_to_user_id, a.username as technician, a.first_name as tech_first_name, a.last_name as tech_last_name,
           t.due_date, t.updated_at, t.resolved_date, t.start_date, t.origin,
           exists (select from tickets child where child.parent_ticket_id = t.id) as has_children,
           t.last_updated_by_user_id, l.username as last_updated_username, t.time_spent_seconds
    from unnest($1::integer[], $2::real[]) as page (id, rank)
    join tickets t on t.id = page.id
    join statuses s on s.id = t.status_id
    join categories c on c.id = t.category_id
    join users u on u.id = t.user_id
    left join companies o on o.id = u.company_id
    left join users a on a.id = t.assigned_to_user_id
    left join users l on l.id = t.last_updated_by_user_id
    order by page.rank desc, t.id desc";
