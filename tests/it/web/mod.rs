//! Pages for people.

mod lost_password;
