//! Categories as administrators keep them.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::{self, ExpectRows};
use crate::error::{Error, OnConstraint, Result, Use};
use crate::ids::CategoryId;
use crate::rules::naming::{self, Named};
use crate::{audited_actions, references, text};

/// The longest name.
const NAME: usize = 200;
/// The longest notes.
const NOTES: usize = 10_000;

/// What administrators decide about a category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CategoryDraft)]
pub struct CategoryDraft {
    /// Its name, one of its kind within the section in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The section it stands in.
    #[serde(default)]
    pub section_id: Option<i32>,
    /// What it is for, for those who choose one.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub notes: Option<String>,
    /// For its technicians only.
    #[serde(default)]
    pub for_techs_only: bool,
    /// Of those who are no technicians of it, only the users and companies below see it.
    #[serde(default)]
    pub for_specific_users: bool,
    /// Users whom it is for.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub user_ids: Vec<i32>,
    /// Companies whose users it is for.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub company_ids: Vec<i32>,
    /// Articles only, no tickets.
    #[serde(default)]
    pub kb_only: bool,
    /// Takes no new tickets; administrators only see it.
    #[serde(default)]
    pub disabled: bool,
    /// The sender of mail about its tickets; none: the desk's.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub from_address: Option<String>,
    /// When somebody is there for its tickets; none: at all times.
    #[serde(default)]
    pub business_hours_id: Option<i32>,
    /// Its place within the section: lower comes first.
    #[serde(default)]
    pub order: i32,
    /// Users who are its technicians.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub technician_ids: Vec<i32>,
}

/// Categories.
#[derive(Debug)]
pub enum CategoryKind {}

impl Kept for CategoryKind {
    const KIND: &'static str = "category";
    const ACTIONS: Actions = audited_actions!("category");
    type Draft = CategoryDraft;

    fn check(draft: CategoryDraft) -> Result<CategoryDraft> {
        let notes = draft.notes.as_deref().unwrap_or_default();
        let from = draft.from_address.as_deref().unwrap_or_default().trim();
        let from_address = match from {
            "" => None,
            address => Some(text::email("from_address", address)?),
        };
        Ok(CategoryDraft {
            name: text::name("name", &draft.name, NAME)?,
            notes: Some(text::lines("notes", notes, NOTES)?).filter(|notes| !notes.is_empty()),
            from_address,
            user_ids: references::tidy("user_ids", draft.user_ids)?,
            company_ids: references::tidy("company_ids", draft.company_ids)?,
            technician_ids: references::tidy("technician_ids", draft.technician_ids)?,
            ..draft
        })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<CategoryDraft>>> {
        let ids = sqlx::query_scalar!(
            "select id from categories where id > $1 order by id limit $2",
            after,
            limit,
        )
        .fetch_all(&mut *conn)
        .await?;
        drafts(conn, &ids).await
    }

    async fn find(conn: &mut PgConnection, id: i32, lock: bool) -> Result<Option<CategoryDraft>> {
        if lock {
            sqlx::query_scalar!("select id from categories where id = $1 for update", id)
                .fetch_optional(&mut *conn)
                .await?;
        }
        let found = drafts(conn, &[id]).await?.pop();
        Ok(found.map(|stored| stored.draft))
    }

    async fn insert(conn: &mut PgConnection, _: &Actor, draft: &CategoryDraft) -> Result<i32> {
        let id = sqlx::query_scalar!(
            "insert into categories (name, section_id, notes, for_techs_only, for_specific_users, kb_only, disabled,
                from_address, order_by, business_hours_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             returning id",
            draft.name,
            draft.section_id,
            draft.notes,
            draft.for_techs_only,
            draft.for_specific_users,
            draft.kb_only,
            draft.disabled,
            draft.from_address,
            draft.order,
            draft.business_hours_id,
        )
        .fetch_one(&mut *conn)
        .await
        .on_constraint("categories_section_id_name_key", name_is_taken)
        .on_constraint("categories_section_id_fkey", no_section)
        .on_constraint("categories_business_hours_id_fkey", no_hours)?;
        set_people(conn, id, draft).await?;
        Ok(id)
    }

    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        _: &CategoryDraft,
        after: &CategoryDraft,
    ) -> Result<()> {
        sqlx::query!(
            "update categories
             set name = $2, section_id = $3, notes = $4, for_techs_only = $5, for_specific_users = $6, kb_only = $7,
                 disabled = $8, from_address = $9, order_by = $10, business_hours_id = $11
             where id = $1",
            id,
            after.name,
            after.section_id,
            after.notes,
            after.for_techs_only,
            after.for_specific_users,
            after.kb_only,
            after.disabled,
            after.from_address,
            after.order,
            after.business_hours_id,
        )
        .execute(&mut *conn)
        .await
        .on_constraint("categories_section_id_name_key", name_is_taken)
        .on_constraint("categories_section_id_fkey", no_section)
        .on_constraint("categories_business_hours_id_fkey", no_hours)?
        .expect_rows(1)?;
        set_people(conn, id, after).await
    }

    /// A status of this category only would be one of every category without it.
    async fn uses(conn: &mut PgConnection, id: i32) -> Result<Vec<Use>> {
        let counts = sqlx::query!(
            r#"select (select count(*) from tickets where category_id = $1) as "tickets!",
                (select count(*) from articles where category_id = $1) as "articles!",
                (select count(*) from status_categories where category_id = $1) as "statuses!",
                (select count(*) from mailboxes where category_id = $1) as "mailboxes!""#,
            id,
        )
        .fetch_one(&mut *conn)
        .await?;
        let rules = naming::count(conn, Named::Category(CategoryId(id))).await?;
        Ok(Use::some([
            ("tickets", counts.tickets),
            ("articles", counts.articles),
            ("statuses", counts.statuses),
            ("mailboxes", counts.mailboxes),
            ("rules", rules),
        ]))
    }

    async fn move_uses(conn: &mut PgConnection, actor: &Actor, from: i32, to: i32) -> Result<()> {
        db::allow_a_minute(conn).await?;
        sqlx::query!(
            "update tickets set category_id = $2 where category_id = $1",
            from,
            to,
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "update articles set category_id = $2 where category_id = $1",
            from,
            to,
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "insert into status_categories (status_id, category_id)
             select status_id, $2 from status_categories where category_id = $1
             on conflict do nothing",
            from,
            to,
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "update mailboxes set category_id = $2, revision = revision + 1 where category_id = $1",
            from,
            to,
        )
        .execute(&mut *conn)
        .await?;
        let (from, to) = (CategoryId(from), CategoryId(to));
        naming::replace(conn, actor, Named::Category(from), Named::Category(to)).await
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from categories where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

/// Those of these ids that there are, by id.
async fn drafts(conn: &mut PgConnection, ids: &[i32]) -> Result<Vec<Stored<CategoryDraft>>> {
    let rows = sqlx::query!(
        r#"select id, name, section_id, notes, for_techs_only, for_specific_users, kb_only, disabled, from_address, order_by, business_hours_id,
            array(select user_id from category_users where category_id = c.id order by user_id) as "user_ids!",
            array(select company_id from category_companies where category_id = c.id order by company_id)
                as "company_ids!",
            array(select user_id from category_technicians where category_id = c.id order by user_id)
                as "technician_ids!"
        from categories c
        where id = any ($1)
        order by id"#,
        ids,
    )
    .fetch_all(conn)
    .await?;
    let stored = rows.into_iter().map(|row| Stored {
        id: row.id,
        draft: CategoryDraft {
            name: row.name,
            section_id: row.section_id,
            notes: row.notes,
            for_techs_only: row.for_techs_only,
            for_specific_users: row.for_specific_users,
            user_ids: row.user_ids,
            company_ids: row.company_ids,
            kb_only: row.kb_only,
            disabled: row.disabled,
            from_address: row.from_address,
            business_hours_id: row.business_hours_id,
            order: row.order_by,
            technician_ids: row.technician_ids,
        },
    });
    Ok(stored.collect())
}

/// Write who sees the category and who works on it. Only what differs is touched: a change of technicians makes every
/// server forget who its callers are.
async fn set_people(conn: &mut PgConnection, id: i32, draft: &CategoryDraft) -> Result<()> {
    require_users(conn, "user_ids", &draft.user_ids).await?;
    require_users(conn, "technician_ids", &draft.technician_ids).await?;
    sqlx::query!(
        "with gone as (delete from category_users where category_id = $1 and user_id <> all ($2))
         insert into category_users (category_id, user_id) select $1, unnest($2::integer[]) on conflict do nothing",
        id,
        &draft.user_ids,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "with gone as (delete from category_companies where category_id = $1 and company_id <> all ($2))
         insert into category_companies (category_id, company_id) select $1, unnest($2::integer[]) on conflict do nothing",
        id,
        &draft.company_ids,
    )
    .execute(&mut *conn)
    .await
    .on_constraint("category_companies_company_id_fkey", || {
        Error::invalid("company_ids", "names a company that does not exist")
    })?;
    let technicians = sqlx::query_scalar!(
        "select user_id from category_technicians where category_id = $1 order by user_id",
        id,
    )
    .fetch_all(&mut *conn)
    .await?;
    if technicians == draft.technician_ids {
        return Ok(());
    }
    sqlx::query!(
        "with gone as (delete from category_technicians where category_id = $1 and user_id <> all ($2))
         insert into category_technicians (category_id, user_id) select $1, unnest($2::integer[]) on conflict do nothing",
        id,
        &draft.technician_ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// They are users, and not deleted meanwhile.
async fn require_users(conn: &mut PgConnection, field: &'static str, ids: &[i32]) -> Result<()> {
    let known = sqlx::query_scalar!(
        "select id from users where id = any ($1) and deleted_at is null order by id for key share",
        ids,
    )
    .fetch_all(conn)
    .await?;
    match ids.iter().find(|id| !known.contains(id)) {
        Some(id) => Err(Error::invalid(field, format!("names no user: {id}"))),
        None => Ok(()),
    }
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another category of the section")
}

fn no_hours() -> Error {
    Error::invalid("business_hours_id", "names no business hours")
}

fn no_section() -> Error {
    Error::invalid("section_id", "names no section")
}
