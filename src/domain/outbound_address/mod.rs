//! Which addresses the program may call on behalf of administrators: webhooks, the requests of rules.
//!
//! Whoever may name an address would otherwise look through this server into the network behind it: its metadata service,
//! its databases, this server itself. What is said here of a name holds when it is saved; what its look-up gives is
//! checked when it is called, at every call, and only what was checked is connected to.

mod ranges;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use url::{Host, Url};

use crate::error::Error;

pub use ranges::is_public;

/// Ports on which something else than a web server listens: mail, databases, remote shells.
const OTHER_SERVICES: [u16; 58] = [
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 79, 88, 109, 110, 111,
    113, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 587, 636,
    873, 993, 995, 1433, 1521, 2049, 2375, 3306, 3389, 5432, 5672, 6379, 9042, 10250, 11211, 27017,
];

/// Names of this machine that need no look-up.
const THIS_MACHINE: [&str; 4] = [
    "localhost",
    "localhost.localdomain",
    "ip6-localhost",
    "ip6-loopback",
];

/// Why an address is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("is not an address as https://receiver.example/path")]
    Unreadable,
    /// Neither http nor https.
    #[error("must begin with http:// or https://")]
    Scheme,
    /// `https://somebody:password@…`
    #[error("must not hold a user name or password before the host")]
    Userinfo,
    /// `receiver.example.`
    #[error("must name its host without a dot at the end")]
    TrailingDot,
    /// The port of another service.
    #[error("must not name the port {0}, on which something else than a web server listens")]
    Port(u16),
    /// This server.
    #[error("is this helpdesk itself")]
    Own,
    /// It leads into the network of this server.
    #[error(
        "leads to an internal address; an administrator of the machine may open a host and port by Outbound:Allow"
    )]
    Internal,
}

impl Refusal {
    /// As the error of a parameter.
    #[must_use]
    pub fn at(self, parameter: &'static str) -> Error {
        Error::invalid(parameter, self.to_string())
    }
}

/// How an address may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// If everything that its host's name stands for is public.
    Guarded,
    /// Wherever it leads: the operator opened this host and port.
    Opened,
}

/// What the operator allows.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    opened: Vec<(Host<String>, u16)>,
    own: Option<Host<String>>,
}

impl Policy {
    /// Of entries as `host:port` and the address of this server. Errors: the first entry that is none.
    pub fn new(opened: &[String], app_url: &str) -> Result<Self, String> {
        let opened = opened
            .iter()
            .map(|entry| host_and_port(entry).ok_or_else(|| entry.clone()));
        let own = Url::parse(app_url).ok();
        let own = own.and_then(|url| url.host().map(|host| host.to_owned()));
        Ok(Self {
            opened: opened.collect::<Result<_, _>>()?,
            own,
        })
    }

    /// An address as a person wrote it. Errors: it may not be called, whatever its name stands for.
    pub fn check_text(&self, text: &str) -> Result<Url, Refusal> {
        let url = Url::parse(text).map_err(|_| Refusal::Unreadable)?;
        self.check_url(&url)?;
        Ok(url)
    }

    /// Whether an address may be called, as far as it can be told without a look-up of its name.
    pub fn check_url(&self, url: &Url) -> Result<Way, Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Userinfo);
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(Refusal::Unreadable);
        };
        let host = host.to_owned();
        if self.is_opened(&host, port) {
            return Ok(Way::Opened);
        }
        if OTHER_SERVICES.contains(&port) {
            return Err(Refusal::Port(port));
        }
        if self.own.as_ref() == Some(&host) {
            return Err(Refusal::Own);
        }
        check_bare_host(&host)?;
        Ok(Way::Guarded)
    }

    /// The server of a mailbox or of outgoing mail, which is often within the network: only what no server can be is
    /// refused, unless `strict` is set.
    pub fn check_host(&self, host: &str, port: u16, strict: bool) -> Result<(), Refusal> {
        let host = Host::parse(host)
            .or_else(|_| Host::parse(&format!("[{host}]")))
            .map_err(|_| Refusal::Unreadable)?;
        if port == 0 {
            return Err(Refusal::Port(port));
        }
        if self.is_opened(&host, port) {
            return Ok(());
        }
        let address = match &host {
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address)),
            Host::Domain(_) => None,
        };
        if address.is_some_and(ranges::is_no_server) {
            return Err(Refusal::Internal);
        }
        if strict {
            check_bare_host(&host)
        } else {
            Ok(())
        }
    }

    /// The operator opened this host and port, wherever it leads.
    #[must_use]
    pub fn opens(&self, host: &str, port: u16) -> bool {
        let host = Host::parse(host).or_else(|_| Host::parse(&format!("[{host}]")));
        host.is_ok_and(|host| self.is_opened(&host, port))
    }

    fn is_opened(&self, host: &Host<String>, port: u16) -> bool {
        self.opened
            .iter()
            .any(|(opened, at)| opened == host && *at == port)
    }
}

/// A host as it is written, before any look-up.
fn check_bare_host(host: &Host<String>) -> Result<(), Refusal> {
    match host {
        Host::Ipv4(address) => check_address(IpAddr::V4(*address)),
        Host::Ipv6(address) => check_address(IpAddr::V6(*address)),
        Host::Domain(name) if name.ends_with('.') => Err(Refusal::TrailingDot),
        Host::Domain(name) => {
            let is_this_machine =
                THIS_MACHINE.contains(&name.as_str()) || name.ends_with(".localhost");
            if is_this_machine {
                Err(Refusal::Internal)
            } else {
                Ok(())
            }
        }
    }
}

/// Whether an address, as a look-up gave it or as somebody wrote it, is out in the world.
pub fn check_address(address: IpAddr) -> Result<(), Refusal> {
    if is_public(address) {
        Ok(())
    } else {
        Err(Refusal::Internal)
    }
}

/// `host:port`, where the host may be an IPv6 address in brackets.
fn host_and_port(entry: &str) -> Option<(Host<String>, u16)> {
    let (host, port) = entry.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    let host = Host::parse(host).ok()?;
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let sound = !matches!(&host, Host::Domain(name) if !name.chars().all(is_of_name));
    sound.then_some((host, port))
}

/// An address as logs and lists show it: without what may be a secret.
#[must_use]
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail for addresses that have no host, which have none of these either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}
