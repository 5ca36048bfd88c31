//! Users. (Stub.)

pub mod password;
