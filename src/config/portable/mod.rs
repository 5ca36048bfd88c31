//! How each kind stands in a file: its key, its name, and names in the place of numbers.

mod answers;
mod fields;
mod filing;
mod people;
mod rules;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sqlx::PgConnection;

use super::names::{Index, Names, Resolver};
use crate::domain::administration::{self, Kept, Stored};
use crate::domain::{Actor, Error, Result};

/// How many objects are read at once.
const PAGE: i64 = 500;

/// A kind that stands in a file.
pub(super) trait Portable: Kept {
    /// The key of its list.
    const KEY: &'static str;
    /// The field that a bare text stands for.
    const SHORT: Option<&'static str> = None;
    /// One of them in the file.
    type Item: Clone + Serialize + DeserializeOwned + Send;

    /// What it is known by: its name, with what the name is unique in. From the fields as they are given, right or
    /// wrong.
    fn name(fields: &Map<String, Value>) -> Option<String> {
        text(fields, "name").map(str::to_owned)
    }

    /// Its number, where the file may give it.
    fn number(_fields: &Map<String, Value>) -> Option<i32> {
        None
    }

    /// Where the kind is looked up.
    fn index(names: &mut Names) -> &mut Index;

    /// As it stands in the file.
    fn item(id: i32, draft: &Self::Draft, names: &Names) -> Result<Self::Item>;

    /// As it is stored; what the file says nothing of as it is now. What cannot be is noted in `found`, and left out.
    fn draft(item: Self::Item, now: Option<&Self::Draft>, found: &mut Resolver<'_>) -> Self::Draft;

    /// The field of the file for a field of the draft.
    fn field(of_draft: &str) -> &str {
        of_draft
    }

    /// Whether it stays even where a file that names all of its kind does not name it.
    fn is_permanent(_id: i32) -> bool {
        false
    }
}

/// Everything of a kind as it is stored, and its names.
pub(super) async fn load<K: Portable>(
    conn: &mut PgConnection,
    actor: &Actor,
    names: &mut Names,
) -> Result<Vec<Stored<K::Draft>>> {
    let mut all: Vec<Stored<K::Draft>> = vec![];
    loop {
        let after = all.last().map_or(0, |stored| stored.id);
        let page = administration::list::<K>(conn, actor, after, PAGE).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    for stored in &all {
        note::<K>(stored, names)?;
    }
    Ok(all)
}

/// This is what it is called from now on. Returns the name.
pub(super) fn note<K: Portable>(stored: &Stored<K::Draft>, names: &mut Names) -> Result<String> {
    let item = object(&K::item(stored.id, &stored.draft, names)?)?;
    let name = K::name(&item).unwrap_or_default();
    K::index(names).put(stored.id, &name);
    Ok(name)
}

/// Something of a file, field by field.
pub(super) fn object(item: &impl Serialize) -> Result<Map<String, Value>> {
    match serde_json::to_value(item).map_err(Error::internal)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::internal("what stands in a file is no object")),
    }
}

/// The other way round, of fields that are known to be right.
pub(super) fn whole<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T> {
    serde_json::from_value(fields.into()).map_err(Error::internal)
}

/// A text among the fields.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    let text = fields.get(field)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}
