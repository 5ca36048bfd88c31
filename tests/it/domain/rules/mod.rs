pub(crate) mod any;
