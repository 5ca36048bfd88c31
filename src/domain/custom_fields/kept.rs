//! Custom fields as administrators keep them.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{FieldType, OptionDraft, Usage, options, uses};
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::{self, ExpectRows};
use crate::error::{Error, OnConstraint, Result, Use};
use crate::ids::FieldId;
use crate::rules::naming::{self, Named};
use crate::{audited_actions, references, text};

/// The longest name.
const NAME: usize = 200;

/// What administrators decide about a custom field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomFieldDraft {
    /// Its name, one of its kind in any case among the fields of the same things.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What has it. Stays as it is once the field has values.
    pub usage: Usage,
    /// What it holds. Stays as it is once the field has values.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Must be filled in on the web pages.
    #[serde(default)]
    pub mandatory: bool,
    /// Technicians (of a ticket: those of its category) and administrators only.
    #[serde(default)]
    pub for_techs_only: bool,
    /// Administrators only.
    #[serde(default)]
    pub for_admins_only: bool,
    /// Its place among the fields of the same things: lower comes first.
    #[serde(default)]
    pub order: i32,
    /// Shown in lists on the web pages.
    #[serde(default)]
    pub show_in_grid: bool,
    /// Of a field of tickets: the categories whose tickets have it. None given: all of them.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub category_ids: Option<Vec<i32>>,
    /// The choices of a drop-down, in order; other fields have none. One that has values is not left out: it is
    /// deleted by itself.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub options: Vec<OptionDraft>,
}

/// Custom fields.
#[derive(Debug)]
pub enum CustomFieldKind {}

/// A row, before its numbers are given their types.
macro_rules! draft {
    ($row:expr) => {
        CustomFieldDraft {
            name: $row.name,
            usage: Usage::from($row.usage),
            kind: FieldType::from($row.kind),
            mandatory: $row.mandatory,
            for_techs_only: $row.for_techs_only,
            for_admins_only: $row.for_admins_only,
            order: $row.order_by,
            show_in_grid: $row.show_in_grid,
            category_ids: (!$row.for_all_categories).then_some($row.category_ids),
            options: options::of_row($row.option_ids, $row.option_names),
        }
    };
}

impl Kept for CustomFieldKind {
    const KIND: &'static str = "custom field";
    const ACTIONS: Actions = audited_actions!("custom_field");
    type Draft = CustomFieldDraft;

    fn check(draft: CustomFieldDraft) -> Result<CustomFieldDraft> {
        if draft.category_ids.is_some() && draft.usage != Usage::Tickets {
            return Err(Error::invalid(
                "category_ids",
                "is for fields of tickets only",
            ));
        }
        if !draft.options.is_empty() && draft.kind != FieldType::SelectionCombo {
            return Err(Error::invalid("options", "is for drop-downs only"));
        }
        let categories = draft.category_ids;
        Ok(CustomFieldDraft {
            name: text::name("name", &draft.name, NAME)?,
            category_ids: categories
                .map(|ids| references::tidy("category_ids", ids))
                .transpose()?,
            options: options::check(draft.options)?,
            ..draft
        })
    }

    /// An option without an id is the one that has its name.
    fn settle(before: &CustomFieldDraft, after: CustomFieldDraft) -> CustomFieldDraft {
        CustomFieldDraft {
            options: options::settle(&before.options, after.options),
            ..after
        }
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<CustomFieldDraft>>> {
        let rows = sqlx::query!(
            r#"select id, name, usage, type as kind, mandatory, for_techs_only, for_admins_only, order_by, show_in_grid,
                for_all_categories,
                array(select category_id from custom_field_categories where field_id = f.id order by category_id)
                    as "category_ids!",
                array(select id from custom_field_options where field_id = f.id order by order_by, id) as "option_ids!",
                array(select name from custom_field_options where field_id = f.id order by order_by, id) as "option_names!"
            from custom_fields f
            where id > $1
            order by id
            limit $2"#,
            after,
            limit,
        )
        .fetch_all(conn)
        .await?;
        let stored = rows.into_iter().map(|row| Stored {
            id: row.id,
            draft: draft!(row),
        });
        Ok(stored.collect())
    }

    async fn find(
        conn: &mut PgConnection,
        id: i32,
        lock: bool,
    ) -> Result<Option<CustomFieldDraft>> {
        if lock {
            sqlx::query_scalar!("select id from custom_fields where id = $1 for update", id)
                .fetch_optional(&mut *conn)
                .await?;
        }
        let row = sqlx::query!(
            r#"select name, usage, type as kind, mandatory, for_techs_only, for_admins_only, order_by, show_in_grid,
                for_all_categories,
                array(select category_id from custom_field_categories where field_id = f.id order by category_id)
                    as "category_ids!",
                array(select id from custom_field_options where field_id = f.id order by order_by, id) as "option_ids!",
                array(select name from custom_field_options where field_id = f.id order by order_by, id) as "option_names!"
            from custom_fields f
            where id = $1"#,
            id,
        )
        .fetch_optional(conn)
        .await?;
        Ok(row.map(|row| draft!(row)))
    }

    async fn insert(conn: &mut PgConnection, _: &Actor, draft: &CustomFieldDraft) -> Result<i32> {
        let id = sqlx::query_scalar!(
            "insert into custom_fields (name, usage, type, mandatory, for_techs_only, for_admins_only, order_by,
                show_in_grid, for_all_categories)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             returning id",
            draft.name,
            draft.usage.number(),
            draft.kind.number(),
            draft.mandatory,
            draft.for_techs_only,
            draft.for_admins_only,
            draft.order,
            draft.show_in_grid,
            draft.category_ids.is_none(),
        )
        .fetch_one(&mut *conn)
        .await
        .on_constraint("custom_fields_usage_name_key", name_is_taken)?;
        set_categories(conn, id, draft).await?;
        options::write(conn, FieldId(id), &[], &draft.options).await?;
        Ok(id)
    }

    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        before: &CustomFieldDraft,
        after: &CustomFieldDraft,
    ) -> Result<()> {
        require_same_or_unused(conn, id, before, after).await?;
        sqlx::query!(
            "update custom_fields
             set name = $2, usage = $3, type = $4, mandatory = $5, for_techs_only = $6, for_admins_only = $7,
                 order_by = $8, show_in_grid = $9, for_all_categories = $10
             where id = $1",
            id,
            after.name,
            after.usage.number(),
            after.kind.number(),
            after.mandatory,
            after.for_techs_only,
            after.for_admins_only,
            after.order,
            after.show_in_grid,
            after.category_ids.is_none(),
        )
        .execute(&mut *conn)
        .await
        .on_constraint("custom_fields_usage_name_key", name_is_taken)?
        .expect_rows(1)?;
        set_categories(conn, id, after).await?;
        options::write(conn, FieldId(id), &before.options, &after.options).await
    }

    async fn uses(conn: &mut PgConnection, id: i32) -> Result<Vec<Use>> {
        let values = uses::count(conn, FieldId(id), None).await?;
        let rules = naming::count(conn, Named::Field(FieldId(id))).await?;
        Ok(Use::some([
            ("tickets", values.tickets),
            ("assets", values.assets),
            ("users", values.users),
            ("companies", values.companies),
            ("rules", rules),
        ]))
    }

    /// Where the other field has a value already, that one stays.
    async fn move_uses(conn: &mut PgConnection, actor: &Actor, from: i32, to: i32) -> Result<()> {
        let wrong = |problem| Error::conflict("move_to", problem);
        let gone = || Error::NotFound("custom field");
        let old = Self::find(conn, from, false).await?.ok_or_else(gone)?;
        let new = Self::find(conn, to, false).await?.ok_or_else(gone)?;
        if old.usage != new.usage {
            return Err(wrong("is a field of something else"));
        }
        if old.kind != new.kind {
            return Err(wrong("is a field of another type"));
        }
        db::allow_a_minute(conn).await?;
        let (from, to) = (FieldId(from), FieldId(to));
        options::add_those_of(conn, from, to).await?;
        uses::give(conn, old.usage, from, to).await?;
        naming::replace(conn, actor, Named::Field(from), Named::Field(to)).await
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        // PostgreSQL looks through all values for those of each option.
        db::allow_a_minute(conn).await?;
        sqlx::query!("delete from custom_fields where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

/// What it is for and what it holds change only while nothing depends on it.
async fn require_same_or_unused(
    conn: &mut PgConnection,
    id: i32,
    before: &CustomFieldDraft,
    after: &CustomFieldDraft,
) -> Result<()> {
    let field = if before.usage != after.usage {
        "usage"
    } else if before.kind != after.kind {
        "type"
    } else {
        return Ok(());
    };
    let id = FieldId(id);
    let values = uses::count(conn, id, None).await?.all();
    if values > 0 {
        let problem = format!("cannot change while the field has values: {values}");
        return Err(Error::conflict(field, problem));
    }
    // Rules are about tickets.
    if field == "usage" && naming::count(conn, Named::Field(id)).await? > 0 {
        return Err(Error::conflict(
            field,
            "cannot change while rules name the field",
        ));
    }
    Ok(())
}

async fn set_categories(conn: &mut PgConnection, id: i32, draft: &CustomFieldDraft) -> Result<()> {
    let wanted = draft.category_ids.as_deref().unwrap_or_default();
    let known = sqlx::query_scalar!(
        "select id from categories where id = any ($1) order by id for key share",
        wanted,
    )
    .fetch_all(&mut *conn)
    .await?;
    if let Some(id) = wanted.iter().find(|id| !known.contains(id)) {
        let problem = format!("names no category: {id}");
        return Err(Error::invalid("category_ids", problem));
    }
    sqlx::query!(
        "delete from custom_field_categories where field_id = $1 and category_id <> all ($2)",
        id,
        wanted,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into custom_field_categories (field_id, category_id) select $1, unnest($2::integer[])
         on conflict do nothing",
        id,
        wanted,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another field of the same things")
}
