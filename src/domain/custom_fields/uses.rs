//! How many values a field or its options have, and how they go to others.

use sqlx::PgConnection;

use super::Usage;
use crate::error::{Error, OnConstraint, Result};
use crate::ids::{FieldId, OptionId};

/// How many things have a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) tickets: i64,
    pub(super) assets: i64,
    pub(super) users: i64,
    pub(super) companies: i64,
}

impl Counts {
    /// All of them.
    pub(super) fn all(self) -> i64 {
        self.tickets + self.assets + self.users + self.companies
    }
}

/// The values of a field, or only those that are one of these options.
pub(super) async fn count(
    conn: &mut PgConnection,
    field: FieldId,
    options: Option<&[i32]>,
) -> Result<Counts> {
    Ok(sqlx::query_as!(
        Counts,
        r#"select
            (select count(*) from ticket_field_values where field_id = $1 and ($2::integer[] is null or option_id = any ($2)))
                as "tickets!",
            (select count(*) from asset_field_values where field_id = $1 and ($2 is null or option_id = any ($2)))
                as "assets!",
            (select count(*) from user_field_values where field_id = $1 and ($2 is null or option_id = any ($2)))
                as "users!",
            (select count(*) from company_field_values where field_id = $1 and ($2 is null or option_id = any ($2)))
                as "companies!""#,
        field.0,
        options,
    )
    .fetch_one(conn)
    .await?)
}

/// The statements on one table of values.
macro_rules! value_table {
    ($module:ident, $table:literal, $owner:literal) => {
        mod $module {
            use super::{Error, FieldId, OnConstraint, OptionId, PgConnection, Result};

            pub(super) async fn give(
                conn: &mut PgConnection,
                from: FieldId,
                to: FieldId,
            ) -> Result<()> {
                sqlx::query!(
                    "update "
                        + $table
                        + " v
        set field_id = $2,
            option_id = (
                select n.id
                from custom_field_options o
                join custom_field_options n on n.field_id = $2 and lower(n.name) = lower(o.name)
                where o.id = v.option_id
            )
        where field_id = $1 and not exists (select from "
                        + $table
                        + " o where o.field_id = $2 and o."
                        + $owner
                        + " = v."
                        + $owner
                        + ")",
                    from.0,
                    to.0,
                )
                .execute(conn)
                .await
                .on_constraint(concat!($table, "_pkey"), || {
                    Error::conflict("move_to", "was given a value meanwhile; try again")
                })?;
                Ok(())
            }

            pub(super) async fn exchange(
                conn: &mut PgConnection,
                field: FieldId,
                from: OptionId,
                to: OptionId,
            ) -> Result<()> {
                sqlx::query!(
                    "update "
                        + $table
                        + " set option_id = $3 where field_id = $1 and option_id = $2",
                    field.0,
                    from.0,
                    to.0,
                )
                .execute(conn)
                .await?;
                Ok(())
            }
        }
    };
}

value_table!(of_tickets, "ticket_field_values", "ticket_id");
value_table!(of_assets, "asset_field_values", "asset_id");
value_table!(of_users, "user_field_values", "user_id");
value_table!(of_companies, "company_field_values", "company_id");

/// Values of `from` become values of `to`, a field of the same things and type that has options of the same names,
/// wherever it has none.
pub(super) async fn give(
    conn: &mut PgConnection,
    usage: Usage,
    from: FieldId,
    to: FieldId,
) -> Result<()> {
    match usage {
        Usage::Tickets => of_tickets::give(conn, from, to).await,
        Usage::Assets => of_assets::give(conn, from, to).await,
        Usage::Users => of_users::give(conn, from, to).await,
        Usage::Companies => of_companies::give(conn, from, to).await,
    }
}

/// One option takes the place of another one.
pub(super) async fn exchange(
    conn: &mut PgConnection,
    usage: Usage,
    field: FieldId,
    from: OptionId,
    to: OptionId,
) -> Result<()> {
    match usage {
        Usage::Tickets => of_tickets::exchange(conn, field, from, to).await,
        Usage::Assets => of_assets::exchange(conn, field, from, to).await,
        Usage::Users => of_users::exchange(conn, field, from, to).await,
        Usage::Companies => of_companies::exchange(conn, field, from, to).await,
    }
}
