//! Rules in a file: their parts name things where the stored ones have numbers.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Portable;
use crate::config::desk;
use crate::config::names::{Index, Names, Resolver, in_section};
use crate::config::source::Step;
use crate::config::trouble;
use crate::domain::rules::{Definition, Part, RefKind, RuleDraft, RuleKind, Trigger, references};
use crate::domain::{Error, Result};

impl Portable for RuleKind {
    const KEY: &'static str = "rules";
    type Item = desk::Rule;

    fn index(names: &mut Names) -> &mut Index {
        &mut names.rules
    }

    fn item(_: i32, draft: &RuleDraft, names: &Names) -> Result<desk::Rule> {
        let portable = references::to_portable(&draft.definition(), &|kind, id| {
            names.referred(kind, id).map(str::to_owned)
        })?;
        Ok(desk::Rule {
            name: draft.name.clone(),
            enabled: draft.enabled,
            order: draft.order,
            trigger: member(&portable, "trigger")?,
            conditions: member(&portable, "conditions")?,
            actions: member(&portable, "actions")?,
        })
    }

    fn draft(item: desk::Rule, _: Option<&RuleDraft>, found: &mut Resolver<'_>) -> RuleDraft {
        let trigger = definition(found, vec!["trigger".into()], "trigger", &item.trigger);
        let mut draft = RuleDraft {
            name: item.name,
            enabled: item.enabled,
            order: item.order,
            trigger: trigger.map_or(ANY, |definition| definition.trigger),
            conditions: vec![],
            actions: vec![],
        };
        for (place, part) in item.conditions.iter().enumerate() {
            let at = vec!["conditions".into(), place.into()];
            let read = definition(found, at, "conditions", part);
            draft
                .conditions
                .extend(read.into_iter().flat_map(|read| read.conditions));
        }
        for (place, part) in item.actions.iter().enumerate() {
            let at = vec!["actions".into(), place.into()];
            let read = definition(found, at, "actions", part);
            draft
                .actions
                .extend(read.into_iter().flat_map(|read| read.actions));
        }
        found.is_partial = !found.problems.is_empty();
        draft
    }
}

/// What stands for the trigger of a definition that is read for another part.
const ANY: Part<Trigger> = Part::Known(Trigger::TicketCreated);

fn member<T: DeserializeOwned>(portable: &Value, name: &str) -> Result<T> {
    let member = portable.get(name).cloned().unwrap_or_default();
    serde_json::from_value(member).map_err(Error::internal)
}

/// A definition with this part alone: each is looked at, whatever is wrong with the others.
fn definition(
    found: &mut Resolver<'_>,
    at: Vec<Step>,
    list: &str,
    part: &desk::Part,
) -> Option<Definition> {
    let part = json!(part);
    let mut whole = json!({ "trigger": ANY });
    if let Some(members) = whole.as_object_mut() {
        let value = if list == "trigger" {
            part
        } else {
            json!([part])
        };
        members.insert(list.to_owned(), value);
    }
    let names = found.names;
    // What the file would have made, had it not been wrong, is told where it stands.
    let is_told = std::cell::Cell::new(false);
    let read = references::from_portable(whole, &|kind, name| {
        let id = names.refer(kind, name);
        if id.is_none() && names.is_unmade(kind, name) {
            is_told.set(true);
        }
        id
    });
    match read {
        Ok(definition) => Some(definition),
        Err(error) => {
            let mut problem = trouble::problem(error, |field| field)?;
            // `conditions[0].value` of the definition is another one in the file.
            let inside = problem.at.split_off(problem.at.len().min(at.len()));
            problem.at = [at, inside].concat();
            if is_told.get() {
                problem.message = None;
            }
            found.problems.push(problem);
            None
        }
    }
}

impl Names {
    fn of(&self, kind: RefKind) -> &Index {
        match kind {
            RefKind::Category => &self.categories,
            RefKind::User => &self.users,
            RefKind::Status => &self.statuses,
            RefKind::Field => &self.fields,
            RefKind::Company => &self.companies,
            RefKind::Department => &self.departments,
            RefKind::Rule => &self.rules,
        }
    }

    /// What a rule calls it.
    fn referred(&self, kind: RefKind, id: i32) -> Option<&str> {
        let name = self.of(kind).name(id)?;
        match kind {
            RefKind::Field => Some(name.split_once(super::super::names::OF)?.1),
            _ => Some(name),
        }
    }

    /// What a rule means by the name.
    fn refer(&self, kind: RefKind, name: &str) -> Option<i32> {
        match kind {
            RefKind::Category => self.category(name).ok(),
            RefKind::Field => self.fields.id(&in_section(Some("tickets"), name)),
            _ => self.of(kind).id(name.trim()),
        }
    }

    fn is_unmade(&self, kind: RefKind, name: &str) -> bool {
        match kind {
            RefKind::Category => matches!(self.category(name), Err(None)),
            RefKind::Field => self.fields.is_unmade(&in_section(Some("tickets"), name)),
            _ => self.of(kind).is_unmade(name.trim()),
        }
    }
}
