//! Every method as a client program sees it: all parameters of the document in every spelling, what each of them does, and
//! of each answer the keys, their order and their types. `methods.json` says what the document says, in our words; of each
//! parameter it has a good value, and of those that choose what a method reads another one that makes another answer.
//! `effects.sql` says what the methods that write have done then.

mod calls;
mod odd_ids;
pub(crate) mod shape;
mod undocumented;

use serde::Deserialize;

/// A method of the document.
#[derive(Deserialize)]
pub(crate) struct Method {
    section: String,
    pub(crate) name: String,
    pub(crate) verb: String,
    /// `id` a bare number, `empty`, `file`, `xml`, `page`, `text`; else JSON of this type.
    pub(crate) answer: String,
    /// What is otherwise here than the document says, or where it says nothing, and why.
    #[serde(default)]
    pub(crate) differs: String,
    pub(crate) parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) required: bool,
    /// A good one.
    value: String,
    /// Another one, that changes the answer.
    other: Option<String>,
    /// What the other one makes of the type of the answer.
    then: Option<String>,
}

pub(crate) fn methods() -> Vec<Method> {
    serde_json::from_str(include_str!("methods.json")).unwrap()
}
