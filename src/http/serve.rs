//! The accept loop. (Stub.)

use std::net::SocketAddr;

/// The other end of the connection; the accept loop puts it into the extensions of each request.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub SocketAddr);
