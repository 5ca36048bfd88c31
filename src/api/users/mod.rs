//! User methods.

pub mod companies;
pub mod custom_fields;
pub mod departments;
pub mod dto;
pub mod permissions;
#[expect(
    clippy::module_inception,
    reason = "the methods about users among the user methods"
)]
pub mod users;

use crate::http::params::Given;

/// What a text that may be cleared becomes: `None` stays as it is, an empty one is cleared.
fn text_of(given: Given<String>) -> Option<String> {
    given.change().map(Option::unwrap_or_default)
}
