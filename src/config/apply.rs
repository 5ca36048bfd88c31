//! Makes the desk what a file says. Everything passes the services of the domain, so that what the API refuses is
//! refused here, and what the audit log has of the API it has of a file.
//!
//! Each object is tried in a savepoint: one that is wrong is told with its place, and the others are looked at all the
//! same. The caller holds the transaction, and rolls it back when there was any mistake.

use std::collections::HashSet;

use serde_json::Map;
use sqlx::{Connection, PgConnection};

use super::change::Change;
use super::everything::Everything;
use super::mistake::Mistake;
use super::names::Names;
use super::portable::{Portable, note, text};
use super::source::Source;
use super::{desk, repo};
use crate::domain::administration::{self, Kept};
use crate::domain::business_hours::BusinessHoursKind;
use crate::domain::categories::CategoryKind;
use crate::domain::comment_templates::{
    CommentTemplateGroupDraft, CommentTemplateGroupKind, CommentTemplateKind,
};
use crate::domain::companies::CompanyKind;
use crate::domain::custom_fields::CustomFieldKind;
use crate::domain::departments::DepartmentKind;
use crate::domain::rules::RuleKind;
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
        let (all, names) = Everything::load(conn, self.actor).await?;
        self.names = names;
        self.settings(conn).await?;
        let departments = self.kind::<DepartmentKind>(conn, &all.departments).await?;
        let companies = self.kind::<CompanyKind>(conn, &all.companies).await?;
        self.kind::<UserKind>(conn, &all.users).await?;
        self.groups(conn, prune).await?;
        let hours = self
            .kind::<BusinessHoursKind>(conn, &all.business_hours)
            .await?;
        let sections = self.kind::<SectionKind>(conn, &all.sections).await?;
        let categories = self.kind::<CategoryKind>(conn, &all.categories).await?;
        let statuses = self.kind::<StatusKind>(conn, &all.statuses).await?;
        let fields = self.kind::<CustomFieldKind>(conn, &all.fields).await?;
        self.template_groups(conn).await?;
        let templates = self
            .kind::<CommentTemplateKind>(conn, &all.templates)
            .await?;
        let rules = self.kind::<RuleKind>(conn, &all.rules).await?;

        // With a mistake in it, the file does not say for sure what is to go.
        if prune && self.mistakes.is_empty() {
            self.prune::<RuleKind>(conn, rules).await?;
            self.prune::<CommentTemplateKind>(conn, templates).await?;
            self.prune::<CustomFieldKind>(conn, fields).await?;
            self.prune::<StatusKind>(conn, statuses).await?;
            self.prune::<CategoryKind>(conn, categories).await?;
            self.prune::<SectionKind>(conn, sections).await?;
            self.prune::<BusinessHoursKind>(conn, hours).await?;
            self.prune::<CompanyKind>(conn, companies).await?;
            self.prune::<DepartmentKind>(conn, departments).await?;
        }
        Ok(())
    }

    /// Make the groups that templates of the file name. They have nothing but their name, so they need no key.
    async fn template_groups(&mut self, conn: &mut PgConnection) -> Result<(), Error> {
        let key = CommentTemplateKind::KEY;
        let templates = self
            .source
            // What is wrong in there is told with the templates.
            .objects::<desk::CommentTemplate>(key, None, &mut vec![]);
        let mut made = HashSet::new();
        for template in templates {
            let Some(name) = text(&template.fields, "group") else {
                continue;
            };
            let is_known = self.names.template_groups.id(name).is_some();
            if is_known || !made.insert(name.to_lowercase()) {
                continue;
            }
            self.names.template_groups.put_unmade(name);
            let draft = CommentTemplateGroupDraft {
                name: name.to_owned(),
            };
            let mut savepoint = conn.begin().await?;
            let created = administration::create::<CommentTemplateGroupKind>(
                &mut savepoint,
                self.actor,
                draft,
            );
            match created.await {
                Ok(stored) => {
                    savepoint.commit().await?;
                    let name = note::<CommentTemplateGroupKind>(&stored, &mut self.names)?;
                    let kind = CommentTemplateGroupKind::KIND;
                    let change = Change::between(kind, name, None, Some(&Map::new()));
                    self.changes.extend(change);
                }
                Err(error) => {
                    let path = [&template.path[..], &["group".into()]].concat();
                    let what = format!("{} \"{name}\"", CommentTemplateGroupKind::KIND);
                    self.tell(&path, &what, |field| field, error.into())?;
                }
            }
        }
        Ok(())
    }
}
