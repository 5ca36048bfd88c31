//! What tickets are filed under in a file: sections, categories with their business hours, statuses.

use serde_json::{Map, Value};

use super::{Portable, text};
use crate::config::desk;
use crate::config::names::{Index, Names, Resolver, in_section};
use crate::domain::Result;
use crate::domain::business_hours::{BusinessHoursDraft, BusinessHoursKind, Opening};
use crate::domain::categories::{CategoryDraft, CategoryKind};
use crate::domain::rules::Day;
use crate::domain::sections::{SectionDraft, SectionKind};
use crate::domain::statuses::{StatusDraft, StatusKind, StatusRole};

impl Portable for SectionKind {
    const KEY: &'static str = "sections";
    type Item = desk::Section;

    fn index(names: &mut Names) -> &mut Index {
        &mut names.sections
    }

    fn item(_: i32, draft: &SectionDraft, _: &Names) -> Result<desk::Section> {
        Ok(desk::Section {
            name: draft.name.clone(),
            order: draft.order,
        })
    }

    fn draft(item: desk::Section, _: Option<&SectionDraft>, _: &mut Resolver<'_>) -> SectionDraft {
        SectionDraft {
            name: item.name,
            order: item.order,
        }
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

    fn item(_: i32, draft: &CategoryDraft, names: &Names) -> Result<desk::Category> {
        let section = draft.section_id.and_then(|id| names.sections.name(id));
        Ok(desk::Category {
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
            business_hours: draft
                .business_hours_id
                .and_then(|id| names.business_hours.name(id))
                .map(str::to_owned),
            from_address: draft.from_address.clone(),
            technicians: names.technicians_of(&draft.technician_ids),
        })
    }

    fn draft(
        item: desk::Category,
        _: Option<&CategoryDraft>,
        found: &mut Resolver<'_>,
    ) -> CategoryDraft {
        let names = found.names;
        let section = item.section.as_deref();
        let hours = item.business_hours.as_deref();
        let seen = &item.visible_to;
        let below = |field: &str| ["visible_to".into(), field.into()];
        CategoryDraft {
            section_id: found.optional(&names.sections, "section", section, "section"),
            business_hours_id: found.optional(
                &names.business_hours,
                "business hours",
                hours,
                "business_hours",
            ),
            user_ids: found.list(&names.users, "user", &seen.users, &below("users")),
            company_ids: found.list(
                &names.companies,
                "company",
                &seen.companies,
                &below("companies"),
            ),
            technician_ids: found.technicians(&item.technicians, "technicians"),
            name: item.name,
            notes: item.notes,
            for_techs_only: item.for_techs_only,
            for_specific_users: item.for_specific_users,
            kb_only: item.kb_only,
            disabled: item.disabled,
            from_address: item.from_address,
            order: item.order,
        }
    }

    fn field(of_draft: &str) -> &str {
        match of_draft {
            "section_id" => "section",
            "business_hours_id" => "business_hours",
            "user_ids" | "company_ids" => "visible_to",
            "technician_ids" => "technicians",
            other => other,
        }
    }
}

impl Portable for BusinessHoursKind {
    const KEY: &'static str = "business_hours";
    type Item = desk::BusinessHours;

    fn index(names: &mut Names) -> &mut Index {
        &mut names.business_hours
    }

    fn item(_: i32, draft: &BusinessHoursDraft, _: &Names) -> Result<desk::BusinessHours> {
        let hours = draft.hours.iter().map(|opening| desk::Opening {
            day: written(opening.day),
            from: opening.from,
            to: opening.to,
        });
        Ok(desk::BusinessHours {
            name: draft.name.clone(),
            time_zone: draft.time_zone.clone(),
            hours: hours.collect(),
            holidays: draft.holidays.clone(),
        })
    }

    fn draft(
        item: desk::BusinessHours,
        _: Option<&BusinessHoursDraft>,
        _: &mut Resolver<'_>,
    ) -> BusinessHoursDraft {
        let hours = item.hours.into_iter().map(|opening| Opening {
            day: read(opening.day),
            from: opening.from,
            to: opening.to,
        });
        BusinessHoursDraft {
            name: item.name,
            time_zone: item.time_zone,
            hours: hours.collect(),
            holidays: item.holidays,
        }
    }
}

fn written(day: Day) -> desk::Weekday {
    match day {
        Day::Mon => desk::Weekday::Mon,
        Day::Tue => desk::Weekday::Tue,
        Day::Wed => desk::Weekday::Wed,
        Day::Thu => desk::Weekday::Thu,
        Day::Fri => desk::Weekday::Fri,
        Day::Sat => desk::Weekday::Sat,
        Day::Sun => desk::Weekday::Sun,
    }
}

fn read(day: desk::Weekday) -> Day {
    match day {
        desk::Weekday::Mon => Day::Mon,
        desk::Weekday::Tue => Day::Tue,
        desk::Weekday::Wed => Day::Wed,
        desk::Weekday::Thu => Day::Thu,
        desk::Weekday::Fri => Day::Fri,
        desk::Weekday::Sat => Day::Sat,
        desk::Weekday::Sun => Day::Sun,
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

    fn item(id: i32, draft: &StatusDraft, names: &Names) -> Result<desk::Status> {
        let roles = draft.roles.iter().map(|role| match role {
            StatusRole::Administrator => desk::StatusRole::Administrator,
            StatusRole::Technician => desk::StatusRole::Technician,
            StatusRole::Customer => desk::StatusRole::Customer,
        });
        Ok(desk::Status {
            id: Self::is_permanent(id).then_some(id),
            name: draft.name.clone(),
            color: draft.color.clone(),
            order: draft.order,
            stops_time: draft.stops_time,
            roles: roles.collect(),
            categories: names.categories.names_of(&draft.category_ids),
        })
    }

    fn draft(
        item: desk::Status,
        now: Option<&StatusDraft>,
        found: &mut Resolver<'_>,
    ) -> StatusDraft {
        let is_one = item.id.is_none_or(Self::is_permanent);
        if !is_one || (item.id.is_some() && now.is_none()) {
            let message = "only 1 New, 2 In process and 3 Closed have an id; leave it out";
            found.wrong(vec!["id".into()], message);
        }
        let roles = item.roles.iter().map(|role| match role {
            desk::StatusRole::Administrator => StatusRole::Administrator,
            desk::StatusRole::Technician => StatusRole::Technician,
            desk::StatusRole::Customer => StatusRole::Customer,
        });
        StatusDraft {
            name: item.name,
            color: item.color,
            order: item.order,
            stops_time: item.stops_time,
            roles: roles.collect(),
            category_ids: found.categories(&item.categories, "categories"),
        }
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
