mod params;
mod path_case;
pub(crate) mod probe;
mod properties;
mod request_log;
mod serve;
