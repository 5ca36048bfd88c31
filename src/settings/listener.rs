//! `MailListener`: mail servers deliver to us.

use std::path::PathBuf;

use super::network;
use super::reader::Reader;

/// What mail servers speak with us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailProtocol {
    /// As mail servers among each other.
    Smtp,
    /// As a mail server with its delivery agent: an answer for each recipient.
    Lmtp,
}

/// Where mail servers find us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailAddress {
    /// `127.0.0.1:2525`
    Tcp(String),
    /// `unix:/run/ferrodesk/lmtp.sock`
    Unix(PathBuf),
}

/// How mail servers deliver to us.
#[derive(Clone, Debug)]
pub struct MailListener {
    /// `MailListener:Address`; none: they do not.
    pub address: Option<MailAddress>,
    /// `MailListener:Protocol`.
    pub protocol: MailProtocol,
    /// `MailListener:AllowedNetworks`: who may, of those that come by TCP.
    pub allowed_networks: Vec<String>,
    /// `MailListener:Connections`: open at once.
    pub connections: usize,
    /// `MailListener:IdleSeconds`: for a command, or for the next piece of a mail.
    pub idle_seconds: u64,
    /// `MailListener:TlsCertificate` and `MailListener:TlsKey`: PEM files; none: no STARTTLS.
    pub tls: Option<(PathBuf, PathBuf)>,
}

impl MailListener {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            address: address(reader),
            protocol: protocol(reader),
            allowed_networks: network::networks(reader, "MailListener:AllowedNetworks"),
            connections: reader.number("MailListener:Connections", 1, 10_000),
            idle_seconds: reader.number("MailListener:IdleSeconds", 1, 3600),
            tls: tls(reader),
        }
    }
}

fn address(reader: &mut Reader<'_>) -> Option<MailAddress> {
    const KEY: &str = "MailListener:Address";
    let text = reader.text(KEY);
    if text.is_empty() {
        return None;
    }
    if let Some(path) = text.strip_prefix("unix:") {
        if !path.starts_with('/') {
            reader.problem(
                KEY,
                "must name a socket by its whole path, as unix:/run/ferrodesk/lmtp.sock",
            );
        }
        return Some(MailAddress::Unix(path.into()));
    }
    let port = text.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
    if !matches!(port, Some(Ok(_))) {
        reader.problem(
            KEY,
            "must be an address with a port as 127.0.0.1:2525, or unix:/path",
        );
    }
    Some(MailAddress::Tcp(text.to_owned()))
}

fn protocol(reader: &mut Reader<'_>) -> MailProtocol {
    const KEY: &str = "MailListener:Protocol";
    match reader.text(KEY).to_lowercase().as_str() {
        "smtp" => MailProtocol::Smtp,
        "lmtp" | "" => MailProtocol::Lmtp,
        _ => {
            reader.problem(KEY, "must be smtp or lmtp");
            MailProtocol::Lmtp
        }
    }
}

fn tls(reader: &mut Reader<'_>) -> Option<(PathBuf, PathBuf)> {
    let certificate = reader.text("MailListener:TlsCertificate");
    let key = reader.text("MailListener:TlsKey");
    if certificate.is_empty() != key.is_empty() {
        reader.problem(
            "MailListener:TlsKey",
            "and MailListener:TlsCertificate must both be given, or neither",
        );
    }
    (!certificate.is_empty()).then(|| (certificate.into(), key.into()))
}
