//! Mail that rules send.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::actions::{Doing, body};
use super::repo;
use crate::access::users::login_without_address;
use crate::error::Result;
use crate::html;
use crate::ids::UserId;
use crate::language::Language;
use crate::masks::{Audience, Escape, Values};
use crate::outgoing_mail::{self, MailKind, NewMail};
use crate::rules::{Mail, Recipient};
use crate::users::full_name;

/// Somebody who gets a mail.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    /// None: an address that belongs to no user.
    pub(super) user: Option<UserId>,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) language: Language,
    /// A technician of the ticket's category, or an administrator.
    pub(super) is_staff: bool,
}

impl Reader {
    /// What he may read: what is for technicians only is for them.
    pub(super) fn audience(&self) -> Audience {
        if self.is_staff {
            Audience::Staff
        } else {
            Audience::Customer
        }
    }
}

/// Who gets a mail: users who may log in and want mail, and addresses; each once.
pub(super) async fn readers(
    conn: &mut PgConnection,
    doing: &Doing<'_>,
    to: &[Recipient],
) -> Result<Vec<Reader>> {
    let is = |recipient: &Recipient| to.contains(recipient);
    let addresses: Vec<String> = to
        .iter()
        .filter_map(|to| match to {
            Recipient::Address(address) => Some(address.to_lowercase()),
            _ => None,
        })
        .collect();
    let asked = repo::Asked {
        submitter: is(&Recipient::Submitter),
        assignee: is(&Recipient::Assignee),
        technicians: is(&Recipient::TechniciansOfCategory),
        administrators: is(&Recipient::Administrators),
        subscribers: is(&Recipient::Subscribers),
        addresses: &addresses,
    };
    let users = repo::readers(conn, doing.ticket, &asked).await?;
    let mut seen: HashSet<String> = HashSet::new();
    let mut readers = vec![];
    for user in users {
        // Somebody who wants no mail gets none under his address either.
        if !seen.insert(user.email.to_lowercase()) || !user.wants_mail {
            continue;
        }
        let name = full_name(&user.first_name, &user.last_name, &user.username);
        readers.push(Reader {
            user: Some(user.id),
            address: user.email,
            name: login_without_address(&name).to_owned(),
            language: Language::of_tag(&user.lang).unwrap_or_default(),
            is_staff: user.is_staff,
        });
    }
    for address in addresses {
        if seen.insert(address.clone()) {
            readers.push(Reader {
                user: None,
                address,
                name: String::new(),
                language: Language::default(),
                is_staff: false,
            });
        }
    }
    Ok(readers)
}

/// A mail's subject and its body.
type Texts = (String, String);

/// Send a mail to each of its readers, with what he may read in the place of masks. Without a mail server there is no
/// mail.
pub(super) async fn send(conn: &mut PgConnection, doing: &Doing<'_>, mail: &Mail) -> Result<()> {
    if !doing.context.mail_on {
        return Ok(());
    }
    let readers = readers(conn, doing, &mail.to).await?;
    let from = repo::from_address(conn, doing.ticket).await?;
    let names: Vec<&str> = readers.iter().map(|reader| reader.name.as_str()).collect();
    let names = names.join(", ");
    let mut written: HashMap<(Audience, Language), Texts> = HashMap::new();
    for reader in &readers {
        let key = (reader.audience(), reader.language);
        if let Entry::Vacant(entry) = written.entry(key) {
            let values = doing.values_for(conn, reader.audience(), &names).await?;
            let mut values = values.in_language(reader.language);
            entry.insert(texts(conn, &mut values, mail).await?);
        }
        if let Some((subject, body)) = written.get(&key) {
            let new = NewMail {
                ticket: Some(doing.ticket),
                user: reader.user,
                to_name: reader.name.clone(),
                from_address: from.clone(),
                html: Some(body.clone()),
                language: reader.language,
                ..NewMail::new(
                    MailKind::Rule,
                    &reader.address,
                    subject,
                    &html::to_text(body),
                )
            };
            outgoing_mail::insert(conn, doing.context, new).await?;
        }
    }
    Ok(())
}

/// The mail with its masks filled.
pub(super) async fn texts(
    conn: &mut PgConnection,
    values: &mut Values,
    mail: &Mail,
) -> Result<Texts> {
    let subject = values.fill(conn, &mail.subject, Escape::Header).await?;
    let body = body(conn, values, &mail.body).await?;
    Ok((subject, body.to_string()))
}
