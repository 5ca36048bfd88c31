//! The look-up of names: once for each connection, and what it gives is all that is connected to.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::domain::outbound_address::check_address;

/// What a look-up gives, when it is done.
pub type Addresses = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Finds the addresses of a name.
pub trait Lookup: fmt::Debug + Send + Sync + 'static {
    /// All of them. Errors: there is no such name, or nobody knows.
    fn addresses(&self, name: String) -> Addresses;
}

/// The look-up of the system.
#[derive(Clone, Copy, Debug)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn addresses(&self, name: String) -> Addresses {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Names all of whose addresses are public. One that is not spoils the others: whoever mixes them has a reason.
#[derive(Debug)]
pub(super) struct Checked(pub(super) Arc<dyn Lookup>);

/// Names of hosts that the operator opened.
#[derive(Debug)]
pub(super) struct Unchecked(pub(super) Arc<dyn Lookup>);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.0.addresses(name.as_str().to_owned());
        Box::pin(async move {
            let found = found.await?;
            for address in &found {
                check_address(*address)?;
            }
            Ok(at_the_port_of_the_url(found))
        })
    }
}

impl Resolve for Unchecked {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.0.addresses(name.as_str().to_owned());
        Box::pin(async move { Ok(at_the_port_of_the_url(found.await?)) })
    }
}

/// The client puts the port of the address in the place of 0.
fn at_the_port_of_the_url(found: Vec<IpAddr>) -> Addrs {
    Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)))
}
