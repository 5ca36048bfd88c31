//! What the operator sets. (Stub: the fields stand, reading them is under way.)

use std::path::PathBuf;

/// The settings of one server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `Urls`: where to listen, as `http://127.0.0.1:8080`.
    pub urls: String,
    /// `AppURL`: the address clients link to.
    pub app_url: String,
    /// `DataPath`: the folder of everything the server keeps.
    pub data_path: PathBuf,
    /// `ConnectionStrings:DBConnectionString`: the database, as [`crate::postgres::connection`] reads it; empty: a
    /// cluster of the server's own under `DataPath`.
    pub db_connection_string: String,
    /// `AttachmentsPath`: the folder of attachments; default `DataPath/attachments`.
    pub attachments_path: PathBuf,
    /// `DisableRateLimit`.
    pub disable_rate_limit: bool,
    /// `TrustedProxies`: addresses or networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
    /// `Cors:Origins`: origins a browser may call from; `*` is any.
    pub cors_origins: Vec<String>,
    /// `Limits`.
    pub limits: Limits,
}

/// `Limits`: how much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `Limits:AttachmentBytes`: size of one file.
    pub attachment_bytes: u64,
    /// `Limits:FilesPerRequest`.
    pub files_per_request: usize,
    /// `Limits:BodyBytes`: size of everything in a request that is no file.
    pub body_bytes: usize,
    /// `Limits:Connections`: connections open at once.
    pub connections: usize,
}
