//! The SQL of custom fields.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::value::Value;
use super::{Field, FieldOption, FieldType, Owner, Usage};
use crate::db::ExpectRows;
use crate::error::Result;
use crate::ids::{AssetId, CategoryId, FieldId, OptionId, UserId};

/// A row of `custom_fields` with its options, their ids and names in two lists of one order.
#[derive(Debug)]
struct Row {
    id: FieldId,
    usage: i16,
    name: String,
    kind: i16,
    mandatory: bool,
    for_techs_only: bool,
    for_admins_only: bool,
    order_by: i32,
    show_in_grid: bool,
    option_ids: Vec<i32>,
    option_names: Vec<String>,
}

impl From<Row> for Field {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            usage: Usage::from(row.usage),
            name: row.name,
            kind: FieldType::from(row.kind),
            mandatory: row.mandatory,
            for_techs_only: row.for_techs_only,
            for_admins_only: row.for_admins_only,
            order_by: row.order_by,
            show_in_grid: row.show_in_grid,
            options: row
                .option_ids
                .into_iter()
                .zip(row.option_names)
                .map(|(id, name)| FieldOption {
                    id: OptionId(id),
                    name,
                })
                .collect(),
        }
    }
}

/// Which fields; what is not given does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Which<'a> {
    /// What they are for.
    pub(super) usage: Option<Usage>,
    /// Their ids.
    pub(super) ids: Option<&'a [i32]>,
    /// Tickets of this category have them.
    pub(super) category: Option<CategoryId>,
}

/// Fields, by what they are for, their place, then id.
#[tracing::instrument(name = "db.custom_fields.fields", skip_all)]
pub(super) async fn fields(conn: &mut PgConnection, which: Which<'_>) -> Result<Vec<Field>> {
    if which.ids.is_some_and(<[i32]>::is_empty) {
        return Ok(vec![]);
    }
    let rows = sqlx::query_as!(
        Row,
        r#"select f.id as "id: FieldId", f.usage, f.name, f.type as kind, f.mandatory, f.for_techs_only,
            f.for_admins_only, f.order_by, f.show_in_grid,
            array (select o.id from custom_field_options o where o.field_id = f.id order by o.order_by, o.id)
                as "option_ids!",
            array (select o.name from custom_field_options o where o.field_id = f.id order by o.order_by, o.id)
                as "option_names!"
        from custom_fields f
        where ($1::smallint is null or f.usage = $1)
            and ($2::integer[] is null or f.id = any ($2))
            and ($3::integer is null or f.for_all_categories
                or exists (select from custom_field_categories c where c.field_id = f.id and c.category_id = $3))
        order by f.usage, f.order_by, f.id"#,
        which.usage.map(Usage::number),
        which.ids,
        which.category.map(|id| id.0),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Field::from).collect())
}

/// Until the transaction ends, nobody deletes these fields or changes what they take.
pub(super) async fn hold(conn: &mut PgConnection, ids: &[i32]) -> Result<()> {
    sqlx::query!(
        "select id from custom_fields where id = any ($1) order by id for key share",
        ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// A value as it is stored.
#[derive(Debug)]
pub(super) struct StoredValue {
    pub(super) owner_id: i32,
    /// That of the ticket.
    pub(super) category_id: Option<CategoryId>,
    pub(super) field_id: FieldId,
    pub(super) value: Option<String>,
    pub(super) option_id: Option<OptionId>,
}

/// The statements on one table of values. The four tables differ in their names, and tickets in their categories.
macro_rules! value_table {
    ($module:ident, $table:literal, $owner:literal, $category:literal, $join:literal, $only:literal) => {
        mod $module {
            use sqlx::PgConnection;

            use super::StoredValue;
            use crate::db::ExpectRows;
            use crate::error::{Error, OnConstraint, Result};
            use crate::ids::{CategoryId, FieldId, OptionId};

            pub(super) async fn stored(
                conn: &mut PgConnection,
                owners: &[i32],
            ) -> Result<Vec<StoredValue>> {
                Ok(sqlx::query_as!(
                    StoredValue,
                    "select v."
                        + $owner
                        + " as owner_id, "
                        + $category
                        + r#" as "category_id: CategoryId", v.field_id as "field_id: FieldId", v.value,
            v.option_id as "option_id: OptionId"
        from "#
                        + $table
                        + " v join custom_fields f on f.id = v.field_id "
                        + $join
                        + " where v."
                        + $owner
                        + " = any ($1) "
                        + $only
                        + " order by v."
                        + $owner
                        + ", f.order_by, f.id",
                    owners,
                )
                .fetch_all(conn)
                .await?)
            }

            pub(super) async fn set(
                conn: &mut PgConnection,
                owner: i32,
                field: FieldId,
                text: Option<&str>,
                option: Option<OptionId>,
            ) -> Result<()> {
                let gone = || Error::NotFound("custom field");
                sqlx::query!(
                    "insert into "
                        + $table
                        + " ("
                        + $owner
                        + ", field_id, value, option_id) values ($1, $2, $3, $4) on conflict ("
                        + $owner
                        + ", field_id) do update set value = excluded.value, option_id = excluded.option_id",
                    owner,
                    field.0,
                    text,
                    option.map(|id| id.0),
                )
                .execute(conn)
                .await
                .on_constraint(concat!($table, "_field_id_fkey"), gone)
                .on_constraint(concat!($table, "_option_id_fkey"), gone)?
                .expect_rows(1)
            }

            pub(super) async fn clear(
                conn: &mut PgConnection,
                owner: i32,
                field: FieldId,
            ) -> Result<()> {
                sqlx::query!(
                    "delete from " + $table + " where " + $owner + " = $1 and field_id = $2",
                    owner,
                    field.0,
                )
                .execute(conn)
                .await?
                .expect_rows(1)
            }
        }
    };
}

// After a move to another category a ticket keeps the values of fields that it has no more, but nobody reads them.
value_table!(
    of_tickets,
    "ticket_field_values",
    "ticket_id",
    "t.category_id",
    "join tickets t on t.id = v.ticket_id",
    "and (f.for_all_categories
        or exists (select from custom_field_categories c where c.field_id = f.id and c.category_id = t.category_id))"
);
value_table!(
    of_assets,
    "asset_field_values",
    "asset_id",
    "null::integer",
    "",
    ""
);
value_table!(
    of_users,
    "user_field_values",
    "user_id",
    "null::integer",
    "",
    ""
);
value_table!(
    of_companies,
    "company_field_values",
    "company_id",
    "null::integer",
    "",
    ""
);

/// The values of these owners, all of one kind, in the order of the fields.
#[tracing::instrument(name = "db.custom_fields.values", skip_all)]
pub(super) async fn stored(
    conn: &mut PgConnection,
    usage: Usage,
    owners: &[i32],
) -> Result<Vec<StoredValue>> {
    match usage {
        Usage::Tickets => of_tickets::stored(conn, owners).await,
        Usage::Assets => of_assets::stored(conn, owners).await,
        Usage::Users => of_users::stored(conn, owners).await,
        Usage::Companies => of_companies::stored(conn, owners).await,
    }
}

/// Give a field this value.
pub(super) async fn set(
    conn: &mut PgConnection,
    owner: Owner,
    field: FieldId,
    value: &Value,
) -> Result<()> {
    let (id, text, option) = (owner.number(), value.text(), value.option());
    match owner.usage() {
        Usage::Tickets => of_tickets::set(conn, id, field, text, option).await,
        Usage::Assets => of_assets::set(conn, id, field, text, option).await,
        Usage::Users => of_users::set(conn, id, field, text, option).await,
        Usage::Companies => of_companies::set(conn, id, field, text, option).await,
    }
}

/// Take the value of a field that has one away.
pub(super) async fn clear(conn: &mut PgConnection, owner: Owner, field: FieldId) -> Result<()> {
    let id = owner.number();
    match owner.usage() {
        Usage::Tickets => of_tickets::clear(conn, id, field).await,
        Usage::Assets => of_assets::clear(conn, id, field).await,
        Usage::Users => of_users::clear(conn, id, field).await,
        Usage::Companies => of_companies::clear(conn, id, field).await,
    }
}

/// Whether there is such an owner; a deleted user is none.
macro_rules! find_owner {
    ($conn:expr, $owner:expr, $lock:literal) => {{
        let id = $owner.number();
        match $owner.usage() {
            Usage::Tickets => {
                sqlx::query_scalar!("select id from tickets where id = $1" + $lock, id)
                    .fetch_optional($conn)
                    .await?
            }
            Usage::Assets => {
                sqlx::query_scalar!("select id from assets where id = $1" + $lock, id)
                    .fetch_optional($conn)
                    .await?
            }
            Usage::Users => {
                sqlx::query_scalar!(
                    "select id from users where id = $1 and deleted_at is null" + $lock,
                    id
                )
                .fetch_optional($conn)
                .await?
            }
            Usage::Companies => {
                sqlx::query_scalar!("select id from companies where id = $1" + $lock, id)
                    .fetch_optional($conn)
                    .await?
            }
        }
        .is_some()
    }};
}

/// Whether there is such an owner.
pub(super) async fn exists(conn: &mut PgConnection, owner: Owner) -> Result<bool> {
    Ok(find_owner!(conn, owner, ""))
}

/// The same with the row locked until the transaction ends. What refers to it, a new ticket of the user say, does
/// not wait.
pub(super) async fn lock(conn: &mut PgConnection, owner: Owner) -> Result<bool> {
    Ok(find_owner!(conn, owner, " for no key update"))
}

/// Write an entry into an asset's log.
pub(super) async fn log_of_asset(
    conn: &mut PgConnection,
    asset: AssetId,
    by: UserId,
    entry: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into asset_log (asset_id, user_id, created_at, entry) values ($1, $2, $3, $4)",
        asset.0,
        by.0,
        now,
        entry,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}
