//! What people type of assets: checked and made ready for the database. Manufacturers, suppliers and types are names
//! that are made when they are new.

use sqlx::PgConnection;

use crate::error::{Error, Result};
use crate::ids::{AssetTypeId, ManufacturerId, SupplierId};
use crate::text;

/// The longest model name, in characters; the table takes no longer one.
const MODEL: usize = 300;
/// The longest name of a manufacturer, a supplier or a type, and the longest serial number and location.
const SHORT: usize = 200;
/// The longest comments.
const LONG: usize = 64 * 1024;

/// A model's name.
pub(super) fn model(text: &str) -> Result<String> {
    not_blank("modelName", text, MODEL)
}

/// Name of a manufacturer, a supplier or a type.
pub(super) fn name(parameter: &'static str, text: &str) -> Result<String> {
    not_blank(parameter, text, SHORT)
}

fn not_blank(parameter: &'static str, text: &str, max: usize) -> Result<String> {
    let text = text::line(parameter, text, max)?;
    if text.is_empty() {
        return Err(Error::invalid(parameter, "is missing"));
    }
    Ok(text)
}

/// A serial number or a location; `None` when it is blank.
pub(super) fn short(parameter: &'static str, text: &str) -> Result<Option<String>> {
    let text = text::line(parameter, text, SHORT)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Comments: several lines; `None` when they are blank.
pub(super) fn comments(text: &str) -> Result<Option<String>> {
    if text.chars().count() > LONG {
        return Err(Error::invalid(
            "comments",
            format!("is longer than {LONG} characters"),
        ));
    }
    if text.contains('\0') {
        return Err(Error::invalid("comments", "holds a NUL character"));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.trim().is_empty()))
}

/// "quantity (default: 1)".
pub(super) fn quantity(number: Option<i32>) -> Result<i32> {
    match number {
        Some(number) if number < 0 => Err(Error::invalid("quantity", "is less than 0")),
        number => Ok(number.unwrap_or(1)),
    }
}

/// The id of a name in any case, made when there is none. Of many who make it at once, one does and the others wait
/// for it. A transaction that makes several goes by manufacturer, supplier, type: so two of them never wait for each
/// other.
macro_rules! find_or_create {
    ($conn:expr, $name:expr, $id:ident, $find:literal, $insert:literal) => {
        loop {
            let known = sqlx::query_scalar!($find, $name)
                .fetch_optional(&mut *$conn)
                .await?;
            if let Some(id) = known {
                return Ok($id(id));
            }
            // None: another transaction made it between the two statements; the first now sees it.
            let made = sqlx::query_scalar!($insert, $name)
                .fetch_optional(&mut *$conn)
                .await?;
            if let Some(id) = made {
                return Ok($id(id));
            }
        }
    };
}

/// The manufacturer of this name.
pub(super) async fn manufacturer(conn: &mut PgConnection, name: &str) -> Result<ManufacturerId> {
    find_or_create!(
        conn,
        name,
        ManufacturerId,
        "select id from manufacturers where lower(name) = lower($1)",
        "insert into manufacturers (name) values ($1) on conflict (lower(name)) do nothing returning id"
    )
}

/// The supplier of this name.
pub(super) async fn supplier(conn: &mut PgConnection, name: &str) -> Result<SupplierId> {
    find_or_create!(
        conn,
        name,
        SupplierId,
        "select id from suppliers where lower(name) = lower($1)",
        "insert into suppliers (name) values ($1) on conflict (lower(name)) do nothing returning id"
    )
}

/// The type of this name.
pub(super) async fn asset_type(conn: &mut PgConnection, name: &str) -> Result<AssetTypeId> {
    find_or_create!(
        conn,
        name,
        AssetTypeId,
        "select id from asset_types where lower(name) = lower($1)",
        "insert into asset_types (name) values ($1) on conflict (lower(name)) do nothing returning id"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_not_blank() {
        assert_eq!(model(" Macbook ").unwrap(), "Macbook");
        assert_eq!(model(&"ü".repeat(300)).unwrap().len(), 600);
        for text in ["", "  ", "a\nb", &"ü".repeat(301)] {
            assert!(model(text).is_err(), "{text}");
        }
        assert!(name("type", &"a".repeat(201)).is_err());
    }

    #[test]
    fn what_an_asset_can_be_without_is_nothing_when_blank() {
        assert_eq!(short("location", " ").unwrap(), None);
        assert_eq!(short("location", " a ").unwrap().as_deref(), Some("a"));
        assert_eq!(comments(" \n").unwrap(), None);
        assert_eq!(comments(" a\nb ").unwrap().as_deref(), Some(" a\nb "));
        assert!(comments("a\0").is_err());
        assert!(comments(&"ü".repeat(LONG + 1)).is_err());
    }

    #[test]
    fn the_quantity_is_1_unless_given() {
        assert_eq!(quantity(None).unwrap(), 1);
        assert_eq!(quantity(Some(0)).unwrap(), 0);
        assert!(quantity(Some(-1)).is_err());
    }
}
