//! The SQL of business hours, as rules need them.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{BusinessHoursDraft, Calendar, Opening};
use crate::error::Result;
use crate::ids::CategoryId;

struct Row {
    name: String,
    time_zone: String,
    hours: Json<Vec<Opening>>,
    holidays: Vec<NaiveDate>,
}

impl Row {
    fn calendar(self) -> Calendar {
        let draft = BusinessHoursDraft {
            name: self.name,
            time_zone: self.time_zone,
            hours: self.hours.0,
            holidays: self.holidays,
        };
        // A zone that another version knew: always open is what it falls back to.
        Calendar::of(&draft).unwrap_or_default()
    }
}

/// The calendar of a category.
pub(crate) async fn of_category(conn: &mut PgConnection, category: CategoryId) -> Result<Calendar> {
    let row = sqlx::query_as!(
        Row,
        r#"select h.name, h.time_zone, h.hours as "hours: Json<Vec<Opening>>", h.holidays
        from categories c
        join business_hours h on h.id = c.business_hours_id
        where c.id = $1"#,
        category.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Row::calendar).unwrap_or_default())
}

/// Every calendar with the categories that go by it; those of the categories without hours is the first one.
pub(crate) async fn all(conn: &mut PgConnection) -> Result<Vec<(Calendar, Vec<i32>)>> {
    let categories = sqlx::query!(
        "select id, business_hours_id from categories order by business_hours_id nulls first, id"
    )
    .fetch_all(&mut *conn)
    .await?;
    let rows = sqlx::query!(
        r#"select id, name, time_zone, hours as "hours: Json<Vec<Opening>>", holidays from business_hours"#
    )
    .fetch_all(conn)
    .await?;
    let mut calendars: HashMap<i32, Calendar> = rows
        .into_iter()
        .map(|row| {
            let hours = Row {
                name: row.name,
                time_zone: row.time_zone,
                hours: row.hours,
                holidays: row.holidays,
            };
            (row.id, hours.calendar())
        })
        .collect();
    let mut all: Vec<(Option<i32>, Calendar, Vec<i32>)> = vec![];
    for category in categories {
        let hours = category.business_hours_id;
        if let Some((_, _, ids)) = all.last_mut().filter(|(of, _, _)| *of == hours) {
            ids.push(category.id);
        } else {
            let calendar = hours.and_then(|id| calendars.remove(&id));
            all.push((hours, calendar.unwrap_or_default(), vec![category.id]));
        }
    }
    Ok(all
        .into_iter()
        .map(|(_, calendar, ids)| (calendar, ids))
        .collect())
}
