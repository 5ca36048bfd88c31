//! Bodies are HTML. Markup is sanitised when it is stored, so that what any client renders is safe.

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
fn is_markup(text: &str) -> bool {
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
/// out where a browser would take it for a tag.
#[must_use]
pub fn from_input(body: &str) -> String {
    // A client that reads a body and writes it back sends our own prefix along.
    let body = body.strip_prefix(PREFIX).unwrap_or(body);
    if is_markup(body) {
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
