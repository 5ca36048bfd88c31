//! A file as an answer: streamed, and harmless in a browser whatever its bytes are.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use utoipa::openapi::content::Content;
use utoipa::openapi::{ResponseBuilder, Schema};

use crate::http::describe::{Answer, Description};

/// Whether a browser shows the file or saves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Saves it.
    Attachment,
    /// Shows it when it is a picture that can do no harm, saves it otherwise.
    InlineIfPicture,
}

/// A file. Everything but pictures is saved, not shown; its type is one of a short list; and a browser that shows
/// it nevertheless runs nothing in it.
#[derive(Debug)]
pub struct File {
    bytes: tokio::fs::File,
    size: u64,
    media_type: &'static str,
    disposition: HeaderValue,
}

impl Answer for File {
    fn describe(description: &mut Description) {
        // Whatever the type is: a schema would say what a client may take for granted.
        let answer = ResponseBuilder::new()
            .description("The file.")
            .content("*/*", Content::new::<Schema>(None));
        description.answers.push((200, answer.build()));
    }
}

/// Type of everything that has no better one.
pub const BYTES: &str = "application/octet-stream";

/// Whether bytes begin like those of a type.
type Signature = fn(&[u8]) -> bool;

/// Pictures a browser may show: they hold no script. Only with the bytes that belong to the type.
const PICTURES: &[(&str, Signature)] = &[
    ("image/png", infer::image::is_png),
    ("image/jpeg", infer::image::is_jpeg),
    ("image/gif", infer::image::is_gif),
    ("image/webp", infer::image::is_webp),
];

/// What else keeps its type: nothing a browser would run.
const PLAIN_TYPES: &[&str] = &[
    "application/gzip",
    "application/json",
    "application/msword",
    "application/pdf",
    "application/rtf",
    "application/vnd.ms-excel",
    "application/vnd.ms-outlook",
    "application/vnd.ms-powerpoint",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/x-7z-compressed",
    "application/x-tar",
    "application/zip",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "image/bmp",
    "image/tiff",
    "text/csv",
    "text/plain",
    "video/mp4",
    "video/quicktime",
    "video/webm",
];

/// How many bytes decide what a file is.
const HEAD_BYTES: usize = 64;

/// The type a file of this name is stored and served with. What the client says of it is not asked: a type that a
/// browser would run must not come back to it.
#[must_use]
pub fn media_type(file_name: &str) -> &'static str {
    let guess = mime_guess::from_path(file_name).first_raw();
    allowed(guess.unwrap_or(BYTES))
}

/// The type itself when it is on the list.
fn allowed(media_type: &str) -> &'static str {
    let pictures = PICTURES.iter().map(|(picture, _)| picture);
    pictures
        .chain(PLAIN_TYPES)
        .find(|known| **known == media_type)
        .copied()
        .unwrap_or(BYTES)
}

impl File {
    /// The file `name` of this type, with the bytes of `bytes`. Errors: of reading.
    pub async fn open(
        mut bytes: tokio::fs::File,
        name: &str,
        media_type: &str,
        disposition: Disposition,
    ) -> std::io::Result<Self> {
        let size = bytes.metadata().await?.len();
        let mut head = Vec::with_capacity(HEAD_BYTES);
        let mut beginning = (&mut bytes).take(HEAD_BYTES.try_into().unwrap_or(64));
        beginning.read_to_end(&mut head).await?;
        bytes.rewind().await?;
        let mut media_type = allowed(media_type);
        let picture = PICTURES.iter().find(|(picture, _)| *picture == media_type);
        let is_picture = picture.is_some_and(|(_, signature)| signature(&head));
        if picture.is_some() && !is_picture {
            media_type = BYTES;
        }
        let inline = is_picture && disposition == Disposition::InlineIfPicture;
        Ok(Self {
            bytes,
            size,
            media_type,
            disposition: content_disposition(inline, name),
        })
    }
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from_stream(ReaderStream::new(self.bytes)));
        *response.status_mut() = StatusCode::OK;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.media_type),
        );
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(self.size));
        headers.insert(header::CONTENT_DISPOSITION, self.disposition);
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox; default-src 'none'"),
        );
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        response
    }
}

/// What RFC 8187 leaves as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// The header of RFC 6266: the name in ASCII for everybody, and as it is for whoever reads RFC 8187.
fn content_disposition(inline: bool, name: &str) -> HeaderValue {
    let kind = if inline { "inline" } else { "attachment" };
    let ascii: String = name
        .chars()
        .map(|character| match character {
            // A percent sign is decoded by some clients although it must not be.
            '"' | '\\' | '%' => '_',
            ' '..='~' => character,
            _ => '_',
        })
        .collect();
    let mut value = format!("{kind}; filename=\"{ascii}\"");
    if ascii != name {
        value.push_str("; filename*=UTF-8''");
        value.extend(utf8_percent_encode(name, ESCAPED));
    }
    HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}
