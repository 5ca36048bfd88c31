//! How many tickets there are of each kind.

use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::access::tickets::{Visibility, visible};
use crate::actor::Actor;
use crate::counts::Counts;
use crate::db::Db;
use crate::error::Result;
use crate::ids::UserId;

use super::filter::push_visible;

/// Counts over what the actor may see. All but `closed` count tickets that are not closed.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Stats {
    /// Status New.
    pub new: i64,
    /// Every other open status.
    pub in_process: i64,
    /// Status Closed.
    pub closed: i64,
    /// New, or updated by the user, or for technicians.
    pub unanswered: i64,
    /// Nobody works on it.
    pub unassigned: i64,
    /// The actor works on it.
    pub handled_by_me: i64,
    /// The actor opened it.
    pub submitted_by_me: i64,
}

impl Stats {
    /// Not closed.
    #[must_use]
    pub fn unclosed(&self) -> i64 {
        self.new + self.in_process
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.unclosed() + self.closed
    }
}

/// What was counted, for whom, with what he could see then: whoever loses a right is not told the old numbers.
pub type StatsCounts = Counts<(UserId, Visibility), Stats>;

/// How many tickets the actor may see. On a large desk the numbers may be some seconds old: see [`Counts`].
pub async fn stats(db: &Db, actor: &Actor, counts: &StatsCounts) -> Result<Stats> {
    let visibility = visible(actor);
    let question = (actor.user_id, visibility.clone());
    let stats = counts
        .get(question, async || {
            let mut conn = db.read_list().await?;
            count(&mut conn, actor, &visibility).await
        })
        .await?;
    Ok(*stats)
}

async fn count(conn: &mut PgConnection, actor: &Actor, visibility: &Visibility) -> Result<Stats> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select open.*, closed.closed from (
             select count(*) filter (where t.status_id = 1) as new,
                    count(*) filter (where t.status_id <> 1) as in_process,
                    count(*) filter (where t.status_id = 1 or t.updated_by_user or t.updated_for_tech_view) as unanswered,
                    count(*) filter (where t.assigned_to_user_id is null) as unassigned,
                    count(*) filter (where t.assigned_to_user_id = ",
    );
    query
        .push_bind(actor.user_id.0)
        .push(") as handled_by_me, count(*) filter (where t.user_id = ")
        .push_bind(actor.user_id.0);
    query.push(") as submitted_by_me from tickets t where t.status_id <> 3");
    push_visible(&mut query, visibility);
    query.push(") open, (select count(*) as closed from tickets t where t.status_id = 3");
    push_visible(&mut query, visibility);
    query.push(") closed");
    Ok(query.build_query_as().fetch_one(conn).await?)
}
