//! The SQL of live events.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::Happening;
use crate::access::categories::CategoryFacts;
use crate::access::events::{About, ArticleFacts, TicketFacts};
use crate::custom_fields::Audience;
use crate::error::Result;
use crate::ids::{CategoryId, CompanyId, DepartmentId, TicketId, UserId};

/// The last position given.
pub(super) async fn head(conn: &mut PgConnection) -> Result<i64> {
    Ok(
        sqlx::query_scalar!("select last_position from outbox_relay")
            .fetch_one(conn)
            .await?,
    )
}

/// An event beside what it is about.
pub(super) struct Row {
    position: i64,
    event: String,
    ticket_id: Option<i32>,
    actor_user_id: Option<i32>,
    payload: Value,
    created_at: DateTime<Utc>,
    category_id: Option<i32>,
    submitter_id: Option<i32>,
    company_id: Option<i32>,
    department_id: Option<i32>,
    subscribers: Vec<i32>,
    is_note: bool,
    has_field: bool,
    field_for_admins: Option<bool>,
    field_for_techs: Option<bool>,
    article_category_id: Option<i32>,
    article_for_techs: Option<bool>,
    category_for_techs: Option<bool>,
    category_for_some: Option<bool>,
    category_disabled: Option<bool>,
    users: Vec<i32>,
    companies: Vec<i32>,
}

/// The events after a position. They are cut to a page before anything is looked up for them.
pub(super) async fn after(conn: &mut PgConnection, position: i64) -> Result<Vec<Row>> {
    Ok(sqlx::query_as!(
        Row,
        r#"with page as materialized (
            select position, event, ticket_id, actor_user_id, payload, created_at,
                case when jsonb_typeof(payload -> 'commentId') = 'number' then (payload ->> 'commentId')::integer
                    end as comment_id,
                case when jsonb_typeof(payload -> 'fieldId') = 'number' then (payload ->> 'fieldId')::integer
                    end as field_id,
                case when jsonb_typeof(payload -> 'articleId') = 'number' then (payload ->> 'articleId')::integer
                    end as article_id
            from outbox
            where position > $1
            order by position
            limit 200
        )
        select page.position as "position!", page.event as "event!", page.ticket_id, page.actor_user_id,
            page.payload as "payload!", page.created_at as "created_at!",
            t.category_id as "category_id?", t.user_id as "submitter_id?", s.company_id, s.department_id,
            array(select user_id from subscribers where ticket_id = page.ticket_id) as "subscribers!",
            (coalesce(c.for_techs_only, false) or coalesce(page.payload -> 'forTechsOnly' = 'true', false)) as "is_note!",
            page.field_id is not null as "has_field!",
            f.for_admins_only as "field_for_admins?", f.for_techs_only as "field_for_techs?",
            a.category_id as "article_category_id?", a.for_techs_only as "article_for_techs?",
            k.for_techs_only as "category_for_techs?", k.for_specific_users as "category_for_some?",
            k.disabled as "category_disabled?",
            array(select user_id from category_users where category_id = k.id) as "users!",
            array(select company_id from category_companies where category_id = k.id) as "companies!"
        from page
        left join tickets t on t.id = page.ticket_id
        left join users s on s.id = t.user_id
        left join comments c on c.id = page.comment_id
        left join custom_fields f on f.id = page.field_id
        left join articles a on a.id = page.article_id
        left join categories k on k.id = a.category_id
        order by page.position"#,
        position,
    )
    .fetch_all(conn)
    .await?)
}

impl Row {
    pub(super) fn into_happening(self) -> Happening {
        let about = self.about();
        Happening {
            position: self.position,
            name: self.event,
            ticket: self.ticket_id.map(TicketId),
            actor: UserId(self.actor_user_id.unwrap_or_default()),
            payload: self.payload,
            at: self.created_at,
            about,
        }
    }

    fn about(&self) -> About {
        match (self.category_id, self.submitter_id) {
            (Some(category), Some(submitter)) => {
                return About::Ticket(TicketFacts {
                    category_id: CategoryId(category),
                    user_id: UserId(submitter),
                    company_id: self.company_id.map(CompanyId),
                    department_id: self.department_id.map(DepartmentId),
                    subscribers: self.subscribers.clone(),
                    is_note: self.is_note,
                    field: self.field(),
                });
            }
            _ if self.ticket_id.is_some() => {
                let named = self.payload.get("categoryId").and_then(Value::as_i64);
                let category = named.and_then(|id| i32::try_from(id).ok());
                return About::GoneTicket(category.map(CategoryId));
            }
            _ => {}
        }
        match self.event.split('.').next() {
            Some("user" | "company" | "asset") => About::Records(self.field()),
            Some("article") => self.article().map_or(About::Other, About::Article),
            _ => About::Other,
        }
    }

    /// Whom the field is for; one that is there no more is for those who saw every field.
    fn field(&self) -> Option<Audience> {
        self.has_field
            .then(|| match (self.field_for_admins, self.field_for_techs) {
                (Some(admins), Some(techs)) => Audience::of(admins, techs),
                _ => Audience::Administrators,
            })
    }

    fn article(&self) -> Option<ArticleFacts> {
        Some(ArticleFacts {
            category: CategoryFacts {
                id: CategoryId(self.article_category_id?),
                for_techs_only: self.category_for_techs?,
                for_specific_users: self.category_for_some?,
                // Who asks is not known here: it is made up from the lists.
                lists_actor: false,
                disabled: self.category_disabled?,
            },
            for_techs_only: self.article_for_techs?,
            users: self.users.clone(),
            companies: self.companies.clone(),
        })
    }
}
