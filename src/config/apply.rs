//! Makes the desk what a file says. Everything passes the services of the domain, so that what the API refuses is
//! refused here, and what the audit log has of the API it has of a file.
//!
//! Each object is tried in a savepoint: one that is wrong is told with its place, and the others are looked at all the
//! same. The caller holds the transaction, and rolls it back when there was any mistake.

use std::collections::{BTreeSet, HashSet};

use sqlx::{Connection, PgConnection};

use super::change::Change;
use super::mistake::Mistake;
use super::names::{Names, Resolver};
use super::portable::{Portable, load, note, object, whole};
use super::repo;
use super::source::{Given, Source};
use super::trouble::{Trouble, list, problem};
use crate::domain::administration::{self, Stored};
use crate::domain::categories::CategoryKind;
use crate::domain::sections::SectionKind;
use crate::domain::statuses::StatusKind;
use crate::domain::users::kept::UserKind;
use crate::domain::{Actor, Error};

/// Why a file was not applied. Roll back whatever was done.
#[derive(Debug)]
pub enum Refusal {
    /// The file is wrong, in all of these places.
    Mistakes(Vec<Mistake>),
    /// The file may be right.
    Other(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// Make the desk what the file says; with `prune`, delete what it does not name of the kinds it names. Returns what
/// changed, in order.
pub async fn apply(
    conn: &mut PgConnection,
    actor: &Actor,
    source: &Source,
    prune: bool,
) -> Result<Vec<Change>, Refusal> {
    let mut work = Work {
        actor,
        source,
        names: Names::default(),
        changes: vec![],
        mistakes: vec![],
    };
    source.keys(&super::KEYS, &mut work.mistakes);
    work.everything(conn, prune).await?;
    work.mistakes.sort();
    if work.mistakes.is_empty() {
        Ok(work.changes)
    } else {
        Err(Refusal::Mistakes(work.mistakes))
    }
}

/// A file that is being applied.
pub(super) struct Work<'a> {
    pub(super) actor: &'a Actor,
    pub(super) source: &'a Source,
    pub(super) names: Names,
    pub(super) changes: Vec<Change>,
    pub(super) mistakes: Vec<Mistake>,
}

impl Work<'_> {
    /// Kind by kind, each after those it names; the other way round where something is deleted.
    async fn everything(&mut self, conn: &mut PgConnection, prune: bool) -> Result<(), Error> {
        repo::take_turn(conn).await?;
        self.names.groups = repo::groups(conn).await?;
        let users = load::<UserKind>(conn, self.actor, &mut self.names).await?;
        let sections = load::<SectionKind>(conn, self.actor, &mut self.names).await?;
        let categories = load::<CategoryKind>(conn, self.actor, &mut self.names).await?;
        let statuses = load::<StatusKind>(conn, self.actor, &mut self.names).await?;

        self.settings(conn).await?;
        self.kind::<UserKind>(conn, users).await?;
        self.groups(conn, prune).await?;
        let sections = self.kind::<SectionKind>(conn, sections).await?;
        let categories = self.kind::<CategoryKind>(conn, categories).await?;
        let statuses = self.kind::<StatusKind>(conn, statuses).await?;

        // With a mistake in it, the file does not say for sure what is to go.
        if prune && self.mistakes.is_empty() {
            self.prune::<StatusKind>(conn, statuses).await?;
            self.prune::<CategoryKind>(conn, categories).await?;
            self.prune::<SectionKind>(conn, sections).await?;
        }
        Ok(())
    }

    /// Everything that the file has of a kind. Returns those of the desk that it does not name, if it names any.
    async fn kind<K: Portable>(
        &mut self,
        conn: &mut PgConnection,
        stored: Vec<Stored<K::Draft>>,
    ) -> Result<Vec<i32>, Error> {
        if !self.source.has(K::KEY) {
            return Ok(vec![]);
        }
        let source = self.source;
        let given = source.objects::<K::Item>(K::KEY, K::SHORT, &mut self.mistakes);
        for each in &given {
            if let Some(name) = K::name(&each.fields) {
                K::index(&mut self.names).put_unmade(&name);
            }
        }
        let mut names = HashSet::new();
        let mut ids = BTreeSet::new();
        for each in given {
            let name = K::name(&each.fields).unwrap_or_default();
            let index = K::index(&mut self.names);
            let id = K::number(&each.fields).or_else(|| index.id(&name));
            let is_second_of_name = !name.is_empty() && !names.insert(name.to_lowercase());
            if is_second_of_name || id.is_some_and(|id| !ids.insert(id)) {
                let message = format!("{} \"{name}\" comes twice", K::KIND);
                self.mistakes.push(source.mistake(&each.path, message));
                continue;
            }
            let path = each.path.clone();
            if let Err(trouble) = self.object::<K>(conn, id, each).await {
                let what = format!("{} \"{name}\"", K::KIND);
                self.tell(&path, &what, K::field, trouble)?;
            }
        }
        let unnamed = stored.iter().map(|stored| stored.id);
        Ok(unnamed.filter(|id| !ids.contains(id)).collect())
    }

    /// Make one object what the file says, or nothing of it.
    async fn object<K: Portable>(
        &mut self,
        conn: &mut PgConnection,
        id: Option<i32>,
        given: Given<K::Item>,
    ) -> Result<(), Trouble> {
        let names = &self.names;
        if given.is_wrong {
            // That is told already; names in it may be wrong too.
            let mut found = Resolver::new(names);
            if let Some(item) = given.item {
                K::draft(item, None, &mut found);
            }
            return Err(Trouble::Wrong(found.problems));
        }
        let mut fields = given.fields;
        let mut savepoint = conn.begin().await?;
        let before = match id {
            Some(id) => {
                Some(administration::find_locked::<K>(&mut savepoint, self.actor, id).await?)
            }
            None => None,
        };
        let before_item = before
            .as_ref()
            .map(|stored| object(&K::item(stored.id, &stored.draft, names)))
            .transpose()?;
        let id = if let Some(stored) = &before {
            // What the file does not say stays.
            for (field, value) in before_item.iter().flatten() {
                if !fields.contains_key(field) {
                    fields.insert(field.clone(), value.clone());
                }
            }
            stored.id
        } else {
            let draft = draft::<K>(whole(fields.clone())?, None, names)?;
            administration::create::<K>(&mut savepoint, self.actor, draft)
                .await?
                .id
        };
        let item = whole(fields)?;
        // After a creation too: it may have chosen what the file says otherwise.
        let change = |now: &K::Draft| draft::<K>(item, Some(now), names);
        let after = administration::update::<K, Trouble>(&mut savepoint, self.actor, id, change);
        let after = after.await?;
        savepoint.commit().await?;
        let name = note::<K>(&after, &mut self.names)?;
        let after_item = object(&K::item(id, &after.draft, &self.names))?;
        let change = Change::between(K::KIND, name, before_item.as_ref(), Some(&after_item));
        self.changes.extend(change);
        Ok(())
    }

    /// Delete those that the file does not name.
    async fn prune<K: Portable>(
        &mut self,
        conn: &mut PgConnection,
        unnamed: Vec<i32>,
    ) -> Result<(), Error> {
        for id in unnamed.into_iter().filter(|id| !K::is_permanent(*id)) {
            let mut savepoint = conn.begin().await?;
            let stored = administration::find_locked::<K>(&mut savepoint, self.actor, id).await?;
            let item = object(&K::item(id, &stored.draft, &self.names))?;
            let name = K::name(&item).unwrap_or_default();
            let deleted = administration::delete::<K, Error>(
                &mut savepoint,
                self.actor,
                id,
                None,
                |_| Ok(()),
            );
            match deleted.await {
                Ok(()) => {
                    savepoint.commit().await?;
                    K::index(&mut self.names).remove(id);
                    let change = Change::between(K::KIND, name, Some(&item), None);
                    self.changes.extend(change);
                }
                Err(Error::InUse { uses, .. }) => {
                    let message = format!(
                        "{} \"{name}\" is not in the file, but cannot be deleted: it is in use ({})",
                        K::KIND,
                        list(&uses)
                    );
                    let mistake = self.source.mistake_of_key(&[K::KEY.into()], message);
                    self.mistakes.push(mistake);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// As it is stored. Errors: everything about it that is wrong.
fn draft<K: Portable>(
    item: K::Item,
    now: Option<&K::Draft>,
    names: &Names,
) -> Result<K::Draft, Trouble> {
    let mut found = Resolver::new(names);
    let draft = K::draft(item, now, &mut found);
    if found.problems.is_empty() {
        return Ok(draft);
    }
    // What needs no database is looked at too: the more is told at once, the better.
    if let Err(error) = K::check(draft) {
        found.problems.extend(problem(error, K::field));
    }
    Err(Trouble::Wrong(found.problems))
}
