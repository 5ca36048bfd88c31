mod bodies;
mod files;
mod values;
