//! The objects of one kind: made what the file says, each in a savepoint, or deleted where it does not name them.

use std::collections::{BTreeSet, HashSet};

use sqlx::{Connection, PgConnection};

use super::apply::Work;
use super::change::Change;
use super::names::{Names, Resolver};
use super::portable::{Portable, note, object, whole};
use super::source::Given;
use super::trouble::{Trouble, problem};
use crate::domain::Error;
use crate::domain::Use;
use crate::domain::administration::{self, Stored};

impl Work<'_> {
    /// Everything that the file has of a kind. Returns those of the desk that it does not name, if it names any.
    pub(super) async fn kind<K: Portable>(
        &mut self,
        conn: &mut PgConnection,
        stored: &[Stored<K::Draft>],
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
        let mut ids = BTreeSet::new();
        let given = self.distinct::<K>(given, &mut ids);
        self.objects::<K>(conn, given).await?;
        let unnamed = stored.iter().map(|stored| stored.id);
        Ok(unnamed.filter(|id| !ids.contains(id)).collect())
    }

    /// Those that come once, and which of the desk they are. What comes again is told.
    fn distinct<K: Portable>(
        &mut self,
        given: Vec<Given<K::Item>>,
        ids: &mut BTreeSet<i32>,
    ) -> Vec<Given<K::Item>> {
        let mut names = HashSet::new();
        let mut distinct = vec![];
        for each in given {
            let name = K::name(&each.fields).unwrap_or_default();
            let id = self.id_of::<K>(&each);
            let is_second_of_name = !name.is_empty() && !names.insert(name.to_lowercase());
            if is_second_of_name || id.is_some_and(|id| !ids.insert(id)) {
                let message = format!("{} \"{name}\" comes twice", K::KIND);
                let mistake = self.source.mistake(&each.path, message);
                self.mistakes.push(mistake);
            } else {
                distinct.push(each);
            }
        }
        distinct
    }

    /// Which object of the desk it is.
    fn id_of<K: Portable>(&mut self, given: &Given<K::Item>) -> Option<i32> {
        let name = K::name(&given.fields)?;
        let index = K::index(&mut self.names);
        K::number(&given.fields).or_else(|| index.id(&name))
    }

    /// Make all of these what the file says. One may need another one that comes after it, as rules run each other: what
    /// cannot be done is tried again as long as anything can.
    async fn objects<K: Portable>(
        &mut self,
        conn: &mut PgConnection,
        mut waiting: Vec<Given<K::Item>>,
    ) -> Result<(), Error> {
        loop {
            let before = waiting.len();
            let mut troubles = vec![];
            for given in std::mem::take(&mut waiting) {
                let id = self.id_of::<K>(&given);
                match self.object::<K>(conn, id, &given).await {
                    Ok(()) => {}
                    Err(Trouble::Domain(error @ (Error::Unavailable(_) | Error::Internal(_)))) => {
                        return Err(error);
                    }
                    Err(trouble) => {
                        waiting.push(given);
                        troubles.push(trouble);
                    }
                }
            }
            if waiting.len() < before && !waiting.is_empty() {
                continue;
            }
            for (given, trouble) in waiting.iter().zip(troubles) {
                let name = K::name(&given.fields).unwrap_or_default();
                let what = format!("{} \"{name}\"", K::KIND);
                self.tell(&given.path, &what, K::field, trouble)?;
            }
            // Each waits for another of them, and none of them is wrong by itself.
            if let Some(given) = waiting.first().filter(|_| self.mistakes.is_empty()) {
                let name = K::name(&given.fields).unwrap_or_default();
                let message = format!("{} \"{name}\": names others that name it", K::KIND);
                let mistake = self.source.mistake(&given.path, message);
                self.mistakes.push(mistake);
            }
            return Ok(());
        }
    }

    /// Make one object what the file says, or nothing of it.
    async fn object<K: Portable>(
        &mut self,
        conn: &mut PgConnection,
        id: Option<i32>,
        given: &Given<K::Item>,
    ) -> Result<(), Trouble> {
        let names = &self.names;
        if given.is_wrong {
            // That is told already; names in it may be wrong too.
            let mut found = Resolver::new(names);
            if let Some(item) = given.item.clone() {
                K::draft(item, None, &mut found);
            }
            return Err(Trouble::Wrong(found.problems));
        }
        let mut fields = given.fields.clone();
        let mut savepoint = conn.begin().await?;
        let before = match id {
            Some(id) => {
                Some(administration::find_locked::<K>(&mut savepoint, self.actor, id).await?)
            }
            None => None,
        };
        let before_item = match &before {
            Some(stored) => Some(object(&K::item(stored.id, &stored.draft, names)?)?),
            None => None,
        };
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
        let after_item = object(&K::item(id, &after.draft, &self.names)?)?;
        let change = Change::between(K::KIND, name, before_item.as_ref(), Some(&after_item));
        self.changes.extend(change);
        Ok(())
    }

    /// Delete those that the file does not name.
    pub(super) async fn prune<K: Portable>(
        &mut self,
        conn: &mut PgConnection,
        unnamed: Vec<i32>,
    ) -> Result<(), Error> {
        for id in unnamed.into_iter().filter(|id| !K::is_permanent(*id)) {
            let mut savepoint = conn.begin().await?;
            let stored = administration::find_locked::<K>(&mut savepoint, self.actor, id).await?;
            let item = object(&K::item(id, &stored.draft, &self.names)?)?;
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
                        Use::list(&uses)
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
    if !found.is_partial
        && let Err(error) = K::check(draft)
    {
        found.problems.extend(problem(error, K::field));
    }
    Err(Trouble::Wrong(found.problems))
}
