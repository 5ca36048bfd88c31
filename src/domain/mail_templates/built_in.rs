//! The templates that come with the program: the files below `config/mail`.

use super::TemplateName;
use crate::language::Language;

macro_rules! files {
    ($language:literal, $name:literal) => {
        (
            include_str!(concat!(
                "../../../config/mail/",
                $language,
                "/",
                $name,
                ".txt"
            )),
            include_str!(concat!(
                "../../../config/mail/",
                $language,
                "/",
                $name,
                ".html"
            )),
        )
    };
}

macro_rules! of_language {
    ($name:expr, $language:literal) => {
        match $name {
            TemplateName::NewTicket => files!($language, "new_ticket"),
            TemplateName::Confirmation => files!($language, "confirmation"),
            TemplateName::NewReply => files!($language, "new_reply"),
            TemplateName::Note => files!($language, "note"),
            TemplateName::Closed => files!($language, "closed"),
            TemplateName::Assigned => files!($language, "assigned"),
            TemplateName::Welcome => files!($language, "welcome"),
            TemplateName::PasswordReset => files!($language, "password_reset"),
        }
    };
}

/// The text and the HTML of a template.
pub(super) fn files(name: TemplateName, language: Language) -> (&'static str, &'static str) {
    match language {
        Language::En => of_language!(name, "en"),
        Language::De => of_language!(name, "de"),
        Language::Fr => of_language!(name, "fr"),
        Language::Es => of_language!(name, "es"),
        Language::Ru => of_language!(name, "ru"),
    }
}
