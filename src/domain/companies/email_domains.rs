//! E-mail domains of a company: "separate multiple values with semicolon like this empire.com;deathstar.com".

use crate::error::{Error, Result};

/// The parameter they come in as one text.
const PARAMETER: &str = "emailDomains";

/// The most a company has.
const MOST: usize = 100;

/// Where anybody gets an address. As domains of a company they would make strangers its members, who see its
/// tickets if they are managers and the categories that are for it.
const PUBLIC: [&str; 47] = [
    "126.com",
    "163.com",
    "aol.com",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.co.uk",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "t-online.de",
    "wanadoo.fr",
    "web.de",
    "yahoo.co.in",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
    "yahoo.fr",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
];

/// The domains in a list separated by semicolons. Errors: those of [`check`].
pub(super) fn parse(list: &str) -> Result<Vec<String>> {
    check(PARAMETER, list.split(';'))
}

/// The domains as they are stored: lower case, without a leading `@`, each once, in the order given; blank ones are
/// none.
///
/// Errors: one is no domain, or is one where anybody gets an address.
pub(super) fn check<'a>(
    parameter: &'static str,
    pieces: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<String>> {
    let mut domains = Vec::new();
    for piece in pieces.into_iter().map(str::trim) {
        let domain = piece.strip_prefix('@').unwrap_or(piece).to_lowercase();
        if piece.is_empty() || domains.contains(&domain) {
            continue;
        }
        if !is_domain(&domain) {
            let hint = if parameter == PARAMETER {
                "; separate domains by semicolons"
            } else {
                ""
            };
            let problem = format!("holds \"{}\", which is no domain{hint}", named(piece));
            return Err(Error::invalid(parameter, problem));
        }
        if PUBLIC.contains(&domain.as_str()) {
            let problem = format!(
                "holds {domain}, where anybody gets an address: everybody who has one would join the company"
            );
            return Err(Error::invalid(parameter, problem));
        }
        domains.push(domain);
        if domains.len() > MOST {
            return Err(Error::invalid(
                parameter,
                format!("holds more than {MOST} domains"),
            ));
        }
    }
    Ok(domains)
}

/// Labels of letters (of any language), digits and inner hyphens, at least two of them: a single word is a slip.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().count() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    domain.chars().count() <= 253 && domain.contains('.') && domain.split('.').all(is_label)
}

/// What was sent, fit to be named in an answer.
fn named(piece: &str) -> String {
    let plain = piece.chars().filter(|symbol| !symbol.is_control());
    plain.take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_told_apart_by_semicolons_and_written_one_way() {
        for (list, domains) in [
            ("", vec![]),
            (" ; ;", vec![]),
            (
                "empire.com;deathstar.com;vader.com",
                vec!["empire.com", "deathstar.com", "vader.com"],
            ),
            (" @Empire.COM ; empire.com;", vec!["empire.com"]),
            (
                "müller.example;x-y.example",
                vec!["müller.example", "x-y.example"],
            ),
            ("mail.gmail.com", vec!["mail.gmail.com"]),
        ] {
            assert_eq!(parse(list).unwrap(), domains, "{list}");
        }
    }

    #[test]
    fn what_is_no_domain_or_belongs_to_everybody_is_refused() {
        let long = format!("{}.example", "a".repeat(64));
        let many: Vec<String> = (0..=MOST).map(|n| format!("d{n}.example")).collect();
        let many = many.join(";");
        for list in [
            "empire",
            "a..b",
            ".a.b",
            "a.b.",
            "-a.b",
            "a-.b",
            "a b.c",
            "a.b,c.d",
            "joe@a.b",
            "@",
            "@@a.b",
            "http://a.b",
            "a.b/c",
            "*.a.b",
            "a\n.b",
            "a\u{0}.b",
            "gmail.com",
            "a.b;@Hotmail.com",
            &long,
            &many,
        ] {
            assert!(parse(list).is_err(), "{list}");
        }
    }
}
