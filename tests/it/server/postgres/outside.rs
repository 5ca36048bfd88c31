//! A database that somebody else runs.

use std::time::{Duration, Instant};

use ferrodesk::postgres::{Database, Role};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use super::folder::DataFolder;
use crate::support::database::TestDatabase;
use crate::support::log::Lines;

async fn open(text: &str, patience: Duration) -> anyhow::Result<Database> {
    let folder = DataFolder::empty("data");
    let mut settings = folder.settings();
    text.clone_into(&mut settings.db_connection_string);
    let opened = Database::open_within(&settings, Role::Owner, patience).await;
    assert!(
        !folder.path.exists(),
        "an outside database needs no cluster of our own"
    );
    opened
}

async fn refusal(text: &str, patience: Duration) -> String {
    match open(text, patience).await {
        Ok(database) => panic!("opened: {database:?}"),
        Err(error) => format!("{error:#}"),
    }
}

/// Pass one connection on to the database of the tests.
async fn pass_on(mut from: TcpStream, to: PgConnectOptions) -> std::io::Result<()> {
    if let Some(folder) = to.get_socket() {
        let socket = folder.join(format!(".s.PGSQL.{}", to.get_port()));
        let mut to = UnixStream::connect(socket).await?;
        tokio::io::copy_bidirectional(&mut from, &mut to).await?;
    } else {
        let mut to = TcpStream::connect((to.get_host(), to.get_port())).await?;
        tokio::io::copy_bidirectional(&mut from, &mut to).await?;
    }
    Ok(())
}

/// A port of the loopback interface that nobody listens on.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn a_database_that_stays_down_is_an_error_in_its_time() {
    let port = free_port().await;
    let begun = Instant::now();
    let text = format!("Host=127.0.0.1;Port={port};Database=desk;Username=desk;Password=s3cret");
    let message = refusal(&text, Duration::from_secs(1)).await;
    assert!(
        begun.elapsed() >= Duration::from_secs(1),
        "it is tried again"
    );
    assert!(begun.elapsed() < Duration::from_secs(5));
    for part in [
        &format!("database desk at 127.0.0.1:{port}"),
        "did not answer for 1 seconds",
        "ConnectionStrings:DBConnectionString",
    ] {
        assert!(message.contains(part), "{part} is missing: {message}");
    }
    assert!(!message.contains("s3cret"), "{message}");
}

#[tokio::test]
async fn a_database_that_swallows_everything_is_an_error_in_its_time() {
    // Accepts connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let begun = Instant::now();
    let text = format!("postgres://desk:s3cret@127.0.0.1:{port}/desk");
    let message = refusal(&text, Duration::from_secs(1)).await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(message.contains("did not answer"), "{message}");
}

#[tokio::test]
async fn a_database_that_comes_up_late_is_waited_for() {
    let database = TestDatabase::create().await;
    let target = database.options();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let text = format!(
        "Host=127.0.0.1;Port={port};Database={};Username={};SSL Mode=Disable",
        target.get_database().unwrap(),
        target.get_username()
    );
    let opening = tokio::spawn(async move { open(&text, Duration::from_secs(20)).await });
    // The first attempt meets a database that is not up yet.
    drop(listener.accept().await.unwrap());
    let passing = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass_on(stream, target.clone()));
        }
    });
    let opened = opening.await.unwrap().unwrap();
    let connection = opened.options().connect().await.unwrap();
    connection.close().await.unwrap();
    opened.stop().await;
    passing.abort();
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_an_error_at_once() {
    let database = TestDatabase::create().await;
    let mut url = database.options().database("no_such_desk").to_url_lossy();
    url.query_pairs_mut()
        .clear()
        .append_pair("sslmode", "disable");
    let begun = Instant::now();
    let message = refusal(url.as_str(), Duration::from_secs(30)).await;
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "waiting does not help"
    );
    assert!(message.contains("no_such_desk"), "{message}");
    assert!(message.contains("make the database first"), "{message}");
}

#[tokio::test]
async fn a_database_that_knows_no_letters_but_latin_ones_is_warned_of() {
    let database = TestDatabase::create().await;
    let mut connection = database.connect().await;
    for (character_types, warned) in [("C", true), ("C.UTF-8", false)] {
        let name = format!(
            "{}_types_{warned}",
            database.options().get_database().unwrap()
        );
        let statement = format!(
            "create database {name} encoding 'UTF8' lc_collate 'C' lc_ctype '{character_types}' template template0"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut connection)
            .await
            .unwrap();
        let mut url = database.options().database(&name).to_url_lossy();
        url.query_pairs_mut()
            .clear()
            .append_pair("sslmode", "disable");
        let lines = Lines::default();
        let listening = lines.listen();
        let opened = open(url.as_str(), Duration::from_secs(10)).await.unwrap();
        drop(listening);
        opened.stop().await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "drop database {name} with (force)"
        )))
        .execute(&mut connection)
        .await
        .unwrap();
        let text = lines.text();
        assert_eq!(text.contains("lc_ctype"), warned, "{text}");
    }
}
