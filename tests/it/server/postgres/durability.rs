//! REL-01: what was answered with 200 is there after a kill, whatever other clients do meanwhile.
//!
//! A client that hangs up while its request begins a transaction used to poison the pool: acknowledged writes of
//! others went into that transaction and vanished with its connection.

use std::collections::HashMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use ferrodesk::postgres::Role;
use nix::sys::signal::Signal;
use sqlx::PgConnection;

use super::folder::{DataFolder, connect};
use super::server::Server;
use crate::support::client;

const PASSWORD: &str = "password of the administrator";
const WRITERS: usize = 8;
const ABORTERS: u64 = 2;
const ROUND: Duration = Duration::from_secs(6);

/// What one writer was told, and what it had asked for when the server died.
#[derive(Default)]
struct Ledger {
    /// Subjects of its tickets as last acknowledged; the second is one that was asked for and never answered.
    tickets: HashMap<i32, (String, Option<String>)>,
    comments: HashMap<i32, String>,
    files: Vec<String>,
}

struct Writer {
    name: usize,
    url: String,
    client: reqwest::Client,
    ledger: Ledger,
}

impl Writer {
    /// The body of a 200; `None` when the server is gone or too busy (503): then nothing was promised.
    async fn post(&self, method: &str, params: &[(&str, &str)]) -> Option<String> {
        let request = self
            .client
            .post(format!("{}/api/{method}", self.url))
            .basic_auth("admin", Some(PASSWORD))
            .form(params);
        answer(request).await
    }

    async fn work(mut self, ended: Arc<AtomicBool>) -> Ledger {
        let mut turn = 0;
        while !ended.load(Ordering::Relaxed) {
            // A round that broke off is not taken up again: its change may be in doubt.
            self.one_round(turn).await;
            turn += 1;
        }
        self.ledger
    }

    /// A ticket, a comment, a change and a file.
    async fn one_round(&mut self, turn: usize) -> Option<()> {
        let text = format!("writer-{}-{turn}", self.name);
        let new = [
            ("categoryId", "1"),
            ("subject", text.as_str()),
            ("body", "b"),
        ];
        let ticket: i32 = self.post("Ticket", &new).await?.parse().unwrap();
        self.ledger.tickets.insert(ticket, (text.clone(), None));
        let id = ticket.to_string();

        let comment = self
            .post("Comment", &[("id", &id), ("body", &text)])
            .await?;
        self.ledger
            .comments
            .insert(comment.parse().unwrap(), text.clone());

        let changed = format!("changed-{text}");
        self.ledger
            .tickets
            .insert(ticket, (text.clone(), Some(changed.clone())));
        self.post("UpdateTicket", &[("id", &id), ("subject", &changed)])
            .await?;
        self.ledger.tickets.insert(ticket, (changed, None));

        let file = reqwest::multipart::Part::bytes(text.clone().into_bytes())
            .file_name(format!("{text}.txt"));
        let form = reqwest::multipart::Form::new()
            .text("id", id)
            .part("uploadFile", file);
        let request = self
            .client
            .post(format!("{}/api/AttachFile", self.url))
            .basic_auth("admin", Some(PASSWORD))
            .multipart(form);
        answer(request).await?;
        self.ledger.files.push(text);
        Some(())
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Option<String> {
    let response = request.send().await.ok()?;
    let status = response.status();
    let body = response.text().await.ok()?;
    assert!(status == 200 || status == 503, "{status}: {body}");
    (status == 200).then_some(body)
}

/// Send a write and hang up a moment later, again and again.
fn hang_up(url: &str, seed: u64, ended: &AtomicBool) -> u64 {
    let address = url.strip_prefix("http://").unwrap();
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("admin:{PASSWORD}"));
    let body = "categoryId=1&subject=hang+up&body=b";
    let request = format!(
        "POST /api/Ticket HTTP/1.1\r\nHost: desk\r\nAuthorization: Basic {credentials}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (mut random, mut aborted) = (seed, 0);
    while !ended.load(Ordering::Relaxed) {
        let Ok(mut connection) = TcpStream::connect(address) else {
            break;
        };
        if connection.write_all(request.as_bytes()).is_err() {
            continue;
        }
        // Hang up at another moment of the request each time: this is the fault, not a wait for something.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros(random >> 52));
        drop(connection);
        aborted += 1;
        // This tries what hanging up does, not how much the server can take.
        std::thread::sleep(Duration::from_millis(10));
    }
    aborted
}

/// Backends that hold a transaction open without doing anything.
async fn idle_in_transaction(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select count(*) from pg_stat_activity
         where state like 'idle in transaction%' and clock_timestamp() - state_change > interval '1 second'",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}

fn start_aborters(url: &str, ended: &Arc<AtomicBool>) -> Vec<std::thread::JoinHandle<u64>> {
    (0..ABORTERS)
        .map(|seed| {
            let (url, ended) = (url.to_owned(), Arc::clone(ended));
            std::thread::spawn(move || hang_up(&url, seed, &ended))
        })
        .collect()
}

fn start_writers(url: &str, ended: &Arc<AtomicBool>) -> Vec<tokio::task::JoinHandle<Ledger>> {
    (0..WRITERS)
        .map(|name| {
            let writer = Writer {
                name,
                url: url.to_owned(),
                client: client(),
                ledger: Ledger::default(),
            };
            tokio::spawn(writer.work(Arc::clone(ended)))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rel_01_acknowledged_writes_survive_hang_ups_and_a_kill() {
    let folder = DataFolder::empty("data");
    let settings = [
        ("Bootstrap__AdminPassword", PASSWORD),
        ("DisableRateLimit", "true"),
    ];
    let mut server = Server::start_with(&folder, &settings);
    let ended = Arc::new(AtomicBool::new(false));
    let aborters = start_aborters(&server.url, &ended);
    let writers = start_writers(&server.url, &ended);

    let guest = folder.open(Role::Guest).await.unwrap();
    let mut watch = connect(&guest).await;
    let begin = Instant::now();
    while begin.elapsed() < ROUND {
        assert_eq!(idle_in_transaction(&mut watch).await, 0);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(watch);
    guest.stop().await;
    server.signal(Signal::SIGKILL);
    server.wait();
    ended.store(true, Ordering::Relaxed);
    let aborted: u64 = aborters
        .into_iter()
        .map(|aborter| aborter.join().unwrap())
        .sum();
    let mut ledgers = vec![];
    for writer in writers {
        ledgers.push(writer.await.unwrap());
    }
    assert!(aborted > 10, "only {aborted} hang-ups: nothing was tried");
    let acknowledged: usize = ledgers
        .iter()
        .map(|ledger| ledger.tickets.len() + ledger.comments.len() + ledger.files.len())
        .sum();
    assert!(
        acknowledged > 10,
        "only {acknowledged} writes: nothing was tried"
    );
    drop(server);

    let again = Server::start_with(&folder, &settings);
    let guest = folder.open(Role::Guest).await.unwrap();
    let mut connection = connect(&guest).await;
    for ledger in &ledgers {
        audit(&mut connection, ledger, &again.url).await;
    }
    drop(connection);
    guest.stop().await;
}

/// Everything a writer was told is there, with its bytes.
async fn audit(connection: &mut PgConnection, ledger: &Ledger, url: &str) {
    for (id, (subject, in_doubt)) in &ledger.tickets {
        let stored: Option<String> =
            sqlx::query_scalar("select subject from tickets where id = $1")
                .bind(id)
                .fetch_optional(&mut *connection)
                .await
                .unwrap();
        let stored = stored.unwrap_or_else(|| panic!("ticket {id} was acknowledged and is gone"));
        assert!(
            stored == *subject || Some(&stored) == in_doubt.as_ref(),
            "ticket {id} lost {subject}: {stored}"
        );
    }
    for (id, body) in &ledger.comments {
        let stored: Option<String> = sqlx::query_scalar("select body from comments where id = $1")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await
            .unwrap();
        assert_eq!(stored.as_ref(), Some(body), "comment {id}");
    }
    for text in &ledger.files {
        let id: Option<i32> = sqlx::query_scalar("select id from attachments where file_name = $1")
            .bind(format!("{text}.txt"))
            .fetch_optional(&mut *connection)
            .await
            .unwrap();
        let id = id.unwrap_or_else(|| panic!("the file of {text} was acknowledged and is gone"));
        let request = client()
            .get(format!("{url}/api/Attachment?id={id}"))
            .basic_auth("admin", Some(PASSWORD));
        assert_eq!(answer(request).await.as_ref(), Some(text));
    }
}
