//! API tokens. (Stub.)
