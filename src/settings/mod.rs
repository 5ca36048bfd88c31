//! What the operator sets: `appsettings.json` in the .NET way.
//!
//! Three layers, later ones over earlier ones, key by key: the file at the root of the project, which is built in and
//! holds every default; the operator's file; the environment. [`layers`] merges them, the structs here give the
//! values their types. A wrong value refuses to start and names its key; an unknown key is a warning, because
//! existing installations bring keys of their own.

mod bootstrap;
mod incoming;
mod jobs;
pub mod layers;
mod limits;
mod listener;
mod logging;
mod mail;
mod network;
mod reader;
mod security;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context;

pub use bootstrap::Bootstrap;
pub use incoming::Incoming;
pub use jobs::Jobs;
pub use layers::Layers;
pub use limits::Limits;
pub use listener::{MailAddress, MailListener, MailProtocol};
pub use logging::{LogFormat, Logging};
pub use mail::Mail;
pub use network::Listen;

use reader::Reader;

/// The settings of one server.
#[derive(Clone)]
pub struct Settings {
    /// `Urls`: where to listen, as `http://127.0.0.1:8080`.
    pub urls: String,
    /// `AppURL`: the address clients link to.
    pub app_url: String,
    /// `DataPath`: the folder of everything the server keeps; absolute.
    pub data_path: PathBuf,
    /// `ConnectionStrings:DBConnectionString`: an outside database; empty: the cluster under `DataPath`.
    pub db_connection_string: String,
    /// `AttachmentsPath`: the folder of attachments; default `DataPath/attachments`.
    pub attachments_path: PathBuf,
    /// `DisableRateLimit`.
    pub disable_rate_limit: bool,
    /// `DisableMailChecker`: no mailbox is read.
    pub disable_mail_checker: bool,
    /// `TrustedProxies`: addresses or networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
    /// `Cors:Origins`: origins a browser may call from; `*` is any.
    pub cors_origins: Vec<String>,
    /// `Outbound:Allow`: internal hosts with their ports that webhooks and rules may call, as `host:port`.
    pub outbound_allow: Vec<String>,
    /// `Bootstrap`: the first administrator.
    pub bootstrap: Bootstrap,
    /// `Security:InstanceKey`: 32 bytes in base64; none: the one kept under `DataPath`.
    pub instance_key: Option<String>,
    /// `Jobs`.
    pub jobs: Jobs,
    /// `Mail`, as far as it is about mail that comes in.
    pub incoming: Incoming,
    /// `Limits`.
    pub limits: Limits,
    /// `Mail`.
    pub mail: Mail,
    /// `MailListener`.
    pub mail_listener: MailListener,
    /// `Logging`.
    pub logging: Logging,
}

/// Where the data lies unless `DataPath` says otherwise. PostgreSQL's user cannot reach a folder under root's home,
/// so root gets one that it can.
fn default_data_path() -> &'static str {
    if nix::unistd::geteuid().is_root() {
        "/var/lib/ferrodesk"
    } else {
        "data"
    }
}

impl Settings {
    /// Give the merged layers their types. Errors: every wrong value, each on a line that names its key.
    pub fn read(layers: &Layers) -> anyhow::Result<Self> {
        let mut reader = Reader::new(layers);
        let listen = network::listen(&mut reader);
        let data_path = absolute(reader.text("DataPath"), Path::new(default_data_path()))?;
        let settings = Self {
            app_url: network::app_url(&mut reader, &listen),
            urls: reader.text("Urls").to_owned(),
            attachments_path: absolute(
                reader.text("AttachmentsPath"),
                &data_path.join("attachments"),
            )?,
            data_path,
            db_connection_string: reader
                .text("ConnectionStrings:DBConnectionString")
                .to_owned(),
            disable_rate_limit: reader.switch("DisableRateLimit"),
            disable_mail_checker: reader.switch("DisableMailChecker"),
            trusted_proxies: network::trusted_proxies(&mut reader),
            cors_origins: network::cors_origins(&mut reader),
            outbound_allow: network::outbound_allow(&mut reader),
            bootstrap: Bootstrap::read(&mut reader),
            instance_key: security::instance_key(&mut reader),
            jobs: Jobs::read(&mut reader),
            incoming: Incoming::read(&mut reader),
            limits: Limits::read(&mut reader),
            mail: Mail::read(&mut reader),
            mail_listener: MailListener::read(&mut reader),
            logging: Logging::read(&mut reader),
        };
        reader.finish()?;
        Ok(settings)
    }

    /// The defaults, with everything the server keeps in `folder`.
    pub fn default_in(folder: &Path) -> anyhow::Result<Self> {
        let mut layers = Layers::defaults()?;
        layers.set("DataPath", &folder.to_string_lossy());
        Self::read(&layers)
    }

    /// Where to listen.
    pub fn listen(&self) -> anyhow::Result<Listen> {
        Listen::parse(&self.urls).map_err(|problem| anyhow::anyhow!("Urls {problem}"))
    }
}

/// `path`, or `otherwise` when empty, seen from the working folder.
fn absolute(path: &str, otherwise: &Path) -> anyhow::Result<PathBuf> {
    let path = if path.is_empty() {
        otherwise
    } else {
        Path::new(path)
    };
    std::path::absolute(path).with_context(|| format!("cannot find {}", path.display()))
}

impl fmt::Debug for Settings {
    /// Without passwords and keys: settings end in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("urls", &self.urls)
            .field("app_url", &self.app_url)
            .field("data_path", &self.data_path)
            .field("attachments_path", &self.attachments_path)
            .field("limits", &self.limits)
            .field("logging", &self.logging)
            .finish_non_exhaustive()
    }
}
