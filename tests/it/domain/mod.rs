mod administration;
mod custom_fields;
mod health;
pub(crate) mod rules;
mod system_user;
