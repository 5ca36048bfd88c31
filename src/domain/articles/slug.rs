//! Articles in addresses: `6-sample-kb-article`. The number decides, the words are for people.

use crate::ids::ArticleId;

/// The longest slug, in characters; it ends with a whole word where it can.
const LONGEST: usize = 80;

/// `6-sample-kb-article`: the number and the subject's words, in letters that every address may hold. The number
/// alone when the subject has no such letters.
#[must_use]
pub fn url_id(id: ArticleId, subject: &str) -> String {
    let words = slug(subject);
    if words.is_empty() {
        id.to_string()
    } else {
        format!("{id}-{words}")
    }
}

/// The article of an address: what stands before its first hyphen. `None` when that is no number.
#[must_use]
pub fn id_of(url_id: &str) -> Option<ArticleId> {
    let digits = url_id.split('-').next().unwrap_or_default();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number).map(ArticleId)
}

fn slug(subject: &str) -> String {
    let mut slug = String::new();
    for word in words(subject) {
        let room = LONGEST.saturating_sub(slug.len() + usize::from(!slug.is_empty()));
        if word.len() > room && !slug.is_empty() {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(word.chars().take(room));
    }
    slug
}

/// The words in lower case ASCII.
fn words(subject: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in subject.chars().flat_map(char::to_lowercase) {
        let plain = match letter {
            'a'..='z' | '0'..='9' => {
                if let Some(word) = words.last_mut() {
                    word.push(letter);
                }
                continue;
            }
            // Possessives and contractions stay one word.
            '\'' | '’' => "",
            'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ą' => "a",
            'ä' | 'æ' => "ae",
            'ç' | 'ć' | 'č' => "c",
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
            'ì' | 'í' | 'î' | 'ï' | 'ī' => "i",
            'ł' => "l",
            'ñ' | 'ń' | 'ň' => "n",
            'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ō' => "o",
            'ö' | 'œ' => "oe",
            'ř' => "r",
            'ś' | 'š' => "s",
            'ß' => "ss",
            'ù' | 'ú' | 'û' | 'ū' | 'ů' => "u",
            'ü' => "ue",
            'ý' | 'ÿ' => "y",
            'ź' | 'ż' | 'ž' => "z",
            _ => {
                words.push(String::new());
                continue;
            }
        };
        if let Some(word) = words.last_mut() {
            word.push_str(plain);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_number_and_the_words() {
        for (subject, expected) in [
            ("Sample KB article", "6-sample-kb-article"),
            ("  What's new?  (v2.0) ", "6-whats-new-v2-0"),
            ("Über Größe & Maß", "6-ueber-groesse-mass"),
            ("--- ???", "6"),
            ("Принтер", "6"),
            ("<script>alert(1)</script>", "6-script-alert-1-script"),
            ("../../etc/passwd%00", "6-etc-passwd-00"),
        ] {
            assert_eq!(url_id(ArticleId(6), subject), expected, "{subject}");
        }
    }

    #[test]
    fn a_long_subject_ends_with_a_whole_word() {
        let long = slug(&"word ".repeat(100));
        assert!(long.len() <= LONGEST && long.ends_with("-word"), "{long}");
        assert_eq!(slug(&"x".repeat(1000)).len(), LONGEST);
    }

    #[test]
    fn the_number_decides_whatever_stands_behind_it() {
        for (address, expected) in [
            ("6-sample-kb-article", Some(6)),
            ("6", Some(6)),
            ("6-", Some(6)),
            ("6-7", Some(6)),
            ("-6", None),
            ("+6", None),
            ("6x-sample", None),
            ("", None),
            ("99999999999-x", None),
            ("sample-6", None),
        ] {
            assert_eq!(id_of(address), expected.map(ArticleId), "{address}");
        }
    }
}
