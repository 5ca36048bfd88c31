//! What mail of the desk says: templates with masks, in each language. Those that come with the program may be replaced
//! by files of the operator, and these by what administrators store, for the desk or for a category.

mod built_in;
mod kept;

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::html;
use crate::ids::CategoryId;
use crate::language::Language;
use crate::masks::{self, Escape, Values};
use crate::outgoing_mail::MailKind;

pub use kept::{MailTemplateDraft, MailTemplateKind};

/// Which template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = MailTemplateName)]
pub enum TemplateName {
    /// A new ticket, for the technicians of its category.
    NewTicket,
    /// A new ticket, for its submitter: we have it.
    Confirmation,
    /// A reply.
    NewReply,
    /// A note for technicians only.
    Note,
    /// A ticket was closed.
    Closed,
    /// A ticket was assigned, for whom it was assigned to.
    Assigned,
    /// An account was made, for its owner; `#url#` is the address of the desk.
    Welcome,
    /// A new password was asked for; `#url#` is the link that sets one.
    PasswordReset,
}

impl TemplateName {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NewTicket,
        Self::Confirmation,
        Self::NewReply,
        Self::Note,
        Self::Closed,
        Self::Assigned,
        Self::Welcome,
        Self::PasswordReset,
    ];

    /// As it is written, and as its files are called.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NewTicket => "new_ticket",
            Self::Confirmation => "confirmation",
            Self::NewReply => "new_reply",
            Self::Note => "note",
            Self::Closed => "closed",
            Self::Assigned => "assigned",
            Self::Welcome => "welcome",
            Self::PasswordReset => "password_reset",
        }
    }

    /// What a mail made of it is.
    #[must_use]
    pub fn mail_kind(self) -> MailKind {
        match self {
            Self::NewTicket => MailKind::NewTicket,
            Self::Confirmation => MailKind::Confirmation,
            Self::NewReply => MailKind::NewReply,
            Self::Note => MailKind::Note,
            Self::Closed => MailKind::Closed,
            Self::Assigned => MailKind::Assigned,
            Self::Welcome => MailKind::Welcome,
            Self::PasswordReset => MailKind::PasswordReset,
        }
    }
}

/// The texts of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML; none: made of the text.
    pub html: Option<String>,
}

impl Source {
    /// A template of two files: the text, whose first line is `Subject: …`, and the HTML. Errors: Invalid, naming the
    /// part that is wrong, `text` or `html`, and the unknown mask.
    pub fn of_files(text: &str, html: Option<&str>) -> Result<Self> {
        let (first, text) = text.split_once('\n').unwrap_or((text, ""));
        let subject = first.strip_prefix("Subject:").map(str::trim);
        let subject = subject
            .filter(|subject| !subject.is_empty())
            .ok_or_else(|| Error::invalid("text", "does not begin with a line \"Subject: …\""))?;
        masks::check("text", subject)?;
        masks::check("text", text)?;
        masks::check("html", html.unwrap_or_default())?;
        Ok(Self {
            subject: subject.to_owned(),
            text: text.trim_start_matches(['\r', '\n']).to_owned(),
            html: html.map(str::to_owned),
        })
    }
}

/// The templates that hold where administrators have stored none: those of the program, and those of the operator.
#[derive(Clone, Debug, Default)]
pub struct Templates(Arc<HashMap<(TemplateName, Language), Source>>);

impl Templates {
    /// Those of the program, with these in their places.
    #[must_use]
    pub fn with(replaced: HashMap<(TemplateName, Language), Source>) -> Self {
        Self(Arc::new(replaced))
    }

    /// The template of this name and language.
    pub fn get(&self, name: TemplateName, language: Language) -> Result<Source> {
        if let Some(source) = self.0.get(&(name, language)) {
            return Ok(source.clone());
        }
        let (text, html) = built_in::files(name, language);
        Source::of_files(text, Some(html))
    }
}

/// The template that holds for tickets of the category, or for mail about no ticket.
pub async fn find(
    conn: &mut PgConnection,
    context: &Context,
    name: TemplateName,
    language: Language,
    category: Option<CategoryId>,
) -> Result<Source> {
    let stored = sqlx::query_as!(
        Source,
        "select subject, text, html
        from mail_templates
        where name = $1 and language = $2 and (category_id is null or category_id = $3)
        order by category_id nulls last
        limit 1",
        name.word(),
        language.tag(),
        category.map(|category| category.0),
    )
    .fetch_optional(conn)
    .await?;
    match stored {
        Some(source) => Ok(source),
        None => context.templates.get(name, language),
    }
}

/// A mail made of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// A whole HTML document.
    pub html: String,
}

/// Fill a template. `end` is put below it, as HTML.
pub async fn render(
    conn: &mut PgConnection,
    context: &Context,
    source: &Source,
    language: Language,
    values: &mut Values,
    end: &str,
) -> Result<Rendered> {
    let subject = values.fill(conn, &source.subject, Escape::Header).await?;
    let mut text = values.fill(conn, &source.text, Escape::Text).await?;
    if !end.is_empty() {
        text = format!("{}\n\n{}\n", text.trim_end(), html::to_text(end));
    }
    let of_text = || html::from_text(&source.text);
    let inside = source.html.clone().unwrap_or_else(of_text);
    let inside = values.fill(conn, &inside, Escape::Html).await?;
    let html = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"></head><body>\n{inside}{end}\n</body></html>\n",
        language.tag(),
    );
    Ok(Rendered {
        subject,
        text,
        html: with_whole_addresses(&html, context),
    })
}

/// Pictures of ours stand in bodies without the desk's address, which a mail needs.
fn with_whole_addresses(html: &str, context: &Context) -> String {
    let files = html::escape(&context.url("/File/"));
    html.replace("src=\"/File/", &format!("src=\"{files}"))
        .replace("href=\"/File/", &format!("href=\"{files}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_of_the_program_is_sound_in_every_language() {
        for language in Language::ALL {
            for name in TemplateName::ALL {
                let source = Templates::default().get(name, language).unwrap();
                let html = source.html.unwrap();
                let mut texts: Vec<_> = masks::of(&source.text).collect();
                let mut htmls: Vec<_> = masks::of(&html).collect();
                texts.sort_unstable_by_key(|mask| format!("{mask:?}"));
                htmls.sort_unstable_by_key(|mask| format!("{mask:?}"));
                assert_eq!(texts, htmls, "{language:?} {name:?}");
            }
        }
    }

    #[test]
    fn a_file_without_a_subject_or_with_a_wrong_mask_is_refused() {
        for (text, html, expected) in [
            ("Hello\n", None, "does not begin"),
            ("Subject:\nHello", None, "does not begin"),
            ("Subject: #subjekt#\nHello", None, "#subjekt#"),
            ("Subject: a\n#bodi#", None, "#bodi#"),
            (
                "Subject: a\nb",
                Some("<p>#frm#</p>"),
                "\"html\" has the unknown mask #frm#",
            ),
        ] {
            let error = Source::of_files(text, html).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let source = Source::of_files("Subject: a #ticketId#\n\nb\n", None).unwrap();
        assert_eq!(
            (source.subject.as_str(), source.text.as_str()),
            ("a #ticketId#", "b\n")
        );
    }
}
