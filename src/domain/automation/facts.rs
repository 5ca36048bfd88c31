//! What rules may ask of a ticket, read once for all of them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::compiled::Needs;
use super::repo;
use crate::business_hours::{self, Calendar};
use crate::custom_fields::{self, Comparable};
use crate::error::Result;
use crate::html;
use crate::ids::{CategoryId, CompanyId, DepartmentId, FieldId, StatusId, TicketId, UserId};

/// How much of a text rules read, in bytes: so much, 5,000 rules search within the time they have.
const READ: usize = 64 * 1024;

/// A text that people read, in small letters.
#[derive(Clone, Debug, Default)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn of_line(line: &str) -> Self {
        Self(line.to_lowercase())
    }

    pub(super) fn of_html(body: &str) -> Self {
        let mut text = html::to_text(body);
        text.truncate(text.floor_char_boundary(READ));
        Self(text.to_lowercase())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Its beginning.
    pub(super) fn beginning(&self) -> String {
        const SHOWN: usize = 200;
        let mut shown: String = self.0.chars().take(SHOWN).collect();
        if shown.len() < self.0.len() {
            shown.push('…');
        }
        shown
    }
}

/// Who works on a ticket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Assignee {
    pub(super) id: UserId,
    pub(super) disabled: bool,
    pub(super) out_of_office: bool,
}

/// A ticket as rules see it.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) now: DateTime<Utc>,
    pub(super) subject: Text,
    /// Empty unless it was needed.
    pub(super) body: Text,
    /// The latest reply; none when there is none, or when it was not needed.
    pub(super) reply: Option<Text>,
    pub(super) category: CategoryId,
    pub(super) status: StatusId,
    pub(super) priority: i16,
    pub(super) submitter: UserId,
    pub(super) company: Option<CompanyId>,
    pub(super) department: Option<DepartmentId>,
    pub(super) assignee: Option<Assignee>,
    pub(super) origin: i16,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) due_date: Option<DateTime<Utc>>,
    pub(super) updated_by_user: bool,
    pub(super) updated_by_performer: bool,
    pub(super) updated_for_tech_view: bool,
    /// In small letters.
    pub(super) tags: HashSet<String>,
    pub(super) fields: HashMap<FieldId, Comparable>,
    pub(super) calendar: Calendar,
}

impl Facts {
    /// The facts about a ticket. `reply`: the reply it is about, rather than the latest one. None: there is no such
    /// ticket any more.
    pub(super) async fn load(
        conn: &mut PgConnection,
        now: DateTime<Utc>,
        ticket: TicketId,
        needs: Needs,
        fields: &[FieldId],
        reply: Option<i32>,
    ) -> Result<Option<Self>> {
        let Some(row) = repo::ticket(conn, ticket, needs, reply).await? else {
            return Ok(None);
        };
        let calendar = if needs.calendar {
            business_hours::of_category(conn, row.category_id).await?
        } else {
            Calendar::default()
        };
        let fields = if needs.fields {
            custom_fields::comparable(conn, ticket, fields).await?
        } else {
            HashMap::new()
        };
        Ok(Some(Self {
            now,
            subject: Text::of_line(&row.subject),
            body: Text::of_html(&row.body),
            reply: row.reply.as_deref().map(Text::of_html),
            category: row.category_id,
            status: row.status_id,
            priority: row.priority,
            submitter: row.user_id,
            company: row.company_id,
            department: row.department_id,
            assignee: row.assigned_to_user_id.map(|id| Assignee {
                id,
                disabled: row.assignee_disabled,
                out_of_office: row.assignee_out_of_office,
            }),
            origin: row.origin,
            created_at: row.created_at,
            updated_at: row.updated_at,
            due_date: row.due_date,
            updated_by_user: row.updated_by_user,
            updated_by_performer: row.updated_by_performer,
            updated_for_tech_view: row.updated_for_tech_view,
            tags: row.tags.iter().map(|tag| tag.to_lowercase()).collect(),
            fields,
            calendar,
        }))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.status == StatusId::CLOSED
    }

    /// It waits for an answer.
    pub(super) fn is_unanswered(&self) -> bool {
        !self.is_closed()
            && (self.status == StatusId::NEW || self.updated_by_user || self.updated_for_tech_view)
    }

    /// What the clock on the wall shows where the ticket is worked on.
    pub(super) fn local(&self) -> NaiveDateTime {
        self.calendar.local(self.now)
    }

    /// How much business time has passed since.
    pub(super) fn since(&self, moment: DateTime<Utc>) -> TimeDelta {
        self.calendar.between(moment, self.now)
    }

    /// How much business time is left until then.
    pub(super) fn until(&self, moment: DateTime<Utc>) -> TimeDelta {
        self.calendar.between(self.now, moment)
    }
}
