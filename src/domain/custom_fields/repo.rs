//! The SQL of custom fields.

use sqlx::PgConnection;

use super::value::Value;
use super::{Field, FieldOption, FieldType};
use crate::error::Result;
use crate::ids::{CategoryId, FieldId, OptionId, TicketId};

/// A row of `custom_fields` with its options, their ids and names in two lists of one order.
#[derive(Debug)]
struct Row {
    id: FieldId,
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

/// Fields by id.
pub(super) async fn by_id(conn: &mut PgConnection, ids: &[i32]) -> Result<Vec<Field>> {
    fields(conn, ids, None).await
}

/// Those of these fields that tickets of the category have.
pub(super) async fn of_category(
    conn: &mut PgConnection,
    category: CategoryId,
    ids: &[i32],
) -> Result<Vec<Field>> {
    fields(conn, ids, Some(category)).await
}

async fn fields(
    conn: &mut PgConnection,
    ids: &[i32],
    category: Option<CategoryId>,
) -> Result<Vec<Field>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let rows = sqlx::query_as!(
        Row,
        r#"select f.id as "id: FieldId", f.name, f.type as kind, f.mandatory, f.for_techs_only, f.for_admins_only,
            f.order_by, f.show_in_grid,
            array (select o.id from custom_field_options o where o.field_id = f.id order by o.order_by, o.id)
                as "option_ids!",
            array (select o.name from custom_field_options o where o.field_id = f.id order by o.order_by, o.id)
                as "option_names!"
        from custom_fields f
        where f.id = any ($1) and f.usage = 1
            and ($2::integer is null or f.for_all_categories
                or exists (select from custom_field_categories c where c.field_id = f.id and c.category_id = $2))
        order by f.order_by, f.id"#,
        ids,
        category.map(|id| id.0),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Field::from).collect())
}

/// A value on a ticket.
#[derive(Debug)]
pub(super) struct StoredValue {
    pub(super) ticket_id: TicketId,
    pub(super) category_id: CategoryId,
    pub(super) field_id: FieldId,
    pub(super) value: Option<String>,
    pub(super) option_id: Option<OptionId>,
}

/// The values of these tickets, in the order of the fields; without those of fields that the ticket's category,
/// after a move, has no more.
pub(super) async fn values(
    conn: &mut PgConnection,
    tickets: &[TicketId],
) -> Result<Vec<StoredValue>> {
    let tickets: Vec<i32> = tickets.iter().map(|id| id.0).collect();
    Ok(sqlx::query_as!(
        StoredValue,
        r#"select v.ticket_id as "ticket_id: TicketId", t.category_id as "category_id: CategoryId",
            v.field_id as "field_id: FieldId", v.value, v.option_id as "option_id: OptionId"
        from ticket_field_values v
        join tickets t on t.id = v.ticket_id
        join custom_fields f on f.id = v.field_id
        where v.ticket_id = any ($1)
            and (f.for_all_categories
                or exists (select from custom_field_categories c where c.field_id = f.id and c.category_id = t.category_id))
        order by v.ticket_id, f.order_by, f.id"#,
        &tickets,
    )
    .fetch_all(conn)
    .await?)
}

/// Set the value of a field, or clear it.
pub(super) async fn set(
    conn: &mut PgConnection,
    ticket: TicketId,
    field: FieldId,
    value: Option<&Value>,
) -> Result<()> {
    let (text, option) = match value {
        Some(Value::Text(text)) => (Some(text), None),
        Some(Value::Option(option)) => (None, Some(option.0)),
        None => {
            sqlx::query!(
                "delete from ticket_field_values where ticket_id = $1 and field_id = $2",
                ticket.0,
                field.0
            )
            .execute(conn)
            .await?;
            return Ok(());
        }
    };
    sqlx::query!(
        "insert into ticket_field_values (ticket_id, field_id, value, option_id) values ($1, $2, $3, $4)
        on conflict (ticket_id, field_id) do update set value = excluded.value, option_id = excluded.option_id",
        ticket.0,
        field.0,
        text,
        option,
    )
    .execute(conn)
    .await?;
    Ok(())
}
