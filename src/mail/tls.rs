//! TLS to mail servers, with the certificates that the system trusts and those of `Mail:CaFile`.

use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A connection, plain or by TLS.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Unpin + Send + Sync {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Connection for T {}

/// The certificates of the system; `SSL_CERT_FILE` names others. They are read once.
static SYSTEM: LazyLock<RootCertStore> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    roots
});

/// TLS over a connection, to the server of this name; `ca_file` may be empty. Errors: the server's certificate is not
/// trusted, or not of this name.
pub(crate) async fn connect<S>(host: &str, ca_file: &str, stream: S) -> io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots(ca_file)?)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

fn roots(ca_file: &str) -> io::Result<RootCertStore> {
    let mut roots = SYSTEM.clone();
    if !ca_file.is_empty() {
        let unread = |error| io::Error::other(format!("Mail:CaFile cannot be read: {error}"));
        for certificate in CertificateDer::pem_file_iter(Path::new(ca_file)).map_err(unread)? {
            roots
                .add(certificate.map_err(unread)?)
                .map_err(|error| io::Error::other(format!("Mail:CaFile: {error}")))?;
        }
    }
    if roots.is_empty() {
        return Err(io::Error::other(
            "no certificate is trusted: install ca-certificates",
        ));
    }
    Ok(roots)
}
