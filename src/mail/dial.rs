//! Connections to mail servers that an administrator named: out in the world, or opened by the operator.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};

use crate::app::AppState;
use crate::domain::outbound_address::check_address;

/// For the look-up, and for the connection to one address.
const EACH: Duration = Duration::from_secs(10);

/// A connection to the first address of the host that takes one. Errors: a sentence for an administrator.
pub(crate) async fn connect(app: &AppState, host: &str, port: u16) -> Result<TcpStream, String> {
    let mut trouble = format!("{host} has no address");
    for address in addresses(app, host, port).await? {
        match tokio::time::timeout(EACH, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Commands are small: waiting for more of them only delays.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => trouble = format!("cannot connect to {host}, port {port}: {error}"),
            Err(_) => trouble = format!("{host}, port {port}, does not answer"),
        }
    }
    Err(trouble)
}

/// Looked up once, all of them checked; only what was checked is connected to.
async fn addresses(app: &AppState, host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let refused = |refusal| format!("the server {host} {refusal}");
    let policy = app.outbound.policy();
    policy.check_host(host, port, true).map_err(refused)?;
    let found = tokio::time::timeout(EACH, lookup_host((host, port))).await;
    let found: Vec<SocketAddr> = found
        .map_err(|_| format!("the address of {host} could not be found in time"))?
        .map_err(|error| format!("the address of {host} cannot be found: {error}"))?
        .collect();
    if !policy.opens(host, port) {
        for address in &found {
            check_address(address.ip()).map_err(refused)?;
        }
    }
    Ok(found)
}
