mod bodies;
mod files;
mod noise;
mod values;
