mod administration;
mod custom_fields;
pub(crate) mod rules;
