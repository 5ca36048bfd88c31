//! A mail server for tests: it keeps what it is sent, and answers as it is told to.
//!
//! ```ignore
//! let sink = SmtpSink::start().await;
//! sink.once(At::Recipient("bob@x.test"), Act::reply("550 no such user"));
//! …
//! let mail = sink.wait_for(1).await.remove(0);
//! assert_eq!(mail.header("Subject"), Some("Hello".into()));
//! ```

mod session;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferrodesk::domain::mail_settings::{Outgoing, Security};
use ferrodesk::settings::Settings;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// A moment of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// The client has connected and waits for the greeting.
    Greeting,
    /// The client logs in.
    Auth,
    /// `MAIL FROM`.
    Sender,
    /// `RCPT TO` with this address.
    Recipient(String),
    /// `RCPT TO` with any address.
    AnyRecipient,
    /// `DATA`.
    Data,
    /// The mail has come to its end and was kept.
    Message,
}

impl At {
    pub(crate) fn recipient(address: &str) -> Self {
        Self::Recipient(address.to_owned())
    }
}

/// What the server does instead of what is usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Answers this.
    Reply(String),
    /// Hangs up without a word.
    HangUp,
    /// Answers as usual and hangs up.
    ReplyAndHangUp,
    /// Says nothing until [`SmtpSink::release`].
    Hold,
    /// Answers as usual, a byte at a time with this pause before each.
    Slowly(Duration),
}

impl Act {
    pub(crate) fn reply(text: &str) -> Self {
        Self::Reply(text.to_owned())
    }
}

/// A mail as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReceivedMail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// The message, dots unstuffed.
    pub(crate) raw: String,
    /// It came through TLS.
    pub(crate) tls: bool,
    /// The name that was logged in with.
    pub(crate) login: Option<String>,
    /// The server said 250 to it (as far as it knows, the client heard it).
    pub(crate) accepted: bool,
}

impl ReceivedMail {
    /// The value of a header, unfolded.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        unfolded.split("\r\n").find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    }

    pub(crate) fn message_id(&self) -> String {
        self.header("Message-ID").expect("a Message-ID")
    }

    /// What follows the headers.
    pub(crate) fn body(&self) -> &str {
        self.raw.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }
}

/// How the server is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// In the open; no STARTTLS.
    #[default]
    None,
    /// STARTTLS is offered, and needed to log in.
    StartTls,
    /// From the first byte.
    Tls,
}

/// How a client logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    /// With name and password, by PLAIN or LOGIN.
    Password(&'static str, &'static str),
    /// With name and a bearer token, by XOAUTH2.
    Token(&'static str, &'static str),
}

/// What a sink is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kind {
    pub(crate) encryption: Encryption,
    /// None: nobody need log in, nobody can.
    pub(crate) login: Option<Login>,
}

#[derive(Debug)]
struct Order {
    at: At,
    act: Act,
    /// How often it still holds; none: always.
    left: Option<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Shared {
    mails: Mutex<Vec<ReceivedMail>>,
    orders: Mutex<Vec<Order>>,
    connections: AtomicUsize,
    /// Something happened.
    news: Notify,
    release: Notify,
}

impl Shared {
    fn order(&self, at: &At) -> Option<Act> {
        let mut orders = self.orders.lock().unwrap();
        let place = orders.iter().position(|order| {
            order.at == *at || order.at == At::AnyRecipient && matches!(at, At::Recipient(_))
        })?;
        let act = orders[place].act.clone();
        if let Some(left) = &mut orders[place].left {
            *left -= 1;
            if *left == 0 {
                orders.remove(place);
            }
        }
        Some(act)
    }
}

/// A mail server on a free port of this machine.
pub(crate) struct SmtpSink {
    pub(crate) address: SocketAddr,
    /// The certificate to trust, in PEM; it is for `localhost` and 127.0.0.1.
    pub(crate) certificate: String,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

/// How long tests wait for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

impl SmtpSink {
    /// A server in the open, for anybody.
    pub(crate) async fn start() -> Self {
        Self::start_as(Kind::default()).await
    }

    pub(crate) async fn start_as(kind: Kind) -> Self {
        Self::listen(kind, "127.0.0.1:0".parse().unwrap()).await
    }

    /// A server where another one was: it is up again.
    pub(crate) async fn listen(kind: Kind, address: SocketAddr) -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.unwrap())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let server = tokio::spawn(serve(listener, kind, acceptor, Arc::clone(&shared)));
        Self {
            address,
            certificate: made.cert.pem(),
            shared,
            server,
        }
    }

    /// Mail of these settings goes here.
    pub(crate) fn takes_mail_of(&self, settings: &mut Settings) {
        settings.mail.outgoing = Outgoing {
            host: self.address.ip().to_string(),
            port: self.address.port(),
            security: Security::None,
            from_address: "desk@desk.test".to_owned(),
            attachments_up_to_mb: 10,
            of_operator: true,
            ..Outgoing::default()
        };
    }

    /// From now on, `act` at this moment.
    pub(crate) fn always(&self, at: At, act: Act) {
        self.order(at, act, None);
    }

    /// `act` the next time that this moment comes.
    pub(crate) fn once(&self, at: At, act: Act) {
        self.order(at, act, Some(1));
    }

    fn order(&self, at: At, act: Act, left: Option<usize>) {
        let mut orders = self.shared.orders.lock().unwrap();
        orders.push(Order { at, act, left });
    }

    /// Everything as usual again.
    pub(crate) fn as_usual(&self) {
        self.shared.orders.lock().unwrap().clear();
        self.release();
    }

    /// Let those go on who are held.
    pub(crate) fn release(&self) {
        self.shared.release.notify_waiters();
    }

    /// Every mail that was sent to its end, accepted or not, in order.
    pub(crate) fn mails(&self) -> Vec<ReceivedMail> {
        self.shared.mails.lock().unwrap().clone()
    }

    /// How many mails were sent to their end.
    pub(crate) fn count(&self) -> usize {
        self.shared.mails.lock().unwrap().len()
    }

    /// How often somebody connected.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// All mails, as soon as there are `count` of them.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<ReceivedMail> {
        self.wait_until(PATIENCE, |sink| sink.count() >= count)
            .await;
        self.mails()
    }

    /// Wait until `holds`; it is looked at whenever something happened here.
    pub(crate) async fn wait_until(&self, patience: Duration, holds: impl Fn(&Self) -> bool) {
        let waited = tokio::time::timeout(patience, async {
            loop {
                let news = self.shared.news.notified();
                tokio::pin!(news);
                news.as_mut().enable();
                if holds(self) {
                    return;
                }
                news.await;
            }
        });
        assert!(
            waited.await.is_ok(),
            "only {} mails came, over {} connections",
            self.count(),
            self.connections()
        );
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, kind: Kind, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    // Whoever aborts the server ends its conversations too.
    let mut sessions = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        stream.set_nodelay(true).unwrap();
        shared.connections.fetch_add(1, Ordering::SeqCst);
        shared.news.notify_waiters();
        let (kind, acceptor, shared) = (kind.clone(), acceptor.clone(), Arc::clone(&shared));
        sessions.spawn(async move {
            // A client that breaks off is what some tests are about.
            let _ = session::talk(stream, kind, acceptor, shared).await;
        });
        while sessions.try_join_next().is_some() {}
    }
}
