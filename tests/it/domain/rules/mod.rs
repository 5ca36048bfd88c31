pub(crate) mod any;
mod references;
