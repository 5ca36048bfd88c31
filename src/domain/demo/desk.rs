//! The desk of the demo: sections, categories and who works in them, custom fields, a status of its own.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::people::People;
use super::unheard_of;
use crate::error::Result;
use crate::ids::{CategoryId, FieldId, OptionId, SectionId, StatusId};

/// A category: name, section, technicians, and who may see it.
struct Category {
    name: &'static str,
    section: &'static str,
    technicians: &'static [&'static str],
    audience: Audience,
}

#[derive(PartialEq, Eq)]
enum Audience {
    Everybody,
    Technicians,
    Managers,
}

const CATEGORIES: [Category; 6] = [
    Category {
        name: "Hardware",
        section: "IT",
        technicians: &["demo.tina", "demo.tom"],
        audience: Audience::Everybody,
    },
    Category {
        name: "Software",
        section: "IT",
        technicians: &["demo.tina"],
        audience: Audience::Everybody,
    },
    Category {
        name: "Accounts and access",
        section: "IT",
        technicians: &["demo.tina", "demo.alan"],
        audience: Audience::Everybody,
    },
    Category {
        name: "Building",
        section: "Office",
        technicians: &["demo.tom"],
        audience: Audience::Everybody,
    },
    Category {
        name: "Internal projects",
        section: "Office",
        technicians: &["demo.tina", "demo.tom"],
        audience: Audience::Technicians,
    },
    Category {
        name: "Contracts",
        section: "Office",
        technicians: &["demo.alan"],
        audience: Audience::Managers,
    },
];

/// Usage and type of custom fields, as the schema numbers them.
const TICKETS: i16 = 1;
const ASSETS: i16 = 2;
const USERS: i16 = 3;
const COMPANIES: i16 = 4;
const TEXT: i16 = 1;
const DATE: i16 = 2;
const DROP_DOWN: i16 = 3;
const CHECK_BOX: i16 = 4;
const LINES: i16 = 5;

const FIELDS: [(i16, i16, &str, &[&str]); 9] = [
    (TICKETS, TEXT, "Serial number", &[]),
    (TICKETS, DATE, "Needed by", &[]),
    (
        TICKETS,
        DROP_DOWN,
        "Operating system",
        &["Windows", "macOS", "Linux"],
    ),
    (TICKETS, CHECK_BOX, "Approved", &[]),
    (TICKETS, LINES, "Steps to reproduce", &[]),
    (ASSETS, DATE, "Warranty until", &[]),
    (ASSETS, TEXT, "Inventory number", &[]),
    (USERS, TEXT, "Badge", &[]),
    (COMPANIES, DROP_DOWN, "Contract", &["Basic", "Plus"]),
];

/// What tickets are hung on, by name.
pub(super) struct Desk {
    categories: BTreeMap<&'static str, CategoryId>,
    fields: BTreeMap<&'static str, FieldId>,
    /// "Waiting for customer".
    waiting: StatusId,
}

impl Desk {
    pub(super) fn category(&self, name: &str) -> Result<CategoryId> {
        let id = self.categories.get(name).copied();
        id.ok_or_else(|| unheard_of(name))
    }

    pub(super) fn field(&self, name: &str) -> Result<FieldId> {
        let id = self.fields.get(name).copied();
        id.ok_or_else(|| unheard_of(name))
    }

    pub(super) fn waiting(&self) -> StatusId {
        self.waiting
    }
}

pub(super) async fn make(conn: &mut PgConnection, people: &People) -> Result<Desk> {
    let mut categories = BTreeMap::new();
    for (order, category) in (1..).zip(&CATEGORIES) {
        let section = section(conn, category.section).await?;
        let id = self::category(conn, category, section, order).await?;
        for technician in category.technicians {
            sqlx::query!(
                "insert into category_technicians (category_id, user_id) values ($1, $2) on conflict do nothing",
                id.0,
                people.id(technician)?.0,
            )
            .execute(&mut *conn)
            .await?;
        }
        if category.audience == Audience::Managers {
            sqlx::query!(
                "insert into category_users (category_id, user_id) values ($1, $2) on conflict do nothing",
                id.0,
                people.id("demo.mary")?.0,
            )
            .execute(&mut *conn)
            .await?;
        }
        categories.insert(category.name, id);
    }
    let mut fields = BTreeMap::new();
    for (order, (usage, kind, name, options)) in (1..).zip(FIELDS) {
        let id = field(conn, usage, kind, name, order).await?;
        for (order, option) in (1..).zip(options) {
            self::option(conn, id, option, order).await?;
        }
        fields.insert(name, id);
    }
    Ok(Desk {
        categories,
        fields,
        waiting: waiting(conn).await?,
    })
}

async fn section(conn: &mut PgConnection, name: &str) -> Result<SectionId> {
    sqlx::query!(
        "insert into sections (name) values ($1) on conflict do nothing",
        name
    )
    .execute(&mut *conn)
    .await?;
    let id = sqlx::query_scalar!(
        "select id from sections where lower(name) = lower($1)",
        name
    )
    .fetch_one(conn)
    .await?;
    Ok(SectionId(id))
}

async fn category(
    conn: &mut PgConnection,
    category: &Category,
    section: SectionId,
    order: i32,
) -> Result<CategoryId> {
    sqlx::query!(
        "insert into categories (name, section_id, notes, for_techs_only, for_specific_users, order_by)
         values ($1, $2, 'A category of the demo.', $3, $4, $5)
         on conflict do nothing",
        category.name,
        section.0,
        category.audience == Audience::Technicians,
        category.audience == Audience::Managers,
        order,
    )
    .execute(&mut *conn)
    .await?;
    let id = sqlx::query_scalar!(
        "select id from categories where section_id = $1 and lower(name) = lower($2)",
        section.0,
        category.name,
    )
    .fetch_one(conn)
    .await?;
    Ok(CategoryId(id))
}

async fn field(
    conn: &mut PgConnection,
    usage: i16,
    kind: i16,
    name: &str,
    order: i32,
) -> Result<FieldId> {
    sqlx::query!(
        "insert into custom_fields (usage, type, name, order_by) values ($1, $2, $3, $4) on conflict do nothing",
        usage,
        kind,
        name,
        order,
    )
    .execute(&mut *conn)
    .await?;
    let id = sqlx::query_scalar!(
        "select id from custom_fields where usage = $1 and lower(name) = lower($2)",
        usage,
        name,
    )
    .fetch_one(conn)
    .await?;
    Ok(FieldId(id))
}

async fn option(conn: &mut PgConnection, field: FieldId, name: &str, order: i32) -> Result<()> {
    sqlx::query!(
        "insert into custom_field_options (field_id, name, order_by) values ($1, $2, $3) on conflict do nothing",
        field.0,
        name,
        order,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An option of a drop-down field by its text.
pub(super) async fn option_of(
    conn: &mut PgConnection,
    field: FieldId,
    name: &str,
) -> Result<OptionId> {
    let id = sqlx::query_scalar!(
        "select id from custom_field_options where field_id = $1 and lower(name) = lower($2)",
        field.0,
        name,
    )
    .fetch_one(conn)
    .await?;
    Ok(OptionId(id))
}

async fn waiting(conn: &mut PgConnection) -> Result<StatusId> {
    sqlx::query!(
        "insert into statuses (name, color, order_by, stops_time) values ('Waiting for customer', '#c0a000', 4, true)
         on conflict do nothing"
    )
    .execute(&mut *conn)
    .await?;
    let id =
        sqlx::query_scalar!("select id from statuses where lower(name) = 'waiting for customer'")
            .fetch_one(conn)
            .await?;
    Ok(StatusId(id))
}
