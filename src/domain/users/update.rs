//! Changing a user: all parameters of one call are applied, or none.

use serde_json::{Map, Value, json};
use sqlx::PgConnection;

use super::hashing::Hashing;
use super::repo::{self, NewSecret, Profile, StoredUser};
use super::service::{SHORT, require_no_colon};
use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::{companies, departments, outbox, text};

/// The longest notes, greeting or signature.
const LONG: usize = 10_000;

/// What to change of a user; `None` leaves a thing as it is. An empty text clears it, save user name, address and
/// password, of which none can be cleared. There is no way to ask for a role.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Another user name.
    pub username: Option<String>,
    /// Another e-mail address.
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// The administrator's notes about him.
    pub notes: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Where he sits.
    pub location: Option<String>,
    /// Name of his department, made when new.
    pub department: Option<String>,
    /// May not log in.
    pub disabled: Option<bool>,
    /// Name of his company, made when new.
    pub company: Option<String>,
    /// A new password: his tokens die with the old one.
    pub password: Option<String>,
    /// Wants mail.
    pub send_email: Option<bool>,
    /// What the web pages put above his replies.
    pub greeting: Option<String>,
    /// What the web pages put below his replies.
    pub signature: Option<String>,
    /// Away.
    pub out_of_office: Option<bool>,
}

/// Changes whose parameters are checked and whose password is hashed: all that needs no database.
#[derive(Debug)]
pub struct ReadyChanges {
    changes: Changes,
    password_hash: Option<String>,
}

/// Check the parameters of a change and hash the new password, before a connection is held. For administrators.
/// Errors: Forbidden; Invalid, which names the parameter; Unavailable when too many passwords wait to be hashed.
pub async fn prepare_changes(
    actor: &Actor,
    changes: Changes,
    hashing: &Hashing,
) -> Result<ReadyChanges> {
    staff::require_admin(actor)?;
    let is_given = |name: &String| !name.trim().is_empty();
    let username = changes.username.filter(is_given);
    let email = changes.email.filter(is_given);
    let line = |parameter, value: Option<String>| {
        value
            .map(|value| text::line(parameter, &value, SHORT))
            .transpose()
    };
    let lines = |parameter, value: Option<String>| {
        value
            .map(|value| text::lines(parameter, &value, LONG))
            .transpose()
    };
    let checked = Changes {
        username: username
            .map(|name| require_no_colon("username", text::line("username", &name, 254)?))
            .transpose()?,
        email: email
            .map(|email| text::email("email", &email))
            .transpose()?,
        first_name: line("firstName", changes.first_name)?,
        last_name: line("lastName", changes.last_name)?,
        phone: line("phone", changes.phone)?,
        location: line("location", changes.location)?,
        department: line("department", changes.department)?,
        company: line("company", changes.company)?,
        notes: lines("notes", changes.notes)?,
        greeting: lines("greeting", changes.greeting)?,
        signature: lines("signature", changes.signature)?,
        password: None,
        ..changes
    };
    let password_hash = match changes.password {
        Some(password) => Some(hashing.hash(password).await?),
        None => None,
    };
    Ok(ReadyChanges {
        changes: checked,
        password_hash,
    })
}

/// Change a user. For administrators, of themselves too. Errors: Conflict when another user logs in by the new name or
/// address; Invalid when nobody would be left to administer the helpdesk.
pub async fn update(
    conn: &mut PgConnection,
    actor: &Actor,
    id: UserId,
    ready: &ReadyChanges,
) -> Result<()> {
    staff::require_admin(actor)?;
    let changes = &ready.changes;
    if changes.username.is_some() || changes.email.is_some() {
        repo::lock_names(conn).await?;
    }
    if changes.disabled == Some(true) {
        repo::lock_administrators(conn).await?;
    }
    let StoredUser {
        is_admin,
        profile: before,
        ..
    } = repo::lock(conn, &[id])
        .await?
        .pop()
        .ok_or(Error::NotFound("user"))?;
    let disables = changes.disabled == Some(true) && !before.disabled;
    if disables && is_admin {
        repo::require_other_administrator(conn, id, "disabled").await?;
    }
    let after = change(conn, actor, id, &before, changes).await?;
    let secret = ready.password_hash.as_deref().map(|hash| NewSecret {
        hash,
        set_at: actor.now(),
    });
    let difference = difference(&before, &after, secret.is_some());
    if difference.after.is_empty() {
        return Ok(());
    }
    let ends_tokens = disables || secret.is_some();
    repo::update(conn, id, &after, secret, ends_tokens).await?;
    record(conn, actor, id, difference).await
}

/// The user as he is to be.
async fn change(
    conn: &mut PgConnection,
    actor: &Actor,
    id: UserId,
    before: &Profile,
    changes: &Changes,
) -> Result<Profile> {
    let mut after = before.clone();
    set(&mut after.username, changes.username.as_ref());
    set(&mut after.email, changes.email.as_ref());
    if after.username != before.username && repo::is_taken(conn, &after.username, Some(id)).await? {
        return Err(repo::username_is_taken());
    }
    if after.email != before.email && repo::is_taken(conn, &after.email, Some(id)).await? {
        return Err(repo::email_is_taken());
    }
    set(&mut after.first_name, changes.first_name.as_ref());
    set(&mut after.last_name, changes.last_name.as_ref());
    set(&mut after.phone, changes.phone.as_ref());
    set(&mut after.location, changes.location.as_ref());
    set(&mut after.greeting, changes.greeting.as_ref());
    set(&mut after.signature, changes.signature.as_ref());
    set(&mut after.disabled, changes.disabled.as_ref());
    set(&mut after.send_email, changes.send_email.as_ref());
    set(&mut after.out_of_office, changes.out_of_office.as_ref());
    if let Some(notes) = &changes.notes {
        after.notes = Some(notes.clone()).filter(|notes| !notes.is_empty());
    }
    // Companies before departments, as when a user is made: in another order two calls could wait for each other.
    match changes.company.as_deref() {
        None => {}
        Some("") => after.company_id = None,
        Some(name) => {
            after.company_id = Some(companies::find_or_create(conn, actor, name).await?);
        }
    }
    match changes.department.as_deref() {
        None => {}
        Some("") => after.department_id = None,
        Some(name) => {
            after.department_id = Some(departments::find_or_create(conn, actor, name).await?);
        }
    }
    Ok(after)
}

fn set<T: Clone>(thing: &mut T, change: Option<&T>) {
    if let Some(change) = change {
        thing.clone_from(change);
    }
}

/// What differs, by the name of its parameter.
struct Difference {
    before: Map<String, Value>,
    after: Map<String, Value>,
}

fn difference(before: &Profile, after: &Profile, has_new_password: bool) -> Difference {
    let (Value::Object(mut before), Value::Object(mut after)) = (shown(before), shown(after))
    else {
        return Difference {
            before: Map::new(),
            after: Map::new(),
        };
    };
    before.retain(|name, value| after.get(name) != Some(value));
    after.retain(|name, _| before.contains_key(name));
    if has_new_password {
        // That there is a new one, and nothing of what it is.
        after.insert("password".into(), json!("changed"));
    }
    Difference { before, after }
}

/// A profile as the audit log shows it.
fn shown(profile: &Profile) -> Value {
    json!({
        "username": profile.username,
        "email": profile.email,
        "firstName": profile.first_name,
        "lastName": profile.last_name,
        "notes": profile.notes,
        "phone": profile.phone,
        "location": profile.location,
        "departmentId": profile.department_id,
        "disabled": profile.disabled,
        "companyId": profile.company_id,
        "enableEmailNotifications": profile.send_email,
        "greeting": profile.greeting,
        "signature": profile.signature,
        "outOfOffice": profile.out_of_office,
    })
}

async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    id: UserId,
    difference: Difference,
) -> Result<()> {
    let names: Vec<&String> = difference.after.keys().collect();
    let payload = json!({ "userId": id, "changes": names });
    outbox::record(conn, actor, "user.updated", None, payload).await?;
    let entry = Entry {
        action: "user.updated",
        object_type: "user",
        object_id: id.0,
        before: Some(Value::Object(difference.before)),
        after: Some(Value::Object(difference.after)),
    };
    audit::record(conn, actor, entry).await
}
