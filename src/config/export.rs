//! The file of a desk. The same desk gives the same text, whatever numbers its things have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sqlx::PgConnection;

use super::desk::{self, Desk};
use super::names::Names;
use super::portable::{Portable, load, object};
use super::repo;
use crate::domain::administration::Stored;
use crate::domain::categories::{CategoryDraft, CategoryKind};
use crate::domain::sections::SectionKind;
use crate::domain::statuses::StatusKind;
use crate::domain::users::kept::{UserDraft, UserKind};
use crate::domain::{Actor, Error, Result, settings};

/// What stands above every file.
const HEADER: &str = "\
# A desk, as `ferrodesk export-config` writes it. `ferrodesk apply FILE` makes a desk like it.
#
# What is changed here changes there; what is taken out here stays there as it is, unless one applies with --prune.
# Not in here: passwords, tokens, customers, tickets, articles, assets. In here as they are: the addresses and headers
# of requests that rules make.
#
# yaml-language-server: $schema=desk.schema.json     (made by: ferrodesk config-schema > desk.schema.json)
";

/// The whole desk as a file. For administrators.
pub async fn export(conn: &mut PgConnection, actor: &Actor) -> Result<String> {
    write(&desk(conn, actor).await?)
}

/// The whole desk.
async fn desk(conn: &mut PgConnection, actor: &Actor) -> Result<Desk> {
    let mut names = Names::default();
    names.groups = repo::groups(conn).await?;
    let departments = load::<DepartmentKind>(conn, actor, &mut names).await?;
    let companies = load::<CompanyKind>(conn, actor, &mut names).await?;
    let users = load::<UserKind>(conn, actor, &mut names).await?;
    let sections = load::<SectionKind>(conn, actor, &mut names).await?;
    let categories = load::<CategoryKind>(conn, actor, &mut names).await?;
    let statuses = load::<StatusKind>(conn, actor, &mut names).await?;
    let settings = settings::find(conn, actor).await?;

    let staff = staff(users, &categories, &names);
    let order_of_section = |name: &Option<String>| {
        let id = name.as_ref().and_then(|name| names.sections.id(name));
        let section = sections.iter().find(|section| Some(section.id) == id);
        section.map(|section| section.draft.order)
    };
    let mut categories = items::<CategoryKind>(&categories, &names);
    categories.sort_by_cached_key(|item| {
        let section = item.section.as_deref().map(alphabetical);
        (
            order_of_section(&item.section),
            section,
            item.order,
            alphabetical(&item.name),
        )
    });
    let mut statuses = items::<StatusKind>(&statuses, &names);
    statuses.sort_by_cached_key(|item| (item.order, alphabetical(&item.name)));
    let mut sections = items::<SectionKind>(&sections, &names);
    sections.sort_by_cached_key(|item| (item.order, alphabetical(&item.name)));
    Ok(Desk {
        settings: Some(desk::Settings {
            desk_name: settings.desk_name,
            api_token_days: settings.api_token_days,
        }),
        staff: Some(staff),
        technician_groups: Some(groups(&names)),
        sections: Some(sections),
        categories: Some(categories),
        statuses: Some(statuses),
        ..Desk::default()
    })
}

fn items<K: Portable>(stored: &[Stored<K::Draft>], names: &Names) -> Vec<K::Item> {
    let items = stored.iter();
    items
        .map(|stored| K::item(stored.id, &stored.draft, names))
        .collect()
}

/// In any case first, so that `apple` stands beside `Apple`; then in one order for both.
fn alphabetical(name: &str) -> (String, String) {
    (name.to_lowercase(), name.to_owned())
}

/// Who works on the desk, and whom else the file names: it must be whole.
fn staff(
    users: Vec<Stored<UserDraft>>,
    categories: &[Stored<CategoryDraft>],
    names: &Names,
) -> Vec<desk::Person> {
    let seen = categories
        .iter()
        .flat_map(|category| &category.draft.user_ids);
    let named: BTreeSet<i32> = seen
        .chain(names.groups.values().flatten())
        .copied()
        .collect();
    let works = |user: &Stored<UserDraft>| {
        let draft = &user.draft;
        draft.administrator
            || draft.manager
            || draft.department_manager
            || !draft.technician_of.is_empty()
            || named.contains(&user.id)
    };
    let staff: Vec<Stored<UserDraft>> = users.into_iter().filter(works).collect();
    let mut people = items::<UserKind>(&staff, names);
    people.sort_by_cached_key(|person| alphabetical(&person.login));
    people
}

/// Groups with the logins of those who are still there.
fn groups(names: &Names) -> BTreeMap<String, Vec<String>> {
    let groups = names.groups.iter();
    groups
        .map(|(name, ids)| {
            let ids: Vec<i32> = ids.iter().copied().collect();
            (name.clone(), names.users.names_of(&ids))
        })
        .collect()
}

/// As YAML, an empty line between the parts.
fn write(desk: &Desk) -> Result<String> {
    let mut text = HEADER.to_owned();
    for (key, value) in object(desk)? {
        if !value.is_null() {
            text.push('\n');
            text.push_str(&yaml(&BTreeMap::from([(key, value)]))?);
        }
    }
    Ok(text)
}

fn yaml(part: &BTreeMap<String, Value>) -> Result<String> {
    let options = serde_saphyr::ser_options! {
        // Long lines stay lines: folded ones read well and are hard to edit.
        folded_wrap_chars: 100_000,
    };
    serde_saphyr::to_string_with_options(part, options).map_err(Error::internal)
}
