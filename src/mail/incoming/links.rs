//! Pictures within the text of a mail: `cid:` links to parts of the same mail become links to its files. The HTML is
//! sanitised after that, never before.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use crate::domain::ids::AttachmentId;

/// The longest Content-ID that is looked for.
const LONGEST: usize = 300;

/// The HTML with its `cid:` links replaced. Those to parts that are not there stay, and fall to the sanitiser.
pub(super) fn rewrite(html: &str, files: &HashMap<&str, AttachmentId>) -> String {
    if files.is_empty() {
        return html.to_owned();
    }
    let mut rewritten = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = find_scheme(rest) {
        let (before, link) = rest.split_at(at);
        rewritten.push_str(before);
        let name = link.get(4..).unwrap_or_default();
        let end = name
            .find(['"', '\'', '>', '<', ' ', ')', '\n', '\t'])
            .unwrap_or(name.len());
        let (name, after) = name.split_at(end);
        let quoted = before.ends_with(['"', '\'', '=', ' ', '(']);
        if let Some(id) = file(name, files).filter(|_| quoted) {
            rewritten.push_str("/File/Get/");
            rewritten.push_str(&id.to_string());
        } else {
            rewritten.push_str(link.get(..4).unwrap_or_default());
            rewritten.push_str(name);
        }
        rest = after;
    }
    rewritten.push_str(rest);
    rewritten
}

/// Where `cid:` begins, in any case.
fn find_scheme(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    bytes
        .windows(4)
        .position(|four| four.eq_ignore_ascii_case(b"cid:"))
}

fn file(name: &str, files: &HashMap<&str, AttachmentId>) -> Option<AttachmentId> {
    if name.len() > LONGEST {
        return None;
    }
    let name = name.replace("&amp;", "&");
    let decoded = percent_decode_str(&name).decode_utf8_lossy();
    files
        .get(name.as_str())
        .or_else(|| files.get(decoded.as_ref()))
        .copied()
}
