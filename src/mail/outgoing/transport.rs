//! The connections to one mail server, as long as the settings stay.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use crate::app::App;
use crate::domain::keys::Keys;
use crate::domain::mail_settings::{self, Login, Outgoing, Security};
use crate::domain::outbound_address::check_address;
use crate::domain::{Db, Error};
use crate::outbound::Outbound;

use super::failure::{Failure, Meaning, Step};
use super::line::{Line, Place, Proof};
use super::message::Message;
use super::oauth2::Tokens;

/// How long one failure to connect stands for all who would connect just now.
const SAME_FAILURE: Duration = Duration::from_secs(1);
/// A slow line takes so many bytes a second at least.
const BYTES_A_SECOND: usize = 64 * 1024;

/// The way to one server.
pub(crate) struct Transport {
    /// What it was made from.
    pub(crate) settings: Outgoing,
    tls: Option<TlsParameters>,
    hello: ClientId,
    patience: Duration,
    free: Semaphore,
    idle: Mutex<Vec<Line>>,
    tokens: Tokens,
    refused: Mutex<Option<(Instant, Failure)>>,
    outbound: Outbound,
    db: Db,
    keys: Keys,
    stored_at: Option<DateTime<Utc>>,
    /// The refresh token as the settings had it when they were last read.
    read: Mutex<String>,
}

impl Transport {
    /// For these settings. Errors: a file of certificates that cannot be used.
    pub(super) fn new(
        settings: Outgoing,
        stored_at: Option<DateTime<Utc>>,
        app: &App,
    ) -> Result<Self, Failure> {
        let mail = &app.settings.mail;
        let tls = match settings.security {
            Security::None => None,
            Security::Starttls | Security::Tls => Some(tls(&settings.host, &mail.ca_file)?),
        };
        Ok(Self {
            tls,
            hello: hello(&app.settings.app_url),
            patience: Duration::from_secs(mail.timeout_seconds),
            free: Semaphore::new(mail.connections),
            idle: Mutex::default(),
            tokens: Tokens::default(),
            refused: Mutex::default(),
            outbound: app.outbound.clone(),
            db: app.db.clone(),
            keys: app.keys.clone(),
            stored_at,
            read: Mutex::new(match &settings.login {
                Login::OAuth2(oauth2) => oauth2.refresh_token.clone(),
                _ => String::new(),
            }),
            settings,
        })
    }

    /// Send a mail; `told` hears of each step that is done. A connection that was used before may have been closed by the
    /// server meanwhile: then there is another one.
    ///
    /// Whoever gives up after the whole mail went over does not know whether it was taken, and would send it again: for that
    /// answer there is ten times the time, as RFC 5321 has it, unless `is_hurried`.
    pub(super) async fn send(
        &self,
        message: &Message,
        is_hurried: bool,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(), Failure> {
        let _turn =
            self.free.acquire().await.map_err(|error| {
                Failure::new(Step::Connection, Meaning::Later, error.to_string())
            })?;
        let large = message.bytes.len() / BYTES_A_SECOND;
        let large = Duration::from_secs(u64::try_from(large).unwrap_or(u64::MAX));
        let mut patience = self.patience + large;
        let (steps, mut done) = tokio::sync::watch::channel(Step::Settings);
        let mut noted = |step| {
            steps.send_replace(step);
            told(step);
        };
        let sending = self.send_in_time(message, &mut noted);
        tokio::pin!(sending);
        let begun = Instant::now();
        loop {
            tokio::select! {
                biased;
                sent = &mut sending => return sent,
                () = tokio::time::sleep_until(begun + patience) => {}
            }
            let last = *done.borrow_and_update();
            let longer = self.patience * 10 + large;
            if last < Step::Recipient || is_hurried || patience >= longer {
                let seconds = patience.as_secs();
                let text = format!("no answer within {seconds} seconds");
                return Err(Failure::new(
                    next(last, &self.settings),
                    Meaning::Server,
                    text,
                ));
            }
            patience = longer;
        }
    }

    async fn send_in_time(
        &self,
        message: &Message,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(), Failure> {
        let mut line = match self.take() {
            Some(line) => line,
            None => self.open(told).await?,
        };
        loop {
            let was_used = line.is_used();
            match line.send(message, told).await {
                Err(failure) if was_used && failure.is_of_old_connection() => {
                    line = self.open(told).await?;
                }
                Err(failure) if failure.is_broken => return Err(failure),
                done => {
                    self.put(line);
                    return done;
                }
            }
        }
    }

    /// See whether the server takes connections and the login, without a mail.
    pub(super) async fn probe(&self) -> Result<(), Failure> {
        let opened = timeout(self.patience, self.open_now(&mut |_| ())).await;
        let line = opened
            .map_err(|_| Failure::new(Step::Connection, Meaning::Server, "no answer in time"))??;
        self.put(line);
        Ok(())
    }

    fn take(&self) -> Option<Line> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(line) = idle.pop() {
            if line.is_good() {
                return Some(line);
            }
            tokio::spawn(line.close());
        }
        None
    }

    fn put(&self, line: Line) {
        if line.is_good() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(line);
        } else {
            tokio::spawn(line.close());
        }
    }

    /// Begin anew.
    pub(super) fn forget(&self) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Close connections that nobody has used for a while.
    pub(super) fn tidy(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let (good, old): (Vec<_>, Vec<_>) = idle.drain(..).partition(Line::is_good);
        *idle = good;
        drop(idle);
        for line in old {
            tokio::spawn(line.close());
        }
    }

    /// A new connection, unless one was refused just now: then all the others would be too.
    async fn open(&self, told: &mut (dyn FnMut(Step) + Send)) -> Result<Line, Failure> {
        let refused = self
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((at, failure)) = refused
            && at.elapsed() < SAME_FAILURE
        {
            return Err(failure);
        }
        self.open_now(told).await
    }

    async fn open_now(&self, told: &mut (dyn FnMut(Step) + Send)) -> Result<Line, Failure> {
        let opened = self.open_with_fresh_token(told).await;
        let refused = opened
            .as_ref()
            .err()
            .map(|failure| (Instant::now(), failure.clone()));
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
        opened
    }

    /// A token may be withdrawn before its time: then the login is tried once more with a new one.
    async fn open_with_fresh_token(
        &self,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Line, Failure> {
        let addresses = self.addresses().await?;
        told(Step::Address);
        let place = Place {
            settings: &self.settings,
            addresses: &addresses,
            tls: self.tls.as_ref(),
            hello: &self.hello,
        };
        let (proof, is_old) = self.proof(told).await?;
        match Line::open(&place, &proof, told).await {
            Err(failure) if is_old && failure.step == Step::Login => {
                self.tokens.forget();
                let (proof, _) = self.proof(told).await?;
                Line::open(&place, &proof, told).await
            }
            opened => opened,
        }
    }

    /// What is shown to log in; true: a token that was there already.
    async fn proof(&self, told: &mut (dyn FnMut(Step) + Send)) -> Result<(Proof, bool), Failure> {
        match &self.settings.login {
            Login::None => Ok((Proof::None, false)),
            Login::Password(password) => Ok((Proof::Password(password.clone()), false)),
            Login::OAuth2(oauth2) => {
                let token = self.tokens.get(oauth2, &self.outbound).await?;
                told(Step::Token);
                if let Some(new) = &token.new_refresh {
                    self.keep_refresh_token(new).await;
                }
                Ok((Proof::Token(token.text), token.is_old))
            }
            Login::Lost => Err(Failure::new(
                Step::Settings,
                Meaning::Server,
                "the stored login was sealed under another instance key: store the password anew",
            )),
        }
    }

    /// Where settings are stored, so is the new refresh token. (Those of the operator are not ours to change: until the next
    /// start we remember it.)
    async fn keep_refresh_token(&self, new: &str) {
        let Some(stored_at) = self.stored_at else {
            return;
        };
        let kept = async {
            let mut tx = self.db.begin_job().await?;
            mail_settings::keep_refresh_token(&mut tx, &self.keys, stored_at, new).await?;
            Ok::<_, Error>(tx.commit().await?)
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "a new refresh token for the mail server could not be stored");
        }
    }

    /// The same settings were read again: but for the refresh token, which another server may have got anew.
    pub(super) fn adopt(&self, settings: &Outgoing) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Login::OAuth2(oauth2) = &settings.login
            && *read != oauth2.refresh_token
        {
            read.clone_from(&oauth2.refresh_token);
            self.tokens.adopt(&oauth2.refresh_token);
        }
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, Failure> {
        let server = (self.settings.host.as_str(), self.settings.port);
        let failed = |text: String| Failure::new(Step::Address, Meaning::Server, text);
        let found = tokio::net::lookup_host(server)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let found: Vec<SocketAddr> = found.collect();
        if found.is_empty() {
            return Err(failed("the name has no address".to_owned()));
        }
        // The operator may name any server; an administrator one that is out in the world, or that the operator opened.
        let policy = self.outbound.policy();
        if !self.settings.of_operator && !policy.opens(&self.settings.host, self.settings.port) {
            for address in &found {
                check_address(address.ip())
                    .map_err(|refusal| failed(format!("the server {refusal}")))?;
            }
        }
        Ok(found)
    }
}

fn tls(host: &str, ca_file: &str) -> Result<TlsParameters, Failure> {
    let failed = |text: String| Failure::new(Step::Settings, Meaning::Server, text);
    let mut builder = TlsParameters::builder(host.to_owned());
    if !ca_file.is_empty() {
        let pem = std::fs::read(Path::new(ca_file))
            .map_err(|error| failed(format!("Mail:CaFile {ca_file}: {error}")))?;
        let certificate = Certificate::from_pem(&pem)
            .map_err(|error| failed(format!("Mail:CaFile {ca_file}: {error}")))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| failed(error.to_string()))
}

/// How we greet: by the host of our address.
fn hello(app_url: &str) -> ClientId {
    let rest = app_url.split_once("://").map_or(app_url, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return ClientId::Domain(format!("[{host}]"));
    }
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-');
    if host.is_empty() || !host.chars().all(is_name) {
        return ClientId::Domain("localhost".to_owned());
    }
    ClientId::Domain(host.to_owned())
}

/// The step after this one: what is waited for when time is up.
fn next(done: Step, settings: &Outgoing) -> Step {
    let sender = if settings.login == Login::None {
        Step::Sender
    } else {
        Step::Login
    };
    match done {
        Step::Settings => Step::Address,
        Step::Address | Step::Token => Step::Connection,
        Step::Connection if settings.security != Security::None => Step::Encryption,
        Step::Connection | Step::Encryption => sender,
        Step::Login => Step::Sender,
        Step::Sender => Step::Recipient,
        Step::Recipient | Step::Message => Step::Message,
    }
}
