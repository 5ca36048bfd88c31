//! The accept loop. (Stub.)
