//! Comment templates as administrators keep them.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::access::staff;
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result, Use};
use crate::{audited_actions, html, text};

/// The longest name.
const NAME: usize = 200;
/// The longest body, as it is sent and as it is stored. Sanitising one takes a few milliseconds at most.
const BODY: usize = 20_000;
/// Sanitised twice, markup is what it stays; text whose tags were all taken away is plain text from then on.
const PASSES: usize = 3;

/// What administrators decide about a comment template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentTemplateDraft {
    /// Its name, one of its kind in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The group it stands in.
    #[serde(default)]
    pub group_id: Option<i32>,
    /// HTML, or plain text, of which it is made. Only what can do no harm is kept of markup.
    #[schema(min_length = 1, max_length = 20_000)]
    pub body: String,
}

/// Comment templates.
#[derive(Debug)]
pub enum CommentTemplateKind {}

impl Kept for CommentTemplateKind {
    const KIND: &'static str = "comment template";
    const ACTIONS: Actions = audited_actions!("comment_template");
    type Draft = CommentTemplateDraft;

    fn require_reader(actor: &Actor) -> Result<()> {
        staff::require_staff(actor)
    }

    fn check(draft: CommentTemplateDraft) -> Result<CommentTemplateDraft> {
        Ok(CommentTemplateDraft {
            name: text::name("name", &draft.name, NAME)?,
            body: body(&draft.body)?,
            ..draft
        })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<CommentTemplateDraft>>> {
        let rows = sqlx::query!(
            "select id, name, group_id, body from comment_templates where id > $1 order by id limit $2",
            after,
            limit,
        )
        .fetch_all(conn)
        .await?;
        let stored = rows.into_iter().map(|row| Stored {
            id: row.id,
            draft: CommentTemplateDraft {
                name: row.name,
                group_id: row.group_id,
                body: row.body,
            },
        });
        Ok(stored.collect())
    }

    async fn find(
        conn: &mut PgConnection,
        id: i32,
        lock: bool,
    ) -> Result<Option<CommentTemplateDraft>> {
        if lock {
            sqlx::query_scalar!(
                "select id from comment_templates where id = $1 for update",
                id,
            )
            .fetch_optional(&mut *conn)
            .await?;
        }
        Ok(sqlx::query_as!(
            CommentTemplateDraft,
            "select name, group_id, body from comment_templates where id = $1",
            id,
        )
        .fetch_optional(conn)
        .await?)
    }

    async fn insert(
        conn: &mut PgConnection,
        _: &Actor,
        draft: &CommentTemplateDraft,
    ) -> Result<i32> {
        sqlx::query_scalar!(
            "insert into comment_templates (name, group_id, body) values ($1, $2, $3) returning id",
            draft.name,
            draft.group_id,
            draft.body,
        )
        .fetch_one(conn)
        .await
        .on_constraint("comment_templates_name_key", name_is_taken)
        .on_constraint("comment_templates_group_id_fkey", || no_group(draft))
    }

    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        _: &CommentTemplateDraft,
        after: &CommentTemplateDraft,
    ) -> Result<()> {
        sqlx::query!(
            "update comment_templates set name = $2, group_id = $3, body = $4 where id = $1",
            id,
            after.name,
            after.group_id,
            after.body,
        )
        .execute(conn)
        .await
        .on_constraint("comment_templates_name_key", name_is_taken)
        .on_constraint("comment_templates_group_id_fkey", || no_group(after))?
        .expect_rows(1)
    }

    /// Comments keep the text that was taken from it.
    async fn uses(_: &mut PgConnection, _: i32) -> Result<Vec<Use>> {
        Ok(vec![])
    }

    async fn move_uses(_: &mut PgConnection, _: &Actor, _: i32, _: i32) -> Result<()> {
        Ok(())
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from comment_templates where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

/// A body as it is stored, which stays as it is when it is written back.
fn body(text: &str) -> Result<String> {
    let mut body = text::lines("body", text, BODY)?;
    if body.is_empty() {
        return Err(Error::invalid("body", "is missing"));
    }
    for _ in 0..PASSES {
        let safe = html::sanitise(&html::from_input(&body));
        if safe == body {
            break;
        }
        body = safe;
    }
    if body.trim().is_empty() {
        return Err(Error::invalid("body", "holds nothing that may be shown"));
    }
    if body.chars().count() > BODY {
        let problem = format!("is longer than {BODY} characters as HTML");
        return Err(Error::invalid("body", problem));
    }
    Ok(body)
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another comment template")
}

fn no_group(draft: &CommentTemplateDraft) -> Error {
    let id = draft.group_id.unwrap_or_default();
    Error::invalid("group_id", format!("names no comment template group: {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_html_that_stays_as_it_is() {
        for (text, stored) in [
            ("Hello", "Hello"),
            ("a < b\nc & d", "a &lt; b<br>c &amp; d"),
            ("<p onclick=x()>hi</p>", "<p>hi</p>"),
            ("<script>x</script>a\nb", "a<br>b"),
            ("<!--html--><b>x</b> &amp; y", "<b>x</b> &amp; y"),
            ("John <john@example.com>", "John &lt;john@example.com&gt;"),
        ] {
            assert_eq!(body(text).unwrap(), stored);
            assert_eq!(body(stored).unwrap(), stored);
        }
    }

    #[test]
    fn what_is_nothing_or_too_much_is_refused() {
        let long = "x".repeat(BODY + 1);
        let grows = "<".repeat(BODY);
        for text in ["", " \n ", "<script>x</script>", "a\0b", &long, &grows] {
            assert!(body(text).is_err(), "{text}");
        }
    }
}
