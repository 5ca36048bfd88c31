//! User methods.

pub mod dto;
pub mod permissions;
#[expect(
    clippy::module_inception,
    reason = "the methods about users among the user methods"
)]
pub mod users;
