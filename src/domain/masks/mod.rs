//! Masks: `#subject#` in a template or in a rule stands for the subject of the ticket it is about.
//!
//! [`check`] refuses a text with an unknown mask when it is saved; [`Values::fill`] puts the values in their places,
//! once: what a value itself holds is never read as a mask.

mod escape;
mod repo;
mod values;

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::ids::FieldId;

pub use escape::Escape;
pub use values::{Audience, Values};

pub(crate) use escape::{Value, one_line};

/// What a mask stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// The number of the ticket.
    TicketId,
    /// Its subject.
    Subject,
    /// Its text.
    Body,
    /// The address of its page.
    Url,
    /// The submitter's name.
    From,
    /// The submitter's e-mail address.
    FromEmail,
    /// His first name.
    FirstName,
    /// His last name.
    LastName,
    /// The name of whoever it is assigned to.
    Technician,
    /// Its category.
    Category,
    /// How urgent it is.
    Priority,
    /// Its status.
    Status,
    /// The number of its status.
    StatusId,
    /// When it was created.
    Date,
    /// When it is due.
    DueDate,
    /// The latest reply; the text of the ticket when there is none.
    MostRecentMessage,
    /// The latest replies, each with its author and its date.
    RecentMessages,
    /// What has happened, in a sentence.
    WhatHappened,
    /// The name of whoever did it.
    Originator,
    /// Who is told of it.
    Recipients,
    /// Articles of the knowledge base that may help.
    SuggestedKb,
    /// The value of a custom field.
    Field(FieldId),
}

impl Mask {
    /// The masks with a fixed name, and those names.
    pub const NAMED: [(Self, &'static str); 21] = [
        (Self::TicketId, "ticketId"),
        (Self::Subject, "subject"),
        (Self::Body, "body"),
        (Self::Url, "url"),
        (Self::From, "from"),
        (Self::FromEmail, "fromEmail"),
        (Self::FirstName, "firstName"),
        (Self::LastName, "lastName"),
        (Self::Technician, "technician"),
        (Self::Category, "category"),
        (Self::Priority, "priority"),
        (Self::Status, "status"),
        (Self::StatusId, "statusId"),
        (Self::Date, "date"),
        (Self::DueDate, "dueDate"),
        (Self::MostRecentMessage, "most_recent_message"),
        (Self::RecentMessages, "recent_messages"),
        (Self::WhatHappened, "what_happened"),
        (Self::Originator, "originator"),
        (Self::Recipients, "recipients"),
        (Self::SuggestedKb, "suggested_kb"),
    ];

    /// The mask of this name, in any case.
    fn named(name: &str) -> Option<Self> {
        let known = Self::NAMED
            .into_iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(name))
            .map(|(mask, _)| mask);
        known.or_else(|| {
            let (prefix, number) = name.split_at_checked(3)?;
            let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
            let field = number.parse().ok().filter(|_| is_number)?;
            prefix
                .eq_ignore_ascii_case("cf_")
                .then_some(Self::Field(FieldId(field)))
        })
    }
}

/// A piece of a text with masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// Text as it is.
    Text(&'a str),
    /// A mask.
    Mask(Mask),
    /// What looks like a mask and is none: its name.
    Unknown(&'a str),
}

/// The pieces of a text, in order. A mask is a word between two `#`; the word begins with a letter.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = vec![];
    let (mut rest, mut from) = (text, 0);
    while let Some(at) = rest.get(from..).and_then(|tail| tail.find('#')) {
        let start = from + at;
        let Some(name) = rest.get(start + 1..).and_then(name_of_mask) else {
            from = start + 1;
            continue;
        };
        let end = start + name.len() + 2;
        if let Some(before) = rest.get(..start).filter(|before| !before.is_empty()) {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Mask::named(name).map_or(Piece::Unknown(name), Piece::Mask));
        rest = rest.get(end..).unwrap_or_default();
        from = 0;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// The word that `text` begins with, if a `#` follows it.
fn name_of_mask(text: &str) -> Option<&str> {
    let (name, _) = text.split_once('#')?;
    let begins = name.chars().next().is_some_and(char::is_alphabetic);
    let is_word = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (begins && is_word).then_some(name)
}

/// The masks of a text.
pub fn of(text: &str) -> impl Iterator<Item = Mask> + '_ {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Mask(mask) => Some(mask),
        Piece::Text(_) | Piece::Unknown(_) => None,
    })
}

/// Refuse a text with an unknown mask. Errors: Invalid, naming the mask and the one that was probably meant.
pub fn check(parameter: impl Into<Cow<'static, str>>, text: &str) -> Result<()> {
    let unknown = pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Unknown(name) => Some(name),
        Piece::Text(_) | Piece::Mask(_) => None,
    });
    unknown.map_or(Ok(()), |name| {
        let nearest = nearest(name);
        let name: String = name.chars().take(50).collect();
        let problem =
            format!("has the unknown mask #{name}#; the nearest known one is #{nearest}#");
        Err(Error::invalid(parameter, problem))
    })
}

/// The known name that is the fewest changes away.
fn nearest(name: &str) -> &'static str {
    let name: String = name.to_lowercase().chars().take(50).collect();
    let fields = std::iter::once("cf_123");
    let known = Mask::NAMED.into_iter().map(|(_, known)| known);
    known
        .chain(fields)
        .min_by_key(|known| distance(&name, &known.to_lowercase()))
        .unwrap_or_default()
}

/// How many letters must be put in, taken out or replaced to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (above, letter) in a.chars().enumerate() {
        let (mut diagonal, mut left) = (above, above + 1);
        let mut next = vec![left];
        for (other, up) in b.chars().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(letter != other))
                .min(left + 1)
                .min(up + 1);
            diagonal = *up;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_mask_of_the_list_is_known_in_any_case() {
        for (mask, name) in Mask::NAMED {
            for name in [name.to_owned(), name.to_uppercase(), name.to_lowercase()] {
                assert_eq!(of(&format!("a#{name}#b")).collect::<Vec<_>>(), [mask]);
            }
        }
        assert_eq!(
            of("#CF_12#").collect::<Vec<_>>(),
            [Mask::Field(FieldId(12))]
        );
    }

    #[test]
    fn masks_may_touch_each_other() {
        let found: Vec<Mask> = of("##ticketId##subject#url#").collect();
        assert_eq!(found, [Mask::TicketId, Mask::Subject]);
    }

    #[test]
    fn what_is_no_mask_passes() {
        for text in [
            "",
            "#",
            "##",
            "#123",
            "#123#",
            "C# and F#",
            "# a #",
            "ticket #5, #6#",
            "color:#fff;#",
            "&#39;#&#x27;",
            "#a b#",
            "#a-b#",
        ] {
            assert!(check("text", text).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_unknown_mask_is_named_with_the_nearest_known_one() {
        for (text, expected) in [
            (
                "Hi #fistName#",
                "unknown mask #fistName#; the nearest known one is #firstName#",
            ),
            (
                "#tiketid#",
                "unknown mask #tiketid#; the nearest known one is #ticketId#",
            ),
            (
                "#CF_x#",
                "unknown mask #CF_x#; the nearest known one is #cf_123#",
            ),
            ("#cf_99999999999#", "unknown mask #cf_99999999999#"),
            (
                "#subject##due_date#",
                "unknown mask #due_date#; the nearest known one is #dueDate#",
            ),
            ("#тема#", "unknown mask #тема#"),
        ] {
            let error = check("text", text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in "[#a_\\.é1subject]{0,40}") {
            let whole: String = pieces(&text).into_iter().map(|piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Unknown(name) => format!("#{name}#"),
                Piece::Mask(mask) => {
                    let name = Mask::NAMED.into_iter().find(|(known, _)| *known == mask).unwrap().1;
                    format!("#{name}#")
                }
            }).collect();
            prop_assert_eq!(whole.to_lowercase(), text.to_lowercase());
        }
    }
}
