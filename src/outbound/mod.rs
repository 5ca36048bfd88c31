//! The one HTTP client of the program: whatever calls an address that an administrator named calls it by this.
//!
//! The address is checked when it is called (what may be called: [`crate::domain::outbound_address`]), a name is looked up
//! once and every address of it checked, and only those are connected to. Redirects are not followed, proxies of the
//! environment not used, and a receiver gets ten seconds for everything.

mod resolver;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect;
use url::Url;

use crate::domain::outbound_address::{Policy, Refusal, Way};
use crate::settings::Settings;

pub use resolver::{Addresses, Lookup, SystemLookup};
use resolver::{Checked, Unchecked};

/// For a request and its answer, from the look-up of the name to the last byte that is read.
const TOTAL: Duration = Duration::from_secs(10);
/// For the connection.
const CONNECT: Duration = Duration::from_secs(5);
/// A connection waits so long for the next request.
const IDLE: Duration = Duration::from_secs(20);
/// Connections that wait, of one receiver.
const IDLE_EACH: usize = 32;
/// As much of an answer is read: the connection serves the next request only if that was all.
const READ: usize = 64 * 1024;
/// As much of an answer is kept.
const KEPT: usize = 1024;

/// Headers that belong to the connection, not to whoever sends a request.
const OF_CONNECTION: [&str; 9] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization",
];

/// The client.
#[derive(Clone)]
pub struct Outbound {
    policy: Policy,
    guarded: reqwest::Client,
    opened: reqwest::Client,
}

/// A request.
#[derive(Clone)]
pub struct Call {
    /// Its verb, in capitals.
    pub method: String,
    /// Where it goes.
    pub url: String,
    /// Its headers; those of the connection are left out.
    pub headers: Vec<(String, String)>,
    /// Its body; may be empty.
    pub body: String,
}

/// What the receiver answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The beginning of the body, as text: a kilobyte unless more was asked for.
    pub body: String,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The address may not be called.
    #[error("refused: the address {0}")]
    Refused(#[from] Refusal),
    /// The request cannot be sent as it is.
    #[error("refused: the request has a verb or a header that HTTP cannot send")]
    Malformed,
    /// There was no whole answer in ten seconds.
    #[error("time-out: no whole answer within 10 seconds")]
    TimedOut,
    /// No connection.
    #[error("cannot connect")]
    Unreachable,
    /// The connection broke, or what came was no HTTP.
    #[error("the connection broke before there was an answer")]
    Broken,
}

impl Outbound {
    /// With the look-up of the system.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        Self::with_lookup(settings, Arc::new(SystemLookup))
    }

    /// With another look-up of names.
    pub fn with_lookup(settings: &Settings, lookup: Arc<dyn Lookup>) -> anyhow::Result<Self> {
        // Whoever was quicker installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = Policy::new(&settings.outbound_allow, &settings.app_url).map_err(|entry| {
            anyhow::anyhow!("Outbound:Allow holds \"{entry}\", which is not host:port")
        })?;
        Ok(Self {
            policy,
            guarded: client(Checked(Arc::clone(&lookup)))?,
            opened: client(Unchecked(lookup))?,
        })
    }

    /// What may be called.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Send a request. Whatever the status of the answer, it is an answer. Errors: there was none.
    pub async fn call(&self, call: Call) -> Result<Answer, Failure> {
        self.call_keeping(call, KEPT).await
    }

    /// [`Outbound::call`], for answers that are more than a status: so many bytes of the body are kept.
    pub async fn call_keeping(&self, call: Call, bytes: usize) -> Result<Answer, Failure> {
        let url = Url::parse(&call.url).map_err(|_| Refusal::Unreadable)?;
        let client = match self.policy.check_url(&url)? {
            Way::Guarded => &self.guarded,
            Way::Opened => &self.opened,
        };
        let method =
            reqwest::Method::from_bytes(call.method.as_bytes()).map_err(|_| Failure::Malformed)?;
        let request = client.request(method, url).headers(headers(&call.headers)?);
        let request = if call.body.is_empty() {
            request
        } else {
            request.body(call.body)
        };
        match tokio::time::timeout(TOTAL, answer(request, bytes.min(READ))).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::TimedOut),
        }
    }
}

fn client<R: reqwest::dns::Resolve + 'static>(resolver: R) -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(concat!("Ferrodesk/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(resolver))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .referer(false)
        .http1_only()
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(IDLE_EACH)
        .build()
        .context("cannot build the HTTP client")
}

fn headers(given: &[(String, String)]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::with_capacity(given.len());
    for (name, value) in given {
        if OF_CONNECTION
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own))
        {
            continue;
        }
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Failure::Malformed)?;
        let value = HeaderValue::from_str(value).map_err(|_| Failure::Malformed)?;
        headers.append(name, value);
    }
    Ok(headers)
}

async fn answer(request: reqwest::RequestBuilder, most: usize) -> Result<Answer, Failure> {
    let mut response = request.send().await.map_err(|error| failure(&error))?;
    let retry_after = response.headers().get(reqwest::header::RETRY_AFTER);
    let retry_after = retry_after
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let (mut read, mut kept) = (0_usize, Vec::new());
    // The status says what became of the request: a body that breaks off changes nothing of it, unless by never ending.
    while let Some(chunk) = response.chunk().await.or_else(|error| {
        if error.is_timeout() {
            Err(Failure::TimedOut)
        } else {
            Ok(None)
        }
    })? {
        let room = most.saturating_sub(kept.len());
        kept.extend(chunk.iter().take(room));
        read = read.saturating_add(chunk.len());
        if read >= READ {
            break;
        }
    }
    Ok(Answer {
        status: response.status().as_u16(),
        retry_after,
        // PostgreSQL stores no zero byte.
        body: String::from_utf8_lossy(&kept).replace('\0', "\u{fffd}"),
    })
}

/// Without the words of the error: they hold the address.
fn failure(error: &reqwest::Error) -> Failure {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(refusal) = cause.downcast_ref::<Refusal>() {
            return Failure::Refused(*refusal);
        }
        source = cause.source();
    }
    if error.is_connect() {
        Failure::Unreachable
    } else if error.is_timeout() {
        Failure::TimedOut
    } else {
        Failure::Broken
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Call {
    /// Without the address, the headers and the body: each may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}
