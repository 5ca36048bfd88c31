//! A rule as XML, in the form that .NET's `XmlSerializer` gives, both ways. Both APIs speak it.
//!
//! A name in the database such as `subject_contains` is `SubjectContains` in the XML; `xsi:type` says which trigger,
//! condition or action an element is. See decisions 015 and 020.

mod element;
mod read;
mod values;
mod write;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::Schema;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::domain::error::Result;
use crate::domain::rules::Rule;
use crate::http::describe::{Answer, Description};

pub use read::read;
pub use write::write;

/// The text is UTF-8, as the header says; what its first line says is the document's: see decision 015.
const CONTENT_TYPE: &str = "application/xml; charset=utf-8";

/// A rule as an answer.
#[derive(Debug)]
pub struct Xml(Vec<u8>);

impl Xml {
    /// The rule's XML.
    pub fn of(rule: &Rule) -> Result<Self> {
        write(rule).map(Self)
    }
}

impl Answer for Xml {
    fn describe(description: &mut Description) {
        let schema = Schema::from(ObjectBuilder::new().schema_type(Type::String)).into();
        description.answers_with("The rule.", "application/xml", schema);
    }
}

impl IntoResponse for Xml {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, CONTENT_TYPE)], self.0).into_response()
    }
}

/// `subject_contains` is `SubjectContains`. What is left is a name in XML, whatever it was before.
fn pascal_case(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let name: String = words
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("_{name}"),
    }
}

/// `SubjectContains` is `subject_contains`. `None` for a name that [`pascal_case`] does not give.
fn snake_case(name: &str) -> Option<String> {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    (pascal_case(&words) == name).then_some(words)
}
