//! The wire type of custom fields of tickets.

use serde::Serialize;

use crate::domain::custom_fields::{FieldOption, FieldType, FieldValue};
use crate::domain::ids::{FieldId, OptionId};

/// A field with its value: the keys of *Ticket custom fields* in the document, then what live servers send besides.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CustomField {
    field_name: String,
    #[serde(rename = "FieldID")]
    field_id: FieldId,
    #[serde(rename = "Type")]
    kind: i16,
    /// 0, as in the document: the usage is no question here.
    usage_type: i16,
    value: Option<String>,
    value_with_option: Option<String>,
    mandatory: bool,
    #[serde(rename = "OptionID")]
    option_id: Option<OptionId>,
    /// 0 everybody, 1 technicians, 2 administrators.
    access_type: i16,
    for_techs_only: bool,
    order_by_number: i32,
    show_in_grid: bool,
    /// Null for a field that is no drop-down.
    selection_combo_options: Option<Vec<ComboOption>>,
}

/// An option of a drop-down.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ComboOption {
    #[serde(rename = "OptionID")]
    option_id: OptionId,
    name: String,
}

impl From<FieldOption> for ComboOption {
    fn from(option: FieldOption) -> Self {
        Self {
            option_id: option.id,
            name: option.name,
        }
    }
}

impl From<FieldValue> for CustomField {
    fn from(value: FieldValue) -> Self {
        let field = value.field;
        let access_type = match (field.for_admins_only, field.for_techs_only) {
            (true, _) => 2,
            (false, true) => 1,
            (false, false) => 0,
        };
        Self {
            field_name: field.name,
            field_id: field.id,
            kind: field.kind.number(),
            usage_type: 0,
            value_with_option: value.text.clone(),
            value: value.text,
            mandatory: field.mandatory,
            option_id: value.option_id,
            access_type,
            for_techs_only: field.for_techs_only,
            order_by_number: field.order_by,
            show_in_grid: field.show_in_grid,
            selection_combo_options: (field.kind == FieldType::SelectionCombo)
                .then(|| field.options.into_iter().map(ComboOption::from).collect()),
        }
    }
}
