//! The header that says what a part of a multipart body is.

use percent_encoding::percent_decode_str;

/// Name and file name of a part.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Disposition {
    /// The parameter's name.
    pub(super) name: Option<String>,
    /// A part is a file when it has one, even an empty one.
    pub(super) file_name: Option<String>,
}

/// The parameters of a header like `form-data; name=file; filename="a;b.txt"`: names in lower case, values quoted
/// or not. The library's own reading finds `name=` inside of a quoted file name, and misses `filename*`.
pub(super) fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = header.split_once(';').map_or("", |(_, rest)| rest);
    while !rest.is_empty() {
        let (name, after) = match rest.find(['=', ';']).map(|at| rest.split_at(at)) {
            Some((name, after)) if after.starts_with('=') => (name, after.get(1..)),
            Some((_, after)) => {
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
            None => break,
        };
        let after = after.unwrap_or_default().trim_start();
        let (value, left) = if let Some(quoted) = after.strip_prefix('"') {
            quoted_value(quoted)
        } else {
            let (value, left) = after.split_once(';').unwrap_or((after, ""));
            (value.trim().to_owned(), left)
        };
        found.push((name.trim().to_ascii_lowercase(), value));
        rest = left;
    }
    found
}

/// A quoted value up to its closing quote, and what follows the next semicolon. Only quotes and backslashes are
/// unescaped: old browsers send whole Windows paths as they are.
fn quoted_value(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut symbols = quoted.char_indices().peekable();
    while let Some((at, symbol)) = symbols.next() {
        match symbol {
            '"' => {
                let left = quoted.get(at..).unwrap_or_default();
                return (value, left.split_once(';').map_or("", |(_, left)| left));
            }
            '\\' => match symbols.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    (value, "")
}

impl Disposition {
    /// Read the header.
    pub(super) fn parse(header: &[u8]) -> Self {
        let mut found = Self::default();
        let mut extended = None;
        for (name, value) in parameters(&String::from_utf8_lossy(header)) {
            match name.as_str() {
                "name" if found.name.is_none() => found.name = Some(value),
                "filename" if found.file_name.is_none() => found.file_name = Some(value),
                // RFC 5987: `UTF-8''na%C3%AFve.txt`.
                "filename*" => {
                    let text = value.splitn(3, '\'').nth(2).unwrap_or(&value);
                    extended = Some(percent_decode_str(text).decode_utf8_lossy().into_owned());
                }
                _ => {}
            }
        }
        found.file_name = extended.or(found.file_name);
        found
    }
}
