//! `CustomFields`, and what all methods that set or describe fields share.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::tickets::custom_fields::{ComboOption, access_type, combo_options};
use crate::app::AppState;
use crate::domain::custom_fields::{self, Field, FieldValue, Named, Owner, Usage};
use crate::domain::ids::{FieldId, OptionId};
use crate::domain::{self, Actor, Error};
use crate::http::error::Result;
use crate::http::params::{Given, Params};
use crate::http::reply::{Done, Json};

/// Parameters of *Custom fields*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CustomFields {
    /// Only fields of 1 tickets, 2 assets, 3 users, 4 companies; all unless told.
    #[serde(rename = "type")]
    #[schema(minimum = 1, maximum = 4)]
    usage: Option<i32>,
}

/// *Custom fields*: "returns a list of all custom fields in your system". For staff.
#[tracing::instrument(name = "api.CustomFields", skip_all)]
pub async fn custom_fields(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<CustomFields>,
) -> Result<Json<Vec<FieldInfo>>> {
    let usage = params.usage.map(valid_usage).transpose()?;
    let mut conn = app.db.read().await?;
    let fields = custom_fields::all(&mut conn, &actor, usage).await?;
    Ok(Json(fields.into_iter().map(FieldInfo::from).collect()))
}

fn valid_usage(number: i32) -> domain::Result<Usage> {
    Usage::from_number(number).ok_or_else(|| {
        Error::invalid(
            "type",
            "is none of 1 (tickets), 2 (assets), 3 (users), 4 (companies)",
        )
    })
}

/// A field: the keys of *Custom fields for category* in the document, then what live servers send besides.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct FieldInfo {
    field_name: String,
    #[serde(rename = "FieldID")]
    field_id: FieldId,
    /// 1 text, 2 date, 3 drop-down, 4 checkbox, 5 text of several lines.
    #[serde(rename = "Type")]
    kind: i16,
    /// What has it: 1 tickets, 2 assets, 3 users, 4 companies.
    usage_type: i16,
    for_techs_only: bool,
    mandatory: bool,
    /// Its place among the fields, from the lowest.
    order_by_number: i32,
    show_in_grid: bool,
    /// The options of a drop-down; null for other types.
    #[schema(required = true)]
    selection_combo_options: Option<Vec<ComboOption>>,
    /// Null, as the next two: this is about the field, not about one of its values.
    #[schema(required = true)]
    value: Option<String>,
    #[schema(required = true)]
    value_with_option: Option<String>,
    #[serde(rename = "OptionID")]
    #[schema(required = true)]
    option_id: Option<OptionId>,
    /// Who sees it: 0 everybody, 1 technicians, 2 administrators.
    access_type: i16,
}

impl From<Field> for FieldInfo {
    fn from(field: Field) -> Self {
        Self {
            access_type: access_type(&field),
            selection_combo_options: combo_options(&field),
            field_name: field.name,
            field_id: field.id,
            kind: field.kind.number(),
            usage_type: field.usage.number(),
            for_techs_only: field.for_techs_only,
            mandatory: field.mandatory,
            order_by_number: field.order_by,
            show_in_grid: field.show_in_grid,
            value: None,
            value_with_option: None,
            option_id: None,
        }
    }
}

/// A field of a user or a company with its value: the keys of *User custom fields* and *Company custom fields* in the
/// document, then what live servers send besides.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct FieldOfOwner {
    field_name: String,
    #[serde(rename = "FieldID")]
    field_id: FieldId,
    /// 1 text, 2 date, 3 drop-down, 4 checkbox, 5 text of several lines.
    #[serde(rename = "Type")]
    kind: i16,
    #[schema(required = true)]
    value: Option<String>,
    #[schema(required = true)]
    value_with_option: Option<String>,
    /// The chosen option of a drop-down.
    #[serde(rename = "OptionID")]
    #[schema(required = true)]
    option_id: Option<OptionId>,
    /// Who sees it: 0 everybody, 1 technicians, 2 administrators.
    access_type: i16,
    for_techs_only: bool,
    /// Its place among the fields, from the lowest.
    order_by_number: i32,
    show_in_grid: bool,
    /// The options of a drop-down; null for other types.
    #[schema(required = true)]
    selection_combo_options: Option<Vec<ComboOption>>,
}

impl From<FieldValue> for FieldOfOwner {
    fn from(value: FieldValue) -> Self {
        let field = value.field;
        Self {
            access_type: access_type(&field),
            selection_combo_options: combo_options(&field),
            field_name: field.name,
            field_id: field.id,
            kind: field.kind.number(),
            value_with_option: value.text.clone(),
            value: value.text,
            option_id: value.option_id,
            for_techs_only: field.for_techs_only,
            order_by_number: field.order_by,
            show_in_grid: field.show_in_grid,
        }
    }
}

/// Parameters of the methods that set one field of something that has an `id`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SetFieldOf<Id> {
    /// What has the field.
    pub id: Id,
    /// The field.
    pub field_id: FieldId,
    /// Its value; an empty one clears the field.
    #[schema(value_type = Option<String>)]
    pub value: Given<String>,
}

/// Set one field in one transaction.
pub async fn set_one(
    app: &AppState,
    actor: &Actor,
    owner: Owner,
    field: FieldId,
    value: Given<String>,
) -> Result<Done> {
    let value = value
        .change()
        .ok_or_else(|| Error::invalid("value", "is missing"))?
        .unwrap_or_default();
    let mut tx = app.db.begin().await?;
    custom_fields::set(&mut tx, actor, owner, &[(field, value)], Named::Value).await?;
    tx.commit().await?;
    Ok(Done)
}
