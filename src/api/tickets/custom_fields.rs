//! `SetCustomField`, `SetCustomFields`, `TicketCustomFields`, `CustomFieldsForCategory`.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::custom_fields::{FieldInfo, set_one};
use crate::app::AppState;
use crate::domain::custom_fields::{
    self, Audience, Field, FieldOption, FieldType, FieldValue, Named, Owner,
};
use crate::domain::ids::{CategoryId, FieldId, OptionId, TicketId};
use crate::domain::{self, Actor, Error};
use crate::http::error::Result;
use crate::http::params::{Given, OpenParams, ParamBag, Params};
use crate::http::reply::{Done, Json};

/// Parameters of *Set custom field*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SetCustomField {
    /// The ticket's number.
    #[serde(alias = "id")]
    ticket_id: TicketId,
    /// The custom field's number.
    field_id: FieldId,
    /// The value: of a drop-down the number of an option, of a checkbox true or false, of a date a date. An empty one clears the field.
    #[schema(value_type = Option<String>)]
    value: Given<String>,
}

/// *Set custom field*: "sets custom field value in a ticket". An empty value clears it.
#[tracing::instrument(name = "api.SetCustomField", skip_all, fields(ticket.id = %params.ticket_id))]
pub async fn set_custom_field(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<SetCustomField>,
) -> Result<Done> {
    let ticket = Owner::Ticket(params.ticket_id);
    set_one(&app, &actor, ticket, params.field_id, params.value).await
}

/// Parameters of *Set custom fields*, besides one `cf12345` for each field.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SetCustomFields {
    /// The ticket's number.
    #[serde(alias = "id")]
    ticket_id: TicketId,
}

/// *Set custom fields*: "sets multiple custom field values in a ticket with one request", all or none.
#[tracing::instrument(name = "api.SetCustomFields", skip_all)]
pub async fn set_custom_fields(
    State(app): State<AppState>,
    actor: Actor,
    OpenParams(SetCustomFields { ticket_id }, params): OpenParams<SetCustomFields>,
) -> Result<Done> {
    let values = by_id(&params)?;
    let mut tx = app.db.begin().await?;
    let ticket = Owner::Ticket(ticket_id);
    custom_fields::set(&mut tx, &actor, ticket, &values, Named::Cf).await?;
    tx.commit().await?;
    Ok(Done)
}

/// The values that parameters `cf12345` bring. Names that go on in another way than a number are none of ours.
fn by_id(params: &ParamBag) -> domain::Result<Vec<(FieldId, String)>> {
    let mut values = vec![];
    for (id, text) in params.starting_with("cf")? {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        // A number that no id can be is the id of no field.
        let id = id.parse().map_err(|_| Error::NotFound("custom field"))?;
        values.push((FieldId(id), text.into_owned()));
    }
    if values.is_empty() {
        return Err(Error::invalid(
            "cf{ID}",
            "is missing: a value is named by the id of its field, cf12345",
        ));
    }
    Ok(values)
}

/// Parameters of *Ticket custom fields*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TicketCustomFields {
    /// The ticket's number.
    id: TicketId,
    /// Fields without a value too; not unless told.
    #[serde(default)]
    return_unset: bool,
}

/// *Ticket custom fields*: "view all ticket custom fields with their values", and on demand those without.
#[tracing::instrument(name = "api.TicketCustomFields", skip_all, fields(ticket.id = %params.id))]
pub async fn ticket_custom_fields(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<TicketCustomFields>,
) -> Result<Json<Vec<CustomField>>> {
    let mut conn = app.db.read().await?;
    let values =
        custom_fields::of_ticket(&mut conn, &actor, params.id, params.return_unset).await?;
    Ok(Json(values.into_iter().map(CustomField::from).collect()))
}

/// Parameters of *Custom fields for category*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CustomFieldsForCategory {
    /// The category's number.
    #[serde(alias = "id")]
    category_id: CategoryId,
}

/// *Custom fields for category*: "gets all possible custom field available in this ticket category (along with their
/// "option" for drop-down custom fields)", as far as the caller sees them.
#[tracing::instrument(name = "api.CustomFieldsForCategory", skip_all)]
pub async fn custom_fields_for_category(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<CustomFieldsForCategory>,
) -> Result<Json<Vec<FieldInfo>>> {
    let mut conn = app.db.read().await?;
    let fields = custom_fields::for_category(&mut conn, &actor, params.category_id).await?;
    Ok(Json(fields.into_iter().map(FieldInfo::from).collect()))
}

/// A field with its value: the keys of *Ticket custom fields* in the document, then what live servers send besides.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CustomField {
    field_name: String,
    #[serde(rename = "FieldID")]
    field_id: FieldId,
    /// 1 text, 2 date, 3 drop-down, 4 checkbox, 5 text of several lines.
    #[serde(rename = "Type")]
    kind: i16,
    /// 0, as in the document: the usage is no question here.
    usage_type: i16,
    #[schema(required = true)]
    value: Option<String>,
    #[schema(required = true)]
    value_with_option: Option<String>,
    mandatory: bool,
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

impl From<FieldValue> for CustomField {
    fn from(value: FieldValue) -> Self {
        let field = value.field;
        Self {
            access_type: access_type(&field),
            selection_combo_options: combo_options(&field),
            field_name: field.name,
            field_id: field.id,
            kind: field.kind.number(),
            usage_type: 0,
            value_with_option: value.text.clone(),
            value: value.text,
            mandatory: field.mandatory,
            option_id: value.option_id,
            for_techs_only: field.for_techs_only,
            order_by_number: field.order_by,
            show_in_grid: field.show_in_grid,
        }
    }
}

/// 0 everybody, 1 technicians, 2 administrators.
pub(in crate::api) fn access_type(field: &Field) -> i16 {
    match field.audience() {
        Audience::Everybody => 0,
        Audience::Technicians => 1,
        Audience::Administrators => 2,
    }
}

/// An option of a drop-down.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ComboOption {
    #[serde(rename = "OptionID")]
    option_id: OptionId,
    name: String,
}

/// The options of a drop-down, in order; null for a field that is none.
pub(in crate::api) fn combo_options(field: &Field) -> Option<Vec<ComboOption>> {
    let shown = |option: &FieldOption| ComboOption {
        option_id: option.id,
        name: option.name.clone(),
    };
    (field.kind == FieldType::SelectionCombo).then(|| field.options.iter().map(shown).collect())
}
