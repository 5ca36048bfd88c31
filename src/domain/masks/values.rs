//! What the masks of a text about one ticket stand for.

use std::collections::HashMap;
use std::fmt::Write;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::repo::{self, Facts, Message, NO_TICKET};
use super::{Escape, Mask, Piece, Value, pieces};
use crate::access::users::login_without_address;
use crate::actor::Actor;
use crate::articles;
use crate::custom_fields;
use crate::error::{Error, Result};
use crate::html;
use crate::ids::{ArticleId, CommentId, FieldId, TicketId};
use crate::language::Language;
use crate::tickets::Priority;
use crate::users::full_name;

/// How many replies `#recent_messages#` shows.
const MESSAGES: i64 = 5;
/// How many articles `#suggested_kb#` shows.
const ARTICLES: i64 = 3;

/// Who reads the text: what is for technicians only never gets into a text for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Technicians of the ticket's category and administrators, and nobody else.
    Staff,
    /// Customers, or customers among others.
    Customer,
}

/// What the masks of texts about one ticket stand for. What takes a statement of its own is read when a text first
/// wants it.
#[derive(Clone, Debug)]
pub struct Values {
    app_url: String,
    audience: Audience,
    language: Language,
    guarded: bool,
    url: String,
    until: Option<CommentId>,
    what_happened: String,
    originator: String,
    recipients: String,
    facts: Facts,
    messages: Option<Vec<Message>>,
    fields: Option<HashMap<FieldId, String>>,
    articles: Option<Vec<(ArticleId, String)>>,
}

impl Values {
    /// The values of a ticket. `app_url` is the address of the desk. Errors: `NotFound` when there is no such ticket.
    pub async fn load(
        conn: &mut PgConnection,
        app_url: &str,
        ticket: TicketId,
        audience: Audience,
    ) -> Result<Self> {
        let facts = repo::facts(conn, ticket)
            .await?
            .ok_or(Error::NotFound("ticket"))?;
        let app_url = app_url.trim_end_matches('/').to_owned();
        Ok(Self {
            url: format!("{app_url}/Ticket/{ticket}"),
            app_url,
            audience,
            language: Language::default(),
            guarded: false,
            until: None,
            what_happened: String::new(),
            originator: String::new(),
            recipients: String::new(),
            facts,
            messages: None,
            fields: None,
            articles: None,
        })
    }

    /// The values of a text about no ticket, to a user of this first and last name, login and address. `#url#` is `url`.
    #[must_use]
    pub fn of_user(
        app_url: &str,
        url: String,
        (first_name, last_name): (&str, &str),
        (username, email): (&str, &str),
    ) -> Self {
        Self {
            app_url: app_url.trim_end_matches('/').to_owned(),
            audience: Audience::Staff,
            language: Language::default(),
            guarded: false,
            url,
            until: None,
            what_happened: String::new(),
            originator: String::new(),
            recipients: String::new(),
            facts: Facts::of_user(
                (first_name.to_owned(), last_name.to_owned()),
                (username.to_owned(), email.to_owned()),
            ),
            messages: Some(vec![]),
            fields: Some(HashMap::new()),
            articles: Some(vec![]),
        }
    }

    /// Without anything that whoever opened the ticket wrote: the text may go to somebody whose address he only used.
    #[must_use]
    pub fn guarded(mut self) -> Self {
        self.guarded = true;
        self
    }

    /// In this language, where a value has one: English unless told.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// As the ticket stood when this comment was the latest one.
    #[must_use]
    pub fn until(mut self, comment: CommentId) -> Self {
        self.until = Some(comment);
        self.messages = None;
        self
    }

    /// What the text is about: `what_happened` in a sentence, by `originator`, told to `recipients`.
    #[must_use]
    pub fn telling(
        mut self,
        what_happened: impl Into<String>,
        originator: &str,
        recipients: &str,
    ) -> Self {
        self.what_happened = what_happened.into();
        self.originator = self.shown_name(originator);
        recipients.clone_into(&mut self.recipients);
        self
    }

    /// The text with each mask replaced by its value, once. What looks like a mask and is none stays as it is.
    pub async fn fill(
        &mut self,
        conn: &mut PgConnection,
        text: &str,
        escape: Escape,
    ) -> Result<String> {
        let mut filled = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Mask(mask) => {
                    filled.push_str(&self.value(conn, mask).await?.written(escape));
                }
                Piece::Unknown(name) => {
                    filled.push('#');
                    filled.push_str(name);
                    filled.push('#');
                }
            }
        }
        Ok(match escape {
            Escape::Header => super::escape::one_line(&filled),
            _ => filled,
        })
    }

    async fn value(&mut self, conn: &mut PgConnection, mask: Mask) -> Result<Value> {
        if self.guarded && is_of_sender(mask) {
            return Ok(Value::Plain(String::new()));
        }
        Ok(match mask {
            Mask::MostRecentMessage => {
                let messages = self.messages(conn).await?;
                let latest = messages.first().map(|message| message.body.clone());
                Value::Html(latest.unwrap_or_else(|| self.facts.body.clone()))
            }
            Mask::RecentMessages => {
                self.messages(conn).await?;
                Value::Html(self.recent_messages())
            }
            Mask::SuggestedKb => {
                if self.articles.is_none() {
                    let found = repo::articles(conn, &self.facts, self.audience, ARTICLES).await?;
                    self.articles = Some(found);
                }
                Value::Html(self.suggested())
            }
            Mask::Field(field) => {
                let fields = self.fields(conn).await?;
                Value::Plain(fields.get(&field).cloned().unwrap_or_default())
            }
            Mask::Body => Value::Html(self.facts.body.clone()),
            other => Value::Plain(self.plain(other)),
        })
    }

    /// The values that are text and stand in the row of the ticket, or were told.
    fn plain(&self, mask: Mask) -> String {
        let facts = &self.facts;
        match mask {
            Mask::TicketId | Mask::StatusId | Mask::Date if facts.id == NO_TICKET => String::new(),
            Mask::TicketId => facts.id.to_string(),
            Mask::Subject => facts.subject.clone(),
            Mask::Url => self.url.clone(),
            Mask::From => self.name(&facts.first_name, &facts.last_name, &facts.username),
            Mask::FromEmail => facts.email.clone(),
            Mask::FirstName => facts.first_name.clone(),
            Mask::LastName => facts.last_name.clone(),
            Mask::Technician => self.technician(),
            Mask::Category => facts.category.clone(),
            Mask::Priority => self.priority().to_owned(),
            Mask::Status => facts.status.clone(),
            Mask::StatusId => facts.status_id.to_string(),
            Mask::Date => moment(facts.created_at),
            Mask::DueDate => facts.due_date.map(moment).unwrap_or_default(),
            Mask::WhatHappened => self.what_happened.clone(),
            Mask::Originator => self.originator.clone(),
            Mask::Recipients => self.recipients.clone(),
            Mask::Body
            | Mask::MostRecentMessage
            | Mask::RecentMessages
            | Mask::SuggestedKb
            | Mask::Field(_) => String::new(),
        }
    }

    /// A name as the reader may see it: many log in by their e-mail address.
    fn name(&self, first_name: &str, last_name: &str, username: &str) -> String {
        self.shown_name(&full_name(first_name, last_name, username))
    }

    fn shown_name(&self, name: &str) -> String {
        match self.audience {
            Audience::Staff => name.to_owned(),
            Audience::Customer => login_without_address(name).to_owned(),
        }
    }

    fn technician(&self) -> String {
        let facts = &self.facts;
        let text = |name: &Option<String>| name.clone().unwrap_or_default();
        self.name(
            &text(&facts.technician_first_name),
            &text(&facts.technician_last_name),
            &text(&facts.technician_username),
        )
    }

    fn priority(&self) -> &'static str {
        if self.facts.id == NO_TICKET {
            return "";
        }
        let language = self.language;
        match self.facts.priority {
            -1 => language.choose(["Low", "Niedrig", "Basse", "Baja", "Низкий"]),
            0 => language.choose(["Normal", "Normal", "Normale", "Normal", "Обычный"]),
            1 => language.choose(["High", "Hoch", "Haute", "Alta", "Высокий"]),
            2 => language.choose(["Critical", "Kritisch", "Critique", "Crítica", "Критический"]),
            other => Priority::from_number(other.into()).map_or("", Priority::name),
        }
    }

    async fn messages(&mut self, conn: &mut PgConnection) -> Result<&[Message]> {
        if self.messages.is_none() {
            let ticket = self.facts.id;
            let found = repo::messages(conn, ticket, self.audience, self.until, MESSAGES).await?;
            self.messages = Some(found);
        }
        Ok(self.messages.as_deref().unwrap_or_default())
    }

    /// Each with its author and its date, newest first.
    fn recent_messages(&self) -> String {
        let mut text = String::new();
        for message in self.messages.as_deref().unwrap_or_default() {
            let author = self.name(&message.first_name, &message.last_name, &message.username);
            // Writing into a string never fails.
            let _ = write!(
                text,
                "<p><b>{}</b>, {}:</p><div>{}</div>",
                html::escape(&author),
                moment(message.created_at),
                message.body,
            );
        }
        text
    }

    fn suggested(&self) -> String {
        let found = self.articles.as_deref().unwrap_or_default();
        if found.is_empty() {
            return String::new();
        }
        let links = found.iter().map(|(id, subject)| {
            let address = format!(
                "{}/KB/View/{}",
                self.app_url,
                articles::url_id(*id, subject)
            );
            let (address, subject) = (html::escape(&address), html::escape(subject));
            format!("<li><a href=\"{address}\">{subject}</a></li>")
        });
        format!("<ul>{}</ul>", links.collect::<String>())
    }

    /// The custom fields that the audience may read, as text.
    async fn fields(&mut self, conn: &mut PgConnection) -> Result<&HashMap<FieldId, String>> {
        if self.fields.is_none() {
            let ticket = self.facts.id;
            let mut of_tickets = custom_fields::of_tickets(conn, &self.reader(), &[ticket]).await?;
            let values = of_tickets.remove(&ticket).unwrap_or_default();
            let texts = values
                .into_iter()
                .filter_map(|value| Some((value.field.id, value.text?)));
            self.fields = Some(texts.collect());
        }
        Ok(self.fields.get_or_insert_default())
    }

    /// Somebody with the rights that everybody in the audience has.
    fn reader(&self) -> Actor {
        let technician_of = match self.audience {
            Audience::Staff => [self.facts.category_id].into(),
            Audience::Customer => [].into(),
        };
        Actor {
            is_admin: false,
            technician_of,
            ..Actor::console(self.facts.created_at)
        }
    }
}

/// What this mask stands for is what the sender wrote or is called.
fn is_of_sender(mask: Mask) -> bool {
    matches!(
        mask,
        Mask::Subject
            | Mask::Body
            | Mask::From
            | Mask::FirstName
            | Mask::LastName
            | Mask::Originator
            | Mask::Recipients
            | Mask::MostRecentMessage
            | Mask::RecentMessages
            | Mask::SuggestedKb
            | Mask::Field(_)
    )
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
