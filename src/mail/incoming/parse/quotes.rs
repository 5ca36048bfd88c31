//! What of a reply is the reply: what stands above the mail that it answers, and above its signature. Only what lies
//! at the end is cut; whoever answers between the quoted lines is read as a whole.

use super::lines::Line;

/// Lines of a signature; with more it is none.
const LONGEST_SIGNATURE: usize = 15;

/// What a program writes above the mail it quotes: "On Monday, Ann wrote:".
const WROTE: &[(&str, &str)] = &[
    ("on ", " wrote:"),
    ("am ", " schrieb"),
    ("le ", "écrit"),
    ("el ", "escribió"),
    ("il ", "ha scritto"),
    ("op ", "schreef"),
    ("em ", "escreveu"),
    ("", "пишет:"),
    ("", "писал:"),
    ("", "писала:"),
    ("", "писал(а):"),
    ("", "написал:"),
    ("", "написала:"),
    ("", "написал(а):"),
    ("", " wrote:"),
    ("", " schrieb:"),
    ("", " a écrit"),
    ("", " escribió:"),
];

/// What stands alone above a mail that is quoted without marks.
const SEPARATORS: &[&str] = &[
    "original message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "message d'origine",
    "message d’origine",
    "message original",
    "mensaje original",
    "исходное сообщение",
    "оригинальное сообщение",
    "messaggio originale",
    "oorspronkelijk bericht",
    "mensagem original",
];

/// What stands alone above a mail that is forwarded.
const FORWARDED: &[&str] = &[
    "forwarded message",
    "begin forwarded message",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten nachricht",
    "weitergeleitete e-mail",
    "message transféré",
    "message transmis",
    "début du message réexpédié",
    "début du message transféré",
    "mensaje reenviado",
    "inicio del mensaje reenviado",
    "пересылаемое сообщение",
    "пересланное сообщение",
    "перенаправленное сообщение",
    "начало переадресованного сообщения",
    "начало пересылаемого сообщения",
];

/// Lines that phones add.
const PHONES: &[&str] = &[
    "sent from my ",
    "sent from mail for ",
    "sent from outlook",
    "get outlook for ",
    "von meinem ",
    "gesendet von mail ",
    "gesendet von meinem ",
    "outlook für ",
    "envoyé de mon ",
    "envoyé depuis mon ",
    "envoyé à partir de ",
    "télécharger outlook ",
    "enviado desde mi ",
    "enviado desde ",
    "obtener outlook ",
    "отправлено с ",
    "отправлено из ",
];

/// The labels of a header as people see it.
const FROM: &[&str] = &["from", "von", "de", "от", "от кого", "da", "van"];
const DATE: &[&str] = &[
    "sent",
    "date",
    "gesendet",
    "datum",
    "envoyé",
    "enviado",
    "enviado el",
    "fecha",
    "отправлено",
    "дата",
    "inviato",
    "data",
    "verzonden",
];
const OTHERS: &[&str] = &[
    "to",
    "cc",
    "subject",
    "an",
    "betreff",
    "kopie",
    "à",
    "objet",
    "para",
    "asunto",
    "кому",
    "копия",
    "тема",
    "a",
    "oggetto",
    "aan",
    "onderwerp",
    "assunto",
    "reply-to",
    "antwort an",
];

/// Where the source is to be cut so that the reply is left; none: all of it is shown.
pub(super) fn end_of_reply(lines: &[Line]) -> Option<usize> {
    cut(lines, true)
}

/// The same, where only a signature is to be cut.
pub(super) fn end_above_signature(lines: &[Line]) -> Option<usize> {
    cut(lines, false)
}

/// The walk: `end` is where the last line of the reply itself ends.
fn cut(lines: &[Line], quotes: bool) -> Option<usize> {
    let mut end: Option<usize> = None;
    let mut is_cut = false;
    let mut signature = 0_usize;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        if is_forward(line) || (!quotes && is_quote(rest)) {
            // What is forwarded is what the mail is about.
            return None;
        }
        if quotes && begins_open_quote(rest) {
            is_cut = true;
            break;
        }
        let attribution = if quotes { attribution(rest) } else { 0 };
        if line.text.trim().is_empty() {
            // Blank lines end nothing and begin nothing.
        } else if line.is_signature || begins_signature(line) {
            (is_cut, signature) = (true, signature.max(1));
        } else if quotes && line.is_quoted {
            is_cut = true;
        } else if attribution > 0 {
            is_cut = true;
            at += attribution;
            continue;
        } else if signature > 0 && signature < LONGEST_SIGNATURE {
            signature += 1;
        } else {
            (is_cut, signature, end) = (false, 0, Some(line.end));
        }
        at += 1;
    }
    end.filter(|_| is_cut)
}

fn is_quote(rest: &[Line]) -> bool {
    rest.first().is_some_and(|line| line.is_quoted) || begins_open_quote(rest)
}

/// A line that says what is forwarded.
pub(super) fn is_forward(line: &Line) -> bool {
    is_alone(&line.text, FORWARDED)
}

/// One of the words and nothing else but hyphens and the like.
fn is_alone(text: &str, words: &[&str]) -> bool {
    let text = text.trim_matches(|symbol: char| {
        symbol.is_whitespace()
            || matches!(symbol, '-' | '_' | '=' | '*' | '>' | ':' | '—' | '–' | '#')
    });
    text.chars().count() <= 60 && words.contains(&text.to_lowercase().as_str())
}

fn begins_open_quote(rest: &[Line]) -> bool {
    let Some(line) = rest.first() else {
        return false;
    };
    line.opens_quote
        || (line.text.starts_with('-') && is_alone(&line.text, SEPARATORS))
        || (is_rule(&line.text) && is_header(rest.get(1..).unwrap_or_default()))
        || is_header(rest)
}

/// The line that Outlook draws above a header.
fn is_rule(text: &str) -> bool {
    text.len() >= 10 && text.bytes().all(|byte| byte == b'_')
}

/// A header as people see it: "From:", and soon "Sent:" and another field.
pub(super) fn is_header(rest: &[Line]) -> bool {
    let mut fields = rest
        .iter()
        .filter(|line| !line.text.trim().is_empty())
        .map(label);
    let Some(Some(first)) = fields.next() else {
        return false;
    };
    if !FROM.contains(&first.as_str()) {
        return false;
    }
    let following: Vec<String> = fields.take(4).flatten().collect();
    let has = |labels: &[&str]| {
        following
            .iter()
            .any(|field| labels.contains(&field.as_str()))
    };
    has(DATE) && has(OTHERS)
}

/// What stands before the colon of a field, in lower case.
pub(super) fn label(line: &Line) -> Option<String> {
    let (label, _) = line.text.split_once(':')?;
    let label =
        label.trim_matches(|symbol: char| symbol.is_whitespace() || matches!(symbol, '*' | '>'));
    (label.chars().count() <= 20).then(|| label.to_lowercase())
}

/// The label is that of the sender.
pub(super) fn is_from(line: &Line) -> bool {
    label(line).is_some_and(|label| FROM.contains(&label.as_str()))
}

/// How many lines say who wrote what is quoted below them; 0: none do.
fn attribution(rest: &[Line]) -> usize {
    let mut joined = String::new();
    for (count, line) in rest.iter().take(4).enumerate() {
        if line.text.trim().is_empty() || line.is_quoted {
            return 0;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&line.text);
        if joined.chars().count() > 400 {
            return 0;
        }
        if joined.trim_end().ends_with(':') && says_who_wrote(&joined) {
            let below = rest.get(count + 1..).unwrap_or_default();
            let next = below.iter().find(|line| !line.text.trim().is_empty());
            // Nothing below: the quote was empty. What says so without its first line stands below a line of the reply.
            let quotes = next.is_none_or(|line| line.is_quoted)
                && (count == 0 || attribution(rest.get(1..).unwrap_or_default()) == 0);
            return if quotes { count + 1 } else { 0 };
        }
    }
    0
}

fn says_who_wrote(text: &str) -> bool {
    let text = text.to_lowercase().replace(['\u{a0}', '\u{202f}'], " ");
    let has_digit = text.contains(|symbol: char| symbol.is_ascii_digit());
    WROTE
        .iter()
        .any(|(begin, word)| text.starts_with(begin) && text.contains(word))
        || (has_digit && text.ends_with(">:") && text.contains('@'))
}

fn begins_signature(line: &Line) -> bool {
    if matches!(line.text.as_str(), "-- " | "--") {
        return true;
    }
    let text = line.text.to_lowercase();
    text.chars().count() <= 60 && PHONES.iter().any(|phone| text.starts_with(phone))
}
