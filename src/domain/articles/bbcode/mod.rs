//! BBCode as HTML: `[b]`, `[url=…]`, `[list]` and their like, as articles hold it.
//!
//! What this returns is well nested, and everything that is no known tag is written out. It is not safe by itself:
//! whoever shows it passes it through the sanitiser.

use std::collections::HashMap;

use crate::html::escape;

/// Tags within tags: deeper ones are shown as the text they are.
const MAX_DEPTH: usize = 32;

/// The longest argument of a tag, in bytes.
const MAX_ARGUMENT: usize = 2048;

/// What a tag becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An element within a line.
    Inline(&'static str),
    /// A citation; its argument says whose.
    Quote,
    /// Text that is no markup.
    Code,
    /// A list; with an argument a numbered one.
    List,
    /// An item of the innermost list, up to the next one.
    Item,
    /// A link to the argument, or to its own text.
    Link,
    /// A link to an e-mail address.
    Mail,
    /// A picture at the address that is its text.
    Picture,
    /// Nothing: its text stays.
    Dropped,
}

const TAGS: &[(&str, Kind)] = &[
    ("*", Kind::Item),
    ("b", Kind::Inline("b")),
    ("center", Kind::Dropped),
    ("code", Kind::Code),
    ("color", Kind::Dropped),
    ("email", Kind::Mail),
    ("font", Kind::Dropped),
    ("i", Kind::Inline("i")),
    ("img", Kind::Picture),
    ("justify", Kind::Dropped),
    ("left", Kind::Dropped),
    ("list", Kind::List),
    ("quote", Kind::Quote),
    ("right", Kind::Dropped),
    ("s", Kind::Inline("s")),
    ("size", Kind::Dropped),
    ("sub", Kind::Inline("sub")),
    ("sup", Kind::Inline("sup")),
    ("u", Kind::Inline("u")),
    ("url", Kind::Link),
];

/// `text` as HTML.
#[must_use]
pub fn to_html(text: &str) -> String {
    let mut writer = Writer {
        last_ends: last_ends(text),
        at: 0,
        html: String::with_capacity(text.len() + text.len() / 8),
        open: vec![],
        after_block: false,
    };
    writer.write(text);
    writer.html
}

/// A tag in the text.
struct Bracket<'a> {
    name: &'static str,
    kind: Kind,
    ends: bool,
    argument: &'a str,
    /// With its brackets.
    length: usize,
}

/// The known tag that `text`, which begins with `[`, begins with.
fn bracket(text: &str) -> Option<Bracket<'_>> {
    let inner = text.strip_prefix('[')?;
    let (ends, named) = match inner.strip_prefix('/') {
        Some(named) => (true, named),
        None => (false, inner),
    };
    // An argument ends with its line, and holds no other tag: so nothing is looked at twice.
    let length = named
        .bytes()
        .take(MAX_ARGUMENT)
        .position(|byte| matches!(byte, b']' | b'[' | b'\n' | b'\r'))?;
    let (content, after) = named.split_at(length);
    if !after.starts_with(']') {
        return None;
    }
    let (name, argument) = match content.find(['=', ' ']) {
        Some(at) => content.split_at(at),
        None => (content, ""),
    };
    let (name, kind) = TAGS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .copied()?;
    let argument = argument.strip_prefix('=').unwrap_or(argument).trim();
    Some(Bracket {
        name,
        kind,
        ends,
        argument: argument.trim_matches(['"', '\'']),
        length: text.len() - after.len() + 1,
    })
}

/// Where each tag ends for the last time: one that is never ended is text.
fn last_ends(text: &str) -> HashMap<&'static str, usize> {
    text.match_indices("[/")
        .filter_map(|(at, _)| Some((bracket(text.get(at..)?)?.name, at)))
        .collect()
}

/// An address that a link may have. The sanitiser asks again; here it decides whether there is a link at all.
fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let lower: String = text.chars().take(8).collect::<String>().to_lowercase();
    let is_known = ["http://", "https://", "mailto:", "/"]
        .iter()
        .any(|scheme| lower.starts_with(scheme));
    if text.contains(char::is_control) {
        None
    } else if is_known {
        Some(escape(text))
    } else if lower.starts_with("www.") {
        Some(format!("http://{}", escape(text)))
    } else {
        None
    }
}

/// A tag that was begun, and what ends it in HTML.
struct Open {
    name: &'static str,
    kind: Kind,
    end: &'static str,
}

struct Writer {
    last_ends: HashMap<&'static str, usize>,
    /// How much of the text is written.
    at: usize,
    html: String,
    open: Vec<Open>,
    /// A block has just begun or ended: the line break after it is no line of its own.
    after_block: bool,
}

impl Writer {
    fn write(&mut self, text: &str) {
        while let Some(rest) = text.get(self.at..).filter(|rest| !rest.is_empty()) {
            let plain = rest.find(['[', '\r', '\n']).unwrap_or(rest.len());
            if plain > 0 {
                self.text(rest.get(..plain).unwrap_or(rest));
            } else if rest.starts_with('[') {
                self.bracket(rest);
            } else {
                self.line_break(rest);
            }
        }
        self.close_down_to(0);
    }

    /// Text as it is.
    fn text(&mut self, text: &str) {
        self.html.push_str(&escape(text));
        self.at += text.len();
        self.after_block = false;
    }

    fn line_break(&mut self, rest: &str) {
        self.at += if rest.starts_with("\r\n") { 2 } else { 1 };
        let in_list = self.open.last().is_some_and(|open| open.kind == Kind::List);
        if !in_list && !self.after_block {
            self.html.push_str("<br>");
        }
        self.after_block = false;
    }

    /// What begins with `[`: a tag, or text.
    fn bracket(&mut self, rest: &str) {
        match bracket(rest) {
            Some(tag) if tag.ends => self.end(&tag),
            Some(tag) if self.begin(&tag, rest) => {}
            _ => self.text("["),
        }
    }

    /// The end of a tag, and of everything in it. One that was not begun says nothing.
    fn end(&mut self, tag: &Bracket<'_>) {
        self.at += tag.length;
        if let Some(depth) = self.open.iter().rposition(|open| open.name == tag.name) {
            self.close_down_to(depth);
        }
    }

    fn close_down_to(&mut self, depth: usize) {
        while self.open.len() > depth
            && let Some(open) = self.open.pop()
        {
            self.html.push_str(open.end);
            self.after_block = matches!(open.kind, Kind::Quote | Kind::List);
        }
    }

    /// The begin of a tag; false when it is none, but text.
    fn begin(&mut self, tag: &Bracket<'_>, rest: &str) -> bool {
        if tag.kind == Kind::Item {
            return self.item(tag);
        }
        let is_ended = self
            .last_ends
            .get(tag.name)
            .is_some_and(|end| *end > self.at);
        if !is_ended || self.open.len() >= MAX_DEPTH {
            return false;
        }
        let content = rest.get(tag.length..).unwrap_or_default();
        match tag.kind {
            Kind::Code => self.code(tag, content),
            Kind::Picture => self.picture(tag, content),
            Kind::Link | Kind::Mail if tag.argument.is_empty() => self.bare_link(tag, content),
            Kind::Link | Kind::Mail => self.link(tag),
            Kind::Inline(element) => self.inline(tag, element),
            Kind::Quote => self.quote(tag),
            Kind::List => self.list(tag),
            Kind::Dropped | Kind::Item => self.push(tag, ""),
        }
    }

    fn put(&mut self, pieces: &[&str]) {
        for piece in pieces {
            self.html.push_str(piece);
        }
    }

    fn push(&mut self, tag: &Bracket<'_>, end: &'static str) -> bool {
        self.at += tag.length;
        self.open.push(Open {
            name: tag.name,
            kind: tag.kind,
            end,
        });
        true
    }

    fn inline(&mut self, tag: &Bracket<'_>, element: &'static str) -> bool {
        self.put(&["<", element, ">"]);
        let end = match element {
            "b" => "</b>",
            "i" => "</i>",
            "u" => "</u>",
            "s" => "</s>",
            "sub" => "</sub>",
            _ => "</sup>",
        };
        self.push(tag, end)
    }

    fn quote(&mut self, tag: &Bracket<'_>) -> bool {
        self.html.push_str("<blockquote>");
        if !tag.argument.is_empty() {
            let author = escape(tag.argument);
            self.put(&["<cite>", &author, "</cite><br>"]);
        }
        self.after_block = true;
        self.push(tag, "</blockquote>")
    }

    fn list(&mut self, tag: &Bracket<'_>) -> bool {
        let (begin, end) = if tag.argument.is_empty() {
            ("<ul>", "</ul>")
        } else {
            ("<ol>", "</ol>")
        };
        self.html.push_str(begin);
        self.push(tag, end)
    }

    /// An item ends the one before it. Outside of lists it is text.
    fn item(&mut self, tag: &Bracket<'_>) -> bool {
        let list = self.open.iter().rposition(|open| open.kind == Kind::List);
        let Some(list) = list else {
            return false;
        };
        self.close_down_to(list + 1);
        self.html.push_str("<li>");
        self.push(tag, "</li>")
    }

    fn code(&mut self, tag: &Bracket<'_>, content: &str) -> bool {
        let end = content.match_indices("[/").find_map(|(at, _)| {
            let end = bracket(content.get(at..)?)?;
            (end.name == tag.name).then_some((at, end.length))
        });
        let Some((length, end)) = end else {
            return false;
        };
        let code = escape(content.get(..length).unwrap_or_default());
        let code = code.trim_start_matches(['\r', '\n']);
        self.put(&["<pre><code>", code, "</code></pre>"]);
        self.at += tag.length + length + end;
        self.after_block = true;
        true
    }

    /// The text of a tag that holds nothing but text, and the length of that tag with its end.
    fn only_text<'a>(tag: &Bracket<'_>, content: &'a str) -> Option<(&'a str, usize)> {
        let (text, _) = content.split_once('[')?;
        let end = bracket(content.get(text.len()..)?)?;
        let is_end = end.ends && end.name == tag.name;
        is_end.then_some((text, tag.length + text.len() + end.length))
    }

    fn picture(&mut self, tag: &Bracket<'_>, content: &str) -> bool {
        let Some((text, length)) = Self::only_text(tag, content) else {
            return false;
        };
        match address(text) {
            Some(source) => self.put(&["<img src=\"", &source, "\" alt=\"\">"]),
            None => self.html.push_str(&escape(text)),
        }
        self.at += length;
        true
    }

    fn bare_link(&mut self, tag: &Bracket<'_>, content: &str) -> bool {
        let Some((text, length)) = Self::only_text(tag, content) else {
            return false;
        };
        let shown = escape(text);
        match target(tag.kind, text).filter(|_| !self.in_link()) {
            Some(target) => self.put(&["<a href=\"", &target, "\">", &shown, "</a>"]),
            None => self.html.push_str(&shown),
        }
        self.at += length;
        true
    }

    /// A link within a link, or to an address that no link may have, is its text.
    fn link(&mut self, tag: &Bracket<'_>) -> bool {
        match target(tag.kind, tag.argument).filter(|_| !self.in_link()) {
            Some(target) => {
                self.put(&["<a href=\"", &target, "\">"]);
                self.push(tag, "</a>")
            }
            None => self.push(tag, ""),
        }
    }

    fn in_link(&self) -> bool {
        self.open.iter().any(|open| open.end == "</a>")
    }
}

/// What a link of this kind leads to.
fn target(kind: Kind, text: &str) -> Option<String> {
    if kind == Kind::Mail {
        address(&format!("mailto:{}", text.trim()))
    } else {
        address(text)
    }
}

#[cfg(test)]
mod tests;
