//! `/api/openapi.json` and `/api/docs`.

mod document;
mod page;
mod parameters;
mod schemathesis;
