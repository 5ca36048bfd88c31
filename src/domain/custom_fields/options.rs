//! The options of a drop-down, as administrators keep them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::kept::CustomFieldKind;
use super::uses;
use crate::actor::Actor;
use crate::administration::{self, Kept};
use crate::audit::{self, Entry};
use crate::db;
use crate::error::{Error, OnConstraint, Result, Use};
use crate::ids::{FieldId, OptionId};
use crate::text;

/// What one of them is called, in errors.
const KIND: &str = "option of the field";
/// The field of the draft that holds them.
const FIELD: &str = "options";
/// The longest name.
const NAME: usize = 200;
/// The most that a field has.
const MOST: usize = 1_000;

/// An option of a drop-down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CustomFieldOptionDraft)]
pub struct OptionDraft {
    /// Its number: it keeps its values under another name. Without one it is the option of this name, in any case, or
    /// a new one.
    #[serde(default)]
    pub id: Option<i32>,
    /// What one reads, one of its kind within the field in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
}

/// The options as they are stored. Errors: Invalid for a name or an id that comes twice.
pub(super) fn check(options: Vec<OptionDraft>) -> Result<Vec<OptionDraft>> {
    let wrong = |problem: String| Err(Error::invalid(FIELD, problem));
    if options.len() > MOST {
        return wrong(format!("holds more than {MOST} of them"));
    }
    let (mut names, mut ids) = (HashSet::new(), HashSet::new());
    let mut checked = Vec::with_capacity(options.len());
    for option in options {
        let name = text::line(FIELD, &option.name, NAME)?;
        if name.is_empty() {
            return wrong("holds one without a name".to_owned());
        }
        if !names.insert(name.to_lowercase()) {
            return wrong(format!("holds \"{name}\" twice"));
        }
        if let Some(id) = option.id.filter(|id| !ids.insert(*id)) {
            return wrong(format!("holds the option {id} twice"));
        }
        checked.push(OptionDraft { name, ..option });
    }
    Ok(checked)
}

/// Those without an id that have the name of one of `before` which is not among them by its id are that one.
pub(super) fn settle(before: &[OptionDraft], mut after: Vec<OptionDraft>) -> Vec<OptionDraft> {
    let taken: HashSet<i32> = after.iter().filter_map(|option| option.id).collect();
    for option in after.iter_mut().filter(|option| option.id.is_none()) {
        let name = option.name.to_lowercase();
        option.id = before
            .iter()
            .filter(|known| known.id.is_some_and(|id| !taken.contains(&id)))
            .find(|known| known.name.to_lowercase() == name)
            .and_then(|known| known.id);
    }
    after
}

/// Ids and names in two lists of one order.
pub(super) fn of_row(ids: Vec<i32>, names: Vec<String>) -> Vec<OptionDraft> {
    let options = ids.into_iter().zip(names);
    options
        .map(|(id, name)| OptionDraft { id: Some(id), name })
        .collect()
}

/// Write the options of a field whose row is locked. Errors: `InUse` when one that has values is left out.
pub(super) async fn write(
    conn: &mut PgConnection,
    field: FieldId,
    before: &[OptionDraft],
    after: &[OptionDraft],
) -> Result<()> {
    if before == after {
        return Ok(());
    }
    let known: Vec<i32> = before.iter().filter_map(|option| option.id).collect();
    let kept: Vec<i32> = after.iter().filter_map(|option| option.id).collect();
    if let Some(id) = kept.iter().find(|id| !known.contains(id)) {
        let problem = format!("names an option that the field does not have: {id}");
        return Err(Error::invalid(FIELD, problem));
    }
    let gone: Vec<i32> = known.into_iter().filter(|id| !kept.contains(id)).collect();
    if !gone.is_empty() {
        require_unused(conn, field, &gone).await?;
        delete(conn, field, &gone).await?;
    }
    put(conn, field, after).await
}

async fn require_unused(conn: &mut PgConnection, field: FieldId, options: &[i32]) -> Result<()> {
    let values = uses::count(conn, field, Some(options)).await?.all();
    let uses = Use::some([("values", values)]);
    if uses.is_empty() {
        Ok(())
    } else {
        Err(Error::InUse { kind: KIND, uses })
    }
}

async fn delete(conn: &mut PgConnection, field: FieldId, options: &[i32]) -> Result<()> {
    // PostgreSQL looks through all values for those of each option.
    db::allow_a_minute(conn).await?;
    sqlx::query!(
        "delete from custom_field_options where field_id = $1 and id = any ($2)",
        field.0,
        options,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Rename and order those with an id, make the others.
async fn put(conn: &mut PgConnection, field: FieldId, options: &[OptionDraft]) -> Result<()> {
    // No option has the id 0: those that are new.
    let (mut ids, mut names, mut places) = (vec![], vec![], vec![]);
    for (place, option) in (1..).zip(options) {
        ids.push(option.id.unwrap_or_default());
        names.push(option.name.clone());
        places.push(place);
    }
    // Two may exchange their names: each lays its own down first. Nobody types this character.
    sqlx::query!(
        "update custom_field_options o set name = chr(1) || o.id
         from unnest($2::integer[], $3::text[]) n (id, name)
         where o.field_id = $1 and o.id = n.id and o.name <> n.name",
        field.0,
        &ids,
        &names,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update custom_field_options o set name = n.name, order_by = n.place
         from unnest($2::integer[], $3::text[], $4::integer[]) n (id, name, place)
         where o.field_id = $1 and o.id = n.id",
        field.0,
        &ids,
        &names,
        &places,
    )
    .execute(&mut *conn)
    .await
    .on_constraint("custom_field_options_field_id_name_key", same_name)?;
    sqlx::query!(
        "insert into custom_field_options (field_id, name, order_by)
         select $1, n.name, n.place
         from unnest($2::integer[], $3::text[], $4::integer[]) n (id, name, place)
         where n.id = 0
         order by n.place",
        field.0,
        &ids,
        &names,
        &places,
    )
    .execute(conn)
    .await
    .on_constraint("custom_field_options_field_id_name_key", same_name)?;
    Ok(())
}

/// PostgreSQL takes some letters for one another that we do not.
fn same_name() -> Error {
    Error::conflict(FIELD, "holds a name twice")
}

/// Give `to` the options of `from` whose names it does not have, behind its own.
pub(super) async fn add_those_of(
    conn: &mut PgConnection,
    from: FieldId,
    to: FieldId,
) -> Result<()> {
    sqlx::query!(
        "insert into custom_field_options (field_id, name, order_by)
         select $2, o.name, l.last + row_number() over (order by o.order_by, o.id)
         from custom_field_options o,
             (select coalesce(max(order_by), 0) as last from custom_field_options where field_id = $2) l
         where o.field_id = $1
             and not exists (
                 select from custom_field_options n where n.field_id = $2 and lower(n.name) = lower(o.name)
             )
         order by o.order_by, o.id",
        from.0,
        to.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Delete an option of a field; its values go to `move_to`, another option of the field. For administrators. Errors:
/// `InUse`, which counts its values, when it has some and they go nowhere.
pub async fn delete_option(
    conn: &mut PgConnection,
    actor: &Actor,
    field: FieldId,
    option: OptionId,
    move_to: Option<OptionId>,
) -> Result<()> {
    let stored = administration::find_locked::<CustomFieldKind>(conn, actor, field.0).await?;
    let options = stored.draft.options;
    let known = |id: OptionId| options.iter().find(|known| known.id == Some(id.0));
    let before = known(option).ok_or(Error::NotFound(KIND))?;
    match move_to {
        None => require_unused(conn, field, &[option.0]).await?,
        Some(to) if to == option => {
            return Err(Error::conflict("move_to", "is the one to be deleted"));
        }
        Some(to) if known(to).is_none() => {
            return Err(Error::conflict("move_to", format!("names no {KIND}: {to}")));
        }
        Some(to) => {
            db::allow_a_minute(conn).await?;
            uses::exchange(conn, stored.draft.usage, field, option, to).await?;
        }
    }
    delete(conn, field, &[option.0]).await?;
    let mut was = json!({ "id": option, "name": before.name });
    if let (Some(to), Some(members)) = (move_to, was.as_object_mut()) {
        members.insert("moved_to".to_owned(), to.0.into());
    }
    let entry = Entry {
        action: "custom_field.option_deleted",
        object_type: CustomFieldKind::ACTIONS.object_type,
        object_id: field.0,
        before: Some(was),
        after: None,
    };
    audit::record(conn, actor, entry).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(options: &[(Option<i32>, &str)]) -> Vec<OptionDraft> {
        let options = options.iter();
        options
            .map(|(id, name)| OptionDraft {
                id: *id,
                name: (*name).to_owned(),
            })
            .collect()
    }

    #[test]
    fn an_option_without_an_id_is_the_one_of_its_name() {
        let before = options(&[(Some(1), "Red"), (Some(2), "Blue")]);
        for (given, settled) in [
            (&[(None, "RED"), (None, "Green")], [Some(1), None]),
            (&[(Some(1), "Blue"), (None, "Red")], [Some(1), None]),
            (&[(Some(2), "Red"), (None, "Blue")], [Some(2), None]),
            (&[(Some(2), "Rose"), (None, "red")], [Some(2), Some(1)]),
        ] {
            let ids: Vec<_> = settle(&before, options(given))
                .into_iter()
                .map(|option| option.id)
                .collect();
            assert_eq!(ids, settled, "{given:?}");
        }
    }

    #[test]
    fn options_are_told_apart_by_id_and_name() {
        let tidy = check(options(&[(Some(1), " Red "), (None, "Blue")])).unwrap();
        assert_eq!(tidy, options(&[(Some(1), "Red"), (None, "Blue")]));
        for wrong in [
            &[(None, "Red"), (None, "RED ")],
            &[(Some(1), "Red"), (Some(1), "Blue")],
            &[(None, "Red"), (None, " ")],
            &[(None, "Red"), (None, "a\nb")],
        ] {
            assert!(check(options(wrong)).is_err(), "{wrong:?}");
        }
        let many = vec![(None, "x"); MOST + 1];
        assert!(check(options(&many)).is_err());
    }
}
