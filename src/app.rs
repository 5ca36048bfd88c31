//! Everything a request needs, built once from the settings; used alike by the server, the commands and the tests.

use std::ops::Deref;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::domain::Db;
use crate::domain::categories::TicketCounts;
use crate::domain::clock::Clock;
use crate::domain::context::Context;
use crate::domain::keys::Keys;
use crate::domain::mail_templates::Templates;
use crate::domain::tickets::frequency::WordFrequencies;
use crate::domain::tickets::stats::StatsCounts;
use crate::http::caller::Callers;
use crate::http::limits::RateLimiter;
use crate::http::token::Tokens;
use crate::jobs::SentMails;
use crate::live::Live;
use crate::mail::outgoing::Mailer;
use crate::outbound::Outbound;
use crate::settings::Settings;
use crate::storage::Storage;

/// The parts of the running program.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// What the operator set.
    pub settings: Settings,
    /// The bytes of attachments.
    pub storage: Storage,
    /// Who calls: passwords, tokens, the lockout.
    pub callers: Callers,
    /// API tokens.
    pub tokens: Tokens,
    /// The HTTP client for addresses that administrators name.
    pub outbound: Outbound,
    /// Calls per user and method.
    pub rates: RateLimiter,
    /// Forms that anybody may send; `DisableRateLimit` does not open these.
    pub forms: RateLimiter,
    /// Tickets by category.
    pub ticket_counts: TicketCounts,
    /// What *Stats* counted.
    pub stats_counts: StatsCounts,
    /// How common words are, for searches.
    pub word_frequencies: WordFrequencies,
    /// Keys that seal and sign.
    pub keys: Keys,
    /// What mail says where administrators have stored nothing else.
    pub templates: Templates,
    /// Wakes the relay.
    pub outbox: OutboxBell,
    /// Sends mail.
    pub mailer: Mailer,
    /// Records mails that were sent.
    pub sent_mails: SentMails,
    /// Those who listen to events.
    pub live: Live,
    /// The server was told to stop: it still answers, but nobody should be sent to it any more.
    pub draining: CancellationToken,
}

/// Wakes the relay of this server when something may have been written into the outbox.
#[derive(Debug, Default)]
pub struct OutboxBell(Notify);

impl OutboxBell {
    /// Something may have been written.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Wait until something may have been written.
    pub async fn written(&self) {
        self.0.notified().await;
    }
}

/// The [`App`], shared by all requests.
#[derive(Clone, Debug)]
pub struct AppState(Arc<App>);

impl AppState {
    /// Build everything from the settings and a migrated database. Errors: a folder that cannot be made, an
    /// instance key that cannot be read, a database that does not answer.
    pub async fn build(settings: Settings, db: Db, clock: Clock) -> anyhow::Result<Self> {
        let callers = Callers::new(&settings, db.clone())?;
        let tokens = Tokens::load(&settings, &db, clock.now()).await?;
        let keys = tokens.keys()?;
        let templates = crate::mail::templates::load(&settings.mail.templates_path)?;
        let forms = RateLimiter::new(false, clock.clone());
        let live = Live::start(db.clone(), clock.clone(), settings.limits.connections);
        let rates = RateLimiter::new(settings.disable_rate_limit, clock.clone());
        let outbound = Outbound::new(&settings)?;
        let storage = Storage::in_folder(&settings.attachments_path)
            .await
            .with_context(|| {
                format!(
                    "cannot use the attachments folder {}",
                    settings.attachments_path.display()
                )
            })?;
        let app = Self(Arc::new(App {
            db,
            clock,
            settings,
            storage,
            callers,
            tokens,
            outbound,
            rates,
            forms,
            ticket_counts: TicketCounts::default(),
            stats_counts: StatsCounts::default(),
            word_frequencies: WordFrequencies::default(),
            keys,
            templates,
            outbox: OutboxBell::default(),
            mailer: Mailer::default(),
            sent_mails: SentMails::default(),
            live,
            draining: CancellationToken::new(),
        }));
        app.mailer
            .refresh(&app)
            .await
            .context("cannot read the settings of mail")?;
        Ok(app)
    }

    /// There is a server to send mail by.
    #[must_use]
    pub fn mail_on(&self) -> bool {
        self.mailer.is_on()
    }

    /// The surroundings of a piece of work that begins now.
    #[must_use]
    pub fn context(&self) -> Context {
        Context {
            now: self.clock.now(),
            app_url: self.settings.app_url.trim_end_matches('/').to_owned(),
            keys: self.keys.clone(),
            mail_on: self.mail_on(),
            mail_file_bytes: self
                .mailer
                .settings()
                .map_or(0, |settings| settings.attachment_bytes()),
            templates: self.templates.clone(),
        }
    }

    /// An address of ours as clients link to it: `AppURL` and the path. `path` begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.app_url.trim_end_matches('/'))
    }
}

impl Deref for AppState {
    type Target = App;

    fn deref(&self) -> &App {
        &self.0
    }
}
