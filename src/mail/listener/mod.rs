//! Mail servers deliver to us, by SMTP or LMTP: only what is for an address of ours is taken, and it is acknowledged
//! after it was stored. What is delivered twice is stored once.

mod data;
mod deliver;
mod lines;
mod replies;
mod session;

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use self::session::Session;
use super::tls::Connection;
use crate::app::AppState;
use crate::http::caller::Network;
use crate::settings::{MailAddress, MailListener, Settings};

/// How long conversations have to come to an end.
const LAST_WORK: Duration = Duration::from_secs(15);

/// How long the loop rests when the system refuses connections: out of file descriptors, for one.
const REST: Duration = Duration::from_millis(100);

/// A socket on which mail servers find us.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    rules: Arc<Rules>,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// What holds for every conversation.
pub(super) struct Rules {
    settings: MailListener,
    networks: Vec<Network>,
    tls: Option<TlsAcceptor>,
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Listen where `MailListener:Address` says; none: nowhere. Errors name the setting.
pub async fn bind(settings: &Settings) -> anyhow::Result<Option<Listener>> {
    let own = &settings.mail_listener;
    let Some(address) = &own.address else {
        return Ok(None);
    };
    let rules = Rules {
        settings: own.clone(),
        networks: Network::parse_all(&own.allowed_networks)?,
        tls: own
            .tls
            .as_ref()
            .map(|(cert, key)| acceptor(cert, key))
            .transpose()?,
    };
    let socket = match address {
        MailAddress::Tcp(address) => TcpListener::bind(address).await.map(Socket::Tcp),
        MailAddress::Unix(path) => unix(path).map(Socket::Unix),
    };
    let socket = socket.with_context(|| {
        format!("cannot listen for mail at {address:?}: see the setting MailListener:Address")
    })?;
    let rules = Arc::new(rules);
    Ok(Some(Listener { socket, rules }))
}

/// A socket that everybody on this machine may deliver to, as on the loopback address. One that a killed server left is
/// taken away, one that somebody listens on is not.
fn unix(path: &Path) -> io::Result<UnixListener> {
    let is_socket = std::fs::metadata(path).is_ok_and(|known| known.file_type().is_socket());
    if is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))?;
    Ok(listener)
}

fn acceptor(certificate: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| {
            format!(
                "MailListener:TlsCertificate: cannot read {}",
                certificate.display()
            )
        })?;
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("MailListener:TlsKey: cannot read {}", key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("MailListener:TlsCertificate and MailListener:TlsKey do not fit")?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

impl Listener {
    /// The port that was taken, when it listens on one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match &self.socket {
            Socket::Tcp(listener) => listener.local_addr().ok().map(|address| address.port()),
            Socket::Unix(_) => None,
        }
    }

    /// Take mail until `stop`; returns when the conversations are over.
    pub async fn run(self, app: AppState, stop: CancellationToken) {
        let open = Arc::new(Semaphore::new(self.rules.settings.connections));
        let mut sessions = JoinSet::new();
        loop {
            while sessions.try_join_next().is_some() {}
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.socket.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "a connection of a mail server was lost");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            };
            let permit = Arc::clone(&open).try_acquire_owned();
            let rules = Arc::clone(&self.rules);
            let (app, stop) = (app.clone(), stop.clone());
            sessions.spawn(async move {
                if let Err(error) = converse(app, rules, stream, peer, permit.ok(), stop).await {
                    tracing::debug!(%error, "a conversation with a mail server broke off");
                }
            });
        }
        let ended = async { while sessions.join_next().await.is_some() {} };
        // What was not acknowledged by then is delivered again.
        let _ = tokio::time::timeout(LAST_WORK, ended).await;
    }
}

impl Socket {
    async fn accept(&self) -> io::Result<(Box<dyn Connection>, Option<SocketAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Answers are small: waiting for more of them only delays.
                let _ = stream.set_nodelay(true);
                Ok((Box::new(stream), Some(peer)))
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((Box::new(stream), None))
            }
        }
    }
}

async fn converse(
    app: AppState,
    rules: Arc<Rules>,
    mut stream: Box<dyn Connection>,
    peer: Option<SocketAddr>,
    permit: Option<OwnedSemaphorePermit>,
    stop: CancellationToken,
) -> io::Result<()> {
    let is_allowed = peer.is_none_or(|peer| {
        let networks = &rules.networks;
        networks.iter().any(|network| network.contains(peer.ip()))
    });
    let refusal: &[u8] = match (is_allowed, &permit) {
        (false, _) => b"554 5.7.1 You may not deliver here: see MailListener:AllowedNetworks\r\n",
        (true, None) => b"421 4.3.2 Too many connections, try again later\r\n",
        (true, Some(_)) => return Session::new(app, rules, stream, stop).run().await,
    };
    stream.write_all(refusal).await?;
    stream.shutdown().await
}
