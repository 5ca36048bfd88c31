//! The SQL of a search by words alone, in two ways that each have one plan for all words (see
//! [`super::frequency`]). A search with conditions besides is [`super::filter`]'s, and planned for its values.

use crate::access::tickets::Visibility;

use super::filter::{
    Builder, Ground, Page, RANKED, grounds, push_ground, push_limits, push_number,
};
use super::frequency::Way;

/// The words typed, read once a statement. The text before it is bound as its parameter.
const TYPED: &str = "(select query from typed)";

/// `select id, rank, found …`: a page of hits, best first, then newest, and how many there were before the page was cut
/// out of them.
pub(super) fn push_ranked(
    query: &mut Builder,
    visibility: &Visibility,
    way: Way,
    typed: &str,
    page: Page,
) {
    query
        .push("with typed as materialized (select search_query(")
        .push_bind(typed.to_owned());
    query.push(") as query) select id, max(rank) as rank, count(*) over () as found from (");
    let number: Option<i32> = typed.trim().trim_start_matches('#').parse().ok();
    let mut first = true;
    for ground in grounds(visibility) {
        query.push(if first { "(" } else { " union all (" });
        first = false;
        push_by_words(query, ground, way);
        query.push(")");
        if let Some(number) = number {
            query.push(" union all (");
            push_number(query, ground, number);
            query.push(")");
        }
    }
    query.push(") visible group by id order by rank desc, id desc");
    push_limits(query, page);
}

/// The newest tickets of the ground that have the words, with their ranks.
fn push_by_words(query: &mut Builder, ground: Ground<'_>, way: Way) {
    let words = ground.words();
    match (ground, way) {
        // What somebody submitted himself is little.
        (Ground::Own(_), _) => push_walk(query, ground, "tickets t", "t.id"),
        (_, Way::Index) => push_index(query, ground),
        (Ground::Everything, Way::Walk { newest, .. }) => {
            query.push(format_args!(
                "select w.ticket_id as id, ts_rank(w.{words}, {TYPED}) as rank from ticket_search w \
                 where w.ticket_id > (select max(id) from tickets) - "
            ));
            query.push_bind(newest);
            push_words_met(query, words, "w.ticket_id");
        }
        (Ground::Subscribed(_), Way::Walk { .. }) => {
            push_walk(query, ground, "subscribers ground", "ground.ticket_id");
        }
        (Ground::Categories(categories), Way::Walk { .. }) => {
            query
                .push("select t.id, t.rank from unnest(")
                .push_bind(categories.to_vec());
            query.push("::integer[]) as ground (id) cross join lateral (");
            push_walk_of(query, words, "t.category_id = ground.id");
            query.push(") t");
        }
        (Ground::Members(column, id), Way::Walk { .. }) => {
            query.push("select t.id, t.rank from users ground cross join lateral (");
            push_walk_of(query, words, "t.user_id = ground.id");
            query
                .push(format_args!(") t where ground.{column} = "))
                .push_bind(id);
        }
    }
}

/// The index of words first: all hits, then those of the ground, then the newest of them.
fn push_index(query: &mut Builder, ground: Ground<'_>) {
    let words = ground.words();
    query.push(format_args!(
        "select hit.id, ts_rank(w.{words}, {TYPED}) as rank from (\
         with hits as materialized (select ticket_id from ticket_search where {words} @@ {TYPED}) \
         select hits.ticket_id as id from hits"
    ));
    match ground {
        Ground::Everything => {}
        Ground::Subscribed(_) => {
            query.push(" join subscribers ground on ground.ticket_id = hits.ticket_id where true");
        }
        Ground::Own(_) | Ground::Categories(_) | Ground::Members(..) => {
            query.push(" join tickets t on t.id = hits.ticket_id where true");
        }
    }
    push_ground(query, ground, "");
    query.push(format_args!(
        " order by hits.ticket_id desc limit {RANKED}) hit join ticket_search w on w.ticket_id = hit.id"
    ));
}

/// Back through the tickets of a ground that has an index of its own. `offset 0` keeps PostgreSQL from joining before it
/// walks: at a million tickets it would sort the words of all of them.
fn push_walk(query: &mut Builder, ground: Ground<'_>, table: &str, id: &str) {
    let words = ground.words();
    query.push(format_args!(
        "select {id} as id, ts_rank(w.{words}, {TYPED}) as rank from {table} \
         cross join lateral (select {words} from ticket_search where ticket_id = {id} offset 0) w where true"
    ));
    push_ground(query, ground, "");
    push_words_met(query, words, id);
}

/// Back through the tickets of one category or one user.
fn push_walk_of(query: &mut Builder, words: &str, condition: &str) {
    query.push(format_args!(
        "select t.id, ts_rank(w.{words}, {TYPED}) as rank from tickets t \
         cross join lateral (select {words} from ticket_search where ticket_id = t.id offset 0) w where {condition}"
    ));
    push_words_met(query, words, "t.id");
}

/// ` and …`: the words, in a form that no index takes, for rows met on a walk back along `id`.
fn push_words_met(query: &mut Builder, words: &str, id: &str) {
    query.push(format_args!(
        " and (w.{words} @@ {TYPED}) is true order by {id} desc limit {RANKED}"
    ));
}
