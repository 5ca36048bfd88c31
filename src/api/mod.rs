//! The vendor's REST API: parameters in, one service call in one transaction, reply out.

pub mod assets;
pub mod comments;
pub mod custom_fields;
pub mod general;
pub mod kb;
pub mod methods;
pub mod rules;
pub mod table;
pub mod tickets;
pub mod uploads;
pub mod users;
