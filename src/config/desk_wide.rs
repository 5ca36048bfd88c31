//! What stands in a file and is no list of objects: the settings, and the groups of technicians.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use sqlx::{Connection, PgConnection};

use super::apply::Work;
use super::change::Change;
use super::names::{Names, Resolver};
use super::portable::{object, whole};
use super::source::Step;
use super::trouble::Trouble;
use super::{desk, repo};
use crate::domain::Error;
use crate::domain::audit::{self, Entry};
use crate::domain::settings::{self, DeskSettings};

/// The keys.
const SETTINGS: &str = "settings";
const GROUPS: &str = "technician_groups";

/// What one of them is called.
const GROUP: &str = "technician group";

impl Work<'_> {
    /// Set what the file sets.
    pub(super) async fn settings(&mut self, conn: &mut PgConnection) -> Result<(), Error> {
        let path = [SETTINGS.into()];
        let Some(given) = self.fields(&path) else {
            return Ok(());
        };
        let before_told = self.mistakes.len();
        let source = self.source;
        source.object::<desk::Settings>(&path, given.clone(), &mut self.mistakes);
        if self.mistakes.len() > before_told {
            return Ok(());
        }
        match self.set(conn, given).await {
            Ok(change) => {
                self.changes.extend(change);
                Ok(())
            }
            Err(trouble) => self.tell(&path, SETTINGS, |field| field, trouble),
        }
    }

    async fn set(
        &self,
        conn: &mut PgConnection,
        given: Map<String, Value>,
    ) -> Result<Option<Change>, Trouble> {
        let mut savepoint = conn.begin().await?;
        let mut before = Map::new();
        let change = |now: &DeskSettings| {
            before = object(now)?;
            let mut fields = before.clone();
            fields.extend(given);
            whole(fields)
        };
        let after = settings::update::<Error>(&mut savepoint, self.actor, change).await?;
        savepoint.commit().await?;
        let name = after.desk_name.clone();
        let after = object(&after)?;
        Ok(Change::between(SETTINGS, name, Some(&before), Some(&after)))
    }

    /// Let the groups be those of the file; with `prune`, no others.
    pub(super) async fn groups(
        &mut self,
        conn: &mut PgConnection,
        prune: bool,
    ) -> Result<(), Error> {
        let path = [GROUPS.into()];
        let Some(fields) = self.fields(&path) else {
            return Ok(());
        };
        let source = self.source;
        let mistakes = &mut self.mistakes;
        let given = source.object::<BTreeMap<String, Vec<String>>>(&path, fields, mistakes);
        let before = self.names.groups.clone();
        let mut after = if prune {
            BTreeMap::new()
        } else {
            before.clone()
        };
        let mut named = BTreeSet::new();
        for (name, logins) in given.unwrap_or_default() {
            let path = [GROUPS.into(), Step::Key(name.clone())];
            if name.trim().is_empty() || name.starts_with('@') || !named.insert(name.to_lowercase())
            {
                let message = format!("{GROUP} \"{name}\": needs a name of its own, without @");
                self.mistakes.push(source.mistake(&path, message));
                continue;
            }
            let mut resolver = Resolver::new(&self.names);
            let members = resolver.list(&self.names.users, "user", &logins, &[]);
            let problems = resolver.problems;
            if !problems.is_empty() {
                let what = format!("{GROUP} \"{name}\"");
                self.tell(&path, &what, |field| field, Trouble::Wrong(problems))?;
            }
            after.retain(|known, _| known.to_lowercase() != name.to_lowercase());
            after.insert(name, members.into_iter().collect());
        }
        if after == before {
            return Ok(());
        }
        repo::set_groups(conn, &after, self.actor.now()).await?;
        let entry = Entry {
            action: "technician_groups.updated",
            object_type: "settings",
            object_id: 0,
            before: Some(json!(before)),
            after: Some(json!(after)),
        };
        audit::record(conn, self.actor, entry).await?;
        for name in before
            .keys()
            .chain(after.keys().filter(|name| !before.contains_key(*name)))
        {
            let old = before.get(name).map(|ids| members(&self.names, ids));
            let new = after.get(name).map(|ids| members(&self.names, ids));
            let change = Change::between(GROUP, name.clone(), old.as_ref(), new.as_ref());
            self.changes.extend(change);
        }
        self.names.groups = after;
        Ok(())
    }

    /// The fields of what stands at a key; none where it is not there, or no object, which is told.
    fn fields(&mut self, path: &[Step; 1]) -> Option<Map<String, Value>> {
        let [Step::Key(key)] = path else {
            return None;
        };
        match self.source.value(key)? {
            Value::Object(fields) => Some(fields),
            Value::Null => None,
            _ => {
                let message = format!("`{key}` holds names with values: `name: …`");
                self.mistakes.push(self.source.mistake(path, message));
                None
            }
        }
    }
}

fn members(names: &Names, ids: &BTreeSet<i32>) -> Map<String, Value> {
    let ids: Vec<i32> = ids.iter().copied().collect();
    Map::from_iter([("members".to_owned(), json!(names.users.names_of(&ids)))])
}
