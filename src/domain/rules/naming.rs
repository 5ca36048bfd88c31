//! Rules name other things by their ids, where no foreign key watches over them: who names a thing, and how another
//! one takes its place.

use serde_json::{Value as Json, json};
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::error::Result;
use crate::ids::{CompanyId, DepartmentId, FieldId};

/// What a rule may name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named {
    /// In the condition `company_is`.
    Company(CompanyId),
    /// In the condition `department_is`.
    Department(DepartmentId),
    /// In the conditions `custom_field_…`, the trigger `custom_field_edited` and the action `set_custom_field`.
    Field(FieldId),
}

/// The types of the parts that name a field beside a value.
const FIELD_AND_VALUE: [(&str, &str); 3] = [
    ("conditions", "custom_field_equals"),
    ("conditions", "custom_field_greater"),
    ("actions", "set_custom_field"),
];

impl Named {
    fn number(self) -> i32 {
        match self {
            Self::Company(id) => id.0,
            Self::Department(id) => id.0,
            Self::Field(id) => id.0,
        }
    }

    /// A definition that contains one of these names it.
    fn patterns(self) -> Vec<Json> {
        let number = self.number();
        let condition =
            |kind: &str| vec![json!({ "conditions": [{ "type": kind, "value": number }] })];
        match self {
            Self::Company(_) => condition("company_is"),
            Self::Department(_) => condition("department_is"),
            Self::Field(_) => {
                let trigger =
                    json!({ "trigger": { "type": "custom_field_edited", "value": number } });
                let beside = FIELD_AND_VALUE.map(
                    |(place, kind)| json!({ place: [{ "type": kind, "value": { "field": number } }] }),
                );
                std::iter::once(trigger).chain(beside).collect()
            }
        }
    }

    /// Where a part of a rule names something of this kind.
    fn place(self, part: &mut Json) -> Option<&mut Json> {
        let kind = part.get("type")?.as_str()?;
        let beside = FIELD_AND_VALUE.iter().any(|(_, known)| *known == kind);
        let is_named = match self {
            Self::Company(_) => kind == "company_is",
            Self::Department(_) => kind == "department_is",
            Self::Field(_) => beside || kind == "custom_field_edited",
        };
        let value = part.get_mut("value").filter(|_| is_named)?;
        if beside {
            value.get_mut("field")
        } else {
            Some(value)
        }
    }
}

/// How many rules name it.
pub(crate) async fn count(conn: &mut PgConnection, named: Named) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from rules where definition @> any ($1)"#,
        &named.patterns(),
    )
    .fetch_one(conn)
    .await?)
}

/// Let rules name `to` wherever they name `from`, which is of the same kind.
pub(crate) async fn replace(
    conn: &mut PgConnection,
    actor: &Actor,
    from: Named,
    to: Named,
) -> Result<()> {
    let rules = sqlx::query!(
        "select id, definition from rules where definition @> any ($1) order by id for update",
        &from.patterns(),
    )
    .fetch_all(&mut *conn)
    .await?;
    for rule in rules {
        let mut definition = rule.definition;
        exchange(&mut definition, from, to);
        sqlx::query!(
            "update rules set definition = $2, updated_at = $3 where id = $1",
            rule.id,
            definition,
            actor.now(),
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

fn exchange(definition: &mut Json, from: Named, to: Named) {
    let Some(parts) = definition.as_object_mut() else {
        return;
    };
    for part in parts.values_mut() {
        let parts = match part {
            Json::Array(parts) => parts.as_mut_slice(),
            part => std::slice::from_mut(part),
        };
        for place in parts.iter_mut().filter_map(|part| from.place(part)) {
            if *place == json!(from.number()) {
                *place = json!(to.number());
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
                { "type": "custom_field_equals", "value": { "field": 3, "value": "3" } },
                { "type": "custom_field_greater", "value": { "field": 4, "value": "3" } },
                { "type": "mood_is", "value": { "field": 3 } },
            ],
            "actions": [
                { "type": "set_custom_field", "value": { "field": 3, "value": "x" } },
                { "type": "assign", "value": 3 },
            ],
        });
        let changed = |from, to, places: &[&str]| {
            let (mut after, mut expected) = (stored.clone(), stored.clone());
            exchange(&mut after, from, to);
            for place in places {
                *expected.pointer_mut(place).unwrap() = json!(9);
            }
            assert_eq!(after, expected);
        };
        changed(
            Named::Company(CompanyId(3)),
            Named::Company(CompanyId(9)),
            &["/conditions/0/value"],
        );
        changed(
            Named::Department(DepartmentId(3)),
            Named::Department(DepartmentId(9)),
            &["/conditions/2/value"],
        );
        changed(
            Named::Field(FieldId(3)),
            Named::Field(FieldId(9)),
            &[
                "/trigger/value",
                "/conditions/4/value/field",
                "/actions/0/value/field",
            ],
        );
    }
}
