//! What markup costs the parser. It opens every unclosed formatting element anew in each paragraph, and looks through
//! all open elements at each tag: a few kilobytes of `<b a0><b a1>…<p>x<p>x…` would take gigabytes and minutes.
//!
//! One pass over the tags keeps the books of the parser, roughly. Where they differ, this one has more open than the
//! parser: an end tag that the parser may ignore closes nothing here.

/// The most unclosed formatting elements. Letters of people have a handful.
const MAX_FORMATTING: usize = 100;

/// The most open elements. A mail answered a hundred times has some three hundred.
const MAX_DEPTH: usize = 500;

/// What opening formatting anew may write, in bytes, whatever the length of the text; and how many bytes more for each
/// byte of it.
const REOPENED_BYTES: usize = 64 * 1024;
const REOPENED_FACTOR: usize = 10;

/// What an element costs besides the bytes of its tag.
const ELEMENT_BYTES: usize = 8;

/// What the parser opens anew.
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// What never holds anything.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// What an end tag closes together with everything open in it.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figure",
    "footer",
    "header",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "ul",
];

/// What a start tag of the same name closes.
const ITEMS: &[&str] = &["dd", "dt", "li", "p"];

/// What no end tag of something outside reaches through.
const MARKERS: &[&str] = &["caption", "table", "td", "th"];

/// Tags inside of these may be text, or be ignored.
const OPAQUE: &[&str] = &[
    "iframe", "noembed", "noframes", "noscript", "script", "select", "style", "template",
    "textarea", "title", "xmp",
];

/// Whose rules are not kept here: from there on no end tag closes anything.
const FOREIGN: &[&str] = &[
    "applet",
    "frameset",
    "marquee",
    "math",
    "object",
    "plaintext",
    "svg",
];

/// Whether a parser would take much more memory or time for this text than its length lets expect.
pub(super) fn is_too_heavy(html: &str) -> bool {
    let mut books = Books::default();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = if books.opaque.is_some() {
                comment
            } else {
                after_comment(comment)
            };
            continue;
        }
        let (ends, named) = match after.strip_prefix('/') {
            Some(named) => (true, named),
            None => (false, after),
        };
        if !named.starts_with(|first: char| first.is_ascii_alphabetic()) {
            rest = after;
            continue;
        }
        let length = named
            .find(|c: char| matches!(c, '>' | '/') || c.is_ascii_whitespace())
            .unwrap_or(named.len());
        let (name, attributes) = named.split_at(length);
        let name = name.to_ascii_lowercase();
        let Some(length) = tag_length(attributes) else {
            // Without an end it is no tag, for the parser: all that is left is dropped.
            return false;
        };
        let (attributes, following) = attributes.split_at(length);
        if ends {
            books.end(&name);
        } else {
            books.start(&name, attributes);
        }
        if books.formatting.len() > MAX_FORMATTING
            || books.open.len() > MAX_DEPTH
            || books.reopened > REOPENED_BYTES + REOPENED_FACTOR * html.len()
        {
            return true;
        }
        rest = following;
    }
    false
}

/// What follows a comment whose text begins here.
fn after_comment(text: &str) -> &str {
    if let Some(rest) = text.strip_prefix('>').or_else(|| text.strip_prefix("->")) {
        return rest;
    }
    let ends = ["-->", "--!>"].map(|end| text.find(end).map(|at| at + end.len()));
    let end = ends.into_iter().flatten().min().unwrap_or(text.len());
    text.split_at(end).1
}

/// How long the attributes of a tag are, with the `>` that ends it: one in quotes does not.
fn tag_length(attributes: &str) -> Option<usize> {
    enum At {
        BeforeName,
        Name,
        BeforeValue,
        Value,
        Quoted(u8),
    }
    let mut at = At::BeforeName;
    for (index, byte) in attributes.bytes().enumerate() {
        let blank = byte.is_ascii_whitespace();
        at = match (at, byte) {
            (At::Quoted(quote), _) if quote != byte => At::Quoted(quote),
            (At::BeforeValue, b'"' | b'\'') => At::Quoted(byte),
            (At::Quoted(_), _) => At::BeforeName,
            (_, b'>') => return Some(index + 1),
            (At::Name, b'=') => At::BeforeValue,
            (At::BeforeValue, _) if blank => At::BeforeValue,
            (At::BeforeName | At::Value, _) if blank => At::BeforeName,
            (At::BeforeValue | At::Value, _) => At::Value,
            (At::BeforeName | At::Name, b'/') => At::BeforeName,
            // Blanks may stand between a name and its sign.
            (At::BeforeName | At::Name, _) => At::Name,
        };
    }
    None
}

/// An open element.
struct Open {
    name: String,
    /// How many formatting elements were unclosed when it began.
    formatting: usize,
}

/// A formatting element that was not closed.
#[derive(PartialEq)]
struct Formatting {
    name: String,
    attributes: String,
    /// How many markers were open.
    markers: usize,
}

#[derive(Default)]
struct Books {
    open: Vec<Open>,
    formatting: Vec<Formatting>,
    /// How many of the open elements are markers.
    markers: usize,
    /// How many bytes opening formatting anew may have written.
    reopened: usize,
    opaque: Option<String>,
    foreign: bool,
}

impl Books {
    fn start(&mut self, name: &str, attributes: &str) {
        self.foreign |= FOREIGN.contains(&name);
        if VOID.contains(&name) {
            return;
        }
        if FORMATTING.contains(&name) {
            self.start_formatting(name, attributes);
            return;
        }
        self.count_reopened();
        if OPAQUE.contains(&name) {
            if self.opaque.is_none() {
                self.opaque = Some(name.to_owned());
            }
            return;
        }
        match name {
            "td" | "th" | "caption" | "tr" | "tbody" | "thead" | "tfoot" | "colgroup" => {
                let Some(table) = self.open.iter().rposition(|open| open.name == "table") else {
                    return;
                };
                if self.may_close() {
                    self.close_down_to(table + 1);
                }
                if !MARKERS.contains(&name) {
                    return;
                }
            }
            _ if ITEMS.contains(&name) && self.may_close() => {
                let reached = self.reaches(name, is_inline);
                if let Some(position) = reached {
                    self.close_down_to(position);
                }
            }
            _ => {}
        }
        self.push(name);
    }

    fn start_formatting(&mut self, name: &str, attributes: &str) {
        if name == "a" {
            self.end_formatting(name);
        }
        let new = Formatting {
            name: name.to_owned(),
            attributes: attributes.to_owned(),
            markers: self.markers,
        };
        // Of equal ones the parser remembers three.
        let mut equal = self
            .formatting
            .iter()
            .enumerate()
            .filter(|(_, old)| **old == new);
        let oldest = equal.next().map(|(position, _)| position);
        if equal.count() >= 2
            && let Some(oldest) = oldest
        {
            self.formatting.remove(oldest);
            for open in &mut self.open {
                open.formatting -= usize::from(open.formatting > oldest);
            }
        }
        self.formatting.push(new);
        self.push(name);
    }

    fn end(&mut self, name: &str) {
        self.count_reopened();
        if self.opaque.as_deref() == Some(name) {
            self.opaque = None;
            return;
        }
        if !self.may_close() {
            return;
        }
        if FORMATTING.contains(&name) {
            self.end_formatting(name);
            return;
        }
        let position = if name == "table" {
            self.open.iter().rposition(|open| open.name == name)
        } else if MARKERS.contains(&name) || BLOCKS.contains(&name) {
            self.reaches(name, |between| !MARKERS.contains(&between))
        } else {
            self.reaches(name, is_inline)
        };
        if let Some(position) = position {
            self.close_down_to(position);
        }
    }

    fn end_formatting(&mut self, name: &str) {
        if !self.may_close() {
            return;
        }
        let last = self
            .formatting
            .iter()
            .rposition(|old| old.name == name && old.markers == self.markers);
        if let Some(last) = last {
            self.formatting.remove(last);
            for open in &mut self.open {
                open.formatting -= usize::from(open.formatting > last);
            }
        }
        if let Some(position) = self.reaches(name, |between| !MARKERS.contains(&between)) {
            self.open.remove(position);
        }
    }

    /// Where the innermost element of this name is, if only elements like these are open in it.
    fn reaches(&self, name: &str, through: impl Fn(&str) -> bool) -> Option<usize> {
        let open = self.open.iter().enumerate().rev();
        let mut outwards = open.skip_while(|(_, open)| open.name != name && through(&open.name));
        let (position, found) = outwards.next()?;
        (found.name == name).then_some(position)
    }

    fn may_close(&self) -> bool {
        !self.foreign && self.opaque.is_none()
    }

    fn push(&mut self, name: &str) {
        self.markers += usize::from(MARKERS.contains(&name));
        self.open.push(Open {
            name: name.to_owned(),
            formatting: self.formatting.len(),
        });
    }

    /// Close all that is open from this position on. What began in a cell ends with it.
    fn close_down_to(&mut self, position: usize) {
        for closed in self.open.drain(position..).rev() {
            if MARKERS.contains(&closed.name.as_str()) {
                self.markers -= 1;
                if closed.name != "table" {
                    self.formatting.truncate(closed.formatting);
                }
            }
        }
    }

    /// Any tag but formatting may end what formatting was open in.
    fn count_reopened(&mut self) {
        let bytes: usize = self
            .formatting
            .iter()
            .map(|old| ELEMENT_BYTES + old.name.len() + old.attributes.len())
            .sum();
        self.reopened = self.reopened.saturating_add(bytes);
    }
}

fn is_inline(name: &str) -> bool {
    name == "span" || FORMATTING.contains(&name)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn numbered(count: usize, tag: impl Fn(usize) -> String) -> String {
        (0..count).map(tag).collect()
    }

    #[test]
    fn formatting_opened_anew_in_each_paragraph_is_heavy() {
        let open = numbered(1000, |n| format!("<b a{n}>"));
        assert!(is_too_heavy(&format!("<p>{open}{}", "<p>x".repeat(1000))));
        // Under the limit of open elements: the sum counts.
        let open = numbered(90, |n| format!("<b a{n}>"));
        assert!(is_too_heavy(&format!("<p>{open}{}", "<p>x".repeat(20_000))));
    }

    #[test]
    fn deep_nesting_is_heavy() {
        for unit in [
            "<div>",
            "<b>",
            "<p><div>",
            "<li><div>",
            "<span><div></span>",
            "<div><table><td></div>",
            "<unknown>",
        ] {
            assert!(is_too_heavy(&unit.repeat(2000)), "{unit}");
        }
    }

    #[test]
    fn end_tags_that_are_none_close_nothing() {
        for hidden in [
            "<i title=\"</b>\"></i>",
            "<!-- </b> -->",
            "<style></b></style>",
            "<svg><style><!--</style></b>--></style></svg>",
            "<select></b></select>",
            "<table></b></table>",
            "<table><td></b></table>",
        ] {
            let bomb = numbered(200, |n| format!("<b a{n}>{hidden}"));
            assert!(is_too_heavy(&bomb), "{hidden}");
        }
        // The comment is over at once, and what follows are tags.
        let bomb = numbered(200, |n| format!("<b a{n}>"));
        assert!(is_too_heavy(&format!("<!-->{bomb}-->")));
    }

    #[test]
    fn letters_are_not_heavy() {
        let mut mail = String::from("<html><head><style>p > a { color: red }</style></head><body>");
        for number in 0..300 {
            write!(
                mail,
                "<!--[if mso]><table><tr><td><![endif]--><table width=\"100%\"><tr><td><font face='Calibri, sans-serif' \
                 size=2><p class=\"MsoNormal\"><b><span style=\"color:#1F497D\">From:</span></b> <a \
                 href=\"https://x.test/?a=b&c=>{number}\">x</a><o:p>&nbsp;</o:p></p><ul><li>one<li>two <i>three</ul>\
                 <td><b>never closed<tr><td>{number}<br></table><p><font color=red>sloppy"
            )
            .unwrap();
        }
        assert!(!is_too_heavy(&mail));
        let nested = format!(
            "{}deep{}",
            "<blockquote><div><font size=1>".repeat(90),
            "</font></div></blockquote>".repeat(90)
        );
        assert!(!is_too_heavy(&nested));
    }
}
