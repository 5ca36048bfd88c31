//! The bytes of attachments. (Stub.)

/// Where attachments lie.
#[derive(Debug)]
pub struct Storage {}

/// A file of a request, on disk under a temporary name.
#[derive(Debug)]
pub struct Upload {}
