//! How each kind stands in a file: its key, its name, and names in the place of numbers.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sqlx::PgConnection;

use super::desk;
use super::names::{Index, Names, Problem, Resolver, in_section};
use crate::domain::administration::{self, Kept, Stored};
use crate::domain::categories::{CategoryDraft, CategoryKind};
use crate::domain::sections::{SectionDraft, SectionKind};
use crate::domain::statuses::{StatusDraft, StatusKind, StatusRole};
use crate::domain::users::{UserDraft, UserKind};
use crate::domain::{Actor, Error, Result};

/// How many objects are read at once.
const PAGE: i64 = 500;

/// A kind that stands in a file.
pub(super) trait Portable: Kept {
    /// The key of its list.
    const KEY: &'static str;
    /// The field that a bare text stands for.
    const SHORT: Option<&'static str> = None;
    /// One of them in the file.
    type Item: Serialize + DeserializeOwned + Send;

    /// What it is known by: its name, with what the name is unique in. From the fields as they are given, right or
    /// wrong.
    fn name(fields: &Map<String, Value>) -> Option<String> {
        text(fields, "name").map(str::to_owned)
    }

    /// Its number, where the file may give it.
    fn number(_fields: &Map<String, Value>) -> Option<i32> {
        None
    }

    /// Where the kind is looked up.
    fn index(names: &mut Names) -> &mut Index;

    /// As it stands in the file.
    fn item(id: i32, draft: &Self::Draft, names: &Names) -> Self::Item;

    /// As it is stored; what the file says nothing of as it is now.
    fn draft(
        item: Self::Item,
        now: Option<&Self::Draft>,
        names: &Names,
    ) -> std::result::Result<Self::Draft, Vec<Problem>>;

    /// The field of the file for a field of the draft.
    fn field(of_draft: &str) -> &str {
        of_draft
    }

    /// Whether it stays even where a file that names all of its kind does not name it.
    fn is_permanent(_id: i32) -> bool {
        false
    }
}

/// Everything of a kind as it is stored, and its names.
pub(super) async fn load<K: Portable>(
    conn: &mut PgConnection,
    actor: &Actor,
    names: &mut Names,
) -> Result<Vec<Stored<K::Draft>>> {
    let mut all: Vec<Stored<K::Draft>> = vec![];
    loop {
        let after = all.last().map_or(0, |stored| stored.id);
        let page = administration::list::<K>(conn, actor, after, PAGE).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    for stored in &all {
        note::<K>(stored, names)?;
    }
    Ok(all)
}

/// This is what it is called from now on. Returns the name.
pub(super) fn note<K: Portable>(stored: &Stored<K::Draft>, names: &mut Names) -> Result<String> {
    let item = object(&K::item(stored.id, &stored.draft, names))?;
    let name = K::name(&item).unwrap_or_default();
    K::index(names).put(stored.id, &name);
    Ok(name)
}

/// Something of a file, field by field.
pub(super) fn object(item: &impl Serialize) -> Result<Map<String, Value>> {
    match serde_json::to_value(item).map_err(Error::internal)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::internal("what stands in a file is no object")),
    }
}

/// The other way round, of fields that are known to be right.
pub(super) fn whole<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T> {
    serde_json::from_value(fields.into()).map_err(Error::internal)
}

/// A text among the fields.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    let text = fields.get(field)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

/// The draft, unless a name meant nothing.
fn resolved<D>(draft: D, resolver: Resolver) -> Result<D, Vec<Problem>> {
    if resolver.problems.is_empty() {
        Ok(draft)
    } else {
        Err(resolver.problems)
    }
}

impl Portable for UserKind {
    const KEY: &'static str = "staff";
    type Item = desk::Person;

    fn name(fields: &Map<String, Value>) -> Option<String> {
        text(fields, "login").map(str::to_owned)
    }

    fn index(names: &mut Names) -> &mut Index {
        &mut names.users
    }

    fn item(_: i32, draft: &UserDraft, names: &Names) -> desk::Person {
        let company = draft.company_id.and_then(|id| names.companies.name(id));
        let department = draft
            .department_id
            .and_then(|id| names.departments.name(id));
        desk::Person {
            login: draft.username.clone(),
            email: draft.email.clone(),
            first_name: draft.first_name.clone(),
            last_name: draft.last_name.clone(),
            administrator: draft.administrator,
            manager: draft.manager,
            department_manager: draft.department_manager,
            company: company.map(str::to_owned),
            department: department.map(str::to_owned),
        }
    }

    fn draft(
        item: desk::Person,
        now: Option<&UserDraft>,
        names: &Names,
    ) -> Result<UserDraft, Vec<Problem>> {
        let mut resolver = Resolver::new(names);
        let (company, department) = (item.company.as_deref(), item.department.as_deref());
        let draft = UserDraft {
            company_id: resolver.optional(&names.companies, "company", company, "company"),
            department_id: resolver.optional(
                &names.departments,
                "department",
                department,
                "department",
            ),
            username: item.login,
            email: item.email,
            first_name: item.first_name,
            last_name: item.last_name,
            administrator: item.administrator,
            manager: item.manager,
            department_manager: item.department_manager,
            ..now.cloned().unwrap_or_else(nobody)
        };
        resolved(draft, resolver)
    }

    fn field(of_draft: &str) -> &str {
        match of_draft {
            "username" => "login",
            "company_id" => "company",
            "department_id" => "department",
            other => other,
        }
    }
}

/// What a file says nothing of, of a new user.
fn nobody() -> UserDraft {
    UserDraft {
        username: String::new(),
        email: String::new(),
        first_name: String::new(),
        last_name: String::new(),
        administrator: false,
        manager: false,
        department_manager: false,
        technician_of: vec![],
        company_id: None,
        department_id: None,
        phone: String::new(),
        location: String::new(),
        notes: None,
        greeting: String::new(),
        signature: String::new(),
        disabled: false,
        send_email: true,
        out_of_office: false,
    }
}

impl Portable for SectionKind {
    const KEY: &'static str = "sections";
    type Item = desk::Section;

    fn index(names: &mut Names) -> &mut Index {
        &mut names.sections
    }

    fn item(_: i32, draft: &SectionDraft, _: &Names) -> desk::Section {
        desk::Section {
            name: draft.name.clone(),
            order: draft.order,
        }
    }

    fn draft(
        item: desk::Section,
        _: Option<&SectionDraft>,
        _: &Names,
    ) -> Result<SectionDraft, Vec<Problem>> {
        Ok(SectionDraft {
            name: item.name,
            order: item.order,
        })
    }
}

impl Portable for CategoryKind {
    const KEY: &'static str = "categories";
    type Item = desk::Category;

    fn name(fields: &Map<String, Value>) -> Option<String> {
        let name = text(fields, "name")?;
        Some(in_section(text(fields, "section"), name))
    }

    fn index(names: &mut Names) -> &mut Index {
        &mut names.categories
    }

    fn item(_: i32, draft: &CategoryDraft, names: &Names) -> desk::Category {
        let section = draft.section_id.and_then(|id| names.sections.name(id));
        desk::Category {
            name: draft.name.clone(),
            section: section.map(str::to_owned),
            order: draft.order,
            notes: draft.notes.clone(),
            for_techs_only: draft.for_techs_only,
            for_specific_users: draft.for_specific_users,
            visible_to: desk::VisibleTo {
                users: names.users.names_of(&draft.user_ids),
                companies: names.companies.names_of(&draft.company_ids),
            },
            kb_only: draft.kb_only,
            disabled: draft.disabled,
            from_address: draft.from_address.clone(),
            technicians: names.technicians_of(&draft.technician_ids),
        }
    }

    fn draft(
        item: desk::Category,
        _: Option<&CategoryDraft>,
        names: &Names,
    ) -> Result<CategoryDraft, Vec<Problem>> {
        let mut resolver = Resolver::new(names);
        let section = item.section.as_deref();
        let seen = &item.visible_to;
        let below = |field: &str| ["visible_to".into(), field.into()];
        let draft = CategoryDraft {
            section_id: resolver.optional(&names.sections, "section", section, "section"),
            user_ids: resolver.list(&names.users, "user", &seen.users, &below("users")),
            company_ids: resolver.list(
                &names.companies,
                "company",
                &seen.companies,
                &below("companies"),
            ),
            technician_ids: resolver.technicians(&item.technicians, "technicians"),
            name: item.name,
            notes: item.notes,
            for_techs_only: item.for_techs_only,
            for_specific_users: item.for_specific_users,
            kb_only: item.kb_only,
            disabled: item.disabled,
            from_address: item.from_address,
            order: item.order,
        };
        resolved(draft, resolver)
    }

    fn field(of_draft: &str) -> &str {
        match of_draft {
            "section_id" => "section",
            "user_ids" | "company_ids" => "visible_to",
            "technician_ids" => "technicians",
            other => other,
        }
    }
}

impl Portable for StatusKind {
    const KEY: &'static str = "statuses";
    type Item = desk::Status;

    fn number(fields: &Map<String, Value>) -> Option<i32> {
        let number = fields.get("id")?.as_i64()?;
        i32::try_from(number)
            .ok()
            .filter(|id| Self::is_permanent(*id))
    }

    fn index(names: &mut Names) -> &mut Index {
        &mut names.statuses
    }

    fn item(id: i32, draft: &StatusDraft, names: &Names) -> desk::Status {
        let roles = draft.roles.iter().map(|role| match role {
            StatusRole::Administrator => desk::StatusRole::Administrator,
            StatusRole::Technician => desk::StatusRole::Technician,
            StatusRole::Customer => desk::StatusRole::Customer,
        });
        desk::Status {
            id: Self::is_permanent(id).then_some(id),
            name: draft.name.clone(),
            color: draft.color.clone(),
            order: draft.order,
            stops_time: draft.stops_time,
            roles: roles.collect(),
            categories: names.categories.names_of(&draft.category_ids),
        }
    }

    fn draft(
        item: desk::Status,
        now: Option<&StatusDraft>,
        names: &Names,
    ) -> Result<StatusDraft, Vec<Problem>> {
        let mut resolver = Resolver::new(names);
        let is_one = item.id.is_none_or(Self::is_permanent);
        if !is_one || (item.id.is_some() && now.is_none()) {
            let message = "only 1 New, 2 In process and 3 Closed have an id; leave it out";
            resolver.problems.push(Problem {
                at: vec!["id".into()],
                message: Some(message.to_owned()),
            });
        }
        let roles = item.roles.iter().map(|role| match role {
            desk::StatusRole::Administrator => StatusRole::Administrator,
            desk::StatusRole::Technician => StatusRole::Technician,
            desk::StatusRole::Customer => StatusRole::Customer,
        });
        let draft = StatusDraft {
            name: item.name,
            color: item.color,
            order: item.order,
            stops_time: item.stops_time,
            roles: roles.collect(),
            category_ids: resolver.categories(&item.categories, "categories"),
        };
        resolved(draft, resolver)
    }

    fn field(of_draft: &str) -> &str {
        match of_draft {
            "category_ids" => "categories",
            other => other,
        }
    }

    fn is_permanent(id: i32) -> bool {
        (1..=3).contains(&id)
    }
}
