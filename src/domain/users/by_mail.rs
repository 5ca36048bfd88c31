//! Users who are known by nothing but a mail.

use serde_json::json;
use sqlx::PgConnection;

use super::repo;
use super::service::SHORT;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::{companies, outbox, text};

/// A user as far as a mail of his is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The user.
    pub id: UserId,
    /// Administrator, or technician of at least one category.
    pub is_staff: bool,
    /// May not log in.
    pub is_disabled: bool,
}

/// The user whose address is one of these spellings of one address.
pub async fn known_by_address(
    conn: &mut PgConnection,
    spellings: &[String],
) -> Result<Option<Known>> {
    let lower: Vec<String> = spellings.iter().map(|each| each.to_lowercase()).collect();
    let row = sqlx::query!(
        r#"
        select u.id as "id: UserId", u.disabled,
            u.is_admin or exists (select from category_technicians ct where ct.user_id = u.id) as "is_staff!"
        from users u
        where lower(u.email) = any($1) and u.email <> '' and u.deleted_at is null
        order by u.id
        limit 1
        "#,
        &lower,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Known {
        id: row.id,
        is_staff: row.is_staff,
        is_disabled: row.disabled,
    }))
}

/// Make a regular user of whoever wrote a mail, or find him when another mail of his was faster. Nobody can log in as
/// him before he has set a password by a letter to his address. Errors: Conflict when his address is the user name of
/// somebody else.
pub async fn create_by_mail(
    conn: &mut PgConnection,
    actor: &Actor,
    address: &str,
    name: &str,
) -> Result<UserId> {
    repo::lock_names(conn).await?;
    if let Some(known) = repo::find_id_by_email(conn, address).await? {
        return Ok(known);
    }
    let address = text::email("email", address)?;
    if repo::is_taken(conn, &address, None).await? {
        return Err(repo::username_is_taken());
    }
    let (first_name, last_name) = names(name);
    let company = companies::find_by_email(conn, &address).await?;
    let id = sqlx::query_scalar!(
        r#"insert into users (username, email, first_name, last_name, company_id, created_at)
        values ($1, $1, $2, $3, $4, $5)
        returning id as "id: UserId""#,
        address,
        first_name,
        last_name,
        company.map(|id| id.0),
        actor.now(),
    )
    .fetch_one(&mut *conn)
    .await
    .map_err(Error::from)?;
    let entry = Entry {
        action: "user.created",
        object_type: "user",
        object_id: id.0,
        before: None,
        after: Some(
            json!({ "username": address, "email": address, "companyId": company, "byMail": true }),
        ),
    };
    audit::record(conn, actor, entry).await?;
    let payload = json!({ "userId": id, "sendWelcomeEmail": false, "fromMail": true });
    outbox::record(conn, actor, "user.created", None, payload).await?;
    Ok(id)
}

/// First and last name: "Ann Lee", or "Lee, Ann".
fn names(name: &str) -> (String, String) {
    let short = |name: &str| name.trim().chars().take(SHORT).collect::<String>();
    match name.split_once(',') {
        Some((last, first)) if !last.trim().is_empty() => (short(first), short(last)),
        _ => match name.trim().rsplit_once(' ') {
            Some((first, last)) => (short(first), short(last)),
            None => (short(name), String::new()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_is_taken_apart() {
        for (name, first, last) in [
            ("Ann Lee", "Ann", "Lee"),
            ("Lee, Ann", "Ann", "Lee"),
            ("Ann Mary Lee", "Ann Mary", "Lee"),
            ("Ann", "Ann", ""),
            ("", "", ""),
        ] {
            assert_eq!(names(name), (first.to_owned(), last.to_owned()), "{name}");
        }
    }
}
