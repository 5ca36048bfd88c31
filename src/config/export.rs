//! The file of a desk. The same desk gives the same text, whatever numbers its things have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sqlx::PgConnection;

use super::desk::{self, Desk};
use super::everything::{Everything, items};
use super::names::Names;
use super::portable::object;
use crate::domain::administration::Stored;
use crate::domain::business_hours::BusinessHoursKind;
use crate::domain::categories::CategoryKind;
use crate::domain::comment_templates::CommentTemplateKind;
use crate::domain::companies::CompanyKind;
use crate::domain::custom_fields::CustomFieldKind;
use crate::domain::departments::DepartmentKind;
use crate::domain::rules::{RefKind, RuleKind, references};
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

/// The whole desk, in an order that does not hang on numbers.
async fn desk(conn: &mut PgConnection, actor: &Actor) -> Result<Desk> {
    let (all, names) = Everything::load(conn, actor).await?;
    let settings = settings::find(conn, actor).await?;
    let mut departments: Vec<String> = items::<DepartmentKind>(&all.departments, &names)?
        .into_iter()
        .map(|department| department.name)
        .collect();
    departments.sort_by_cached_key(|name| alphabetical(name));
    let mut companies = items::<CompanyKind>(&all.companies, &names)?;
    companies.sort_by_cached_key(|item| alphabetical(&item.name));
    let mut hours = items::<BusinessHoursKind>(&all.business_hours, &names)?;
    hours.sort_by_cached_key(|item| alphabetical(&item.name));
    let mut sections = items::<SectionKind>(&all.sections, &names)?;
    sections.sort_by_cached_key(|item| (item.order, alphabetical(&item.name)));
    let mut categories = items::<CategoryKind>(&all.categories, &names)?;
    categories.sort_by_cached_key(|item| {
        let section = item.section.as_ref();
        let place = sections
            .iter()
            .position(|known| Some(&known.name) == section);
        (place, item.order, alphabetical(&item.name))
    });
    let mut statuses = items::<StatusKind>(&all.statuses, &names)?;
    statuses.sort_by_cached_key(|item| (item.order, alphabetical(&item.name)));
    let mut fields = items::<CustomFieldKind>(&all.fields, &names)?;
    fields.sort_by_cached_key(|item| (item.usage, item.order, alphabetical(&item.name)));
    let mut templates = items::<CommentTemplateKind>(&all.templates, &names)?;
    templates.sort_by_cached_key(|item| {
        let group = item.group.as_deref().map(alphabetical);
        (group, alphabetical(&item.name))
    });
    let mut rules = items::<RuleKind>(&all.rules, &names)?;
    rules.sort_by_cached_key(|item| (item.order, alphabetical(&item.name)));
    Ok(Desk {
        settings: Some(desk::Settings {
            desk_name: settings.desk_name,
            api_token_days: settings.api_token_days,
            users_from_mail: settings.users_from_mail,
        }),
        departments: Some(departments),
        companies: Some(companies),
        staff: Some(staff(&all, &names)?),
        technician_groups: Some(groups(&names)),
        // Most desks have none, and their files need not speak of it.
        business_hours: Some(hours).filter(|hours| !hours.is_empty()),
        sections: Some(sections),
        categories: Some(categories),
        statuses: Some(statuses),
        custom_fields: Some(fields),
        comment_templates: Some(templates),
        rules: Some(rules),
    })
}

/// In any case first, so that `apple` stands beside `Apple`; then in one order for both.
fn alphabetical(name: &str) -> (String, String) {
    (name.to_lowercase(), name.to_owned())
}

/// Who works on the desk, and whom else the file names: it must be whole.
fn staff(all: &Everything, names: &Names) -> Result<Vec<desk::Person>> {
    let mut needed: BTreeSet<i32> = names.groups.values().flatten().copied().collect();
    for category in &all.categories {
        needed.extend(&category.draft.user_ids);
    }
    for rule in &all.rules {
        let references = references::references(&rule.draft.definition())?;
        let users = references.iter().filter(|it| it.kind == RefKind::User);
        needed.extend(users.map(|it| it.id));
    }
    let works = |user: &&Stored<UserDraft>| {
        let draft = &user.draft;
        draft.administrator
            || draft.manager
            || draft.department_manager
            || !draft.technician_of.is_empty()
            || needed.contains(&user.id)
    };
    let staff: Vec<Stored<UserDraft>> = all.users.iter().filter(works).cloned().collect();
    let mut people = items::<UserKind>(&staff, names)?;
    people.sort_by_cached_key(|person| alphabetical(&person.login));
    Ok(people)
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
