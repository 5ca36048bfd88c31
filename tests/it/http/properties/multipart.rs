use std::convert::Infallible;

use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::{Service, holds};

const BOUNDARY: &str = "b0undary";

/// A part of a body.
#[derive(Clone, Debug)]
struct Part {
    /// None: a text.
    file_name: Option<String>,
    content: Vec<u8>,
    style: u8,
}

impl Part {
    /// Name and header in one of the ways libraries write them.
    fn header(&self) -> String {
        let name = match self.style % 3 {
            0 => "name=\"names\"",
            1 => "name=names",
            _ => "NAME = \"Names[]\"",
        };
        let file_name = match &self.file_name {
            None => String::new(),
            Some(file_name) if self.style.is_multiple_of(2) => {
                format!("; filename=\"{file_name}\"")
            }
            Some(file_name) => format!(
                "; filename=x; filename*=utf-8''{}",
                file_name.replace(' ', "%20")
            ),
        };
        let more = match self.style % 4 {
            0 => "",
            1 => "\r\nContent-Type: text/plain; charset=utf-8",
            2 => "\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary",
            _ => "\r\nContent-Length: 5",
        };
        if self.style & 16 == 0 {
            format!("Content-Disposition: form-data; {name}{file_name}{more}")
        } else {
            format!("X: y{more}\r\ncontent-disposition: form-data; {name}{file_name}")
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

/// What looks like the end of a part, and is none.
fn contents() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        select(vec![
            "\r\n",
            "--",
            "\r\n--",
            "\r\n--b0undar",
            "--b0undary-",
            "\r",
            "\n",
            "\r\n\r\n",
            "a"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let whole = prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat());
    let end = format!("--{BOUNDARY}").into_bytes();
    whole.prop_filter("holds the boundary", move |bytes| {
        !bytes.windows(end.len()).any(|window| window == end)
    })
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let file_name = prop::option::weighted(0.2, "[a-z][a-z0-9 ]{0,6}\\.[a-z]{1,3}");
    let part = (file_name, contents(), any::<u8>()).prop_map(|(file_name, content, style)| Part {
        file_name,
        content,
        style,
    });
    prop::collection::vec(part, 0..5)
}

fn body(parts: &[Part]) -> Vec<u8> {
    let mut body = vec![];
    for part in parts {
        body.extend_from_slice(format!("--{BOUNDARY}\r\n{}\r\n\r\n", part.header()).as_bytes());
        body.extend_from_slice(&part.content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// The body in pieces, as a network may deliver it.
fn pieces(body: &[u8], cuts: &[Index]) -> Body {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
    cuts.extend([0, body.len()]);
    cuts.sort_unstable();
    let pieces: Vec<Result<Bytes, Infallible>> = cuts
        .windows(2)
        .map(|ends| Ok(Bytes::copy_from_slice(&body[ends[0]..ends[1]])))
        .collect();
    Body::from_stream(futures_util::stream::iter(pieces))
}

fn request(path: &str, body: Body) -> Request<Body> {
    let content_type = format!("multipart/form-data; boundary=\"{BOUNDARY}\"");
    Request::post(path)
        .header("content-type", content_type)
        .body(body)
        .unwrap()
}

fn cuts() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 0..6)
}

#[test]
fn what_was_written_is_read_however_it_is_cut() {
    let service = Service::start();
    holds(&(parts(), cuts()), |(parts, cuts)| {
        let (status, text) = service.answer(request("/received", pieces(&body(&parts), &cuts)));
        let texts: Vec<String> = parts
            .iter()
            .filter(|part| part.file_name.is_none())
            .map(Part::text)
            .collect();
        if texts.iter().any(|text| text.contains('\0')) {
            prop_assert_eq!((status, text.contains("NUL")), (400, true), "{}", text);
            return Ok(());
        }
        prop_assert_eq!(status, 200, "{}", text);
        let reply: Value = serde_json::from_str(&text).unwrap();
        let files: Vec<Value> = parts
            .iter()
            .filter_map(|part| Some(json!([part.file_name.as_ref()?, part.content.len()])))
            .collect();
        prop_assert_eq!(&reply["files"], &json!(files));
        // Each text is one element, unless it holds commas or is empty.
        if texts
            .iter()
            .all(|text| !text.contains(',') && !text.starts_with('['))
        {
            let elements: Vec<&str> = texts
                .iter()
                .map(|text| text.trim())
                .filter(|text| !text.is_empty())
                .collect();
            prop_assert_eq!(&reply["names"], &json!(elements));
        }
        Ok(())
    });
}

/// A change of a body.
#[derive(Clone, Debug)]
enum Change {
    Cut(Index),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
    Repeat(Index, usize),
    Replace(Index, u8),
}

impl Change {
    fn make(&self, body: &mut Vec<u8>) {
        let length = body.len() + 1;
        match self {
            Self::Cut(at) => body.truncate(at.index(length)),
            Self::Remove(at, count) => {
                let at = at.index(length);
                let end = (at + count).min(body.len());
                body.drain(at..end);
            }
            Self::Insert(at, bytes) => {
                let at = at.index(length);
                body.splice(at..at, bytes.iter().copied());
            }
            Self::Repeat(at, count) => {
                let at = at.index(length);
                let bytes = body[at..(at + count).min(body.len())].to_vec();
                body.splice(at..at, bytes);
            }
            Self::Replace(at, byte) => {
                let at = at.index(length);
                if let Some(slot) = body.get_mut(at) {
                    *slot = *byte;
                }
            }
        }
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let inserted = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..6),
        select(vec![
            "\r\n",
            "--b0undary",
            "--b0undary--",
            ":",
            ";",
            "\"",
            "filename=",
            "filename*=''",
            "\0",
            "Content-Disposition: "
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let change = prop_oneof![
        any::<Index>().prop_map(Change::Cut),
        (any::<Index>(), 1..20_usize).prop_map(|(at, count)| Change::Remove(at, count)),
        (any::<Index>(), inserted).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<Index>(), 1..60_usize).prop_map(|(at, count)| Change::Repeat(at, count)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
    ];
    prop::collection::vec(change, 1..4)
}

#[test]
fn no_broken_body_breaks_the_reader() {
    let service = Service::start();
    holds(&(parts(), changes(), cuts()), |(parts, changes, cuts)| {
        let mut body = body(&parts);
        for change in &changes {
            change.make(&mut body);
        }
        let (status, text) = service.answer(request("/everything", pieces(&body, &cuts)));
        prop_assert!([200, 400, 413].contains(&status), "{status} {text}");
        prop_assert!(
            status == 200 || !text.contains(char::is_control),
            "{:?}",
            text
        );
        Ok(())
    });
}
