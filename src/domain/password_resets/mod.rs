//! Forgotten passwords: a link by mail, good for an hour and for one use, that sets a new one.
//!
//! It dies when the password or the address of the user changes, when he is disabled, and when he logs in by the old
//! password. Of its token (256 random bits) only the SHA-256 is stored; the token itself stands in the mail, whose text
//! is sealed until it is sent and gone afterwards.

mod repo;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::digest::{SHA256, digest};
use serde_json::json;
use sqlx::PgConnection;

use crate::audit::{self, Occurrence};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::language::Language;
use crate::mail_templates::{self, TemplateName};
use crate::masks::Values;
use crate::outgoing_mail::{self, MailKind, NewMail};
use crate::queue::{self, NewJob};

/// The kind of the job that answers a request.
pub const JOB: &str = "answer_password_request";

/// How long a link is good.
const GOOD: TimeDelta = TimeDelta::minutes(60);
/// Within an hour a user gets so many links.
const MOST_LINKS: i64 = 3;
/// The longest name or address.
const LOGIN: usize = 254;
/// Bytes of a token.
const TOKEN_BYTES: usize = 32;

/// Note that somebody says he has forgotten the password of `login`, a name or an address. It takes the same whoever he is.
pub async fn request(conn: &mut PgConnection, now: DateTime<Utc>, login: &str) -> Result<()> {
    let login: String = login
        .trim()
        .chars()
        .filter(|letter| !letter.is_control())
        .take(LOGIN)
        .collect();
    let id = repo::insert_request(conn, &login, now).await?;
    queue::add(conn, NewJob::new(JOB, json!({ "request_id": id }))).await
}

/// Answer a request: write the mail with the link, if there is such a user who may have one. The request is gone afterwards.
pub async fn answer(conn: &mut PgConnection, context: &Context, request: i64) -> Result<()> {
    repo::delete_expired(conn, context.now).await?;
    let Some(login) = repo::take_request(conn, request).await? else {
        return Ok(());
    };
    if !context.mail_on {
        return Ok(());
    }
    let Some(owner) = repo::find_owner(conn, &login).await? else {
        return Ok(());
    };
    let since = context.now - TimeDelta::hours(1);
    if repo::count_since(conn, owner.id, since).await? >= MOST_LINKS {
        return Ok(());
    }
    let token = new_token()?;
    let expires_at = context.now + GOOD;
    repo::insert(conn, &hash(&token), &owner, context.now, expires_at).await?;
    let url = context.url(&format!("/User/ResetPassword?token={token}"));
    let language = Language::of_tag(&owner.lang).unwrap_or_default();
    let mut values = Values::of_user(
        &context.app_url,
        url,
        (&owner.first_name, &owner.last_name),
        (&owner.username, &owner.email),
    );
    let name = TemplateName::PasswordReset;
    let source = mail_templates::find(conn, context, name, language, None).await?;
    let rendered =
        mail_templates::render(conn, context, &source, language, &mut values, "").await?;
    let mail = NewMail {
        user: Some(owner.id),
        html: Some(rendered.html),
        language,
        has_secret: true,
        ..NewMail::new(
            MailKind::PasswordReset,
            &owner.email,
            &rendered.subject,
            &rendered.text,
        )
    };
    outgoing_mail::insert(conn, context, mail).await?;
    Ok(())
}

/// Whether a token is good. Only [`use_up`] tells for sure.
pub async fn is_good(conn: &mut PgConnection, token: &str, now: DateTime<Utc>) -> Result<bool> {
    match read(token) {
        Some(hash) => repo::is_good(conn, &hash, now).await,
        None => Ok(false),
    }
}

/// Set the password of whoever owns the token: his tokens of every kind die, this one too. None: the token is not good.
pub async fn use_up(
    conn: &mut PgConnection,
    token: &str,
    password_hash: &str,
    (now, ip_address): (DateTime<Utc>, &str),
) -> Result<Option<UserId>> {
    let Some(hash) = read(token) else {
        return Ok(None);
    };
    let Some(user) = repo::take(conn, &hash, now).await? else {
        return Ok(None);
    };
    repo::set_password(conn, user, password_hash, now).await?;
    forget(conn, user).await?;
    let occurrence = Occurrence {
        action: "user.password_reset",
        at: now,
        ip_address,
        actor: Some(user),
        object_type: "user",
        object_id: Some(user.0),
        after: Some(json!({ "password": "changed", "by": "mail" })),
    };
    audit::notice(conn, occurrence).await?;
    Ok(Some(user))
}

/// The user has his password after all: his links are dead.
pub async fn forget(conn: &mut PgConnection, user: UserId) -> Result<()> {
    repo::delete_of(conn, user).await
}

fn new_token() -> Result<String> {
    let mut bytes = [0_u8; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

fn hash(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

/// The hash of what looks like a token.
fn read(token: &str) -> Option<Vec<u8>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    (bytes.len() == TOKEN_BYTES).then(|| hash(token))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn tokens_have_256_random_bits_and_nothing_in_common() {
        let tokens: Vec<String> = (0..10_000).map(|_| new_token().unwrap()).collect();
        assert!(tokens.iter().all(|token| token.len() == 43));
        let beginnings: HashSet<&str> = tokens.iter().map(|token| &token[..8]).collect();
        assert_eq!(beginnings.len(), tokens.len());
        // Each of the 256 bits is set in about half of them: 10,000 throws of a coin stay within eight deviations.
        let mut set = [0_u32; 256];
        for token in &tokens {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).unwrap();
            for (place, count) in set.iter_mut().enumerate() {
                *count += u32::from(bytes[place / 8] >> (place % 8) & 1);
            }
        }
        assert!(
            set.iter().all(|count| (4_600..=5_400).contains(count)),
            "{set:?}"
        );
    }

    #[test]
    fn what_is_no_token_is_not_looked_up() {
        let token = new_token().unwrap();
        assert!(read(&token).is_some());
        for text in [
            "",
            " ",
            "%20",
            "null",
            "0",
            &token[1..],
            &format!("{token}="),
            &format!(" {token}"),
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
