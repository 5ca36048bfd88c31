//! Who listens to live events.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde_json::Value;

use super::people::Person;

/// So long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

type Chunks = std::pin::Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// An open stream of events.
pub(crate) struct Events {
    chunks: Chunks,
    text: String,
    /// What a browser would send as `Last-Event-ID` if it came back now.
    pub(crate) last_id: String,
}

/// One event.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) name: String,
    pub(crate) data: Value,
}

impl Person<'_> {
    /// Listen; `query` begins with `?` or is empty.
    pub(crate) async fn listens(&self, query: &str) -> Events {
        let response = self.listening(query).send().await.unwrap();
        Events::of(response)
    }

    /// Listen again, after the event of this id.
    pub(crate) async fn listens_after(&self, last_id: &str) -> Events {
        let request = self.listening("").header("Last-Event-ID", last_id);
        Events::of(request.send().await.unwrap())
    }

    /// What he gets who tries to listen; he goes away at once.
    pub(crate) async fn listening_status(&self) -> u16 {
        self.listening("").send().await.unwrap().status().as_u16()
    }

    fn listening(&self, query: &str) -> reqwest::RequestBuilder {
        let address = format!("http://{}/api/v2/events{query}", self.app.address);
        self.credentials.on(self.app.client.get(address))
    }
}

impl Events {
    fn of(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(!response.headers().contains_key("content-encoding"));
        Self {
            chunks: Box::pin(response.bytes_stream()),
            text: String::new(),
            last_id: String::new(),
        }
    }

    /// The next event. None: the stream has ended as it should.
    pub(crate) async fn next(&mut self) -> Option<Told> {
        let next = tokio::time::timeout(PATIENCE, async {
            loop {
                while let Some((block, rest)) = self.text.split_once("\n\n") {
                    let (block, rest) = (block.to_owned(), rest.to_owned());
                    self.text = rest;
                    if let Some(told) = self.read(&block) {
                        return Some(told);
                    }
                }
                let chunk = self.chunks.next().await?.unwrap();
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        });
        next.await.expect("neither an event nor an end came")
    }

    fn read(&mut self, block: &str) -> Option<Told> {
        let (mut name, mut data) = (None, None);
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("id", id)) => id.clone_into(&mut self.last_id),
                Some(("event", event)) => name = Some(event.to_owned()),
                Some(("data", json)) => data = Some(serde_json::from_str(json).unwrap()),
                Some(("retry" | "", _)) => {}
                _ => panic!("what is {line}?"),
            }
        }
        Some(Told {
            name: name?,
            data: data?,
        })
    }

    /// Names of events, each with its ticket, up to the one that says that `ticket` was made; that one is left out.
    pub(crate) async fn until_created(&mut self, ticket: i32) -> Vec<(String, i64)> {
        let mut heard = vec![];
        loop {
            let told = self.next().await.expect("the stream has ended");
            let about = told.data["ticket_id"].as_i64().unwrap_or_default();
            if told.name == "ticket.created" && about == i64::from(ticket) {
                return heard;
            }
            heard.push((told.name, about));
        }
    }

    /// The stream ends, and nothing is told before.
    pub(crate) async fn ends(mut self) {
        let told = self.next().await;
        assert!(told.is_none(), "{told:?}");
    }
}
