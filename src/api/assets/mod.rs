//! Asset methods.

#[expect(
    clippy::module_inception,
    reason = "the methods about assets themselves among the asset methods"
)]
pub mod assets;
pub mod assignments;
pub mod custom_fields;
pub mod dto;
