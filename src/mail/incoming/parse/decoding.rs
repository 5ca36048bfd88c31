//! Bytes of a mail as the text or the file they stand for. Whatever they are, something comes of them.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mail_parser::decoders::charsets::map::charset_decoder;

/// As forgiving as it can be.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How the bytes of a part were made fit for mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Not at all.
    #[default]
    Identity,
    /// BASE64.
    Base64,
    /// Quoted-printable.
    QuotedPrintable,
}

impl Encoding {
    /// By the value of Content-Transfer-Encoding.
    pub(super) fn of(value: &str) -> Self {
        match value.trim().to_ascii_lowercase().as_str() {
            "base64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            _ => Self::Identity,
        }
    }

    /// The bytes themselves.
    pub(super) fn decode(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Identity => bytes.to_vec(),
            Self::Base64 => base64(bytes),
            Self::QuotedPrintable => quoted_printable(bytes),
        }
    }
}

/// Bytes from BASE64; what is none of it is passed over, and padding in the middle begins anew.
fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len() / 4 * 3);
    let mut run = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => run.push(*byte),
            b'=' => end_of_run(&mut run, &mut decoded),
            _ => {}
        }
    }
    end_of_run(&mut run, &mut decoded);
    decoded
}

fn end_of_run(run: &mut Vec<u8>, decoded: &mut Vec<u8>) {
    // A single character over holds no whole byte.
    if run.len() % 4 == 1 {
        run.pop();
    }
    // Of characters of the alphabet in such a number every text is good.
    let _ = BASE64.decode_vec(&run, decoded);
    run.clear();
}

/// Bytes from quoted-printable; an escape that is none stays as it is.
fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_end();
        if let Some(soft) = text.strip_suffix(b"=") {
            unescape(soft, &mut decoded);
        } else {
            unescape(text, &mut decoded);
            if line.ends_with(b"\n") {
                decoded.push(b'\n');
            }
        }
    }
    decoded
}

fn unescape(mut text: &[u8], decoded: &mut Vec<u8>) {
    while let Some((first, rest)) = text.split_first() {
        let escaped = match (first, rest) {
            (b'=', [high, low, after @ ..]) => hex(*high, *low).map(|byte| (byte, after)),
            _ => None,
        };
        let (byte, after) = escaped.unwrap_or((*first, rest));
        decoded.push(byte);
        text = after;
    }
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Text of this charset. An unknown one, or none: UTF-8 if it is that, else what Windows wrote in the West.
pub(super) fn text(bytes: &[u8], charset: Option<&str>) -> String {
    let charset = charset.map(str::trim).unwrap_or_default();
    let is_utf8 = matches!(
        charset.to_ascii_lowercase().as_str(),
        "" | "utf-8" | "utf8" | "us-ascii" | "ascii"
    );
    if is_utf8 && let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let named = Some(charset)
        .filter(|_| !is_utf8 && charset.len() <= 40)
        .and_then(|charset| charset_decoder(charset.as_bytes()));
    if let Some(decode) = named {
        return decode(bytes);
    }
    if charset.to_ascii_lowercase().starts_with("utf") {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    match charset_decoder(b"windows-1252") {
        Some(decode) => decode(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Text fit to be stored: no control characters but tabs and line breaks, these as `\n`.
pub(super) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut symbols = text.chars().peekable();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '\r' => {
                if symbols.peek() != Some(&'\n') {
                    cleaned.push('\n');
                }
            }
            '\n' | '\t' => cleaned.push(symbol),
            _ if symbol.is_control() || symbol == '\u{feff}' => {}
            _ => cleaned.push(symbol),
        }
    }
    cleaned
}

/// One line fit to be shown: blanks folded, without what nobody sees or what turns the line around, of at most so
/// many characters.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let seen = |symbol: char| {
        !symbol.is_control()
            && !matches!(symbol, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut line = String::new();
    let mut length = 0_usize;
    for word in text.split(|symbol: char| symbol.is_whitespace() || symbol.is_control()) {
        let word: String = word.chars().filter(|symbol| seen(*symbol)).collect();
        if word.is_empty() {
            continue;
        }
        if length > 0 && length < most {
            line.push(' ');
            length += 1;
        }
        let room = most.saturating_sub(length);
        line.extend(word.chars().take(room));
        length += word.chars().count();
        if length >= most {
            break;
        }
    }
    line.trim_end().to_owned()
}
