//! Business hours as administrators keep them.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{BusinessHoursDraft, Opening};
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result, Use};
use crate::{audited_actions, text};

/// The longest name.
const NAME: usize = 200;
/// The longest name of a time zone.
const ZONE: usize = 64;
/// The most spans of a week.
const SPANS: usize = 50;
/// The most holidays.
const HOLIDAYS: usize = 1_000;

/// Business hours.
#[derive(Debug)]
pub enum BusinessHoursKind {}

impl Kept for BusinessHoursKind {
    const KIND: &'static str = "business hours";
    const ACTIONS: Actions = audited_actions!("business_hours");
    type Draft = BusinessHoursDraft;

    fn check(draft: BusinessHoursDraft) -> Result<BusinessHoursDraft> {
        let zone: Tz = text::name("time_zone", &draft.time_zone, ZONE)?
            .parse()
            .map_err(|_| {
                let problem = "is no time zone by its IANA name, such as Europe/Berlin";
                Error::invalid("time_zone", problem)
            })?;
        Ok(BusinessHoursDraft {
            name: text::name("name", &draft.name, NAME)?,
            time_zone: zone.name().to_owned(),
            hours: hours(draft.hours)?,
            holidays: holidays(draft.holidays)?,
        })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<BusinessHoursDraft>>> {
        let rows = sqlx::query!(
            r#"select id, name, time_zone, hours as "hours: Json<Vec<Opening>>", holidays
            from business_hours where id > $1 order by id limit $2"#,
            after,
            limit,
        )
        .fetch_all(conn)
        .await?;
        let stored = rows.into_iter().map(|row| Stored {
            id: row.id,
            draft: BusinessHoursDraft {
                name: row.name,
                time_zone: row.time_zone,
                hours: row.hours.0,
                holidays: row.holidays,
            },
        });
        Ok(stored.collect())
    }

    async fn find(
        conn: &mut PgConnection,
        id: i32,
        lock: bool,
    ) -> Result<Option<BusinessHoursDraft>> {
        if lock {
            sqlx::query_scalar!("select id from business_hours where id = $1 for update", id)
                .fetch_optional(&mut *conn)
                .await?;
        }
        let row = sqlx::query!(
            r#"select name, time_zone, hours as "hours: Json<Vec<Opening>>", holidays
            from business_hours where id = $1"#,
            id,
        )
        .fetch_optional(conn)
        .await?;
        Ok(row.map(|row| BusinessHoursDraft {
            name: row.name,
            time_zone: row.time_zone,
            hours: row.hours.0,
            holidays: row.holidays,
        }))
    }

    async fn insert(conn: &mut PgConnection, _: &Actor, draft: &BusinessHoursDraft) -> Result<i32> {
        sqlx::query_scalar!(
            "insert into business_hours (name, time_zone, hours, holidays) values ($1, $2, $3, $4) returning id",
            draft.name,
            draft.time_zone,
            Json(&draft.hours) as _,
            &draft.holidays,
        )
        .fetch_one(conn)
        .await
        .on_constraint("business_hours_name_key", name_is_taken)
    }

    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        _: &BusinessHoursDraft,
        after: &BusinessHoursDraft,
    ) -> Result<()> {
        sqlx::query!(
            "update business_hours set name = $2, time_zone = $3, hours = $4, holidays = $5 where id = $1",
            id,
            after.name,
            after.time_zone,
            Json(&after.hours) as _,
            &after.holidays,
        )
        .execute(conn)
        .await
        .on_constraint("business_hours_name_key", name_is_taken)?
        .expect_rows(1)
    }

    async fn uses(conn: &mut PgConnection, id: i32) -> Result<Vec<Use>> {
        let categories = sqlx::query_scalar!(
            r#"select count(*) as "count!" from categories where business_hours_id = $1"#,
            id,
        )
        .fetch_one(conn)
        .await?;
        Ok(Use::some([("categories", categories)]))
    }

    async fn move_uses(conn: &mut PgConnection, _: &Actor, from: i32, to: i32) -> Result<()> {
        sqlx::query!(
            "update categories set business_hours_id = $2 where business_hours_id = $1",
            from,
            to,
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from business_hours where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

/// The openings by day and time. Errors: Invalid, naming the place.
fn hours(mut hours: Vec<Opening>) -> Result<Vec<Opening>> {
    if hours.is_empty() {
        return Err(Error::invalid("hours", "holds no time of the week"));
    }
    if hours.len() > SPANS {
        let problem = format!("holds {} items; {SPANS} are the most", hours.len());
        return Err(Error::invalid("hours", problem));
    }
    for (number, Opening { from, to, .. }) in hours.iter().enumerate() {
        if *to != NaiveTime::MIN && to <= from {
            let place = format!("hours[{number}].to");
            let problem = "is to be after the begin; midnight is the end of the day";
            return Err(Error::invalid(place, problem));
        }
    }
    hours.sort_by_key(|opening| (opening.day.number(), opening.from));
    let over = hours.windows(2).any(|pair| match pair {
        [first, second] => {
            let open_until_midnight = first.to == NaiveTime::MIN;
            first.day == second.day && (open_until_midnight || second.from < first.to)
        }
        _ => false,
    });
    if over {
        return Err(Error::invalid("hours", "holds spans that overlap"));
    }
    Ok(hours)
}

/// The holidays in order, each once. Errors: Invalid.
fn holidays(mut holidays: Vec<NaiveDate>) -> Result<Vec<NaiveDate>> {
    holidays.sort_unstable();
    holidays.dedup();
    if holidays.len() > HOLIDAYS {
        let problem = format!("holds {} days; {HOLIDAYS} are the most", holidays.len());
        return Err(Error::invalid("holidays", problem));
    }
    // The database knows fewer years than our type of dates.
    let (first, last) = (
        NaiveDate::from_ymd_opt(1, 1, 1),
        NaiveDate::from_ymd_opt(9999, 12, 31),
    );
    let within =
        |day: &NaiveDate| first.is_none_or(|it| *day >= it) && last.is_none_or(|it| *day <= it);
    if !holidays.iter().all(within) {
        return Err(Error::invalid(
            "holidays",
            "holds a day beyond the years 1 to 9999",
        ));
    }
    Ok(holidays)
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by other business hours")
}
