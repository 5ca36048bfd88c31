//! Custom fields in a file.

use serde_json::{Map, Value};

use super::{Portable, text};
use crate::config::desk::{self, All, FieldCategories};
use crate::config::names::{Index, Names, Resolver, in_section};
use crate::domain::Result;
use crate::domain::custom_fields::{
    CustomFieldDraft, CustomFieldKind, FieldType, OptionDraft, Usage,
};

impl Portable for CustomFieldKind {
    const KEY: &'static str = "custom_fields";
    type Item = desk::CustomField;

    fn name(fields: &Map<String, Value>) -> Option<String> {
        let name = text(fields, "name")?;
        Some(in_section(text(fields, "usage"), name))
    }

    fn index(names: &mut Names) -> &mut Index {
        &mut names.fields
    }

    fn item(_: i32, draft: &CustomFieldDraft, names: &Names) -> Result<desk::CustomField> {
        let categories = draft.category_ids.as_ref();
        let options = draft.options.iter();
        Ok(desk::CustomField {
            name: draft.name.clone(),
            usage: match draft.usage {
                Usage::Tickets => desk::FieldUsage::Tickets,
                Usage::Assets => desk::FieldUsage::Assets,
                Usage::Users => desk::FieldUsage::Users,
                Usage::Companies => desk::FieldUsage::Companies,
            },
            kind: match draft.kind {
                FieldType::Text => desk::FieldType::Text,
                FieldType::Date => desk::FieldType::Date,
                FieldType::SelectionCombo => desk::FieldType::DropDown,
                FieldType::Checkbox => desk::FieldType::Checkbox,
                FieldType::MultilineText => desk::FieldType::Multiline,
            },
            mandatory: draft.mandatory,
            for_techs_only: draft.for_techs_only,
            for_admins_only: draft.for_admins_only,
            order: draft.order,
            show_in_grid: draft.show_in_grid,
            categories: categories.map_or(FieldCategories::All(All::All), |ids| {
                FieldCategories::Some(names.categories.names_of(ids))
            }),
            options: options.map(|option| option.name.clone()).collect(),
        })
    }

    fn draft(
        item: desk::CustomField,
        _: Option<&CustomFieldDraft>,
        found: &mut Resolver<'_>,
    ) -> CustomFieldDraft {
        let category_ids = match &item.categories {
            FieldCategories::All(All::All) => None,
            FieldCategories::Some(names) => Some(found.categories(names, "categories")),
        };
        let options = item.options.into_iter();
        CustomFieldDraft {
            name: item.name,
            usage: match item.usage {
                desk::FieldUsage::Tickets => Usage::Tickets,
                desk::FieldUsage::Assets => Usage::Assets,
                desk::FieldUsage::Users => Usage::Users,
                desk::FieldUsage::Companies => Usage::Companies,
            },
            kind: match item.kind {
                desk::FieldType::Text => FieldType::Text,
                desk::FieldType::Date => FieldType::Date,
                desk::FieldType::DropDown => FieldType::SelectionCombo,
                desk::FieldType::Checkbox => FieldType::Checkbox,
                desk::FieldType::Multiline => FieldType::MultilineText,
            },
            mandatory: item.mandatory,
            for_techs_only: item.for_techs_only,
            for_admins_only: item.for_admins_only,
            order: item.order,
            show_in_grid: item.show_in_grid,
            category_ids,
            // The one that has this name already, or a new one.
            options: options.map(|name| OptionDraft { id: None, name }).collect(),
        }
    }

    fn field(of_draft: &str) -> &str {
        match of_draft {
            "category_ids" => "categories",
            other => other,
        }
    }
}
