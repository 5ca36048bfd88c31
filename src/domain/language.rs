//! The languages that letters are written in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A language of letters.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Language {
    /// English, and whatever is none of the others.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Russian.
    Ru,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::En, Self::De, Self::Fr, Self::Es, Self::Ru];

    /// Its tag: `en`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
            Self::Ru => "ru",
        }
    }

    /// The language of a tag such as `de`, `de-AT` or `DE_at`; none for one that letters are not written in.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The one of these words that is in this language; they stand in the order of [`Self::ALL`].
    #[must_use]
    pub fn choose(self, [en, de, fr, es, ru]: [&'static str; 5]) -> &'static str {
        match self {
            Self::En => en,
            Self::De => de,
            Self::Fr => fr,
            Self::Es => es,
            Self::Ru => ru,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_by_its_first_part_in_any_case() {
        for (tag, language) in [
            ("de", Some(Language::De)),
            ("DE-at", Some(Language::De)),
            ("fr_CA", Some(Language::Fr)),
            (" ru ", Some(Language::Ru)),
            ("", None),
            ("deu", None),
            ("it", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
    }
}
