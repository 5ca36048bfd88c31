//! `Urls`, `AppURL`, `TrustedProxies`, `Cors`, `Outbound`: who is reached where, and whose word counts.

use std::net::IpAddr;

use crate::domain::outbound_address::Policy;

use super::reader::Reader;

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// A name or an address; an IPv6 address without brackets.
    pub host: String,
    /// The port; 0 is any free one.
    pub port: u16,
}

impl Listen {
    /// Read an address of `Urls`. The error is to be read after the key.
    pub fn parse(urls: &str) -> Result<Self, String> {
        let urls = urls.trim_end_matches(['/', ';', ' ']);
        if urls.contains(';') {
            return Err("must be one address: put a proxy in front for more".into());
        }
        let Some((scheme, authority)) = urls.split_once("://") else {
            return Err(format!(
                "must be an address as http://127.0.0.1:8080, not \"{urls}\""
            ));
        };
        if !scheme.eq_ignore_ascii_case("http") {
            return Err("must begin with http://: put a proxy that speaks HTTPS in front".into());
        }
        let (host, port) = split_port(authority);
        let port = match port {
            None => 80,
            Some(port) => port
                .parse()
                .map_err(|_| format!("must end with a port from 0 to 65535, not \"{port}\""))?,
        };
        let host = match host {
            // As .NET spells "every network".
            "*" | "+" => "0.0.0.0",
            "" => return Err("must name an address to listen on".into()),
            host => host.trim_matches(['[', ']']),
        };
        if host.contains(['/', '?', '#', '@']) {
            return Err("must be an address without a path".into());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }

    /// The address as a person types it into a browser on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        match self.host.as_str() {
            "0.0.0.0" | "::" => format!("http://localhost:{}", self.port),
            host if host.contains(':') => format!("http://[{host}]:{}", self.port),
            host => format!("http://{host}:{}", self.port),
        }
    }
}

/// Host and port of `host:port`, where the host may be an IPv6 address in brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

pub(super) fn listen(reader: &mut Reader<'_>) -> Listen {
    Listen::parse(reader.text("Urls")).unwrap_or_else(|problem| {
        reader.problem("Urls", &problem);
        Listen {
            host: "127.0.0.1".into(),
            port: 0,
        }
    })
}

pub(super) fn app_url(reader: &mut Reader<'_>, listen: &Listen) -> String {
    let url = reader.text("AppURL").trim_end_matches('/');
    if url.is_empty() {
        return listen.url();
    }
    if !is_web_address(url) {
        reader.problem("AppURL", "must begin with http:// or https://");
    }
    url.to_owned()
}

pub(super) fn trusted_proxies(reader: &mut Reader<'_>) -> Vec<String> {
    networks(reader, "TrustedProxies")
}

/// A list of addresses and networks.
pub(super) fn networks(reader: &mut Reader<'_>, key: &str) -> Vec<String> {
    let networks = reader.list(key);
    for network in &networks {
        if !is_network(network) {
            reader.problem(
                key,
                &format!("must hold addresses or networks as 10.0.0.0/8, not \"{network}\""),
            );
        }
    }
    networks
}

pub(super) fn cors_origins(reader: &mut Reader<'_>) -> Vec<String> {
    let origins = reader.list("Cors:Origins");
    for origin in &origins {
        let host = origin.split_once("://").map(|(_, host)| host);
        // "null" is what any sandboxed page sends: to allow it is to allow everybody.
        let is_origin = host.is_some_and(|host| !host.is_empty() && !host.contains('/'));
        if origin != "*" && !is_origin {
            reader.problem(
                "Cors:Origins",
                &format!("must hold * or origins as https://portal.example, not \"{origin}\""),
            );
        }
    }
    origins
}

pub(super) fn outbound_allow(reader: &mut Reader<'_>) -> Vec<String> {
    let opened = reader.list("Outbound:Allow");
    if let Err(entry) = Policy::new(&opened, "") {
        reader.problem(
            "Outbound:Allow",
            &format!("must hold hosts with a port as hooks.internal:8080, not \"{entry}\""),
        );
    }
    opened
}

fn is_web_address(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, rest)| {
        (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
            && !rest.is_empty()
    })
}

fn is_network(text: &str) -> bool {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u8>().ok()),
        None => (text, Some(0)),
    };
    match (address.parse::<IpAddr>(), bits) {
        (Ok(IpAddr::V4(_)), Some(bits)) => bits <= 32,
        (Ok(IpAddr::V6(_)), Some(bits)) => bits <= 128,
        _ => false,
    }
}
