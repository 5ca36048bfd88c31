//! Users as administrators keep them, with their roles. The vendor's methods cannot give a role; this can.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::repo::{self, Profile};
use super::service::{SHORT, require_no_colon};
use crate::access::staff;
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result};
use crate::ids::{CompanyId, DepartmentId, UserId};
use crate::{audited_actions, companies, outbox, references, text};

/// The longest notes, greeting or signature.
const LONG: usize = 10_000;

/// What administrators decide about a user. His password is set by itself and shown nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserDraft {
    /// The name he logs in with, one of its kind in any case; without colon.
    #[schema(min_length = 1, max_length = 254, pattern = "^[^:]*$")]
    pub username: String,
    /// His e-mail address, or empty; he may log in with it too.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub email: String,
    /// First name.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub first_name: String,
    /// Last name.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub last_name: String,
    /// May do everything.
    #[serde(default)]
    pub administrator: bool,
    /// Sees the tickets of his company.
    #[serde(default)]
    pub manager: bool,
    /// Sees the tickets of his department.
    #[serde(default)]
    pub department_manager: bool,
    /// Categories he is a technician of.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub technician_of: Vec<i32>,
    /// His company.
    #[serde(default)]
    pub company_id: Option<i32>,
    /// His department.
    #[serde(default)]
    pub department_id: Option<i32>,
    /// Phone number.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub phone: String,
    /// Where he sits.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub location: String,
    /// Administrators' notes about him.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub notes: Option<String>,
    /// Stands above his replies.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub greeting: String,
    /// Stands below his replies.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub signature: String,
    /// May not log in.
    #[serde(default)]
    pub disabled: bool,
    /// Wants mail.
    #[serde(default = "yes")]
    pub send_email: bool,
    /// Away.
    #[serde(default)]
    pub out_of_office: bool,
}

fn yes() -> bool {
    true
}

/// Users.
#[derive(Debug)]
pub enum UserKind {}

/// Which users a list shows; of what is not said, all.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// The one of this name, in any case.
    pub username: Option<String>,
    /// The one of this address, in any case.
    pub email: Option<String>,
    /// Of this company.
    pub company_id: Option<i32>,
    /// Of this department.
    pub department_id: Option<i32>,
    /// Administrators and technicians, or neither.
    pub staff: Option<bool>,
    /// Who may not log in, or who may.
    pub disabled: Option<bool>,
}

/// Users with an id above `after`, by id. For administrators.
pub async fn search(
    conn: &mut PgConnection,
    actor: &Actor,
    which: &Which,
    after: i32,
    limit: i64,
) -> Result<Vec<Stored<UserDraft>>> {
    staff::require_admin(actor)?;
    let ids = sqlx::query_scalar!(
        "select u.id
        from users u
        where u.deleted_at is null and u.id > $1
            and ($3::text is null or lower(u.username) = lower($3))
            and ($4::text is null or (u.email <> '' and lower(u.email) = lower($4)))
            and ($5::integer is null or u.company_id = $5)
            and ($6::integer is null or u.department_id = $6)
            and ($7::boolean is null or $7 =
                (u.is_admin or exists (select from category_technicians ct where ct.user_id = u.id)))
            and ($8::boolean is null or u.disabled = $8)
        order by u.id
        limit $2",
        after,
        limit,
        which.username,
        which.email,
        which.company_id,
        which.department_id,
        which.staff,
        which.disabled,
    )
    .fetch_all(&mut *conn)
    .await?;
    drafts(conn, &ids).await
}

impl Kept for UserKind {
    const KIND: &'static str = "user";
    const ACTIONS: Actions = audited_actions!("user");
    type Draft = UserDraft;

    fn check(draft: UserDraft) -> Result<UserDraft> {
        let short = |field, value: &str| text::line(field, value, SHORT);
        let long = |field, value: &str| text::lines(field, value, LONG);
        let username = text::name("username", &draft.username, 254)?;
        let email = match draft.email.trim() {
            "" => String::new(),
            email => text::email("email", email)?,
        };
        let notes = long("notes", draft.notes.as_deref().unwrap_or_default())?;
        Ok(UserDraft {
            username: require_no_colon("username", username)?,
            email,
            first_name: short("first_name", &draft.first_name)?,
            last_name: short("last_name", &draft.last_name)?,
            phone: short("phone", &draft.phone)?,
            location: short("location", &draft.location)?,
            notes: Some(notes).filter(|notes| !notes.is_empty()),
            greeting: long("greeting", &draft.greeting)?,
            signature: long("signature", &draft.signature)?,
            technician_of: references::tidy("technician_of", draft.technician_of)?,
            ..draft
        })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<UserDraft>>> {
        let ids = sqlx::query_scalar!(
            "select id from users where deleted_at is null and id > $1 order by id limit $2",
            after,
            limit,
        )
        .fetch_all(&mut *conn)
        .await?;
        drafts(conn, &ids).await
    }

    async fn find(conn: &mut PgConnection, id: i32, lock: bool) -> Result<Option<UserDraft>> {
        if lock {
            // Names and administrators before users, as everywhere.
            repo::lock_names(conn).await?;
            repo::lock_administrators(conn).await?;
            repo::lock(conn, &[UserId(id)]).await?;
        }
        let found = drafts(conn, &[id]).await?.pop();
        Ok(found.map(|stored| stored.draft))
    }

    /// A user without a password: nobody logs in as him until he gets one. Without a company he joins the one whose
    /// e-mail domains hold his address, as everybody does.
    async fn insert(conn: &mut PgConnection, actor: &Actor, draft: &UserDraft) -> Result<i32> {
        repo::lock_names(conn).await?;
        require_free(conn, None, draft).await?;
        let company_id = match draft.company_id {
            Some(id) => Some(CompanyId(id)),
            None => companies::find_by_email(conn, &draft.email).await?,
        };
        let id = sqlx::query_scalar!(
            "insert into users (username, created_at) values ($1, $2) returning id",
            draft.username,
            actor.now(),
        )
        .fetch_one(&mut *conn)
        .await?;
        let profile = Profile {
            company_id,
            ..profile(draft)
        };
        write(conn, id, draft, &profile, false).await?;
        let payload = json!({ "userId": id, "sendWelcomeEmail": false });
        outbox::record(conn, actor, "user.created", None, payload).await?;
        Ok(id)
    }

    async fn update(
        conn: &mut PgConnection,
        actor: &Actor,
        id: i32,
        before: &UserDraft,
        after: &UserDraft,
    ) -> Result<()> {
        let may_log_in = |draft: &UserDraft| draft.administrator && !draft.disabled;
        if may_log_in(before) && !may_log_in(after) {
            let field = if after.disabled {
                "disabled"
            } else {
                "administrator"
            };
            repo::require_other_administrator(conn, UserId(id), field).await?;
        }
        require_free(conn, Some(UserId(id)), after).await?;
        let ends_tokens = after.disabled && !before.disabled;
        write(conn, id, after, &profile(after), ends_tokens).await?;
        outbox::record(conn, actor, "user.updated", None, json!({ "userId": id })).await
    }
}

async fn require_free(
    conn: &mut PgConnection,
    except: Option<UserId>,
    draft: &UserDraft,
) -> Result<()> {
    if repo::is_taken(conn, &draft.username, except).await? {
        return Err(repo::username_is_taken());
    }
    if !draft.email.is_empty() && repo::is_taken(conn, &draft.email, except).await? {
        return Err(repo::email_is_taken());
    }
    Ok(())
}

fn profile(draft: &UserDraft) -> Profile {
    Profile {
        username: draft.username.clone(),
        email: draft.email.clone(),
        first_name: draft.first_name.clone(),
        last_name: draft.last_name.clone(),
        notes: draft.notes.clone(),
        phone: draft.phone.clone(),
        location: draft.location.clone(),
        department_id: draft.department_id.map(DepartmentId),
        company_id: draft.company_id.map(CompanyId),
        greeting: draft.greeting.clone(),
        signature: draft.signature.clone(),
        disabled: draft.disabled,
        send_email: draft.send_email,
        out_of_office: draft.out_of_office,
    }
}

async fn write(
    conn: &mut PgConnection,
    id: i32,
    draft: &UserDraft,
    profile: &Profile,
    ends_tokens: bool,
) -> Result<()> {
    repo::update(conn, UserId(id), profile, None, ends_tokens)
        .await
        .on_constraint("users_company_id_fkey", || {
            Error::invalid("company_id", "names no company")
        })
        .on_constraint("users_department_id_fkey", || {
            Error::invalid("department_id", "names no department")
        })?;
    sqlx::query!(
        "update users set is_admin = $2, is_manager = $3, is_department_manager = $4 where id = $1",
        id,
        draft.administrator,
        draft.manager,
        draft.department_manager,
    )
    .execute(&mut *conn)
    .await?
    .expect_rows(1)?;
    sqlx::query!(
        "with gone as (delete from category_technicians where user_id = $1 and category_id <> all ($2))
         insert into category_technicians (user_id, category_id) select $1, unnest($2::integer[]) on conflict do nothing",
        id,
        &draft.technician_of,
    )
    .execute(conn)
    .await
    .on_constraint("category_technicians_category_id_fkey", || {
        Error::invalid("technician_of", "names a category that does not exist")
    })?;
    Ok(())
}

/// Those of these ids that there are, by id.
async fn drafts(conn: &mut PgConnection, ids: &[i32]) -> Result<Vec<Stored<UserDraft>>> {
    let rows = sqlx::query!(
        r#"select id, username, email, first_name, last_name, is_admin, is_manager, is_department_manager,
            array(select category_id from category_technicians where user_id = u.id order by category_id)
                as "technician_of!",
            company_id, department_id, phone, location, notes, greeting, signature, disabled, send_email, out_of_office
        from users u
        where id = any ($1) and deleted_at is null
        order by id"#,
        ids,
    )
    .fetch_all(conn)
    .await?;
    let stored = rows.into_iter().map(|row| Stored {
        id: row.id,
        draft: UserDraft {
            username: row.username,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            administrator: row.is_admin,
            manager: row.is_manager,
            department_manager: row.is_department_manager,
            technician_of: row.technician_of,
            company_id: row.company_id,
            department_id: row.department_id,
            phone: row.phone,
            location: row.location,
            notes: row.notes,
            greeting: row.greeting,
            signature: row.signature,
            disabled: row.disabled,
            send_email: row.send_email,
            out_of_office: row.out_of_office,
        },
    });
    Ok(stored.collect())
}
