//! One log line a request. (Stub.)
