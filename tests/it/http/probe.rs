//! A small router with the real extractor, so that parameters can be looked at without a method around them.

use axum::Router;
use axum::routing::any;
use chrono::SecondsFormat;
use ferrodesk::app::AppState;
use ferrodesk::http::error::Result;
use ferrodesk::http::params::{DateParam, Given, OpenParams, Params, ParamsWithFiles};
use ferrodesk::http::reply::Json;
use ferrodesk::settings::Settings;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::TestApp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Mode {
    All,
    UnansweredOnly,
}

/// One field of each kind.
#[derive(Debug, Deserialize)]
struct Everything {
    id: Option<i32>,
    #[serde(alias = "new_category_id")]
    category_id: Option<i32>,
    subject: Option<String>,
    #[serde(default)]
    for_techs_only: bool,
    #[serde(default)]
    status_id: Vec<i32>,
    #[serde(default)]
    names: Vec<String>,
    mode: Option<Mode>,
    date_from: Option<DateParam>,
    due_date: Given<DateParam>,
    tags: Given<Vec<String>>,
    custom_fields: Option<String>,
    hours: Option<f64>,
    big: Option<i64>,
    small: Option<u8>,
}

#[derive(Debug, Deserialize)]
struct Needed {
    category_id: i32,
    body: String,
}

fn given<T>(given: Given<T>, show: impl Fn(T) -> Value) -> Value {
    match given {
        Given::Absent => json!("absent"),
        Given::Empty => json!("empty"),
        Given::Value(value) => show(value),
    }
}

fn date(date: DateParam) -> Value {
    let text = date.at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!(if date.has_time {
        text
    } else {
        text[..10].to_owned()
    })
}

async fn everything(Params(all): Params<Everything>) -> Json<Value> {
    Json(json!({
        "id": all.id,
        "categoryId": all.category_id,
        "subject": all.subject,
        "forTechsOnly": all.for_techs_only,
        "statusId": all.status_id,
        "names": all.names,
        "mode": all.mode.map(|mode| format!("{mode:?}")),
        "dateFrom": all.date_from.map(date),
        "dueDate": given(all.due_date, date),
        "tags": given(all.tags, |tags| json!(tags)),
        "customFields": all.custom_fields,
        "hours": all.hours,
        "big": all.big,
        "small": all.small,
    }))
}

async fn needed(Params(needed): Params<Needed>) -> Json<Value> {
    Json(json!([needed.category_id, needed.body]))
}

#[derive(Deserialize)]
struct NothingElse {}

async fn bag(OpenParams(NothingElse {}, bag): OpenParams<NothingElse>) -> Result<Json<Value>> {
    let fields = bag.starting_with("cf")?;
    let fields: Vec<Value> = fields
        .into_iter()
        .map(|(id, value)| json!([id, value]))
        .collect();
    Ok(Json(json!(fields)))
}

async fn files(ParamsWithFiles(all, files): ParamsWithFiles<Everything>) -> Result<Json<Value>> {
    let mut names = vec![];
    for file in files {
        let file = file.store().await?;
        let sha256 = file
            .sha256
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        names.push(json!([file.file_name, file.size, sha256]));
        if all.subject.as_deref() == Some("keep") {
            file.keep();
        }
    }
    Ok(Json(
        json!({ "id": all.id, "subject": all.subject, "files": names }),
    ))
}

/// What [`files`] takes, as it came, and nothing is stored.
async fn received(ParamsWithFiles(all, files): ParamsWithFiles<Everything>) -> Json<Value> {
    let files: Vec<Value> = files
        .iter()
        .map(|file| json!([file.file_name, file.size]))
        .collect();
    Json(json!({ "subject": all.subject, "names": all.names, "files": files }))
}

#[derive(Debug, Deserialize)]
struct Lists {
    ids: Vec<i32>,
    flag: bool,
}

/// An array without `#[serde(default)]`.
async fn lists(Params(lists): Params<Lists>) -> Json<Value> {
    Json(json!([lists.ids, lists.flag]))
}

async fn panics() {
    panic!("canary of a panic");
}

/// The router on a port of its own.
pub(crate) struct Probe {
    pub(crate) app: TestApp,
    pub(crate) address: std::net::SocketAddr,
}

/// The router that is probed.
pub(crate) fn router(state: AppState) -> Router {
    Router::new()
        .route("/everything", any(everything))
        .route("/everything/{id}", any(everything))
        .route("/needed", any(needed))
        .route("/bag", any(bag))
        .route("/files", any(files))
        .route("/received", any(received))
        .route("/lists", any(lists))
        .route("/panic", any(panics))
        .with_state(state)
}

impl Probe {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let app = TestApp::start_with(change).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = router(app.state.clone());
        let state = app.state.clone();
        tokio::spawn(ferrodesk::server::serve_router(
            listener,
            router,
            state,
            std::future::pending(),
        ));
        Self { app, address }
    }

    /// GET `/everything?query`: the status and the text.
    pub(crate) async fn query(&self, query: &str) -> (u16, String) {
        self.request("GET", &format!("/everything?{query}"), "", "")
            .await
    }

    /// GET `/everything?query` must go well; one member of the answer.
    pub(crate) async fn member(&self, query: &str, name: &str) -> Value {
        let (status, text) = self.query(query).await;
        assert_eq!(status, 200, "{query}: {text}");
        serde_json::from_str::<Value>(&text).unwrap()[name].clone()
    }

    /// GET `/everything?query` must be refused by the name of `parameter`.
    pub(crate) async fn refuses(&self, query: &str, parameter: &str) {
        let (status, text) = self.query(query).await;
        assert_eq!(status, 400, "{query}: {text}");
        assert!(
            text.starts_with(&format!("Parameter \"{parameter}\" ")),
            "{query}: {text}"
        );
    }

    /// POST `/everything` with a JSON body must go well.
    pub(crate) async fn json(&self, body: &str) -> Value {
        let (status, text) = self
            .request("POST", "/everything", "application/json", body)
            .await;
        assert_eq!(status, 200, "{body}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Any request with a body.
    pub(crate) async fn request(
        &self,
        verb: &str,
        path: &str,
        content_type: &str,
        body: impl AsRef<[u8]>,
    ) -> (u16, String) {
        let body = body.as_ref();
        let content_type = match content_type {
            "" => String::new(),
            some => format!("Content-Type: {some}\r\n"),
        };
        let head = format!(
            "{verb} {path} HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n{content_type}Content-Length: {}\r\n\r\n",
            body.len()
        );
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.raw(&bytes).await
    }

    /// Paths of everything below the attachments folder that is a file, temporary ones among them.
    pub(crate) fn files_on_disk(&self) -> Vec<std::path::PathBuf> {
        let mut folders = vec![self.app.folder.path().join("attachments")];
        let mut files = vec![];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files
    }

    /// Bytes as they stand, on a connection of their own.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> (u16, String) {
        raw(self.address, bytes).await
    }
}

/// Send bytes, read to the end: the status and the text of the answer.
pub(crate) async fn raw(address: std::net::SocketAddr, bytes: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A server that refuses early closes while we still send.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer
        .get(9..12)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let text = answer.split_once("\r\n\r\n").map_or("", |(_, text)| text);
    (status, text.to_owned())
}
