//! Mail that has come in: what it says ([`parse`]), and what is made of it. What is decided, and why, is the domain's
//! ([`crate::domain::incoming_mail`]).
//!
//! The mail is read and its files are stored before the transaction begins that makes a ticket or a comment of it; in
//! that transaction it is decided once more, so that two servers or two mails at once do nothing twice.

mod files;
mod links;
pub mod parse;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::app::AppState;
use crate::domain::html::{self, Body};
use crate::domain::incoming_mail::{
    self, AcceptDraft, Decision, IncomingMail, IncomingMailId, Material, Queued, Reason,
};
use crate::domain::{Actor, Error, Result};

use files::MailFiles;
use parse::{Delivery, Parsed};

/// How many mails are read at once: each takes a core and several times its size of memory.
static READERS: Semaphore = Semaphore::const_new(2);

/// Nothing within the bounds of the parser takes nearly so long.
const LONGEST: Duration = Duration::from_mins(1);

/// The subject of a ticket whose mail says nothing at all.
const NO_SUBJECT: &str = "(no subject)";

/// How much of a mail's first line stands for a subject that it lacks.
const SUBJECT_OF_LINE: usize = 80;

/// Read a stored mail and do what follows from it. One that was read is left alone. Errors: those that may pass.
pub async fn read(app: &AppState, id: IncomingMailId) -> Result<()> {
    let mail = {
        let mut tx = app.db.begin_job().await?;
        incoming_mail::to_read(&mut tx, id).await?
    };
    let Some(mail) = mail.map(Arc::new) else {
        return Ok(());
    };
    let parsed = match understand(app, &mail).await? {
        Ok(parsed) => parsed,
        Err(reason) => return give_up(app, &mail, reason).await,
    };
    let decision = decide(app, &mail, &parsed).await?;
    let (material, files) = match &decision {
        Decision::Ignore(_) | Decision::Quarantine(_) => (Material::default(), MailFiles::none()),
        Decision::Comment { .. } => material(app, &parsed, true, false).await?,
        Decision::Ticket(opening) => {
            material(app, &parsed, false, opening.on_behalf_of.is_some()).await?
        }
    };
    match carry_out(app, &mail, &parsed, &decision, material, files).await {
        Err(error) => match incoming_mail::refused(&error) {
            Some(Decision::Quarantine(reason)) => give_up(app, &mail, reason).await,
            _ => Err(error),
        },
        done => done,
    }
}

/// What the mail says; or why nobody can tell.
async fn understand(app: &AppState, mail: &Arc<Queued>) -> Result<Result<Parsed, Reason>> {
    let permit = READERS.acquire().await.map_err(Error::internal)?;
    let mail = Arc::clone(mail);
    let delivery = Delivery {
        envelope_from: mail.envelope_from.clone(),
        trusted_servers: app.settings.incoming.trust.servers.clone(),
    };
    let reading = tokio::task::spawn_blocking(move || {
        let parsed = parse::parse(&mail.raw, &delivery);
        // Held by the work itself, which goes on when nobody waits for it any more.
        drop(permit);
        parsed
    });
    let unreadable = |sentence: String| Reason::new("unreadable", sentence);
    Ok(match tokio::time::timeout(LONGEST, reading).await {
        Ok(Ok(parsed)) => parsed.map_err(|problem| unreadable(problem.to_string())),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a mail made its reader fail");
            Err(unreadable("The mail made its reader fail.".to_owned()))
        }
        Err(_) => Err(unreadable("The mail took too long to be read.".to_owned())),
    })
}

async fn decide(app: &AppState, mail: &Queued, parsed: &Parsed) -> Result<Decision> {
    let trust = &app.settings.incoming.trust;
    let mut tx = app.db.begin_job().await?;
    let decision =
        incoming_mail::decide(&mut tx, &app.context(), trust, mail, &parsed.letter).await?;
    let says_nothing = parsed.content.is_blank() && parsed.content.files.is_empty();
    if matches!(decision, Decision::Comment { .. }) && says_nothing {
        return Ok(Decision::Ignore(Reason::new(
            "empty",
            "The reply says nothing.",
        )));
    }
    Ok(decision)
}

/// Decide once more, now for good, and do it.
async fn carry_out(
    app: &AppState,
    mail: &Queued,
    parsed: &Parsed,
    expected: &Decision,
    material: Material,
    files: MailFiles,
) -> Result<()> {
    let context = app.context();
    let mut tx = app.db.begin_job().await?;
    if !incoming_mail::lock_queued(&mut tx, mail.id).await? {
        return Ok(());
    }
    let letter = &parsed.letter;
    if let Ok(sender) = &letter.sender {
        incoming_mail::lock_sender(&mut tx, &sender.address).await?;
    }
    let trust = &app.settings.incoming.trust;
    let now = incoming_mail::decide(&mut tx, &context, trust, mail, letter).await?;
    let is_empty = matches!(expected, Decision::Ignore(reason) if reason.word == "empty");
    let decision = if is_empty { expected.clone() } else { now };
    let (needed, ready) = (needs(&decision), needs(expected));
    if needed != 0 && needed != ready {
        // Something happened between the two: the next try knows of it from the beginning.
        return Err(Error::Unavailable(
            "what becomes of a mail changed while it was read".into(),
        ));
    }
    let (material, files) = if needed == 0 {
        (Material::default(), MailFiles::none())
    } else {
        (material, files)
    };
    incoming_mail::carry_out(&mut tx, &context, mail, letter, decision, material).await?;
    files.commit(tx).await?;
    app.outbox.wake();
    Ok(())
}

/// What was made ready for a decision: nothing, a comment, a ticket.
fn needs(decision: &Decision) -> u8 {
    match decision {
        Decision::Ignore(_) | Decision::Quarantine(_) => 0,
        Decision::Comment { .. } => 1,
        Decision::Ticket(_) => 2,
    }
}

/// Leave a mail in the quarantine for this reason.
async fn give_up(app: &AppState, mail: &Queued, reason: Reason) -> Result<()> {
    let (address, subject) = parse::envelope(&mail.raw);
    let mut tx = app.db.begin_job().await?;
    if incoming_mail::lock_queued(&mut tx, mail.id).await? {
        let facts = (address.as_str(), subject.as_str());
        incoming_mail::give_up(&mut tx, &app.context(), mail, facts, reason).await?;
    }
    Ok(tx.commit().await?)
}

/// Leave a mail in the quarantine that could not be dealt with for days.
pub(crate) async fn give_up_trying(app: &AppState, id: IncomingMailId) -> Result<()> {
    let mail = {
        let mut tx = app.db.begin_job().await?;
        incoming_mail::to_read(&mut tx, id).await?
    };
    let sentence = "The mail could not be dealt with for three days; the log has the details.";
    match mail {
        Some(mail) => give_up(app, &mail, Reason::new("failed", sentence)).await,
        None => Ok(()),
    }
}

/// What goes into a ticket or a comment: safe HTML that refers to stored files.
async fn material(
    app: &AppState,
    parsed: &Parsed,
    is_reply: bool,
    is_forwarded: bool,
) -> Result<(Material, MailFiles)> {
    let content = &parsed.content;
    let files = MailFiles::store(app, content).await?;
    let mut html = links::rewrite(&content.html(is_reply), &files.by_content_id());
    html.push_str(&files.note());
    if html.len() > html::MAX_BODY_BYTES {
        html = content.short_html() + &files.note();
    }
    let material = Material {
        subject: subject(parsed, is_forwarded),
        body: Body::from_input(html).await?,
        files: files.new_files(),
    };
    Ok((material, files))
}

/// Its subject, else its first line.
fn subject(parsed: &Parsed, is_forwarded: bool) -> String {
    let mut subject = parsed.letter.subject.as_str();
    if is_forwarded {
        subject = parse::without_forward(subject);
    }
    if !subject.is_empty() {
        return subject.to_owned();
    }
    let line = parsed.content.first_line().unwrap_or(NO_SUBJECT);
    let line = parse::one_line(line, SUBJECT_OF_LINE);
    if line.is_empty() {
        NO_SUBJECT.to_owned()
    } else {
        line
    }
}

/// Make a ticket or a comment of a mail that waits or was ignored, because a person says so.
pub(crate) async fn accept(
    app: &AppState,
    actor: &Actor,
    id: i64,
    draft: AcceptDraft,
) -> Result<IncomingMail> {
    let mail = {
        let mut conn = app.db.read().await?;
        incoming_mail::to_decide(&mut conn, actor, id, draft).await?
    };
    let mail = Arc::new(mail);
    let parsed = understand(app, &mail)
        .await?
        .map_err(|reason| Error::invalid("id", format!("cannot be read: {}", reason.sentence)))?;
    let (material, files) = material(app, &parsed, draft.ticket_id.is_some(), false).await?;
    let context = app.context();
    let mut tx = app.db.begin().await?;
    let case = (&*mail, &parsed.letter);
    let accepted = incoming_mail::accept(&mut tx, actor, &context, case, draft, material).await?;
    files.commit(tx).await?;
    Ok(accepted)
}
