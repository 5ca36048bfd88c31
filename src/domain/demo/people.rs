//! The people of the demo, their companies and departments.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::{at, unheard_of};
use crate::error::Result;
use crate::ids::{CompanyId, DepartmentId, UserId};
use crate::users::password;

/// A person. The names begin with `demo.`: nobody real is touched.
#[derive(Debug)]
pub struct Person {
    /// What he is.
    pub role: &'static str,
    /// The name he logs in with.
    pub username: &'static str,
    /// His password.
    pub password: &'static str,
    first_name: &'static str,
    last_name: &'static str,
    company: &'static str,
    department: &'static str,
    location: &'static str,
}

/// Brightwater runs the helpdesk, for itself and for Oak & Sons.
pub const PEOPLE: [Person; 8] = [
    person(
        "administrator",
        "demo.anna",
        "anna-keeps-the-keys",
        ["Anna", "Berg"],
        ["Brightwater", "IT", "Room 12"],
    ),
    person(
        "administrator",
        "demo.alan",
        "alan-keeps-the-rest",
        ["Alan", "Reed"],
        ["Brightwater", "IT", "Room 12"],
    ),
    person(
        "technician",
        "demo.tina",
        "tina-mends-laptops",
        ["Tina", "Moss"],
        ["Brightwater", "IT", "Room 14"],
    ),
    person(
        "technician",
        "demo.tom",
        "tom-mends-doors",
        ["Tom", "Field"],
        ["Brightwater", "Facilities", "Workshop"],
    ),
    person(
        "manager",
        "demo.mary",
        "mary-counts-tickets",
        ["Mary", "Oak"],
        ["Oak & Sons", "Sales", "First floor"],
    ),
    person(
        "customer",
        "demo.carl",
        "carl-needs-a-hand",
        ["Carl", "Stone"],
        ["Oak & Sons", "Sales", "Desk 7"],
    ),
    person(
        "customer",
        "demo.clara",
        "clara-needs-a-door",
        ["Clara", "Brook"],
        ["Oak & Sons", "Sales", "Desk 8"],
    ),
    person(
        "customer",
        "demo.dave",
        "dave-needs-numbers",
        ["Dave", "Hill"],
        ["Brightwater", "Accounting", "Room 3"],
    ),
];

const fn person(
    role: &'static str,
    username: &'static str,
    password: &'static str,
    [first_name, last_name]: [&'static str; 2],
    [company, department, location]: [&'static str; 3],
) -> Person {
    Person {
        role,
        username,
        password,
        first_name,
        last_name,
        company,
        department,
        location,
    }
}

/// Their ids by their user names.
pub(super) struct People(BTreeMap<&'static str, UserId>);

impl People {
    pub(super) fn id(&self, username: &str) -> Result<UserId> {
        let id = self.0.get(username).copied();
        id.ok_or_else(|| unheard_of(username))
    }

    /// Technicians and administrators: who answers, and who asks.
    pub(super) fn is_staff(username: &str) -> bool {
        PEOPLE.iter().any(|person| {
            person.username == username && ["administrator", "technician"].contains(&person.role)
        })
    }
}

pub(super) async fn make(
    conn: &mut PgConnection,
    hash: impl Fn(&str) -> Result<String>,
) -> Result<People> {
    let mut people = BTreeMap::new();
    for person in &PEOPLE {
        let company = company(conn, person.company).await?;
        let department = department(conn, person.department).await?;
        let id = user(conn, person, company, department, &hash).await?;
        people.insert(person.username, id);
    }
    Ok(People(people))
}

async fn company(conn: &mut PgConnection, name: &str) -> Result<CompanyId> {
    let domain = match name {
        "Oak & Sons" => "oakandsons.example",
        _ => "brightwater.example",
    };
    sqlx::query!(
        "insert into companies (name, email_domains, notes, created_at) values ($1, array[$2], $3, $4)
         on conflict do nothing",
        name,
        domain,
        "A company of the demo.",
        at(-1000),
    )
    .execute(&mut *conn)
    .await?;
    let id = sqlx::query_scalar!(
        "select id from companies where lower(name) = lower($1)",
        name
    )
    .fetch_one(conn)
    .await?;
    Ok(CompanyId(id))
}

async fn department(conn: &mut PgConnection, name: &str) -> Result<DepartmentId> {
    sqlx::query!(
        "insert into departments (name) values ($1) on conflict do nothing",
        name
    )
    .execute(&mut *conn)
    .await?;
    let id = sqlx::query_scalar!(
        "select id from departments where lower(name) = lower($1)",
        name
    )
    .fetch_one(conn)
    .await?;
    Ok(DepartmentId(id))
}

async fn user(
    conn: &mut PgConnection,
    person: &Person,
    company: CompanyId,
    department: DepartmentId,
    hash: impl Fn(&str) -> Result<String>,
) -> Result<UserId> {
    let known = sqlx::query!(
        "select id, password_hash from users where lower(username) = $1",
        person.username
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(known) = known {
        if !password::verify(person.password, known.password_hash.as_deref()) {
            sqlx::query!(
                "update users
                 set password_hash = $2, token_version = token_version + 1, last_password_change_at = now()
                 where id = $1",
                known.id,
                hash(person.password)?,
            )
            .execute(conn)
            .await?;
        }
        return Ok(UserId(known.id));
    }
    let domain = if person.company == "Oak & Sons" {
        "oakandsons.example"
    } else {
        "brightwater.example"
    };
    let id = sqlx::query_scalar!(
        "insert into users (username, email, password_hash, first_name, last_name, location, phone, lang,
             company_id, department_id, is_admin, is_manager, last_password_change_at, created_at)
         values ($1, $2, $3, $4, $5, $6, '+49 30 1234567', 'en', $7, $8, $9, $10, $11, $11)
         returning id",
        person.username,
        format!("{}@{domain}", person.first_name.to_lowercase()),
        hash(person.password)?,
        person.first_name,
        person.last_name,
        person.location,
        company.0,
        department.0,
        person.role == "administrator",
        person.role == "manager",
        at(-900),
    )
    .fetch_one(conn)
    .await?;
    Ok(UserId(id))
}
