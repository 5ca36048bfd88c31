//! Configuration as code: a desk as a YAML file, in which things name each other by name, never by number.
//!
//! * [`desk`]: what the file may hold; [`schema()`] is made from it.
//! * [`source`]: from the text to what it holds, with the line and column of every part.
//! * `names`: names for numbers and numbers for names.
//! * `portable`: how each kind of [`administration`](crate::domain::administration) stands in the file.
//! * [`apply()`]: makes the desk what the file says, through the same services as the API; [`change`]: what that changed.
//! * [`export()`]: the file of a desk.
//!
//! What the file does not name stays as it is: an object, and a field of an object.

mod apply;
pub mod change;
pub mod desk;
mod desk_wide;
mod everything;
mod export;
mod mistake;
mod names;
mod objects;
mod portable;
mod repo;
mod schema;
pub mod source;
mod trouble;

pub use apply::{Refusal, apply};
pub use desk::Desk;
pub use export::export;
pub use mistake::Mistake;
pub use schema::schema;
pub use source::Source;

/// The keys of a file, in the order in which they are written.
pub const KEYS: [&str; 12] = [
    "settings",
    "departments",
    "companies",
    "staff",
    "technician_groups",
    "business_hours",
    "sections",
    "categories",
    "statuses",
    "custom_fields",
    "comment_templates",
    "rules",
];
