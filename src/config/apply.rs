//! Makes the desk what a file says. Everything passes the services of the domain, so that what the API refuses is
//! refused here, and what the audit log has of the API it has of a file.
//!
//! Each object is tried in a savepoint: one that is wrong is told with its place, and the others are looked at all the
//! same. The caller holds the transaction, and rolls it back when there was any mistake.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};
use sqlx::{Connection, PgConnection};

use super::change::Change;
use super::mistake::Mistake;
use super::names::{Names, Problem};
use super::portable::Portable;
use super::source::{Given, Source, Step};
use crate::domain::administration::{self, Stored};
use crate::domain::categories::CategoryKind;
use crate::domain::sections::SectionKind;
use crate::domain::statuses::StatusKind;
use crate::domain::{Actor, Error};

/// How many objects are read at once.
const PAGE: i64 = 500;

/// The keys of a file, in the order of their documentation.
pub const KEYS: [&str; 3] = ["sections", "categories", "statuses"];

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
        unnamed: vec![],
        changes: vec![],
        mistakes: vec![],
    };
    source.keys(&KEYS, &mut work.mistakes);
    let sections = work.load::<SectionKind>(conn).await?;
    let categories = work.load::<CategoryKind>(conn).await?;
    let statuses = work.load::<StatusKind>(conn).await?;
    let sections = work.kind::<SectionKind>(conn, sections).await?;
    let categories = work.kind::<CategoryKind>(conn, categories).await?;
    let statuses = work.kind::<StatusKind>(conn, statuses).await?;
    if prune {
        work.prune::<StatusKind>(conn, statuses).await?;
        work.prune::<CategoryKind>(conn, categories).await?;
        work.prune::<SectionKind>(conn, sections).await?;
    }
    work.mistakes.sort();
    if work.mistakes.is_empty() {
        Ok(work.changes)
    } else {
        Err(Refusal::Mistakes(work.mistakes))
    }
}

/// A file that is being applied.
struct Work<'a> {
    actor: &'a Actor,
    source: &'a Source,
    names: Names,
    unnamed: Vec<i32>,
    changes: Vec<Change>,
    mistakes: Vec<Mistake>,
}

/// Why one object was not made what the file says.
enum Trouble {
    Wrong(Vec<Problem>),
    Domain(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}
