//! What the server that received a mail says of its sender (RFC 8601). Anybody may write such a header: only the
//! topmost one of a server that the operator names counts.

use super::decoding;
use super::header::Header;
use crate::domain::incoming_mail::Authentication;

/// What is said of the mail's sender, whose address this is. `trusted`: the names of servers that are believed.
pub(super) fn of(header: &Header, trusted: &[String], address: &str) -> Authentication {
    let domain = address
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let ours = header.all("authentication-results").find_map(|value| {
        let statements = statements(&decoding::text(value, None));
        let server = statements.first()?.first()?;
        let known = trusted.iter().any(|name| name.eq_ignore_ascii_case(server));
        known.then_some(statements)
    });
    let Some(statements) = ours else {
        return Authentication::Unknown;
    };
    let mut failed = false;
    for statement in statements.iter().skip(1) {
        match result(statement, &domain) {
            Authentication::Passed => return Authentication::Passed,
            Authentication::Failed => failed = true,
            Authentication::Unknown => {}
        }
    }
    if failed {
        Authentication::Failed
    } else {
        Authentication::Unknown
    }
}

/// What one statement says for this domain.
fn result(statement: &[String], domain: &str) -> Authentication {
    let Some((method, result)) = statement.first().and_then(|word| word.split_once('=')) else {
        return Authentication::Unknown;
    };
    let method = method.split('/').next().unwrap_or_default().trim();
    let property = |name: &str| {
        let values = statement
            .iter()
            .skip(1)
            .filter_map(|word| word.split_once('='));
        let mut named = values.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| {
            value
                .rsplit('@')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        })
    };
    let aligned = |name: &str| property(name).is_some_and(|by| is_aligned(&by, domain));
    let passes = result.eq_ignore_ascii_case("pass");
    match method.to_ascii_lowercase().as_str() {
        "dmarc" if passes => {
            // Some servers do not repeat of whom they speak: there is one From.
            let of = property("header.from");
            if of.is_none_or(|of| is_aligned(&of, domain)) {
                Authentication::Passed
            } else {
                Authentication::Unknown
            }
        }
        "dmarc" if result.eq_ignore_ascii_case("fail") => Authentication::Failed,
        "dkim" if passes && (aligned("header.d") || aligned("header.i")) => Authentication::Passed,
        "spf" if passes && aligned("smtp.mailfrom") => Authentication::Passed,
        _ => Authentication::Unknown,
    }
}

/// One domain is the other, or lies above or below it.
fn is_aligned(one: &str, other: &str) -> bool {
    let below = |inner: &str, outer: &str| {
        outer.contains('.')
            && inner
                .strip_suffix(outer)
                .is_some_and(|rest| rest.ends_with('.'))
    };
    !one.is_empty() && (one == other || below(one, other) || below(other, one))
}

/// The statements between semicolons, each as its words. Comments say nothing, and what is quoted is one word.
fn statements(value: &str) -> Vec<Vec<String>> {
    let mut statements = vec![];
    let mut words: Vec<String> = vec![];
    let mut word = String::new();
    let (mut depth, mut quoted) = (0_usize, false);
    let mut symbols = value.chars();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '\\' if quoted || depth > 0 => {
                let escaped = symbols.next();
                if quoted {
                    word.extend(escaped);
                }
            }
            '"' if depth == 0 => quoted = !quoted,
            _ if quoted => word.push(symbol),
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ';' => {
                end_of_word(&mut word, &mut words);
                statements.push(std::mem::take(&mut words));
            }
            _ if symbol.is_whitespace() => end_of_word(&mut word, &mut words),
            _ => word.push(symbol),
        }
    }
    end_of_word(&mut word, &mut words);
    statements.push(words);
    statements
}

fn end_of_word(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}
