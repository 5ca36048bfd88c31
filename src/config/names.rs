//! Names for numbers and numbers for names: what things of the desk are called in a file.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::source::Step;

/// What stands between a section and its category.
pub(super) const OF: &str = " \\ ";

/// The things of one kind.
#[derive(Debug, Default)]
pub(super) struct Index {
    ids: HashMap<String, i32>,
    names: HashMap<i32, String>,
    /// Those the file would have made, had they not been wrong.
    unmade: HashSet<String>,
}

impl Index {
    /// This is what it is called from now on.
    pub(super) fn put(&mut self, id: i32, name: &str) {
        self.remove(id);
        self.ids.insert(name.to_lowercase(), id);
        self.names.insert(id, name.to_owned());
    }

    pub(super) fn remove(&mut self, id: i32) {
        if let Some(name) = self.names.remove(&id) {
            self.ids.remove(&name.to_lowercase());
        }
    }

    /// The file would have made it; whoever names it is not wrong.
    pub(super) fn put_unmade(&mut self, name: &str) {
        self.unmade.insert(name.to_lowercase());
    }

    /// Whoever names it is not wrong, though it is not there.
    pub(super) fn is_unmade(&self, name: &str) -> bool {
        self.unmade.contains(&name.to_lowercase())
    }

    pub(super) fn id(&self, name: &str) -> Option<i32> {
        self.ids.get(&name.to_lowercase()).copied()
    }

    pub(super) fn name(&self, id: i32) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    /// Their names, in order of the alphabet.
    pub(super) fn names_of(&self, ids: &[i32]) -> Vec<String> {
        let mut names: Vec<String> = ids
            .iter()
            .filter_map(|id| self.name(*id))
            .map(str::to_owned)
            .collect();
        names.sort_by_key(|name| (name.to_lowercase(), name.clone()));
        names
    }
}

/// Everything of the desk that a file may name.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) users: Index,
    pub(super) companies: Index,
    pub(super) departments: Index,
    pub(super) business_hours: Index,
    pub(super) sections: Index,
    /// As `Section \ Category`, or `Category` where there is no section.
    pub(super) categories: Index,
    pub(super) statuses: Index,
    /// As `tickets \ Serial number`.
    pub(super) fields: Index,
    pub(super) template_groups: Index,
    pub(super) templates: Index,
    pub(super) rules: Index,
    /// Groups of technicians, by name.
    pub(super) groups: BTreeMap<String, BTreeSet<i32>>,
}

/// `Section \ Category`, or `Category`.
pub(super) fn in_section(section: Option<&str>, category: &str) -> String {
    match section {
        Some(section) => format!("{}{OF}{}", section.trim(), category.trim()),
        None => category.trim().to_owned(),
    }
}

/// Something in an object of the file that cannot be.
#[derive(Debug)]
pub(super) struct Problem {
    /// Where, from the object on.
    pub(super) at: Vec<Step>,
    /// What; nothing where it follows from a mistake that is told already.
    pub(super) message: Option<String>,
}

/// Looks names up for one object, and notes those that mean nothing.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    pub(super) names: &'a Names,
    pub(super) problems: Vec<Problem>,
    /// What was wrong is left out of the draft, which says less than the object would without.
    pub(super) is_partial: bool,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(names: &'a Names) -> Self {
        Self {
            names,
            problems: vec![],
            is_partial: false,
        }
    }

    /// Note something else that cannot be.
    pub(super) fn wrong(&mut self, at: Vec<Step>, message: impl Into<String>) {
        let message = Some(message.into());
        self.problems.push(Problem { at, message });
    }

    /// The thing of this name, which stands there.
    fn one(&mut self, index: &Index, kind: &str, name: &str, at: Vec<Step>) -> Option<i32> {
        let name = name.trim();
        let id = index.id(name);
        if id.is_none() {
            let told = index.is_unmade(name);
            let message = (!told).then(|| format!("there is no {kind} {name}"));
            self.problems.push(Problem { at, message });
        }
        id
    }

    /// One that may be missing: nothing for nothing.
    pub(super) fn optional(
        &mut self,
        index: &'a Index,
        kind: &str,
        name: Option<&str>,
        field: &str,
    ) -> Option<i32> {
        let name = name.filter(|name| !name.trim().is_empty())?;
        self.one(index, kind, name, vec![field.into()])
    }

    /// All of a list.
    pub(super) fn list(
        &mut self,
        index: &'a Index,
        kind: &str,
        names: &[String],
        field: &[Step],
    ) -> Vec<i32> {
        let mut ids = vec![];
        for (place, name) in names.iter().enumerate() {
            let at = [field, &[place.into()]].concat();
            ids.extend(self.one(index, kind, name, at));
        }
        ids
    }

    /// Users by login, and everybody of a `@group`.
    pub(super) fn technicians(&mut self, names: &[String], field: &str) -> Vec<i32> {
        let known = self.names;
        let mut ids = BTreeSet::new();
        for (place, name) in names.iter().enumerate() {
            let at = vec![field.into(), place.into()];
            match name.trim().strip_prefix('@') {
                Some(group) => match known.group(group) {
                    Some(members) => ids.extend(members),
                    None => self.wrong(at, format!("there is no group of technicians {group}")),
                },
                None => ids.extend(self.one(&known.users, "user", name, at)),
            }
        }
        ids.into_iter().collect()
    }

    /// Categories by `Section \ Category`, or by their own name where it says enough.
    pub(super) fn categories(&mut self, names: &[String], field: &str) -> Vec<i32> {
        let mut ids = vec![];
        for (place, name) in names.iter().enumerate() {
            match self.names.category(name) {
                Ok(id) => ids.push(id),
                Err(message) => self.problems.push(Problem {
                    at: vec![field.into(), place.into()],
                    message,
                }),
            }
        }
        ids
    }
}

impl Names {
    /// Who belongs to the group of this name, in any case.
    pub(super) fn group(&self, name: &str) -> Option<&BTreeSet<i32>> {
        let name = name.trim().to_lowercase();
        let found = self
            .groups
            .iter()
            .find(|(known, _)| known.to_lowercase() == name);
        found.map(|(_, members)| members)
    }

    /// The category that is called so. Errors: why there is none, unless that is told already.
    pub(super) fn category(&self, name: &str) -> Result<i32, Option<String>> {
        let name = name.trim();
        if let Some(id) = self.categories.id(name) {
            return Ok(id);
        }
        let end = format!("{OF}{}", name.to_lowercase());
        let by_end = |known: &String| known.ends_with(&end);
        let mut found: Vec<(&String, i32)> = self
            .categories
            .ids
            .iter()
            .filter(|(known, _)| by_end(known))
            .map(|(known, id)| (known, *id))
            .collect();
        found.sort();
        match found.as_slice() {
            [(_, id)] => Ok(*id),
            [] => {
                let unmade = &self.categories.unmade;
                let is_told = unmade.contains(&name.to_lowercase()) || unmade.iter().any(by_end);
                Err((!is_told).then(|| format!("there is no category {name}")))
            }
            several => {
                let ids = several.iter();
                let names: Vec<&str> = ids
                    .filter_map(|(_, id)| self.categories.name(*id))
                    .collect();
                Err(Some(format!(
                    "{name} may be any of: {}; name the section too",
                    names.join(", ")
                )))
            }
        }
    }

    /// These users in as few words as there are groups for: `@group` where all of it is among them, logins else.
    pub(super) fn technicians_of(&self, ids: &[i32]) -> Vec<String> {
        let all: BTreeSet<i32> = ids.iter().copied().collect();
        let mut in_groups = BTreeSet::new();
        let mut names = vec![];
        for (group, members) in &self.groups {
            if !members.is_empty() && members.is_subset(&all) {
                names.push(format!("@{group}"));
                in_groups.extend(members.iter().copied());
            }
        }
        let others: Vec<i32> = all.difference(&in_groups).copied().collect();
        names.extend(self.users.names_of(&others));
        names
    }
}
