//! `CreateUser`, `UpdateUser`, `DeleteUser`, User, `UserByEmail`, `MergeUsers`, `UserByUsername`, Users.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::users::dto::{ListedUser, UserInfo};
use crate::api::users::text_of;
use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::ids::{CompanyId, DepartmentId, UserId};
use crate::domain::users::{self, ListMode, NewUser, UserFilter};
use crate::http::error::Result;
use crate::http::params::{Given, Params};
use crate::http::reply::{Done, Id, Json};

/// Parameters of *Create user*. Roles are none of them.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateUser {
    /// E-mail address; he may log in with it.
    email: String,
    /// The name he logs in with; the address unless told.
    username: Option<String>,
    /// The password. Without one a new user gets one that nobody knows; a changed one ends his API tokens.
    password: Option<String>,
    /// First name.
    first_name: Option<String>,
    /// Last name.
    last_name: Option<String>,
    /// Phone number.
    phone: Option<String>,
    /// Where he sits.
    location: Option<String>,
    /// Name of his company, made when new; that of his address unless told.
    company: Option<String>,
    /// Name of his department, made when new.
    department: Option<String>,
    /// Send him a letter of welcome.
    #[serde(default)]
    send_welcome_email: bool,
}

impl From<CreateUser> for NewUser {
    fn from(params: CreateUser) -> Self {
        Self {
            email: params.email,
            username: params.username,
            password: params.password,
            first_name: params.first_name,
            last_name: params.last_name,
            phone: params.phone,
            location: params.location,
            company: params.company,
            department: params.department,
            send_welcome_email: params.send_welcome_email,
        }
    }
}

/// *Create user*: the new user's id. "Requires helpdesk-administrator permissions."
#[tracing::instrument(name = "api.CreateUser", skip_all)]
pub async fn create_user(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<CreateUser>,
) -> Result<Id> {
    // Hashing takes its time: no connection waits for it.
    let user = users::prepare(&actor, params.into(), app.callers.hashing()).await?;
    let mut tx = app.db.begin().await?;
    let id = users::create(&mut tx, &actor, user).await?;
    tx.commit().await?;
    Ok(Id(id.0))
}

/// Parameters of *Update user*: those of the document, and roles are none of them.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UpdateUser {
    /// The user's number.
    #[serde(alias = "id")]
    user_id: UserId,
    /// Another user name.
    username: Option<String>,
    /// Another e-mail address.
    email: Option<String>,
    /// First name; an empty one clears it.
    #[schema(value_type = Option<String>)]
    first_name: Given<String>,
    /// Last name; an empty one clears it.
    #[schema(value_type = Option<String>)]
    last_name: Given<String>,
    /// Administrators' notes; empty ones clear them.
    #[schema(value_type = Option<String>)]
    notes: Given<String>,
    /// Phone number; an empty one clears it.
    #[schema(value_type = Option<String>)]
    phone: Given<String>,
    /// Where he sits; an empty one clears it.
    #[schema(value_type = Option<String>)]
    location: Given<String>,
    /// Name of his department, made when new; an empty one takes him out of it.
    #[schema(value_type = Option<String>)]
    department: Given<String>,
    /// May not log in.
    disabled: Option<bool>,
    /// Name of his company, made when new; an empty one takes him out of it.
    #[schema(value_type = Option<String>)]
    company: Given<String>,
    /// The password. Without one a new user gets one that nobody knows; a changed one ends his API tokens.
    password: Option<String>,
    /// Wants mail.
    enable_email_notifications: Option<bool>,
    /// Stands above his replies; an empty one clears it.
    #[schema(value_type = Option<String>)]
    greeting: Given<String>,
    /// Stands below his replies; an empty one clears it.
    #[schema(value_type = Option<String>)]
    signature: Given<String>,
    /// Away.
    out_of_office: Option<bool>,
}

impl From<UpdateUser> for users::Changes {
    fn from(params: UpdateUser) -> Self {
        Self {
            username: params.username,
            email: params.email,
            first_name: text_of(params.first_name),
            last_name: text_of(params.last_name),
            notes: text_of(params.notes),
            phone: text_of(params.phone),
            location: text_of(params.location),
            department: text_of(params.department),
            disabled: params.disabled,
            company: text_of(params.company),
            password: params.password,
            send_email: params.enable_email_notifications,
            greeting: text_of(params.greeting),
            signature: text_of(params.signature),
            out_of_office: params.out_of_office,
        }
    }
}

/// *Update user*: "Updates a user. Requires helpdesk-administrator permissions. All parameters except userId are
/// optional". All of them are applied, or none.
#[tracing::instrument(name = "api.UpdateUser", skip_all, fields(user.id = %params.user_id))]
pub async fn update_user(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<UpdateUser>,
) -> Result<Done> {
    let id = params.user_id;
    // Hashing takes its time: no connection waits for it.
    let changes = users::prepare_changes(&actor, params.into(), app.callers.hashing()).await?;
    let mut tx = app.db.begin().await?;
    users::update(&mut tx, &actor, id, &changes).await?;
    tx.commit().await?;
    Ok(Done)
}

/// *Delete user*: "Deletes a user. Requires helpdesk-administrator permissions. WARNING: there's no undo." His tickets
/// and comments stay, under the name of a tombstone.
#[tracing::instrument(name = "api.DeleteUser", skip_all, fields(user.id = %params.user_id))]
pub async fn delete_user(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<UserById>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    users::delete(&mut tx, &actor, params.user_id).await?;
    tx.commit().await?;
    Ok(Done)
}

/// Parameters of *Merge users*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MergeUsers {
    /// The number of the user who goes.
    from_user_id: UserId,
    /// The number of the user who stays and gets everything.
    to_user_id: UserId,
}

/// *Merge users*: "Merges two users together. Requires helpdesk-administrator permissions. WARNING: there's no undo."
#[tracing::instrument(
    name = "api.MergeUsers",
    skip_all,
    fields(user.id = %params.from_user_id, user.to_id = %params.to_user_id)
)]
pub async fn merge_users(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<MergeUsers>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    users::merge(&mut tx, &actor, params.from_user_id, params.to_user_id).await?;
    tx.commit().await?;
    Ok(Done)
}

/// Parameters of *User* and of *Delete user*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UserById {
    /// The user's number.
    #[serde(alias = "id")]
    user_id: UserId,
}

/// *User*: "gets information about a user by their ID". One's own record for everybody, others for staff.
#[tracing::instrument(name = "api.User", skip_all, fields(user.id = %params.user_id))]
pub async fn user(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<UserById>,
) -> Result<Json<UserInfo>> {
    let mut conn = app.db.read().await?;
    let user = users::user(&mut conn, &actor, params.user_id).await?;
    Ok(Json(UserInfo::of(&user, &actor)))
}

/// Parameters of *User by e-mail*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ByEmail {
    /// The e-mail address, in any case.
    email: String,
}

/// *User by e-mail*: "requires helpdesk-administrator or technician permissions".
#[tracing::instrument(name = "api.UserByEmail", skip_all)]
pub async fn user_by_email(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<ByEmail>,
) -> Result<Json<UserInfo>> {
    let mut conn = app.db.read().await?;
    let user = users::user_by_email(&mut conn, &actor, &params.email).await?;
    Ok(Json(UserInfo::of(&user, &actor)))
}

/// Parameters of *User by user name*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ByUsername {
    /// The user name, in any case.
    username: String,
}

/// *User by user name*: "requires administrator or technician permissions".
#[tracing::instrument(name = "api.UserByUsername", skip_all)]
pub async fn user_by_username(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<ByUsername>,
) -> Result<Json<UserInfo>> {
    let mut conn = app.db.read().await?;
    let user = users::user_by_username(&mut conn, &actor, &params.username).await?;
    Ok(Json(UserInfo::of(&user, &actor)))
}

/// Parameters of *Users*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ListUsers {
    /// How many at most; 500 unless told, and at most.
    #[schema(minimum = 1, default = 500)]
    count: Option<i32>,
    /// Which page, from 1.
    #[schema(minimum = 1, default = 1)]
    page: Option<i32>,
    /// Which users; all unless told.
    list_mode: Option<ListMode>,
    /// Only of this department.
    department_id: Option<DepartmentId>,
    /// Only of this company.
    company_id: Option<CompanyId>,
}

/// *Users*: a page of all users, by id. "Requires helpdesk-administrator permissions."
#[tracing::instrument(name = "api.Users", skip_all)]
pub async fn users(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<ListUsers>,
) -> Result<Json<Vec<ListedUser>>> {
    let filter = UserFilter {
        mode: params.list_mode.unwrap_or_default(),
        department_id: params.department_id,
        company_id: params.company_id,
        count: params.count,
        page: params.page,
    };
    let mut conn = app.db.read().await?;
    let users = users::list(&mut conn, &actor, &filter).await?;
    Ok(Json(users.into_iter().map(ListedUser::from).collect()))
}
