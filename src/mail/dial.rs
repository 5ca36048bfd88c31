//! Connections to mail servers that an administrator named.

use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};

use crate::app::AppState;

/// For one address.
const EACH: Duration = Duration::from_secs(10);

/// A connection to the first address of the host that takes one. Errors: a sentence for an administrator.
pub(crate) async fn connect(app: &AppState, host: &str, port: u16) -> Result<TcpStream, String> {
    allow(app, host, port)?;
    let found = tokio::time::timeout(EACH, lookup_host((host, port))).await;
    let addresses = found
        .map_err(|_| format!("the address of {host} could not be found in time"))?
        .map_err(|error| format!("the address of {host} cannot be found: {error}"))?;
    let mut trouble = format!("{host} has no address");
    for address in addresses {
        allow(app, &address.ip().to_string(), port)?;
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

/// Whether the program may connect there. Checked for the name and for each address that is connected to.
fn allow(app: &AppState, host: &str, port: u16) -> Result<(), String> {
    let policy = app.outbound.policy();
    policy
        .check_host(host, port, false)
        .map_err(|refusal| format!("the host {host} {refusal}"))
}
