//! The parts of a rule as JSON schema: what is derived leaves open what [`Definition`](super::Definition) refuses.

use std::borrow::Cow;

use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Action, Condition, Recipient, Trigger};

macro_rules! exact {
    ($($name:ident of $part:ident;)*) => {$(
        /// Stands for the type in the description.
        pub(super) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                exact($part::schema())
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                $part::name()
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                $part::schemas(schemas);
            }
        }
    )*};
}

exact! {
    ExactTrigger of Trigger;
    ExactCondition of Condition;
    ExactAction of Action;
    ExactRecipient of Recipient;
}

/// Each kind of part has its type and its value, and nothing else; a value that may be null may be left out.
fn exact(mut schema: RefOr<Schema>) -> RefOr<Schema> {
    if let RefOr::T(Schema::OneOf(kinds)) = &mut schema {
        for kind in &mut kinds.items {
            if let RefOr::T(Schema::Object(part)) = kind {
                part.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
                if let Some(RefOr::T(Schema::OneOf(_))) = part.properties.get("value") {
                    part.required.retain(|member| member != "value");
                }
            }
        }
    }
    schema
}
