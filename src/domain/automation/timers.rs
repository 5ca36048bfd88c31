//! Rules that wait for a moment: a ticket becomes overdue, is due soon, has not been updated for long.
//!
//! Nothing ticks for each ticket. Every twenty seconds one server asks the indexes on due dates and on dates of changes
//! for what has come since it asked last (a margin before that, for clocks differ and jump). What fires is written down
//! under a unique key together with the event that runs the rule: so it fires once, whoever asks how often.
//!
//! Where the category has business hours, spans are business time. As that grows with every moment, the bounds of what is
//! due can be worked out first, and the index asked for what lies between them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::compiled::{self, CompiledRule};
use super::trigger::DUE;
use crate::actor::Actor;
use crate::business_hours::{self, Calendar};
use crate::context::Context;
use crate::error::Result;
use crate::ids::{RuleId, TicketId};
use crate::outbox;
use crate::rules::Trigger;

/// The kind of the job that looks for what is due.
pub const JOB: &str = "timers";

/// What came so shortly before the last look is looked at again.
const MARGIN: TimeDelta = TimeDelta::minutes(15);

/// How many tickets are looked at a rule, a calendar and a turn.
const BATCH: i64 = 500;

/// Fire what is due. One at a time over all servers; another one's turn is as good as ours. Returns whether there is more.
pub async fn fire(conn: &mut PgConnection, context: &Context) -> Result<bool> {
    if !take_turn(conn).await? {
        return Ok(false);
    }
    let rules = compiled::current(conn).await?;
    let timed: Vec<&CompiledRule> = rules.timed().collect();
    let looked = begin(conn, context.now, &timed).await?;
    if timed.is_empty() {
        return Ok(false);
    }
    let calendars = business_hours::all(conn).await?;
    let mut is_more = false;
    let mut done = vec![];
    for rule in timed {
        let Some(look) = looked.iter().find(|look| look.rule == rule.id) else {
            continue;
        };
        let mut all = true;
        for (calendar, categories) in &calendars {
            let search = Search {
                rule,
                calendar,
                categories,
                since: look.since,
                from: look.checked_until.min(context.now) - MARGIN,
                now: context.now,
            };
            all &= search.fire(conn).await?;
        }
        if all {
            done.push(rule.id.0);
        } else {
            is_more = true;
        }
    }
    sqlx::query!(
        "update rule_timers set checked_until = greatest(checked_until, $2) where rule_id = any ($1)",
        &done,
        context.now,
    )
    .execute(conn)
    .await?;
    Ok(is_more)
}

async fn take_turn(conn: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtext('ferrodesk timers')) as "turn!""#
    )
    .fetch_one(conn)
    .await?)
}

/// How far a rule has been looked after.
struct Look {
    rule: RuleId,
    since: DateTime<Utc>,
    checked_until: DateTime<Utc>,
}

/// How far each rule has been looked after. A rule that is new, enabled anew, or waits for something else than before
/// begins with the moment of that change: nobody wants to be told of all that was overdue before he wrote the rule.
async fn begin(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    timed: &[&CompiledRule],
) -> Result<Vec<Look>> {
    let ids: Vec<i32> = timed.iter().map(|rule| rule.id.0).collect();
    let awaits: Vec<String> = timed.iter().map(|rule| awaits(rule)).collect();
    let since: Vec<DateTime<Utc>> = timed.iter().map(|it| it.updated_at.min(now)).collect();
    sqlx::query!("delete from rule_timers where rule_id <> all ($1)", &ids)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "insert into rule_timers (rule_id, awaits, since, checked_until)
        select rule, awaits, since, since
        from unnest($1::integer[], $2::text[], $3::timestamptz[]) as timed (rule, awaits, since)
        on conflict (rule_id) do update
        set awaits = excluded.awaits, since = excluded.since, checked_until = excluded.checked_until
        where rule_timers.awaits <> excluded.awaits",
        &ids,
        &awaits,
        &since,
    )
    .execute(&mut *conn)
    .await?;
    let rows = sqlx::query!(
        r#"select rule_id as "rule_id: RuleId", since, checked_until from rule_timers"#
    )
    .fetch_all(conn)
    .await?;
    let looks = rows.into_iter().map(|row| Look {
        rule: row.rule_id,
        since: row.since,
        checked_until: row.checked_until,
    });
    Ok(looks.collect())
}

fn awaits(rule: &CompiledRule) -> String {
    let what = match rule.trigger {
        Trigger::BecomesOverdue => "overdue",
        Trigger::DueWithin(_) => "due within",
        _ => "not updated for",
    };
    format!("{what} {}", rule.waits().num_minutes())
}

/// Looking for the tickets of one calendar for which one rule fires.
struct Search<'a> {
    rule: &'a CompiledRule,
    calendar: &'a Calendar,
    categories: &'a [i32],
    /// Moments before it are not the rule's business.
    since: DateTime<Utc>,
    /// Moments until then were looked at before.
    from: DateTime<Utc>,
    now: DateTime<Utc>,
}

/// A ticket, and the date its moment follows from.
struct Candidate {
    ticket: i32,
    follows_from: DateTime<Utc>,
}

impl Search<'_> {
    /// Fire for what is due, and say whether that was all.
    async fn fire(&self, conn: &mut PgConnection) -> Result<bool> {
        let (mut found, all) = self.candidates(conn).await?;
        found.retain(|it| {
            let moment = self.moment(it.follows_from);
            self.since < moment && moment <= self.now
        });
        let tickets: Vec<i32> = found.iter().map(|it| it.ticket).collect();
        let dates: Vec<DateTime<Utc>> = found.iter().map(|it| it.follows_from).collect();
        let fired = sqlx::query_scalar!(
            r#"insert into rule_firings (rule_id, ticket_id, follows_from, fired_at)
            select $1, t.id, due.follows_from, $4
            from unnest($2::integer[], $3::timestamptz[]) as due (ticket_id, follows_from)
            join tickets t on t.id = due.ticket_id
            on conflict do nothing
            returning ticket_id as "ticket_id: TicketId""#,
            self.rule.id.0,
            &tickets,
            &dates,
            self.now,
        )
        .fetch_all(&mut *conn)
        .await?;
        if !fired.is_empty() {
            let actor = Actor::system(self.now);
            let payload = json!({ "ruleId": self.rule.id });
            outbox::record_each(conn, &actor, DUE, &fired, payload).await?;
        }
        // Where nothing of a full batch fired, another look would find the same.
        Ok(all || fired.is_empty())
    }

    /// When the rule fires for a ticket that is due, or was changed, at this date.
    fn moment(&self, date: DateTime<Utc>) -> DateTime<Utc> {
        let span = self.rule.waits();
        match self.rule.trigger {
            Trigger::DueWithin(_) => self.calendar.before(date, span),
            _ => self.calendar.after(date, span),
        }
    }

    /// The tickets whose moment may have come and that did not fire for it yet; false: there are more.
    async fn candidates(&self, conn: &mut PgConnection) -> Result<(Vec<Candidate>, bool)> {
        let span = self.rule.waits();
        let from = self.from.max(self.since - MARGIN);
        let (first, last) = match self.rule.trigger {
            Trigger::DueWithin(_) => (
                self.calendar.after(from, span).min(from + span),
                self.calendar.after(self.now, span),
            ),
            _ => (
                self.calendar.before(from, span),
                self.calendar.before(self.now, span),
            ),
        };
        let (first, last) = (within(first, self.now), within(last, self.now));
        if matches!(self.rule.trigger, Trigger::NotUpdatedFor(_)) {
            return self.not_updated(conn, first, last).await;
        }
        let (mut found, mut all) = self.due(conn, first, last).await?;
        // A due date that was set only now may lie before what was looked at.
        let (late, all_late) = self.changed(conn, from, last).await?;
        found.extend(late);
        all &= all_late;
        found.sort_unstable_by_key(|it| (it.ticket, it.follows_from));
        found.dedup_by_key(|it| (it.ticket, it.follows_from));
        Ok((found, all))
    }

    async fn not_updated(
        &self,
        conn: &mut PgConnection,
        first: DateTime<Utc>,
        last: DateTime<Utc>,
    ) -> Result<(Vec<Candidate>, bool)> {
        let found = sqlx::query_as!(
            Candidate,
            r#"select t.id as ticket, t.updated_at as follows_from
            from tickets t
            where t.updated_at >= $1 and t.updated_at <= $2 and t.status_id <> 3 and t.category_id = any ($3)
                and not exists (
                    select from rule_firings f
                    where f.ticket_id = t.id and f.rule_id = $4 and f.follows_from = t.updated_at)
            order by t.updated_at
            limit $5"#,
            first,
            last,
            self.categories,
            self.rule.id.0,
            BATCH,
        )
        .fetch_all(conn)
        .await?;
        Ok(all_of(found))
    }

    async fn due(
        &self,
        conn: &mut PgConnection,
        first: DateTime<Utc>,
        last: DateTime<Utc>,
    ) -> Result<(Vec<Candidate>, bool)> {
        let found = sqlx::query_as!(
            Candidate,
            r#"select t.id as ticket, t.due_date as "follows_from!"
            from tickets t
            where t.due_date >= $1 and t.due_date <= $2 and t.status_id <> 3 and t.category_id = any ($3)
                and not exists (
                    select from rule_firings f
                    where f.ticket_id = t.id and f.rule_id = $4 and f.follows_from = t.due_date)
            order by t.due_date
            limit $5"#,
            first,
            last,
            self.categories,
            self.rule.id.0,
            BATCH,
        )
        .fetch_all(conn)
        .await?;
        Ok(all_of(found))
    }

    /// Those that were changed since `from` and are due until `last`: of what is due soon, those only that are not overdue.
    async fn changed(
        &self,
        conn: &mut PgConnection,
        from: DateTime<Utc>,
        last: DateTime<Utc>,
    ) -> Result<(Vec<Candidate>, bool)> {
        let after = match self.rule.trigger {
            Trigger::DueWithin(_) => self.now,
            _ => self.calendar.before(self.since, self.rule.waits()),
        };
        let found = sqlx::query_as!(
            Candidate,
            r#"select t.id as ticket, t.due_date as "follows_from!"
            from tickets t
            where t.updated_at >= $1 and t.due_date >= $2 and t.due_date <= $3 and t.status_id <> 3
                and t.category_id = any ($4)
                and not exists (
                    select from rule_firings f
                    where f.ticket_id = t.id and f.rule_id = $5 and f.follows_from = t.due_date)
            order by t.updated_at
            limit $6"#,
            from,
            within(after, self.now),
            last,
            self.categories,
            self.rule.id.0,
            BATCH,
        )
        .fetch_all(conn)
        .await?;
        Ok(all_of(found))
    }
}

fn all_of(found: Vec<Candidate>) -> (Vec<Candidate>, bool) {
    let all = i64::try_from(found.len()).is_ok_and(|count| count < BATCH);
    (found, all)
}

/// A bound that the database knows: its years are fewer than those of our type.
fn within(bound: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let far = TimeDelta::days(365_000);
    bound.clamp(now - far, now + far)
}
