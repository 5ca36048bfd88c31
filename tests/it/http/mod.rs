mod params;
mod path_case;
mod probe;
mod request_log;
mod serve;
