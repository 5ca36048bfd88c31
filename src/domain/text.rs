//! Checks of what people type into one-line fields.

use crate::error::{Error, Result};

/// One line of at most `max` characters, trimmed. Errors: Invalid when it is longer or holds control characters
/// (line breaks forge headers of mail and lines of logs, and PostgreSQL stores no zero byte).
pub fn line(parameter: &'static str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(parameter, "holds control characters"));
    }
    if text.chars().count() > max {
        return Err(Error::invalid(
            parameter,
            format!("is longer than {max} characters"),
        ));
    }
    Ok(text.to_owned())
}

/// As [`line()`], and not empty.
pub fn name(parameter: &'static str, text: &str, max: usize) -> Result<String> {
    match line(parameter, text, max)? {
        name if name.is_empty() => Err(Error::invalid(parameter, "is missing")),
        name => Ok(name),
    }
}

/// Text of several lines, at most `max` characters, as it was sent; nothing but blanks is nothing. Errors: Invalid when
/// it is longer or holds control characters other than line breaks and tabs.
pub fn lines(parameter: &'static str, text: &str, max: usize) -> Result<String> {
    let refused = |c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t');
    if text.chars().any(refused) {
        return Err(Error::invalid(parameter, "holds control characters"));
    }
    if text.chars().count() > max {
        return Err(Error::invalid(
            parameter,
            format!("is longer than {max} characters"),
        ));
    }
    Ok(if text.trim().is_empty() { "" } else { text }.to_owned())
}

/// An e-mail address, trimmed. Only what no address can be is refused: whether it works, a letter to it tells.
pub fn email(parameter: &'static str, text: &str) -> Result<String> {
    let address = line(parameter, text, 254)?;
    let refused =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"' | '@');
    let sound = address.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty()
            && !name.contains(refused)
            && !domain.contains(refused)
            && domain.split('.').all(|label| !label.is_empty())
    });
    if sound {
        Ok(address)
    } else {
        Err(Error::invalid(parameter, "is not an e-mail address"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_name_and_one_domain_pass() {
        for address in [
            "max@test",
            "admin@testmail.com",
            " a+b@c.d ",
            "o'neil@x-y.example",
            "jörg@müller.example",
        ] {
            assert_eq!(email("email", address).unwrap(), address.trim());
        }
    }

    #[test]
    fn what_no_address_can_be_is_refused() {
        let long = format!("{}@x.y", "a".repeat(251));
        for text in [
            "", "max", "@test", "max@", "a b@c", "a@b@c", "a@b..c", "a@.b", "a@b.", "<a@b>",
            "a@b,c@d", "a\n@b", "a@b\0", &long,
        ] {
            assert!(email("email", text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_line_is_trimmed_and_measured_in_characters() {
        assert_eq!(line("name", "  übel ", 4).unwrap(), "übel");
        assert!(line("name", "übel", 3).is_err());
        assert!(line("name", "a\nb", 9).is_err());
    }

    #[test]
    fn several_lines_keep_their_breaks() {
        assert_eq!(lines("notes", "a\r\n\tb ", 9).unwrap(), "a\r\n\tb ");
        assert_eq!(lines("notes", " \n ", 9).unwrap(), "");
        assert!(lines("notes", "übel", 3).is_err());
        assert!(lines("notes", "a\u{1b}[31m", 9).is_err());
    }
}
