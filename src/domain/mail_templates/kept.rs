//! Templates of mail as administrators keep them.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::TemplateName;
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result, Use};
use crate::language::Language;
use crate::{audited_actions, masks, text};

/// The longest subject.
const SUBJECT: usize = 200;
/// The longest text, and the longest HTML.
const TEXT: usize = 50_000;

/// What administrators decide about a template of mail. It takes the place of the one that comes with the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailTemplateDraft {
    /// Which mail is made of it.
    pub name: TemplateName,
    /// The language of its readers; everybody else gets English.
    pub language: Language,
    /// For tickets of this category only; none: for the whole desk.
    #[serde(default)]
    pub category_id: Option<i32>,
    /// The subject, with masks such as `#subject#`.
    #[schema(min_length = 1, max_length = 200)]
    pub subject: String,
    /// The plain text, with masks.
    #[schema(min_length = 1, max_length = 50_000)]
    pub text: String,
    /// The HTML, with masks; none: made of the text.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 50_000)]
    pub html: Option<String>,
}

/// Templates of mail.
#[derive(Debug)]
pub enum MailTemplateKind {}

impl Kept for MailTemplateKind {
    const KIND: &'static str = "mail template";
    const ACTIONS: Actions = audited_actions!("mail_template");
    type Draft = MailTemplateDraft;

    fn check(draft: MailTemplateDraft) -> Result<MailTemplateDraft> {
        let subject = text::name("subject", &draft.subject, SUBJECT)?;
        masks::check("subject", &subject)?;
        let html = match draft.html {
            Some(html) => Some(said("html", &html)?),
            None => None,
        };
        Ok(MailTemplateDraft {
            subject,
            text: said("text", &draft.text)?,
            html,
            ..draft
        })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<MailTemplateDraft>>> {
        let rows = sqlx::query!(
            r#"select id, name as "name: TemplateName", language as "language: Language", category_id, subject, text, html
            from mail_templates where id > $1 order by id limit $2"#,
            after,
            limit,
        )
        .fetch_all(conn)
        .await?;
        let stored = rows.into_iter().map(|row| Stored {
            id: row.id,
            draft: MailTemplateDraft {
                name: row.name,
                language: row.language,
                category_id: row.category_id,
                subject: row.subject,
                text: row.text,
                html: row.html,
            },
        });
        Ok(stored.collect())
    }

    async fn find(
        conn: &mut PgConnection,
        id: i32,
        lock: bool,
    ) -> Result<Option<MailTemplateDraft>> {
        if lock {
            sqlx::query_scalar!("select id from mail_templates where id = $1 for update", id)
                .fetch_optional(&mut *conn)
                .await?;
        }
        Ok(sqlx::query_as!(
            MailTemplateDraft,
            r#"select name as "name: TemplateName", language as "language: Language", category_id, subject, text, html
            from mail_templates where id = $1"#,
            id,
        )
        .fetch_optional(conn)
        .await?)
    }

    async fn insert(conn: &mut PgConnection, _: &Actor, draft: &MailTemplateDraft) -> Result<i32> {
        sqlx::query_scalar!(
            "insert into mail_templates (name, language, category_id, subject, text, html)
            values ($1, $2, $3, $4, $5, $6) returning id",
            draft.name.word(),
            draft.language.tag(),
            draft.category_id,
            draft.subject,
            draft.text,
            draft.html,
        )
        .fetch_one(conn)
        .await
        .on_constraint("mail_templates_name_language_category_id_key", is_there)
        .on_constraint("mail_templates_category_id_fkey", no_category)
    }

    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        _: &MailTemplateDraft,
        after: &MailTemplateDraft,
    ) -> Result<()> {
        sqlx::query!(
            "update mail_templates
            set name = $2, language = $3, category_id = $4, subject = $5, text = $6, html = $7
            where id = $1",
            id,
            after.name.word(),
            after.language.tag(),
            after.category_id,
            after.subject,
            after.text,
            after.html,
        )
        .execute(conn)
        .await
        .on_constraint("mail_templates_name_language_category_id_key", is_there)
        .on_constraint("mail_templates_category_id_fkey", no_category)?
        .expect_rows(1)
    }

    /// Without it, mail is as the program or the operator has it.
    async fn uses(_: &mut PgConnection, _: i32) -> Result<Vec<Use>> {
        Ok(vec![])
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from mail_templates where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

/// A text that is not empty and whose masks are known.
fn said(parameter: &'static str, words: &str) -> Result<String> {
    let words = text::lines(parameter, words, TEXT)?;
    if words.is_empty() {
        return Err(Error::invalid(parameter, "is missing"));
    }
    masks::check(parameter, &words)?;
    Ok(words)
}

fn is_there() -> Error {
    Error::conflict(
        "name",
        "has a template in this language and category already",
    )
}

fn no_category() -> Error {
    Error::invalid("category_id", "is no category")
}
