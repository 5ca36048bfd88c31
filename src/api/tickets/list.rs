//! Tickets, Search, Stats.

use std::collections::HashMap;

use axum::extract::State;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::custom_fields::FieldValue;
use crate::domain::ids::{CategoryId, CompanyId, SectionId, StatusId, TicketId, UserId};
use crate::domain::tickets::filter::{Filter, Mode, Page, RANKED};
use crate::domain::tickets::list::{self, TicketRow};
use crate::domain::tickets::stats;
use crate::domain::{self, Actor, Error, custom_fields};
use crate::http::error::Result;
use crate::http::params::{DateParam, Params};
use crate::http::reply::{Either, Json};

use super::dto::{ListItem, OverallStats, OwnStats};

/// "How many tickets to return. Default: 10. Max: 300."
const DEFAULT_COUNT: u32 = 10;
const MAX_COUNT: u32 = 300;

/// Parameters of *Tickets*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Tickets {
    /// Which tickets; all unless told.
    mode: Option<ModeParam>,
    /// Only of these categories.
    category_id: Vec<CategoryId>,
    /// Only of categories of this section.
    section_id: Option<SectionId>,
    /// Only in these statuses: 1 is New, 2 In process, 3 Closed.
    status_id: Vec<StatusId>,
    /// Only of this submitter.
    from_user_id: Option<UserId>,
    /// Only of submitters of this company.
    from_company_id: Option<CompanyId>,
    /// Only assigned to this user.
    // `handledByUserID` in messages, as the document spells it.
    #[serde(rename = "handled_by_user_i_d")]
    handled_by_user_id: Option<UserId>,
    /// Only with this tag.
    tag_name: Option<String>,
    /// Created on this day or later.
    date_from: Option<DateParam>,
    /// Created on this day or earlier: the whole day counts.
    date_to: Option<DateParam>,
    /// Updated on this day or later.
    updated_from: Option<DateParam>,
    /// Updated on this day or earlier: the whole day counts.
    updated_to: Option<DateParam>,
    /// Due between today and so many days ahead.
    #[schema(maximum = 65535)]
    due_in_days: Option<u16>,
    /// With the custom fields of each ticket.
    #[schema(default = false)]
    include_custom_fields: Option<bool>,
    /// Only those that the caller subscribes to.
    #[schema(default = false)]
    subscribed_only: Option<bool>,
    /// How many at most; 10 unless told, 300 at most.
    #[schema(default = 10)]
    count: Option<u32>,
    /// How many to pass over; 0 unless told.
    #[schema(default = 0)]
    offset: Option<u32>,
}

/// "Allows you to choose, which tickets to show."
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
enum ModeParam {
    All,
    Unanswered,
    Unclosed,
    HandledByMe,
}

/// *Tickets*: "Gets a list of tickets the current user has permissions to see."
pub async fn tickets(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<Tickets>,
) -> Result<Json<Vec<ListItem>>> {
    let page = page(params.count, params.offset);
    let with_fields = params.include_custom_fields.unwrap_or(false);
    let filter = params.into_filter(&actor)?;
    let rows = list::list(&app.db, &actor, &filter, page).await?;
    let fields = if with_fields {
        let ids: Vec<TicketId> = rows.iter().map(|row| TicketId(row.id)).collect();
        let mut conn = app.db.read().await?;
        Some(custom_fields::of_tickets(&mut conn, &actor, &ids).await?)
    } else {
        None
    };
    Ok(items(&actor, rows, fields))
}

impl Tickets {
    fn into_filter(self, actor: &Actor) -> domain::Result<Filter> {
        Ok(Filter {
            mode: match self.mode {
                None | Some(ModeParam::All) => Mode::All,
                Some(ModeParam::Unanswered) => Mode::Unanswered,
                Some(ModeParam::Unclosed) => Mode::Unclosed,
                Some(ModeParam::HandledByMe) => Mode::HandledBy(actor.user_id),
            },
            categories: self.category_id,
            section: self.section_id,
            statuses: self.status_id,
            from_user: self.from_user_id,
            from_company: self.from_company_id,
            assigned_to: self.handled_by_user_id,
            tag: self.tag_name,
            created_from: self.date_from.map(|date| date.at),
            created_before: self.date_to.map(DateParam::day_after),
            updated_from: self.updated_from.map(|date| date.at),
            updated_before: self.updated_to.map(DateParam::day_after),
            due: self
                .due_in_days
                .map(|days| due_within(actor.now(), days))
                .transpose()?,
            subscriber: self
                .subscribed_only
                .unwrap_or(false)
                .then_some(actor.user_id),
        })
    }
}

/// "Due in X days": from the begin of today to the end of the day X days ahead. What is overdue since yesterday is
/// not due any more.
fn due_within(now: DateTime<Utc>, days: u16) -> domain::Result<(DateTime<Utc>, DateTime<Utc>)> {
    let today = now.date_naive().and_time(NaiveTime::MIN).and_utc();
    let end = today.checked_add_signed(TimeDelta::days(i64::from(days) + 1));
    Ok((
        today,
        end.ok_or_else(|| Error::invalid("dueInDays", "is too large"))?,
    ))
}

fn page(count: Option<u32>, offset: Option<u32>) -> Page {
    Page {
        count: count.unwrap_or(DEFAULT_COUNT).min(MAX_COUNT),
        offset: offset.unwrap_or(0),
    }
}

/// The wire form of a list, with custom fields where the call asked for them.
fn items(
    actor: &Actor,
    rows: Vec<TicketRow>,
    mut fields: Option<HashMap<TicketId, Vec<FieldValue>>>,
) -> Json<Vec<ListItem>> {
    let mut item = |row: TicketRow| {
        let fields = fields
            .as_mut()
            .map(|fields| fields.remove(&TicketId(row.id)).unwrap_or_default());
        ListItem::of(row, actor, fields)
    };
    Json(rows.into_iter().map(&mut item).collect())
}

/// Parameters of *Search*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Search {
    /// The words to search for; the last one may be begun only.
    query: String,
    /// Only of this submitter.
    from_user_id: Option<UserId>,
    /// Only of these categories.
    category_id: Vec<CategoryId>,
    /// Only in these statuses: 1 is New, 2 In process, 3 Closed.
    status_id: Vec<StatusId>,
    /// Only assigned to this user.
    assigned_to_user_id: Option<UserId>,
    /// Created on this day or later.
    date_from: Option<DateParam>,
    /// Created on this day or earlier: the whole day counts.
    date_to: Option<DateParam>,
    /// How many at most; 10 unless told, 300 at most.
    #[schema(default = 10)]
    count: Option<u32>,
    /// How many to pass over; 0 unless told, below 1000.
    #[schema(maximum = 999, default = 0)]
    offset: Option<u32>,
}

/// Longest search text that is looked at: nobody types more.
const MAX_QUERY: usize = 1000;

/// *Search*: "Searches for tickets given a search phrase and various other criteria." The answer is that of Tickets.
pub async fn search(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<Search>,
) -> Result<Json<Vec<ListItem>>> {
    if params.query.chars().count() > MAX_QUERY {
        return Err(Error::invalid("query", "is longer than 1000 characters").into());
    }
    let page = page(params.count, params.offset);
    if page.offset >= RANKED {
        // An empty page would be taken for the end of the hits.
        return Err(Error::invalid(
            "offset",
            "is beyond the 1000 hits that are ranked; narrow the search",
        )
        .into());
    }
    let filter = Filter {
        categories: params.category_id,
        statuses: params.status_id,
        from_user: params.from_user_id,
        assigned_to: params.assigned_to_user_id,
        created_from: params.date_from.map(|date| date.at),
        created_before: params.date_to.map(|date| {
            if date.has_time {
                date.at
            } else {
                date.day_after()
            }
        }),
        ..Filter::default()
    };
    let rows = list::search(
        &app.db,
        &app.word_frequencies,
        &actor,
        &params.query,
        &filter,
        page,
    )
    .await?;
    Ok(items(&actor, rows, None))
}

/// Parameters of *Stats*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct StatsParams {
    /// The caller's own numbers.
    for_current_user: Option<bool>,
}

/// *Stats*: "Gets overall statistics for the ticketing system." Never counts what the caller may not see.
pub async fn stats(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<StatsParams>,
) -> Result<Either<Json<OwnStats>, Json<OverallStats>>> {
    let stats = stats::stats(&app.db, &actor, &app.stats_counts).await?;
    Ok(if params.for_current_user.unwrap_or(false) {
        Either::One(Json(OwnStats::from(stats)))
    } else {
        Either::Other(Json(OverallStats::from(stats)))
    })
}
