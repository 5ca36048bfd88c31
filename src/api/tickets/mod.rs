//! Ticket methods.

pub mod categories;
pub mod custom_fields;
pub mod dto;
pub mod dto_attachments;
pub mod dto_relations;
pub mod files;
pub mod links;
pub mod list;
pub mod subscribers;
pub mod tags;
pub mod ticket;
pub mod time;
pub mod update;
