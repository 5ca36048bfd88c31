//! Three wrong passwords, and the real binary through kills and beside another one.

use nix::sys::signal::Signal;
use reqwest::{RequestBuilder, Response};

use super::folder::DataFolder;
use super::server::Server;
use crate::support::client;
use crate::support::database::TestDatabase;
use crate::support::program::{self, program_on};

/// The password that the first start made for the administrator.
fn first_password(data: &std::path::Path) -> String {
    let text = std::fs::read_to_string(data.join("initial-admin-password")).unwrap();
    text.trim_end().to_owned()
}

fn token(url: &str) -> RequestBuilder {
    client().get(format!("{url}/User/Token"))
}

async fn log_in(url: &str, password: &str) -> Response {
    let call = token(url).basic_auth("admin", Some(password));
    call.send().await.unwrap()
}

async fn guess_three_times(url: &str) {
    for _ in 0..3 {
        assert_eq!(log_in(url, "wrong").await.status(), 401);
    }
}

/// The right password is refused like any other, with the time to wait; a token is good.
async fn is_locked(url: &str, password: &str, bearer: &str) {
    let refused = log_in(url, password).await;
    assert_eq!(refused.status(), 429);
    let seconds = refused.headers()["retry-after"].to_str().unwrap();
    let seconds: u32 = seconds.parse().unwrap();
    assert!((200..=300).contains(&seconds), "{seconds}");
    let call = token(url).bearer_auth(bearer);
    assert_eq!(call.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_killed_server_still_refuses_when_it_is_back() {
    let folder = DataFolder::new().await;
    let mut server = Server::start(&folder);
    let password = first_password(&folder.path);
    let bearer = log_in(&server.url, &password).await;
    assert_eq!(bearer.status(), 200);
    let bearer = bearer.text().await.unwrap();
    guess_three_times(&server.url).await;
    is_locked(&server.url, &password, &bearer).await;

    server.signal(Signal::SIGKILL);
    server.wait();
    let next = Server::start(&folder);
    is_locked(&next.url, &password, &bearer).await;
}

#[tokio::test]
async fn another_server_on_the_same_database_refuses_as_well() {
    let database = TestDatabase::create().await;
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = program::Server::start(&mut program_on(&database, folders[0].path())).await;
    let second = program::Server::start(&mut program_on(&database, folders[1].path())).await;
    let password = first_password(&folders[0].path().join("data"));
    let bearer = log_in(&second.url, &password).await;
    assert_eq!(bearer.status(), 200);
    let bearer = bearer.text().await.unwrap();
    guess_three_times(&first.url).await;
    is_locked(&second.url, &password, &bearer).await;
    assert_eq!(first.stop(Signal::SIGTERM).await, Some(0));
    assert_eq!(second.stop(Signal::SIGTERM).await, Some(0));
}
