//! How a value is written into the text around it.

use std::fmt::Write;

use crate::html;

/// What kind of text a value is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Plain text.
    Text,
    /// HTML: bodies, which are safe HTML already, go in as they are, everything else as text.
    Html,
    /// The inside of a JSON string.
    Json,
    /// A part of a web address.
    Url,
    /// A line of a mail's or a request's head: one line, whatever the value holds.
    Header,
}

/// The value of a mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text.
    Plain(String),
    /// Safe HTML.
    Html(String),
}

impl Value {
    /// The value as it goes into such a text.
    pub(crate) fn written(&self, escape: Escape) -> String {
        match (self, escape) {
            (Self::Html(html), Escape::Html) => html.clone(),
            (Self::Plain(text), Escape::Html) => html::from_text(text),
            (Self::Plain(text), _) => plain(text, escape),
            (Self::Html(html), _) => plain(&html::to_text(html), escape),
        }
    }
}

fn plain(text: &str, escape: Escape) -> String {
    match escape {
        Escape::Text | Escape::Html => text.to_owned(),
        Escape::Json => {
            let quoted = serde_json::Value::from(text).to_string();
            let inside = quoted.get(1..quoted.len().saturating_sub(1));
            inside.unwrap_or_default().to_owned()
        }
        Escape::Url => percent_encoded(text),
        Escape::Header => one_line(text),
    }
}

/// Everything but the letters, digits and marks that mean nothing in an address.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string never fails.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The words of a text on one line, without characters that steer.
pub(crate) fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_text_has_its_own_escape() {
        let text = Value::Plain("a \"<b>\"\r\nBcc: x@y #url# é".to_owned());
        for (escape, expected) in [
            (Escape::Text, "a \"<b>\"\r\nBcc: x@y #url# é"),
            (Escape::Html, "a &quot;&lt;b&gt;&quot;<br>Bcc: x@y #url# é"),
            (Escape::Json, "a \\\"<b>\\\"\\r\\nBcc: x@y #url# é"),
            (
                Escape::Url,
                "a%20%22%3Cb%3E%22%0D%0ABcc%3A%20x%40y%20%23url%23%20%C3%A9",
            ),
            (Escape::Header, "a \"<b>\" Bcc: x@y #url# é"),
        ] {
            assert_eq!(text.written(escape), expected);
        }
    }

    #[test]
    fn a_body_is_html_in_html_and_text_elsewhere() {
        let body = Value::Html("<p>1 &lt; 2</p><p>ok</p>".to_owned());
        assert_eq!(body.written(Escape::Html), "<p>1 &lt; 2</p><p>ok</p>");
        assert_eq!(body.written(Escape::Text), "1 < 2\n\nok");
        assert_eq!(body.written(Escape::Json), "1 < 2\\n\\nok");
        assert_eq!(body.written(Escape::Header), "1 < 2 ok");
    }
}
