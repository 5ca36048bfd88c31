//! Rules name other things by their ids, where no foreign key watches over them: who names a thing, and how another
//! one takes its place.

use sqlx::PgConnection;

use super::references::{RefKind, references_in, repointed};
use super::repo;
use crate::actor::Actor;
use crate::error::Result;
use crate::ids::{CategoryId, CompanyId, DepartmentId, FieldId, StatusId, UserId};

/// What a rule may name. Where it does, [`super::references`] knows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named {
    /// A category.
    Category(CategoryId),
    /// A company.
    Company(CompanyId),
    /// A department.
    Department(DepartmentId),
    /// A custom field of tickets.
    Field(FieldId),
    /// A status.
    Status(StatusId),
    /// A user.
    User(UserId),
}

impl Named {
    fn reference(self) -> (RefKind, i32) {
        match self {
            Self::Category(id) => (RefKind::Category, id.0),
            Self::Company(id) => (RefKind::Company, id.0),
            Self::Department(id) => (RefKind::Department, id.0),
            Self::Field(id) => (RefKind::Field, id.0),
            Self::Status(id) => (RefKind::Status, id.0),
            Self::User(id) => (RefKind::User, id.0),
        }
    }
}

/// How many rules name it. No rule is written from here on until the transaction ends.
pub(crate) async fn count(conn: &mut PgConnection, named: Named) -> Result<i64> {
    repo::lock_all(conn).await?;
    let named = named.reference();
    let mut count = 0;
    for (_, definition) in repo::stored_definitions(conn).await? {
        let found = references_in(definition)?;
        if found.iter().any(|found| (found.kind, found.id) == named) {
            count += 1;
        }
    }
    Ok(count)
}

/// Let rules name `to` wherever they name `from`, which is of the same kind.
pub(crate) async fn replace(
    conn: &mut PgConnection,
    actor: &Actor,
    from: Named,
    to: Named,
) -> Result<()> {
    repo::lock_all(conn).await?;
    let ((kind, from), (_, to)) = (from.reference(), to.reference());
    for (id, definition) in repo::stored_definitions(conn).await? {
        if let Some(definition) = repointed(definition, kind, from, to)? {
            repo::set_definition(conn, id, &definition, actor.now()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn another_one_takes_its_place_wherever_it_is_named_and_nowhere_else() {
        let stored = json!({
            "trigger": { "type": "custom_field_edited", "value": 3 },
            "conditions": [
                { "type": "company_is", "value": 3 },
                { "type": "company_is", "value": 4 },
                { "type": "department_is", "value": 3 },
                { "type": "unanswered" },
                { "type": "not_updated_for", "value": 3 },
                { "type": "custom_field_equals", "value": { "field": 3, "value": "3" } },
                { "type": "custom_field_greater", "value": { "field": 4, "value": "3" } },
                { "type": "mood_is", "value": { "field": 3 } },
                { "type": "category_is", "value": 3 },
                { "type": "assignee_is", "value": 3 },
            ],
            "actions": [
                { "type": "set_custom_field", "value": { "field": 3, "value": "x" } },
                { "type": "assign", "value": 3 },
                { "type": "set_status", "value": 3 },
            ],
        });
        let changed = |kind, places: &[&str]| {
            let mut expected = stored.clone();
            for place in places {
                *expected.pointer_mut(place).unwrap() = json!(9);
            }
            let after = repointed(stored.clone(), kind, 3, 9).unwrap();
            assert_eq!(after.unwrap(), expected);
        };
        changed(RefKind::Company, &["/conditions/0/value"]);
        changed(RefKind::Department, &["/conditions/2/value"]);
        changed(RefKind::Category, &["/conditions/8/value"]);
        changed(RefKind::Status, &["/actions/2/value"]);
        changed(RefKind::User, &["/conditions/9/value", "/actions/1/value"]);
        changed(
            RefKind::Field,
            &[
                "/trigger/value",
                "/conditions/5/value/field",
                "/actions/0/value/field",
            ],
        );
        assert_eq!(repointed(stored, RefKind::Rule, 3, 9).unwrap(), None);
    }
}
