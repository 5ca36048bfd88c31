//! Companies as administrators keep them.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::email_domains;
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::{self, ExpectRows};
use crate::error::{Error, OnConstraint, Result, Use};
use crate::ids::CompanyId;
use crate::rules::naming::{self, Named};
use crate::{audited_actions, text};

/// The longest name.
pub(super) const NAME: usize = 200;
/// The longest notes.
const NOTES: usize = 10_000;

/// What administrators decide about a company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompanyDraft {
    /// Its name, one of its kind in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// New users without a company join it when their address is of one of these domains. None of those where anybody
    /// gets an address.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub email_domains: Vec<String>,
    /// The administrator's notes about it.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub notes: Option<String>,
}

/// Companies.
#[derive(Debug)]
pub enum CompanyKind {}

impl Kept for CompanyKind {
    const KIND: &'static str = "company";
    const ACTIONS: Actions = audited_actions!("company");
    type Draft = CompanyDraft;

    fn check(draft: CompanyDraft) -> Result<CompanyDraft> {
        let domains = draft.email_domains.iter().map(String::as_str);
        let notes = draft.notes.as_deref().unwrap_or_default();
        Ok(CompanyDraft {
            name: text::name("name", &draft.name, NAME)?,
            email_domains: email_domains::check("email_domains", domains)?,
            notes: Some(text::lines("notes", notes, NOTES)?).filter(|notes| !notes.is_empty()),
        })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<CompanyDraft>>> {
        let rows = sqlx::query!(
            "select id, name, email_domains, notes from companies where id > $1 order by id limit $2",
            after,
            limit,
        )
        .fetch_all(conn)
        .await?;
        let stored = rows.into_iter().map(|row| Stored {
            id: row.id,
            draft: CompanyDraft {
                name: row.name,
                email_domains: row.email_domains,
                notes: row.notes,
            },
        });
        Ok(stored.collect())
    }

    async fn find(conn: &mut PgConnection, id: i32, lock: bool) -> Result<Option<CompanyDraft>> {
        if lock {
            sqlx::query_scalar!("select id from companies where id = $1 for update", id)
                .fetch_optional(&mut *conn)
                .await?;
        }
        Ok(sqlx::query_as!(
            CompanyDraft,
            "select name, email_domains, notes from companies where id = $1",
            id,
        )
        .fetch_optional(conn)
        .await?)
    }

    async fn insert(conn: &mut PgConnection, _: &Actor, draft: &CompanyDraft) -> Result<i32> {
        sqlx::query_scalar!(
            "insert into companies (name, email_domains, notes) values ($1, $2, $3) returning id",
            draft.name,
            &draft.email_domains,
            draft.notes,
        )
        .fetch_one(conn)
        .await
        .on_constraint("companies_name_key", name_is_taken)
    }

    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        _: &CompanyDraft,
        after: &CompanyDraft,
    ) -> Result<()> {
        sqlx::query!(
            "update companies set name = $2, email_domains = $3, notes = $4 where id = $1",
            id,
            after.name,
            &after.email_domains,
            after.notes,
        )
        .execute(conn)
        .await
        .on_constraint("companies_name_key", name_is_taken)?
        .expect_rows(1)
    }

    /// Deleted users count: their company decides who sees their tickets. Values of its fields go with it.
    async fn uses(conn: &mut PgConnection, id: i32) -> Result<Vec<Use>> {
        let counts = sqlx::query!(
            r#"select (select count(*) from users where company_id = $1) as "users!",
                (select count(*) from assets where company_id = $1) as "assets!",
                (select count(*) from category_companies where company_id = $1) as "categories!""#,
            id,
        )
        .fetch_one(&mut *conn)
        .await?;
        let rules = naming::count(conn, Named::Company(CompanyId(id))).await?;
        Ok(Use::some([
            ("users", counts.users),
            ("assets", counts.assets),
            ("categories", counts.categories),
            ("rules", rules),
        ]))
    }

    async fn move_uses(conn: &mut PgConnection, actor: &Actor, from: i32, to: i32) -> Result<()> {
        db::allow_a_minute(conn).await?;
        sqlx::query!(
            "update users set company_id = $2 where company_id = $1",
            from,
            to,
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "update assets set company_id = $2 where company_id = $1",
            from,
            to,
        )
        .execute(&mut *conn)
        .await?;
        // Those that are for both already lose one with the company.
        sqlx::query!(
            "update category_companies c set company_id = $2
             where company_id = $1
                 and not exists (
                     select from category_companies o where o.category_id = c.category_id and o.company_id = $2
                 )",
            from,
            to,
        )
        .execute(&mut *conn)
        .await
        .on_constraint("category_companies_pkey", || {
            Error::conflict("move_to", "was given a category meanwhile; try again")
        })?;
        let (from, to) = (CompanyId(from), CompanyId(to));
        naming::replace(conn, actor, Named::Company(from), Named::Company(to)).await
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from companies where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another company")
}
