//! The SQL of *Assets*: which ones, by id, within what the reader may see.
//!
//! Conditions that are not given are left out of the statement, and it is planned for its values: so each of them
//! can be answered from its own index.

use sqlx::{Postgres, QueryBuilder};

use super::AssetFilter;
use crate::access::assets::Visibility;
use crate::error::{Error, Result};

/// "Returns a list of all assets in your system (50 per page)".
const PAGE: i64 = 50;

/// "3 symbols minimum".
const SHORTEST_PREFIX: usize = 3;

type Builder = QueryBuilder<Postgres>;

/// How many assets stand before the page. Errors: Invalid for a page before the first one.
fn offset(page: Option<i32>) -> Result<i64> {
    match page {
        Some(page) if page < 1 => Err(Error::invalid("page", "is less than 1")),
        page => Ok((i64::from(page.unwrap_or(1)) - 1) * PAGE),
    }
}

/// A pattern for names that begin so: what a pattern gives a meaning stands for itself.
fn pattern(prefix: &str) -> Result<String> {
    if prefix.chars().count() < SHORTEST_PREFIX {
        return Err(Error::invalid("nameprefix", "has less than 3 symbols"));
    }
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for symbol in prefix.chars() {
        if matches!(symbol, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(symbol);
    }
    pattern.push('%');
    Ok(pattern)
}

/// `select a.id …`: a page of assets. Errors: Invalid, which names the parameter.
pub(super) fn page(visibility: Visibility, filter: &AssetFilter) -> Result<Builder> {
    let offset = offset(filter.page)?;
    let mut query = Builder::new("select a.id from assets a where true");
    if let Some(reader) = visibility.only_of() {
        push_user(&mut query, visibility, "u.id", reader.0);
    }
    if let Some(user) = filter.user {
        push_user(&mut query, visibility, "u.id", user.0);
    }
    if let Some(department) = filter.department {
        push_user(&mut query, visibility, "u.department_id", department.0);
    }
    if let Some(company) = filter.company {
        query.push(" and a.company_id = ").push_bind(company.0);
    }
    if let Some(ticket) = filter.ticket {
        query
            .push(" and a.id in (select l.asset_id from asset_tickets l where l.ticket_id = ")
            .push_bind(ticket.0)
            .push(")");
    }
    if let Some(prefix) = &filter.name_prefix {
        query
            .push(" and lower(a.model_name) like lower(")
            .push_bind(pattern(prefix)?)
            .push(")");
    }
    if !filter.include_disabled {
        query.push(" and not a.disabled");
    }
    query.push(format_args!(" order by a.id limit {PAGE} offset {offset}"));
    Ok(query)
}

/// ` and …`: assigned to a user whose `column` is this one, among those the reader may know of.
fn push_user(query: &mut Builder, visibility: Visibility, column: &str, id: i32) {
    query
        .push(format_args!(
            " and a.id in (select au.asset_id from asset_users au join users u on u.id = au.user_id
                where u.deleted_at is null and {column} = "
        ))
        .push_bind(id);
    if let Some(reader) = visibility.only_of() {
        query.push(" and u.id = ").push_bind(reader.0);
    }
    query.push(")");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_count_from_1() {
        assert_eq!(offset(None).unwrap(), 0);
        assert_eq!(offset(Some(1)).unwrap(), 0);
        assert_eq!(offset(Some(3)).unwrap(), 100);
        assert_eq!(offset(Some(i32::MAX)).unwrap(), 107_374_182_300);
        for page in [0, -1, i32::MIN] {
            assert!(offset(Some(page)).is_err());
        }
    }

    #[test]
    fn a_prefix_stands_for_itself() {
        for (prefix, expected) in [
            ("Mac", "Mac%"),
            ("50%", r"50\%%"),
            ("a_b", r"a\_b%"),
            (r"a\b", r"a\\b%"),
            ("äöü", "äöü%"),
        ] {
            assert_eq!(pattern(prefix).unwrap(), expected);
        }
        for short in ["", "ab", "äö"] {
            assert!(pattern(short).is_err());
        }
    }
}
