//! General methods.
