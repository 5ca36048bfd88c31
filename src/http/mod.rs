//! What every HTTP face shares. Knows nothing of tickets.

pub mod caller;
pub mod describe;
pub mod error;
pub mod gate;
pub mod limits;
pub mod params;
pub mod path_case;
pub mod reply;
pub mod request_log;
pub mod serve;
pub mod token;
pub mod uncancelled;
