//! The PostgreSQL cluster of the server, or the way to an outside one. (Stub.)
