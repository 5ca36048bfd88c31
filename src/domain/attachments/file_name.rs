//! File names as people see them. They never name anything on disk: bytes lie under random keys.

/// Longest name kept, in bytes: what every file system takes.
const MAX_BYTES: usize = 200;

/// Longest ending that survives the shortening of a name, with its dot.
const MAX_ENDING_BYTES: usize = 16;

/// What a file is called whose name says nothing.
const NAMELESS: &str = "file";

/// Names that Windows takes for devices, with any ending.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "com", "lpt"];

/// A name fit to be shown, and to be saved under by whoever downloads the file: without folders, without
/// characters that are not seen (control, bidirectional, zero-width), without blanks and dots around it, no
/// device of Windows, and of bearable length. Only then is it fit to be judged by its ending.
#[must_use]
pub fn clean(name: &str) -> String {
    let seen: String = name
        .chars()
        .filter(|character| is_seen(*character))
        .collect();
    let base = seen.rsplit(['/', '\\']).next().unwrap_or_default();
    let base = base.trim().trim_end_matches(['.', ' ']).trim_end();
    if base.chars().all(|character| character == '.') {
        return NAMELESS.to_owned();
    }
    let name = shorten(base);
    if is_device(&name) {
        format!("_{name}")
    } else {
        name
    }
}

/// Whether a person who reads the name sees the character, and sees it where it stands.
fn is_seen(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffc}' | '\u{e0000}'..='\u{e0fff}')
}

/// The beginning and the ending of a long name.
fn shorten(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let ending = name
        .rfind('.')
        .and_then(|dot| name.get(dot..))
        .filter(|ending| ending.len() <= MAX_ENDING_BYTES)
        .unwrap_or_default();
    let mut short = String::with_capacity(MAX_BYTES);
    for character in name.chars() {
        if short.len() + character.len_utf8() + ending.len() > MAX_BYTES {
            break;
        }
        short.push(character);
    }
    short + ending
}

/// Whether Windows would open a device instead of a file of this name.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_ascii_lowercase();
    DEVICES.iter().any(|device| {
        stem.strip_prefix(device)
            .is_some_and(|number| match *device {
                "com" | "lpt" => number.len() == 1 && number != "0" && number.parse::<u8>().is_ok(),
                _ => number.is_empty(),
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_cut_off() {
        assert_eq!(clean("../../etc/passwd"), "passwd");
        assert_eq!(clean("..\\..\\x"), "x");
        assert_eq!(clean("/etc/passwd"), "passwd");
        assert_eq!(clean("C:\\x"), "x");
    }

    #[test]
    fn characters_that_nobody_sees_are_removed() {
        assert_eq!(clean("a\0b.txt"), "ab.txt");
        assert_eq!(clean("\u{202e}gnp.exe"), "gnp.exe");
        assert_eq!(clean("\u{200b}.htaccess"), ".htaccess");
        assert_eq!(clean("\"\r\nSet-Cookie: a=1"), "\"Set-Cookie: a=1");
    }

    #[test]
    fn a_name_that_says_nothing_becomes_file() {
        for name in ["", " ", "...", ". .", "/", "a/..", "\u{200b}", "x\\"] {
            assert_eq!(clean(name), "file", "{name:?}");
        }
    }

    #[test]
    fn devices_of_windows_are_no_names() {
        assert_eq!(clean("CON"), "_CON");
        assert_eq!(clean("nul.txt"), "_nul.txt");
        assert_eq!(clean("LPT1.log"), "_LPT1.log");
        assert_eq!(clean("console.log"), "console.log");
        assert_eq!(clean("com10"), "com10");
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = clean(&format!("{}.pdf", "ü".repeat(4096)));
        assert!(name.len() <= MAX_BYTES, "{}", name.len());
        assert!(name.starts_with("üü"));
        assert!(name.ends_with("ü.pdf"));
        assert!(clean(&".".repeat(4096)).len() <= MAX_BYTES);
    }

    #[test]
    fn usual_names_stay_as_they_are() {
        for name in [
            "file.txt",
            "Angebot für Köln (2).pdf",
            "archive.tar.gz",
            ".env",
            "図面.png",
        ] {
            assert_eq!(clean(name), name);
        }
    }

    #[test]
    fn a_clean_name_is_clean() {
        for name in ["../. /x. . ", "a. . .", " . x", "con .txt"] {
            let once = clean(name);
            assert_eq!(clean(&once), once, "{name:?}");
        }
    }
}
