//! The command line. (Stub.)
