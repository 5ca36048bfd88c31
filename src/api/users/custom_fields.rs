//! `SetCustomFieldForUser`, `UserCustomFields`, `SetCustomFieldForCompany`, `CompanyCustomFields`.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::custom_fields::{FieldOfOwner, SetFieldOf, set_one};
use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::custom_fields::{self, Owner};
use crate::domain::ids::{CompanyId, FieldId, UserId};
use crate::http::error::Result;
use crate::http::params::{Given, Params};
use crate::http::reply::{Done, Json};

/// Parameters of *Set custom field for user*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SetCustomFieldForUser {
    /// The user's number.
    #[serde(alias = "user_id")]
    id: UserId,
    /// The custom field's number.
    field_id: FieldId,
    /// The value: of a drop-down the number of an option, of a checkbox true or false, of a date a date. An empty one clears the field.
    #[schema(value_type = Option<String>)]
    value: Given<String>,
}

/// *Set custom field for user*: "sets custom field value for a user". For staff, as reading is.
#[tracing::instrument(name = "api.SetCustomFieldForUser", skip_all, fields(user.id = %params.id))]
pub async fn set_custom_field_for_user(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<SetCustomFieldForUser>,
) -> Result<Done> {
    let user = Owner::User(params.id);
    set_one(&app, &actor, user, params.field_id, params.value).await
}

/// Parameters of *User custom fields*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UserCustomFields {
    /// The user's number.
    #[serde(alias = "user_id")]
    id: UserId,
}

/// *User custom fields*: "view all user custom fields. Available for technicians only."
#[tracing::instrument(name = "api.UserCustomFields", skip_all, fields(user.id = %params.id))]
pub async fn user_custom_fields(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<UserCustomFields>,
) -> Result<Json<Vec<FieldOfOwner>>> {
    let mut conn = app.db.read().await?;
    let values = custom_fields::of_owner(&mut conn, &actor, Owner::User(params.id)).await?;
    Ok(Json(values.into_iter().map(FieldOfOwner::from).collect()))
}

/// *Set custom field for company*: "sets custom field value for a company". For staff, as reading is.
#[tracing::instrument(name = "api.SetCustomFieldForCompany", skip_all)]
pub async fn set_custom_field_for_company(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<SetFieldOf<CompanyId>>,
) -> Result<Done> {
    let company = Owner::Company(params.id);
    set_one(&app, &actor, company, params.field_id, params.value).await
}

/// Parameters of *Company custom fields*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CompanyCustomFields {
    /// The company's number.
    id: CompanyId,
}

/// *Company custom fields*: "view all company custom fields. Available for technicians only."
#[tracing::instrument(name = "api.CompanyCustomFields", skip_all)]
pub async fn company_custom_fields(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<CompanyCustomFields>,
) -> Result<Json<Vec<FieldOfOwner>>> {
    let mut conn = app.db.read().await?;
    let values = custom_fields::of_owner(&mut conn, &actor, Owner::Company(params.id)).await?;
    Ok(Json(values.into_iter().map(FieldOfOwner::from).collect()))
}
