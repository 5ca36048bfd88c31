//! Lists of tickets: *Tickets* and *Search*.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::access::tickets::{Grounds, visible};
use crate::actor::Actor;
use crate::db::Db;
use crate::error::Result;
use crate::ids::TicketId;

use super::filter::{Builder, Filter, Mode, Page, RANKED, push_hits, push_page};
use super::frequency::{Way, WordFrequencies};
use super::hits::push_ranked;

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
struct Hit {
    id: i32,
    rank: f32,
}

/// *Tickets*: a page of those the actor may see, newest first.
///
/// A plain list is one statement with one plan. With conditions the best plan depends on their values: then it is found
/// out first which tickets are on the page, by a statement that is planned for them.
pub async fn list(db: &Db, actor: &Actor, filter: &Filter, page: Page) -> Result<Vec<TicketRow>> {
    let mut query = Builder::new("");
    if filter.is_plain() {
        query.push(COLUMNS).push(" from (");
        push_page(&mut query, &visible(actor), filter, page);
        query.push(") page").push(JOINS);
        let mut conn = db.read().await?;
        return Ok(query.build_query_as().fetch_all(&mut *conn).await?);
    }
    push_page(&mut query, &visible(actor), filter, page);
    hits_then_rows(db, query).await
}

/// *Search*: a page of the tickets the actor may see that have all the words typed, the last one by its beginning, or
/// the number typed.
pub async fn search(
    db: &Db,
    words: &WordFrequencies,
    actor: &Actor,
    typed: &str,
    filter: &Filter,
    page: Page,
) -> Result<Vec<TicketRow>> {
    if filter.is_plain() && filter.mode == Mode::All {
        let mut conn = db.read().await?;
        let way = words.way(&mut conn, typed).await?;
        return search_words(&mut conn, actor, way, typed, page).await;
    }
    let mut query = Builder::new("");
    push_hits(&mut query, &visible(actor), filter, typed, page);
    hits_then_rows(db, query).await
}

/// A row of a search, with the number of hits before the page was cut out of them.
#[derive(sqlx::FromRow)]
struct FoundRow {
    #[sqlx(flatten)]
    row: TicketRow,
    found: i64,
}

async fn search_words(
    conn: &mut PgConnection,
    actor: &Actor,
    way: Way,
    typed: &str,
    page: Page,
) -> Result<Vec<TicketRow>> {
    let visibility = visible(actor);
    let mut query = Builder::new("");
    query.push(COLUMNS).push(", page.found from (");
    push_ranked(&mut query, &visibility, way, typed, page);
    query.push(") page").push(JOINS);
    let rows: Vec<FoundRow> = query.build_query_as().fetch_all(&mut *conn).await?;
    let met = rows.first().map_or(0, |first| first.found);
    // Only a walk through everything is cut short.
    if matches!(visibility.grounds(), Grounds::Everything)
        && met < i64::from(RANKED)
        && let Some(further) = way.further()
    {
        return Box::pin(search_words(conn, actor, further, typed, page)).await;
    }
    Ok(rows.into_iter().map(|found| found.row).collect())
}

/// The hits by a statement that is planned for its values, then the lines by one that has a plan.
async fn hits_then_rows(db: &Db, mut query: Builder) -> Result<Vec<TicketRow>> {
    let hits: Vec<Hit> = {
        let mut conn = db.read_list().await?;
        query.build_query_as().fetch_all(&mut *conn).await?
    };
    if hits.is_empty() {
        return Ok(Vec::new());
    }
    rows(&mut *db.read().await?, &hits).await
}

/// The lines of a list, in the order of its hits. A ticket deleted since is left out.
async fn rows(conn: &mut PgConnection, hits: &[Hit]) -> Result<Vec<TicketRow>> {
    let (ids, ranks): (Vec<i32>, Vec<f32>) = hits.iter().map(|hit| (hit.id, hit.rank)).unzip();
    let mut query = Builder::new(COLUMNS);
    query.push(" from unnest(").push_bind(ids);
    query.push("::integer[], ").push_bind(ranks);
    query.push("::real[]) as page (id, rank)").push(JOINS);
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// The lines of these tickets, newest first. The caller has made sure that the actor sees them.
pub(super) async fn rows_of(
    conn: &mut PgConnection,
    tickets: &[TicketId],
) -> Result<Vec<TicketRow>> {
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let hit = |ticket: &TicketId| Hit {
        id: ticket.0,
        rank: 0.0,
    };
    rows(conn, &tickets.iter().map(hit).collect::<Vec<_>>()).await
}

/// The columns of [`TicketRow`].
const COLUMNS: &str = "
    select t.id, t.priority, t.status_id, t.created_at, t.subject, s.name as status, s.color as status_color,
           t.updated_by_user, t.updated_by_performer, t.updated_for_tech_view,
           t.category_id, c.name as category, c.section_id,
           t.user_id, u.username, u.first_name, u.last_name, u.email, u.company_id, o.name as company_name,
           t.assigned_to_user_id, a.username as technician, a.first_name as tech_first_name, a.last_name as tech_last_name,
           t.due_date, t.updated_at, t.resolved_date, t.start_date, t.origin,
           exists (select from tickets child where child.parent_ticket_id = t.id) as has_children,
           t.last_updated_by_user_id, l.username as last_updated_username, t.time_spent_seconds";

/// Where they come from, after a `page` of ids and ranks.
const JOINS: &str = "
    join tickets t on t.id = page.id
    join statuses s on s.id = t.status_id
    join categories c on c.id = t.category_id
    join users u on u.id = t.user_id
    left join companies o on o.id = u.company_id
    left join users a on a.id = t.assigned_to_user_id
    left join users l on l.id = t.last_updated_by_user_id
    order by page.rank desc, t.id desc";
