//! The SQL of lists: which tickets, newest first, within what the reader may see.
//!
//! Each ground of visibility (own, subscribed, category, company, department) is a branch of a union that walks its
//! own index backwards and stops at the end of the page: `or` across tables would read everything. The limits of the
//! walks are literals: PostgreSQL would take a bound one for a tenth of the table.

use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};

use crate::access::tickets::{Grounds, Visibility};
use crate::ids::{CategoryId, CompanyId, SectionId, StatusId, UserId};

/// "Allows you to choose, which tickets to show."
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// "all tickets, including closed"
    #[default]
    All,
    /// "new or updated by customer or for tech tickets", not closed
    Unanswered,
    /// "all active tickets"
    Unclosed,
    /// "tickets assigned to the user"
    HandledBy(UserId),
}

/// Conditions of a list; those that are not given do not filter. They never widen what the reader may see.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Which tickets to show.
    pub mode: Mode,
    /// One of these categories.
    pub categories: Vec<CategoryId>,
    /// In a category of this section.
    pub section: Option<SectionId>,
    /// One of these statuses.
    pub statuses: Vec<StatusId>,
    /// Opened by this user.
    pub from_user: Option<UserId>,
    /// Opened by a user of this company.
    pub from_company: Option<CompanyId>,
    /// Assigned to this user.
    pub assigned_to: Option<UserId>,
    /// Tagged so, in any case.
    pub tag: Option<String>,
    /// Opened at or after.
    pub created_from: Option<DateTime<Utc>>,
    /// Opened before.
    pub created_before: Option<DateTime<Utc>>,
    /// Changed at or after.
    pub updated_from: Option<DateTime<Utc>>,
    /// Changed before.
    pub updated_before: Option<DateTime<Utc>>,
    /// Due at or after the first and before the second.
    pub due: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// This user subscribes to it.
    pub subscriber: Option<UserId>,
}

impl Filter {
    /// Nothing but a mode: one plan is good for every such list, whatever the values.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let Self {
            mode: _,
            categories,
            section: None,
            statuses,
            from_user: None,
            from_company: None,
            assigned_to: None,
            tag: None,
            created_from: None,
            created_before: None,
            updated_from: None,
            updated_before: None,
            due: None,
            subscriber: None,
        } = self
        else {
            return false;
        };
        categories.is_empty() && statuses.is_empty()
    }
}

/// A part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// How many tickets at most.
    pub count: u32,
    /// How many to leave out before.
    pub offset: u32,
}

impl Page {
    /// How many tickets of each ground the page may need, as a power of two: it stands in the text of the statement,
    /// and few texts mean few plans.
    fn reach(self) -> u32 {
        self.offset
            .saturating_add(self.count)
            .max(16)
            .checked_next_power_of_two()
            .unwrap_or(u32::MAX)
    }
}

/// What a branch looks for.
#[derive(Clone, Copy, Debug)]
enum Wanted<'a> {
    /// Everything that passes the filter.
    Everything,
    /// Tickets with these words.
    Words(&'a str),
    /// The ticket with this number, typed into a search.
    Number(i32),
}

/// Of the hits of a search only the newest are ranked: ranking all of a million hits would take seconds.
pub const RANKED: u32 = 1000;

/// The rank of a ticket whose number was typed: before every hit by words.
const NUMBER_RANK: &str = "1000::real";

pub(super) type Builder = QueryBuilder<Postgres>;

/// `(select id, rank …)`: a page of tickets, newest first.
pub(super) fn push_page(query: &mut Builder, visibility: &Visibility, filter: &Filter, page: Page) {
    push_union(
        query,
        visibility,
        filter,
        &[Wanted::Everything],
        page.reach(),
    );
    query.push(" order by id desc");
    push_limits(query, page);
}

/// ` limit … offset …`, bound: what they cut is short, so that the plan of it matters little.
pub(super) fn push_limits(query: &mut Builder, page: Page) {
    query.push(" limit ").push_bind(i64::from(page.count));
    query.push(" offset ").push_bind(i64::from(page.offset));
}

/// `(select id, rank …)`: a page of hits, best first, then newest.
pub(super) fn push_hits(
    query: &mut Builder,
    visibility: &Visibility,
    filter: &Filter,
    typed: &str,
    page: Page,
) {
    let number = typed
        .trim()
        .trim_start_matches('#')
        .parse()
        .ok()
        .map(Wanted::Number);
    let wanted: Vec<Wanted<'_>> = [Some(Wanted::Words(typed)), number]
        .into_iter()
        .flatten()
        .collect();
    push_union(query, visibility, filter, &wanted, RANKED);
    query.push(" order by rank desc, id desc");
    push_limits(query, page);
}

/// The grounds of a list, each of them once.
pub(super) fn grounds(visibility: &Visibility) -> Vec<Ground<'_>> {
    match visibility.grounds() {
        Grounds::Everything => vec![Ground::Everything],
        Grounds::Some {
            user_id,
            categories,
            company,
            department,
        } => [
            Some(Ground::Own(*user_id)),
            Some(Ground::Subscribed(*user_id)),
            (!categories.is_empty()).then_some(Ground::Categories(categories)),
            company.map(|company| Ground::Members("company_id", company.0)),
            department.map(|department| Ground::Members("department_id", department.0)),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

/// `select id, max(rank) … group by id`: the union of all grounds, each stopped at `limit`.
fn push_union(
    query: &mut Builder,
    visibility: &Visibility,
    filter: &Filter,
    wanted: &[Wanted<'_>],
    limit: u32,
) {
    query.push("select id, max(rank) as rank from (");
    let mut first = true;
    for ground in grounds(visibility) {
        for wanted in wanted {
            query.push(if first { "(" } else { " union all (" });
            first = false;
            push_branch(query, ground, filter, *wanted, limit);
            query.push(")");
        }
    }
    query.push(") visible group by id");
}

/// The ticket of this number, if it is on the ground.
pub(super) fn push_number(query: &mut Builder, ground: Ground<'_>, number: i32) {
    push_branch(query, ground, &Filter::default(), Wanted::Number(number), 1);
}

/// One ground on which tickets are visible.
#[derive(Clone, Copy)]
pub(super) enum Ground<'a> {
    Everything,
    Own(UserId),
    Subscribed(UserId),
    Categories(&'a [i32]),
    Members(&'static str, i32),
}

impl Ground<'_> {
    /// The document to search: on some grounds the reader is staff and finds what technicians wrote among themselves.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Everything | Self::Categories(_) => "staff_words",
            Self::Own(_) | Self::Subscribed(_) | Self::Members(..) => "public_words",
        }
    }
}

fn push_branch(
    query: &mut Builder,
    ground: Ground<'_>,
    filter: &Filter,
    wanted: Wanted<'_>,
    limit: u32,
) {
    if let (Ground::Categories(_) | Ground::Members(..), Wanted::Words(typed)) = (ground, wanted) {
        push_hits_of_many(query, ground, filter, typed, limit);
        return;
    }
    // A walk per category or member, so that each reads its own index backwards and stops.
    let walk = match (ground, wanted) {
        (Ground::Categories(categories), Wanted::Everything) => {
            query
                .push("select t.id, t.rank from unnest(")
                .push_bind(categories.to_vec());
            query.push("::integer[]) as ground (id) cross join lateral (");
            Some("t.category_id = ground.id")
        }
        (Ground::Members(column, id), Wanted::Everything) => {
            query.push(format_args!(
                "select t.id, t.rank from users ground cross join lateral ("
            ));
            push_rows(
                query,
                wanted,
                ground,
                "t.user_id = ground.id",
                filter,
                limit,
            );
            query
                .push(format_args!(") t where ground.{column} = "))
                .push_bind(id);
            return;
        }
        _ => None,
    };
    if let Some(condition) = walk {
        push_rows(query, wanted, ground, condition, filter, limit);
        query.push(") t");
        return;
    }
    push_rows(query, wanted, ground, "", filter, limit);
}

/// The newest hits among the tickets of many people. The index of words is read first: a walk back through the
/// tickets would read all of them when the words are common elsewhere but not on this ground.
fn push_hits_of_many(
    query: &mut Builder,
    ground: Ground<'_>,
    filter: &Filter,
    typed: &str,
    limit: u32,
) {
    let words = ground.words();
    query
        .push(format_args!("select hit.id, ts_rank(w.{words}, search_query("))
        .push_bind(typed.to_owned())
        .push(")) as rank from (with hits as materialized (select ticket_id from ticket_search where ");
    query
        .push(format_args!("{words} @@ search_query("))
        .push_bind(typed.to_owned())
        .push(")) select t.id from hits join tickets t on t.id = hits.ticket_id where true");
    push_ground(query, ground, "");
    push_conditions(query, filter);
    query.push(format_args!(
        " order by t.id desc limit {limit}) hit join ticket_search w on w.ticket_id = hit.id"
    ));
}

/// `select t.id, … as rank from tickets t … order by t.id desc limit …`
fn push_rows(
    query: &mut Builder,
    wanted: Wanted<'_>,
    ground: Ground<'_>,
    condition: &str,
    filter: &Filter,
    limit: u32,
) {
    let words = ground.words();
    match wanted {
        Wanted::Everything => {
            query.push("select t.id, 0::real as rank from tickets t");
        }
        Wanted::Words(typed) => {
            query
                .push(format_args!(
                    "select t.id, ts_rank(w.{words}, search_query("
                ))
                .push_bind(typed.to_owned());
            query.push(")) as rank from tickets t join ticket_search w on w.ticket_id = t.id");
        }
        Wanted::Number(_) => {
            query.push(format_args!(
                "select t.id, {NUMBER_RANK} as rank from tickets t"
            ));
        }
    }
    if let Ground::Subscribed(_) = ground {
        query.push(" join subscribers ground on ground.ticket_id = t.id");
    }
    query.push(" where true");
    push_ground(query, ground, condition);
    match wanted {
        Wanted::Everything => {}
        Wanted::Words(typed) => {
            query
                .push(format_args!(" and w.{words} @@ search_query("))
                .push_bind(typed.to_owned())
                .push(")");
        }
        Wanted::Number(number) => {
            query.push(" and t.id = ").push_bind(number);
        }
    }
    push_conditions(query, filter);
    let order = if matches!(ground, Ground::Subscribed(_)) {
        "ground.ticket_id"
    } else {
        "t.id"
    };
    query.push(format_args!(" order by {order} desc limit {limit}"));
}

/// ` and …`: the tickets of this ground; `condition` where the walk has set it already.
pub(super) fn push_ground(query: &mut Builder, ground: Ground<'_>, condition: &str) {
    match ground {
        Ground::Everything => {}
        Ground::Own(user) => {
            query.push(" and t.user_id = ").push_bind(user.0);
        }
        Ground::Subscribed(user) => {
            query.push(" and ground.user_id = ").push_bind(user.0);
        }
        Ground::Categories(_) | Ground::Members(..) if !condition.is_empty() => {
            query.push(" and ").push(condition);
        }
        Ground::Categories(categories) => {
            query
                .push(" and t.category_id = any(")
                .push_bind(categories.to_vec())
                .push(")");
        }
        Ground::Members(column, id) => {
            query
                .push(format_args!(
                    " and t.user_id in (select u.id from users u where u.{column} = "
                ))
                .push_bind(id)
                .push(")");
        }
    }
}

/// ` and …` for each condition given.
fn push_conditions(query: &mut Builder, filter: &Filter) {
    match filter.mode {
        Mode::All => {}
        Mode::Unanswered => {
            query.push(" and t.status_id <> 3 and (t.status_id = 1 or t.updated_by_user or t.updated_for_tech_view)");
        }
        Mode::Unclosed => {
            query.push(" and t.status_id <> 3");
        }
        Mode::HandledBy(user) => {
            query
                .push(" and t.assigned_to_user_id = ")
                .push_bind(user.0);
        }
    }
    if !filter.categories.is_empty() {
        let ids: Vec<i32> = filter.categories.iter().map(|id| id.0).collect();
        query
            .push(" and t.category_id = any(")
            .push_bind(ids)
            .push(")");
    }
    if let Some(section) = filter.section {
        query
            .push(" and t.category_id in (select c.id from categories c where c.section_id = ")
            .push_bind(section.0)
            .push(")");
    }
    if !filter.statuses.is_empty() {
        let ids: Vec<i32> = filter.statuses.iter().map(|id| id.0).collect();
        query
            .push(" and t.status_id = any(")
            .push_bind(ids)
            .push(")");
    }
    if let Some(user) = filter.from_user {
        query.push(" and t.user_id = ").push_bind(user.0);
    }
    if let Some(company) = filter.from_company {
        query
            .push(" and t.user_id in (select u.id from users u where u.company_id = ")
            .push_bind(company.0)
            .push(")");
    }
    if let Some(user) = filter.assigned_to {
        query
            .push(" and t.assigned_to_user_id = ")
            .push_bind(user.0);
    }
    if let Some(tag) = &filter.tag {
        query.push(" and t.id in (select tt.ticket_id from ticket_tags tt join tags g on g.id = tt.tag_id where lower(g.name) = lower(");
        query.push_bind(tag.clone()).push("))");
    }
    if let Some(user) = filter.subscriber {
        query
            .push(" and t.id in (select s.ticket_id from subscribers s where s.user_id = ")
            .push_bind(user.0)
            .push(")");
    }
    push_dates(query, filter);
}

fn push_dates(query: &mut Builder, filter: &Filter) {
    let (due_from, due_before) = filter.due.unzip();
    let bounds = [
        (" and t.created_at >= ", filter.created_from),
        (" and t.created_at < ", filter.created_before),
        (" and t.updated_at >= ", filter.updated_from),
        (" and t.updated_at < ", filter.updated_before),
        (" and t.due_date >= ", due_from),
        (" and t.due_date < ", due_before),
    ];
    for (condition, bound) in bounds {
        if let Some(date) = bound {
            query.push(condition).push_bind(date);
        }
    }
}

/// ` and (t.id in (…))`: the visible tickets, for counting.
pub(super) fn push_visible(query: &mut Builder, visibility: &Visibility) {
    let Grounds::Some {
        user_id,
        categories,
        company,
        department,
    } = visibility.grounds()
    else {
        return;
    };
    query
        .push(" and t.id in (select id from tickets where user_id = ")
        .push_bind(user_id.0);
    query
        .push(" union select ticket_id from subscribers where user_id = ")
        .push_bind(user_id.0);
    if !categories.is_empty() {
        query
            .push(" union select id from tickets where category_id = any(")
            .push_bind(categories.clone())
            .push(")");
    }
    let members = [
        ("company_id", company.map(|id| id.0)),
        ("department_id", department.map(|id| id.0)),
    ];
    for (column, id) in members {
        if let Some(id) = id {
            query.push(format_args!(" union select t.id from tickets t join users u on u.id = t.user_id where u.{column} = "));
            query.push_bind(id);
        }
    }
    query.push(")");
}
