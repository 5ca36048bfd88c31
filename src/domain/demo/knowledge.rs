//! Articles, assets, comment templates and the rule of the demo.

use sqlx::PgConnection;

use super::at;
use super::desk::Desk;
use super::people::People;
use crate::error::{Error, Result};
use crate::ids::{AssetId, TicketId};
use crate::rules::{Action, Condition, Definition, Part, Trigger};
use crate::tickets::Priority;

/// Subject, body, category, tags, and whether it is for technicians only. The first one is told to scripts.
const ARTICLES: [(&str, &str, &str, &[&str], bool); 3] = [
    (
        "How to connect to the company network from home",
        "<p>Install the client from the software centre, start it, and log in with your usual password.</p>",
        "Software",
        &["network", "howto"],
        false,
    ),
    (
        "What to do when the printer jams",
        "[b]Open the lid[/b], pull the paper out in the direction of the arrow, close the lid.",
        "Hardware",
        &["printer", "howto"],
        false,
    ),
    (
        "Spare parts: who orders what",
        "<p>Toner: Tom. Disks and laptops: Tina. Everything over 500: ask Alan.</p>",
        "Hardware",
        &[],
        true,
    ),
];

pub(super) async fn articles(conn: &mut PgConnection, people: &People, desk: &Desk) -> Result<i32> {
    let mut ids = vec![];
    for (order, (subject, body, category, tags, for_techs_only)) in (0..).zip(ARTICLES) {
        let created_at = at(-500 + order);
        let known = sqlx::query_scalar!(
            "select id from articles where subject = $1 and created_at = $2 order by id limit 1",
            subject,
            created_at,
        )
        .fetch_optional(&mut *conn)
        .await?;
        if let Some(id) = known {
            ids.push(id);
            continue;
        }
        let id = sqlx::query_scalar!(
            "insert into articles (category_id, user_id, subject, body, for_techs_only, created_at)
             values ($1, $2, $3, $4, $5, $6)
             returning id",
            desk.category(category)?.0,
            people.id("demo.tina")?.0,
            subject,
            body,
            for_techs_only,
            created_at,
        )
        .fetch_one(&mut *conn)
        .await?;
        for tag in tags {
            tag_article(conn, id, tag).await?;
        }
        ids.push(id);
    }
    Ok(ids.first().copied().unwrap_or_default())
}

async fn tag_article(conn: &mut PgConnection, article: i32, tag: &str) -> Result<()> {
    sqlx::query!(
        "insert into tags (name) values ($1) on conflict do nothing",
        tag
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into article_tags (article_id, tag_id)
         select $1, id from tags where lower(name) = lower($2)
         on conflict do nothing",
        article,
        tag,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Model, manufacturer, supplier, type, serial number, and who has it. The first one hangs on the open ticket.
const ASSETS: [(&str, &str, &str, &str, &str, &str); 3] = [
    (
        "ThinkPad T14",
        "Lenovo",
        "Office Depot",
        "Laptop",
        "PF-3XK29",
        "demo.carl",
    ),
    (
        "ProLiant DL20",
        "HPE",
        "Server House",
        "Server",
        "CZ-11802",
        "demo.tina",
    ),
    (
        "LaserJet M507",
        "HP",
        "Office Depot",
        "Printer",
        "VN-77120",
        "demo.tom",
    ),
];

pub(super) async fn assets(
    conn: &mut PgConnection,
    people: &People,
    ticket: TicketId,
) -> Result<AssetId> {
    let mut ids = vec![];
    for (model, manufacturer, supplier, kind, serial_number, user) in ASSETS {
        let known = sqlx::query_scalar!(
            "select id from assets where model_name = $1 and serial_number = $2 order by id limit 1",
            model,
            serial_number,
        )
        .fetch_optional(&mut *conn)
        .await?;
        if let Some(id) = known {
            ids.push(id);
            continue;
        }
        let id = sqlx::query_scalar!(
            "with m as (insert into manufacturers (name) values ($2) on conflict (lower(name)) do update set name = excluded.name returning id),
                  s as (insert into suppliers (name) values ($3) on conflict (lower(name)) do update set name = excluded.name returning id),
                  t as (insert into asset_types (name) values ($4) on conflict (lower(name)) do update set name = excluded.name returning id)
             insert into assets (model_name, manufacturer_id, supplier_id, type_id, serial_number, location, quantity, created_at)
             select $1, m.id, s.id, t.id, $5, 'Main building', 1, $6 from m, s, t
             returning id",
            model,
            manufacturer,
            supplier,
            kind,
            serial_number,
            at(-700),
        )
        .fetch_one(&mut *conn)
        .await?;
        sqlx::query!(
            "insert into asset_users (asset_id, user_id) values ($1, $2) on conflict do nothing",
            id,
            people.id(user)?.0,
        )
        .execute(&mut *conn)
        .await?;
        ids.push(id);
    }
    let first = ids.first().copied().unwrap_or_default();
    sqlx::query!(
        "insert into asset_tickets (asset_id, ticket_id) values ($1, $2) on conflict do nothing",
        first,
        ticket.0,
    )
    .execute(conn)
    .await?;
    Ok(AssetId(first))
}

pub(super) async fn templates(conn: &mut PgConnection) -> Result<()> {
    let group = sqlx::query_scalar!(
        "insert into comment_template_groups (name) values ('Usual answers')
         on conflict (lower(name)) do update set name = excluded.name
         returning id"
    )
    .fetch_one(&mut *conn)
    .await?;
    let templates = [
        (
            "Thank you",
            "<p>Thank you for your patience. Please tell us when it happens again.</p>",
            Some(group),
        ),
        (
            "We need more",
            "<p>Please tell us the model, and what you did just before.</p>",
            Some(group),
        ),
        (
            "On my way",
            "<p>I will be with you within the hour.</p>",
            None,
        ),
    ];
    for (name, body, group) in templates {
        sqlx::query!(
            "insert into comment_templates (name, body, group_id) values ($1, $2, $3) on conflict do nothing",
            name,
            body,
            group,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// One trigger, conditions, actions. Its name is what finds it again.
pub(super) async fn rule(conn: &mut PgConnection, desk: &Desk) -> Result<i32> {
    let definition = Definition {
        trigger: Part::Known(Trigger::TicketCreated),
        conditions: vec![
            Part::Known(Condition::SubjectContains("urgent".into())),
            Part::Known(Condition::CategoryIs(desk.category("Building")?)),
        ],
        actions: vec![
            Part::Known(Action::SetPriority(Priority::CRITICAL)),
            Part::Known(Action::AddTag("urgent".into())),
        ],
    };
    let definition = serde_json::to_value(definition).map_err(Error::internal)?;
    sqlx::query!(
        "insert into rules (name, definition, created_at, updated_at) values ('Urgent building matters come first', $1, $2, $2)
         on conflict do nothing",
        definition,
        at(-400),
    )
    .execute(&mut *conn)
    .await?;
    let id = sqlx::query_scalar!(
        "select id from rules where lower(name) = lower('Urgent building matters come first')"
    )
    .fetch_one(conn)
    .await?;
    Ok(id)
}
