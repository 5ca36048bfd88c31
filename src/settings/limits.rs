//! `Limits`: how much of everything.

use super::reader::Reader;

/// How much of everything a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `Limits:AttachmentBytes`: size of one file.
    pub attachment_bytes: u64,
    /// `Limits:FilesPerRequest`.
    pub files_per_request: usize,
    /// `Limits:BodyBytes`: size of everything in a request that is no file.
    pub body_bytes: usize,
    /// `Limits:MailBytes`: size of one mail.
    pub mail_bytes: u64,
    /// `Limits:Connections`: connections of clients open at once.
    pub connections: usize,
    /// `Limits:DatabaseConnections`: connections to the database; half of them writes, a quarter reads, a quarter serves lists.
    pub database_connections: u32,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            attachment_bytes: reader.number("Limits:AttachmentBytes", 1, 1 << 40),
            files_per_request: reader.number("Limits:FilesPerRequest", 1, 1000),
            body_bytes: reader.number("Limits:BodyBytes", 1024, 1 << 30),
            mail_bytes: reader.number("Limits:MailBytes", 1024, 1 << 28),
            connections: reader.number("Limits:Connections", 1, 1_000_000),
            database_connections: reader.number("Limits:DatabaseConnections", 2, 1000),
        }
    }
}
