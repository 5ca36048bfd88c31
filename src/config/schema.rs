//! The JSON schema of a desk file, for editors and pipelines.

use schemars::Schema;

use super::Desk;

/// The schema, draft 2020-12.
#[must_use]
pub fn schema() -> Schema {
    schemars::schema_for!(Desk)
}
