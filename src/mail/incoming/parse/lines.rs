//! The lines of a body as a person sees them, each with the place where it ends in the source: what is quoted is cut
//! from the source there, whether it is text or HTML.

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// What is read in it, trimmed; empty for a blank one.
    pub(super) text: String,
    /// Where it ends in the source.
    pub(super) end: usize,
    /// It is marked as quoted.
    pub(super) is_quoted: bool,
    /// It is marked as part of a signature.
    pub(super) is_signature: bool,
    /// All that follows is marked as quoted.
    pub(super) opens_quote: bool,
}

/// The lines of a text.
pub(super) fn of_text(text: &str) -> Vec<Line> {
    let mut lines = vec![];
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        // Two hyphens and a blank begin a signature: the blank is kept.
        let shown = line.trim_end_matches(['\n', '\r']);
        let is_dashes = shown == "-- ";
        lines.push(Line {
            text: if is_dashes { shown } else { shown.trim() }.to_owned(),
            end,
            is_quoted: shown.trim_start().starts_with('>'),
            ..Line::default()
        });
    }
    lines
}

/// Tags after and before which a line ends.
const BREAKING: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "tr",
    "ul",
];

/// Tags without an end.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// Marks of elements that quote.
const QUOTES: &[&str] = &[
    "gmail_quote",
    "gmail_attr",
    "gmail_extra",
    "yahoo_quoted",
    "moz-cite-prefix",
    "protonmail_quote",
    "zmail_extra",
    "tutanota_quote",
    "mail-quote-",
    "reply-intro",
    "type=\"cite\"",
    "type=cite",
    "type='cite'",
];

/// Marks of elements with which a quote begins that has no end.
const OPENING: &[&str] = &[
    "divrplyfwdmsg",
    "appendonsend",
    "stopspelling",
    "id=\"mail-editor-reference-message-container\"",
    "x_divrplyfwdmsg",
    "border:none;border-top:solid #e1e1e1",
    "border:none;border-top:solid #b5c4df",
    "border:none; border-top:solid #e1e1e1",
];

/// Marks of signatures.
const SIGNATURES: &[&str] = &[
    "gmail_signature",
    "moz-signature",
    "applemailsignature",
    "id=\"signature\"",
    "protonmail_signature_block",
    "ms-outlook-mobile-signature",
];

/// The most elements that are looked at within each other.
const DEEPEST: usize = 512;

/// An element that is open and means something here.
struct Marked {
    name: String,
    is_quote: bool,
    /// Elements of its own name that are open within it.
    inner: usize,
}

/// The reading of HTML.
#[derive(Default)]
struct Reading {
    lines: Vec<Line>,
    line: Line,
    marked: Vec<Marked>,
    opens_quote: bool,
}

/// The lines of HTML. It is looked at, not understood: whatever is wrong with it, lines come of it.
pub(super) fn of_html(html: &str) -> Vec<Line> {
    let mut reading = Reading::default();
    let mut at = 0;
    while let Some(rest) = html.get(at..).filter(|rest| !rest.is_empty()) {
        at += match rest.strip_prefix('<') {
            Some(inside) if begins_tag(inside) => reading.tag(rest, at),
            _ => {
                let length = rest
                    .char_indices()
                    .skip(1)
                    .find(|(_, symbol)| *symbol == '<');
                let length = length.map_or(rest.len(), |(place, _)| place);
                reading.text(rest.get(..length).unwrap_or_default(), at + length);
                length
            }
        };
    }
    reading.end_line();
    reading.lines
}

/// The text of HTML, line by line.
pub(super) fn text_of_html(html: &str) -> String {
    let lines = of_html(html);
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    texts.join("\n")
}

fn begins_tag(inside: &str) -> bool {
    inside.starts_with(|symbol: char| {
        symbol.is_ascii_alphabetic() || matches!(symbol, '/' | '!' | '?')
    })
}

impl Reading {
    /// Take the tag at the beginning of `rest`; how long it is.
    fn tag(&mut self, rest: &str, at: usize) -> usize {
        if rest.starts_with("<!--") {
            return rest.find("-->").map_or(rest.len(), |end| end + 3);
        }
        let length = tag_length(rest);
        let tag = rest
            .get(1..length)
            .unwrap_or_default()
            .trim_end_matches('>');
        let closes = tag.starts_with('/');
        let inner = tag.trim_start_matches('/');
        let name: String = inner
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .take(16)
            .collect::<String>()
            .to_ascii_lowercase();
        if !closes
            && matches!(
                name.as_str(),
                "style" | "script" | "title" | "head" | "template"
            )
        {
            return length + hidden_length(rest.get(length..).unwrap_or_default(), &name);
        }
        if BREAKING.contains(&name.as_str()) {
            self.end_line();
        }
        if closes {
            self.close(&name);
        } else {
            self.open(&name, inner);
            if name == "img" {
                self.text("\u{fffc}", at + length);
            }
        }
        length
    }

    fn open(&mut self, name: &str, tag: &str) {
        let attributes = tag.to_ascii_lowercase();
        let has = |marks: &[&str]| marks.iter().any(|mark| attributes.contains(mark));
        if has(OPENING) {
            self.opens_quote = true;
        }
        if VOID.contains(&name) {
            return;
        }
        for marked in self.marked.iter_mut().filter(|marked| marked.name == name) {
            marked.inner += 1;
        }
        let is_quote = has(QUOTES);
        if (is_quote || has(SIGNATURES)) && self.marked.len() < DEEPEST {
            self.end_line();
            self.marked.push(Marked {
                name: name.to_owned(),
                is_quote,
                inner: 0,
            });
        }
    }

    fn close(&mut self, name: &str) {
        let mut ended = false;
        self.marked.retain_mut(|marked| {
            if marked.name != name {
                return true;
            }
            let ends = marked.inner == 0;
            marked.inner = marked.inner.saturating_sub(1);
            ended |= ends;
            !ends
        });
        if ended {
            self.end_line();
        }
    }

    fn text(&mut self, text: &str, end: usize) {
        let text = entities(text);
        for word in text.split_whitespace() {
            if !self.line.text.is_empty() {
                self.line.text.push(' ');
            }
            self.line.text.push_str(word);
            self.line.end = end;
        }
        self.line.is_quoted |= self.marked.iter().any(|marked| marked.is_quote);
        self.line.is_signature |= self.marked.iter().any(|marked| !marked.is_quote);
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        if line.text.is_empty() {
            return;
        }
        line.opens_quote = std::mem::take(&mut self.opens_quote);
        self.lines.push(line);
    }
}

/// To the `>` that no quotation mark keeps.
fn tag_length(rest: &str) -> usize {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') if at > 1 => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            // A quotation mark without its partner must not swallow the mail.
            (Some(_), b'<') => return rest.find('>').map_or(rest.len(), |end| end + 1),
            _ => {}
        }
    }
    rest.len()
}

/// What is never shown: to the end of the element.
fn hidden_length(rest: &str, name: &str) -> usize {
    let end = format!("</{name}");
    let mut at = 0;
    while let Some(found) = rest.get(at..).and_then(|rest| rest.find("</")) {
        let place = at + found;
        let candidate = rest.get(place..place + end.len()).unwrap_or_default();
        if candidate.eq_ignore_ascii_case(&end) {
            return place;
        }
        at = place + 2;
    }
    rest.len()
}

/// The few entities that mails are full of; what the others stand for makes no difference here.
fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&nbsp;", " ")
        .replace("&#160;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
