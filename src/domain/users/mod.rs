//! Users. (Stub.)

pub mod credentials;
pub mod password;
