//! Who stands in a file.

use serde_json::{Map, Value};

use super::{Portable, text};
use crate::config::desk;
use crate::config::names::{Index, Names, Resolver};
use crate::domain::Result;
use crate::domain::companies::{CompanyDraft, CompanyKind};
use crate::domain::departments::{DepartmentDraft, DepartmentKind};
use crate::domain::users::kept::{UserDraft, UserKind};

impl Portable for DepartmentKind {
    const KEY: &'static str = "departments";
    const SHORT: Option<&'static str> = Some("name");
    type Item = desk::Named;

    fn index(names: &mut Names) -> &mut Index {
        &mut names.departments
    }

    fn item(_: i32, draft: &DepartmentDraft, _: &Names) -> Result<desk::Named> {
        Ok(desk::Named {
            name: draft.name.clone(),
        })
    }

    fn draft(
        item: desk::Named,
        _: Option<&DepartmentDraft>,
        _: &mut Resolver<'_>,
    ) -> DepartmentDraft {
        DepartmentDraft { name: item.name }
    }
}

impl Portable for CompanyKind {
    const KEY: &'static str = "companies";
    type Item = desk::Company;

    fn index(names: &mut Names) -> &mut Index {
        &mut names.companies
    }

    fn item(_: i32, draft: &CompanyDraft, _: &Names) -> Result<desk::Company> {
        Ok(desk::Company {
            name: draft.name.clone(),
            email_domains: draft.email_domains.clone(),
            notes: draft.notes.clone(),
        })
    }

    fn draft(item: desk::Company, _: Option<&CompanyDraft>, _: &mut Resolver<'_>) -> CompanyDraft {
        CompanyDraft {
            name: item.name,
            email_domains: item.email_domains,
            notes: item.notes,
        }
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

    fn item(_: i32, draft: &UserDraft, names: &Names) -> Result<desk::Person> {
        let company = draft.company_id.and_then(|id| names.companies.name(id));
        let department = draft
            .department_id
            .and_then(|id| names.departments.name(id));
        Ok(desk::Person {
            login: draft.username.clone(),
            email: draft.email.clone(),
            first_name: draft.first_name.clone(),
            last_name: draft.last_name.clone(),
            administrator: draft.administrator,
            manager: draft.manager,
            department_manager: draft.department_manager,
            disabled: draft.disabled,
            company: company.map(str::to_owned),
            department: department.map(str::to_owned),
        })
    }

    fn draft(item: desk::Person, now: Option<&UserDraft>, found: &mut Resolver<'_>) -> UserDraft {
        let names = found.names;
        let (company, department) = (item.company.as_deref(), item.department.as_deref());
        UserDraft {
            company_id: found.optional(&names.companies, "company", company, "company"),
            department_id: found.optional(
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
            disabled: item.disabled,
            ..now.cloned().unwrap_or_else(nobody)
        }
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
