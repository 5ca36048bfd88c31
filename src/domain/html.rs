//! Bodies are HTML. Markup is sanitised when it is stored, so that what any client renders is safe.

mod burden;
mod plain;

use std::ops::Deref;

use tokio::sync::Semaphore;

use crate::error::{Error, Result};

pub use plain::{from_text, to_text};

/// The longest body, in bytes. Pictures belong into files.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A body longer than this takes milliseconds: other requests must not wait for it.
const LONG_BYTES: usize = 16 * 1024;

/// How many long bodies are sanitised at once: each takes a core, and a hundred times its length of memory.
static LONG_ONES: Semaphore = Semaphore::const_new(2);

/// A body as it is stored: safe to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    html: String,
    is_given: bool,
}

impl Body {
    /// The parameter `body` as it is stored; blank ones are empty. Long ones take a while: call this before a
    /// connection is held. Errors: Invalid when it is longer than [`MAX_BODY_BYTES`].
    pub async fn from_input(body: String) -> Result<Self> {
        if body.len() > MAX_BODY_BYTES {
            return Err(Error::invalid("body", "is longer than 1 MiB"));
        }
        if body.trim().is_empty() {
            return Ok(Self::default());
        }
        in_turn(body, |body| from_input(&body))
            .await
            .map(Self::given)
    }

    fn given(html: String) -> Self {
        Self {
            html,
            is_given: true,
        }
    }

    /// Whether anything was sent, even if nothing of it is safe to store.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.is_given
    }
}

/// Work on a body: a long one in a thread of its own, and only a few of them at once.
pub(crate) async fn in_turn(
    body: String,
    work: impl FnOnce(String) -> String + Send + 'static,
) -> Result<String> {
    if body.len() <= LONG_BYTES {
        return Ok(work(body));
    }
    let permit = LONG_ONES.acquire().await.map_err(Error::internal)?;
    let worked = tokio::task::spawn_blocking(move || {
        let worked = work(body);
        // Held by the work itself, which goes on when nobody waits for it any more.
        drop(permit);
        worked
    });
    worked.await.map_err(Error::internal)
}

impl Deref for Body {
    type Target = str;

    fn deref(&self) -> &str {
        &self.html
    }
}

/// Tags that tell markup from plain text. A text with `<john@example.com>` in it is plain.
const TAGS: &[&str] = &[
    "a",
    "abbr",
    "address",
    "article",
    "b",
    "base",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "center",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "li",
    "link",
    "main",
    "math",
    "meta",
    "noscript",
    "object",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "script",
    "section",
    "select",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "audio",
    "source",
    "track",
    "xmp",
];

/// Whether a person or program meant `text` as HTML.
pub(crate) fn is_markup(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let rest = text.get(at + 1..).unwrap_or_default();
        if rest.starts_with('!') {
            return true;
        }
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let name: String = rest
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .take(16)
            .collect::<String>()
            .to_ascii_lowercase();
        let ends = rest
            .get(name.len()..)
            .and_then(|after| after.chars().next());
        matches!(ends, None | Some('>' | '/' | ' ' | '\t' | '\r' | '\n'))
            && TAGS.contains(&name.as_str())
    })
}

/// A body as it is stored: markup sanitised; plain text as sent, with line breaks as `<br>`, and with `<` written
/// out where a browser would take it for a tag. Markup that nobody writes and that would choke the parser is taken
/// for plain text: nothing of it is lost.
#[must_use]
pub fn from_input(body: &str) -> String {
    // A client that reads a body and writes it back sends our own prefix along.
    let body = body.strip_prefix(PREFIX).unwrap_or(body);
    if is_markup(body) && !burden::is_too_heavy(body) {
        return ammonia::clean(body);
    }
    let mut stored = String::with_capacity(body.len() + 16);
    let mut rest = body.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '<' if rest.peek().is_some_and(|next| {
                next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?')
            }) =>
            {
                stored.push_str("&lt;");
            }
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' | '\n' => stored.push_str("<br>"),
            other => stored.push(other),
        }
    }
    stored
}

/// HTML as it may be shown, whatever it is made of: only what can do no harm is left of it. Markup that would choke
/// the parser is shown as the text it is.
pub(crate) fn sanitise(html: &str) -> String {
    if burden::is_too_heavy(html) {
        ammonia::clean(&escape(html))
    } else {
        ammonia::clean(html)
    }
}

/// Plain text as HTML: what a browser would take for markup is written out.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The literal prefix of every ticket and comment body in a reply: one client cuts exactly its 11 characters.
pub const PREFIX: &str = "<!--html-->";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_as_sent_with_line_breaks() {
        assert_eq!(
            from_input("1 > 0 < 2 & \"ok\"\r\nsecond\nthird"),
            "1 > 0 < 2 & \"ok\"<br>second<br>third"
        );
    }

    #[test]
    fn a_mail_address_in_angle_brackets_survives() {
        assert_eq!(
            from_input("John <john@example.com> wrote"),
            "John &lt;john@example.com> wrote"
        );
    }

    #[test]
    fn markup_is_sanitised() {
        assert_eq!(
            from_input("<p onclick=x()>hi<script>alert(1)</script></p>"),
            "<p>hi</p>"
        );
    }

    #[test]
    fn a_body_read_and_written_back_is_unchanged() {
        let stored = from_input("<b>x</b> &amp; y");
        assert_eq!(from_input(&format!("{PREFIX}{stored}")), stored);
    }

    #[test]
    fn an_unknown_tag_never_becomes_markup() {
        assert!(!from_input("<foo onmouseover=alert(1)>x").contains("<foo"));
    }
}
