//! Safe HTML as text for people who read plain text, and text as HTML.

use super::escape;

/// Text as HTML, line breaks and all.
#[must_use]
pub fn from_text(text: &str) -> String {
    let text = escape(text).replace("\r\n", "<br>");
    text.replace(['\n', '\r'], "<br>")
}

/// Safe HTML as text: paragraphs, line breaks, list items and the addresses of links are kept, everything else of the
/// markup is left out.
#[must_use]
pub fn to_text(html: &str) -> String {
    let mut writer = Writer::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, from_tag) = rest.split_at(at);
        writer.text(text);
        let Some(length) = tag_length(from_tag) else {
            writer.text("<");
            rest = from_tag.get(1..).unwrap_or_default();
            continue;
        };
        let (tag, after) = from_tag.split_at(length);
        writer.tag(tag);
        rest = after;
    }
    writer.text(rest);
    writer.finished()
}

/// How long the tag is that `text` begins with; none when its `<` begins no tag.
fn tag_length(text: &str) -> Option<usize> {
    if text.starts_with("<!--") {
        return text.find("-->").map(|end| end + 3);
    }
    let first = text.get(1..)?.chars().next()?;
    if !first.is_ascii_alphabetic() && !matches!(first, '/' | '!' | '?') {
        return None;
    }
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    None
}

#[derive(Default)]
struct Writer {
    text: String,
    /// Line breaks that come before the next word.
    breaks: usize,
    /// A blank comes before the next word.
    blank: bool,
    /// How deep in blocks whose line breaks stay.
    verbatim: usize,
    /// Links that are open: their addresses, and where their texts begin.
    links: Vec<(String, usize)>,
    /// Inside of what nobody reads.
    hidden: usize,
}

impl Writer {
    fn text(&mut self, raw: &str) {
        if self.hidden > 0 {
            return;
        }
        for character in decoded(raw).chars() {
            match character {
                '\n' if self.verbatim > 0 => self.breaks += 1,
                '\r' => {}
                ' ' | '\t' if self.verbatim > 0 => self.word(character),
                // A blank that does not break is one for the eye as well.
                c if c.is_whitespace() => self.blank = true,
                c => self.word(c),
            }
        }
    }

    fn word(&mut self, character: char) {
        if self.text.is_empty() {
            self.breaks = 0;
        } else if self.breaks > 0 {
            self.text.extend(std::iter::repeat_n('\n', self.breaks));
        } else if self.blank {
            self.text.push(' ');
        }
        (self.breaks, self.blank) = (0, false);
        self.text.push(character);
    }

    fn tag(&mut self, tag: &str) {
        let inside = tag.trim_start_matches('<');
        let (closes, inside) = match inside.strip_prefix('/') {
            Some(inside) => (true, inside),
            None => (false, inside),
        };
        let name: String = inside
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        match name.to_ascii_lowercase().as_str() {
            "br" => self.breaks += 1,
            "hr" | "p" | "blockquote" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" | "h4"
            | "h5" | "h6" => self.at_least(2),
            "div" | "tr" | "dt" | "dd" | "section" | "article" | "header" | "footer" => {
                self.at_least(1);
            }
            "li" if !closes => {
                self.at_least(1);
                self.word('-');
                self.blank = true;
            }
            "td" | "th" if closes => self.blank = true,
            "pre" => {
                self.at_least(2);
                self.verbatim = if closes {
                    self.verbatim.saturating_sub(1)
                } else {
                    self.verbatim + 1
                };
            }
            "style" | "script" | "title" | "head" => {
                self.hidden = if closes {
                    self.hidden.saturating_sub(1)
                } else {
                    self.hidden + 1
                };
            }
            "a" if closes => self.end_of_link(),
            "a" => {
                let address = attribute(inside, "href").unwrap_or_default();
                self.links.push((address, self.text.len()));
            }
            "img" if self.hidden == 0 => {
                if let Some(alt) = attribute(inside, "alt").filter(|alt| !alt.trim().is_empty()) {
                    self.blank = true;
                    "[".chars()
                        .chain(alt.trim().chars())
                        .chain("]".chars())
                        .for_each(|c| self.word(c));
                    self.blank = true;
                }
            }
            _ => {}
        }
    }

    /// The address behind the text, unless the text is the address.
    fn end_of_link(&mut self) {
        let Some((address, start)) = self.links.pop() else {
            return;
        };
        let said = self.text.get(start..).unwrap_or_default();
        let shown = address.strip_prefix("mailto:").unwrap_or(&address);
        let leads_out = shown.contains("://") || shown.contains('@');
        if leads_out && !said.contains(shown) {
            self.blank = true;
            for character in format!("<{shown}>").chars() {
                self.word(character);
            }
        }
    }

    fn at_least(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
        self.blank = false;
    }

    fn finished(self) -> String {
        self.text
    }
}

/// The value of an attribute.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = format!(" {name}=");
    let at = tag.to_ascii_lowercase().find(&start)?;
    let value = tag.get(at + start.len()..)?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let value = match quote {
        Some(quote) => value.get(1..)?.split(quote).next(),
        None => value.split([' ', '>']).next(),
    };
    value.map(decoded)
}

/// The longest name of a character reference that is looked for.
const LONGEST_REFERENCE: usize = 10;

/// With the character references replaced that a sanitiser or a person writes.
fn decoded(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let end = from
            .bytes()
            .take(LONGEST_REFERENCE)
            .position(|byte| byte == b';');
        let reference = end.and_then(|end| Some((from.get(1..end)?, from.get(end + 1..)?)));
        let found = reference.and_then(|(name, after)| Some((character(name)?, after)));
        if let Some((character, after)) = found {
            text.push(character);
            rest = after;
        } else {
            text.push('&');
            rest = from.get(1..).unwrap_or_default();
        }
    }
    text.push_str(rest);
    text
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_becomes_lines_and_links_keep_their_addresses() {
        for (html, text) in [
            ("<p>a<br>b</p><p>c &amp; d</p>", "a\nb\n\nc & d"),
            ("<div>a</div><div>b</div>", "a\nb"),
            ("<ul><li>a</li><li>b</li></ul>c", "- a\n- b\n\nc"),
            (
                "see <a href=\"https://x.test/?a=1&amp;b\">this</a>.",
                "see this <https://x.test/?a=1&b>.",
            ),
            (
                "<a href=\"https://x.test\">https://x.test</a>",
                "https://x.test",
            ),
            ("<a href=\"mailto:a@x.test\">a@x.test</a>", "a@x.test"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("<img alt=\"a > b\" src=\"x\">c", "[a > b] c"),
            ("  a \n b&nbsp;&nbsp;c ", "a b c"),
            ("1 < 2 and 3 &lt; 4", "1 < 2 and 3 < 4"),
            ("<style>p {}</style><p>x</p>", "x"),
            ("a<!-- <p>not -->b", "ab"),
            ("&#233;&#x41;&bogus;&", "éA&bogus;&"),
            ("<b", "<b"),
        ] {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    #[test]
    fn text_keeps_its_lines_in_html() {
        assert_eq!(from_text("a <b>\r\nc\nd"), "a &lt;b&gt;<br>c<br>d");
    }

    proptest! {
        #[test]
        fn text_comes_back_from_html(words in proptest::collection::vec("[a-zé<>&\"']{1,8}", 1..5)) {
            let text = words.join("\n");
            prop_assert_eq!(to_text(&from_text(&text)), text);
        }

        #[test]
        fn anything_is_read(html in "[<>a-z/!&;#\" =\\n-]{0,60}") {
            let _ = to_text(&html);
        }
    }
}
