//! Subscribers of tickets: they see the ticket and get mail about it.

use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::access::tickets::Action;
use crate::access::users::login_without_address;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, OnConstraint, Result};
use crate::ids::{TicketId, UserId};
use crate::tickets::{self, history};
use crate::{outbox, users};

/// A subscriber as *Subscribers* shows him.
#[derive(Clone, Debug)]
pub struct Subscriber {
    /// The user.
    pub id: UserId,
    /// The name he logs in with.
    pub username: String,
    /// Empty when he has none.
    pub email: String,
    /// Administrator.
    pub is_admin: bool,
    /// May not log in.
    pub disabled: bool,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// Wants mail.
    pub send_email: bool,
    /// Technician of at least one category.
    pub is_tech: bool,
    /// Sees the tickets of his company.
    pub is_manager: bool,
    /// Logs in with a second factor.
    pub two_factor_enabled: bool,
    /// Away.
    pub out_of_office: bool,
}

/// Subscribe a user, or the actor himself when none is named: himself whoever sees the ticket, others its staff.
/// Nothing happens if he is subscribed.
pub async fn subscribe(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    user: Option<UserId>,
) -> Result<()> {
    let (user, name) = subscriber(conn, actor, ticket, user).await?;
    if add(conn, ticket, user).await? {
        let text = name.map_or("subscribed to the ticket".to_owned(), |name| {
            format!("subscribed {name} to the ticket")
        });
        record(conn, actor, ticket, "ticket.subscribed", user, &text).await?;
        let after = Some(json!({ "userId": user }));
        let entry = entry("ticket.subscriber_added", ticket, None, after);
        audit::record(conn, actor, entry).await?;
    }
    Ok(())
}

/// End a subscription: the actor's own when no user is named. If it was all that let him see the ticket, he sees it
/// no more. Nothing happens if there is none.
pub async fn unsubscribe(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    user: Option<UserId>,
) -> Result<()> {
    let (user, name) = subscriber(conn, actor, ticket, user).await?;
    if remove(conn, ticket, user).await? {
        let text = name.map_or("unsubscribed from the ticket".to_owned(), |name| {
            format!("unsubscribed {name} from the ticket")
        });
        record(conn, actor, ticket, "ticket.unsubscribed", user, &text).await?;
        let before = Some(json!({ "userId": user }));
        let entry = entry("ticket.subscriber_removed", ticket, before, None);
        audit::record(conn, actor, entry).await?;
    }
    Ok(())
}

/// Whose subscription it is about, with a name to tell when it is not the actor's own; the ticket is locked.
async fn subscriber(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    user: Option<UserId>,
) -> Result<(UserId, Option<String>)> {
    let Some(user) = user.filter(|user| *user != actor.user_id) else {
        tickets::fetch_for_update(conn, actor, ticket, Action::SubscribeHimself).await?;
        return Ok((actor.user_id, None));
    };
    tickets::fetch_for_update(conn, actor, ticket, Action::Staff).await?;
    let user = users::find(conn, user)
        .await?
        .filter(|user| !user.deleted)
        .ok_or(Error::NotFound("user"))?;
    let name = login_without_address(&user.full_name()).to_owned();
    Ok((user.id, Some(name)))
}

async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    event: &str,
    user: UserId,
    text: &str,
) -> Result<()> {
    history::record(conn, actor, ticket, text).await?;
    outbox::record(conn, actor, event, Some(ticket), json!({ "userId": user })).await
}

/// Whoever subscribes to a ticket may see it.
fn entry(
    action: &'static str,
    ticket: TicketId,
    before: Option<Value>,
    after: Option<Value>,
) -> Entry {
    Entry {
        action,
        object_type: "ticket",
        object_id: ticket.0,
        before,
        after,
    }
}

/// The subscribers of a ticket the actor sees.
pub async fn of_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
) -> Result<Vec<Subscriber>> {
    tickets::fetch_for(conn, actor, ticket, Action::View).await?;
    list(conn, ticket).await
}

/// Subscribe a user. Returns whether he was not subscribed before. Errors: `NotFound` when there is no such user.
pub async fn add(conn: &mut PgConnection, ticket: TicketId, user: UserId) -> Result<bool> {
    let added = sqlx::query!(
        "insert into subscribers (ticket_id, user_id) values ($1, $2) on conflict do nothing",
        ticket.0,
        user.0,
    )
    .execute(conn)
    .await
    .on_constraint("subscribers_user_id_fkey", || Error::NotFound("user"))?;
    Ok(added.rows_affected() > 0)
}

/// End a subscription. Returns whether there was one.
pub async fn remove(conn: &mut PgConnection, ticket: TicketId, user: UserId) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from subscribers where ticket_id = $1 and user_id = $2",
        ticket.0,
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() > 0)
}

/// The subscribers of a ticket, by id; deleted users are none.
pub async fn list(conn: &mut PgConnection, ticket: TicketId) -> Result<Vec<Subscriber>> {
    Ok(sqlx::query_as!(
        Subscriber,
        r#"select u.id as "id: UserId", u.username, u.email, u.is_admin, u.disabled, u.first_name, u.last_name,
            u.send_email, exists (select from category_technicians ct where ct.user_id = u.id) as "is_tech!",
            u.is_manager, u.two_factor_enabled, u.out_of_office
        from subscribers s
        join users u on u.id = s.user_id
        where s.ticket_id = $1 and u.deleted_at is null
        order by u.id"#,
        ticket.0,
    )
    .fetch_all(conn)
    .await?)
}
