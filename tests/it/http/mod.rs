mod params;
mod probe;
