//! What a rule would do, without doing it.

use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::actions::{self, markup};
use super::compiled::{CompiledCondition, Needs};
use super::facts::Facts;
use super::{conditions, requests};
use crate::access::staff;
use crate::access::tickets::Action as Access;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ids::{FieldId, RuleId, TicketId};
use crate::masks::{Audience, Escape, Values};
use crate::rules::{self, Action, Condition, Part, Recipient};
use crate::tickets;

/// What a rule would do with a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DryRun {
    /// The rule.
    pub rule_id: i32,
    /// The ticket.
    pub ticket_id: i32,
    /// It may run.
    pub enabled: bool,
    /// What makes it run.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    pub trigger: Value,
    /// All conditions hold: it would do what follows.
    pub would_run: bool,
    /// Its conditions, in their order.
    pub conditions: Vec<ConditionCheck>,
    /// Its actions, in their order.
    pub actions: Vec<ActionPlan>,
}

/// A condition, and how it is with this ticket now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConditionCheck {
    /// The condition.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    pub condition: Value,
    /// It holds.
    pub holds: bool,
    /// What it looks at, as it is now.
    pub seen: String,
}

/// An action, and what it would do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActionPlan {
    /// The action, its masks filled.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    pub action: Value,
    /// What it would do, in a sentence.
    pub would: String,
}

/// Say what a rule would do with a ticket now, whatever makes it run; nothing is changed. For administrators. Errors:
/// `NotFound` for an unknown rule or ticket.
pub async fn dry_run(
    conn: &mut PgConnection,
    actor: &Actor,
    context: &Context,
    rule: RuleId,
    ticket: TicketId,
) -> Result<DryRun> {
    staff::require_admin(actor)?;
    let rule = rules::find(conn, actor, rule).await?;
    let ticket = tickets::fetch_for(conn, actor, ticket, Access::View)
        .await?
        .id;
    let fields = fields_of(&rule.definition.conditions);
    let facts = Facts::load(conn, context.now, ticket, Needs::ALL, &fields, None)
        .await?
        .ok_or(Error::NotFound("ticket"))?;
    let mut checks = vec![];
    for part in &rule.definition.conditions {
        checks.push(check(part, &facts)?);
    }
    let mut plans = vec![];
    for part in &rule.definition.actions {
        plans.push(match part {
            Part::Known(action) => plan(conn, context, ticket, action).await?,
            Part::Unknown(unknown) => ActionPlan {
                action: json(unknown)?,
                would: "nothing: this version does not know it, so the rule does not run"
                    .to_owned(),
            },
        });
    }
    let known = |part: &Part<Action>| matches!(part, Part::Known(_));
    let trigger_known = matches!(rule.definition.trigger, Part::Known(_));
    Ok(DryRun {
        rule_id: rule.id.0,
        ticket_id: ticket.0,
        enabled: rule.enabled,
        trigger: json(&rule.definition.trigger)?,
        would_run: trigger_known
            && checks.iter().all(|check| check.holds)
            && rule.definition.actions.iter().all(known),
        conditions: checks,
        actions: plans,
    })
}

fn json(part: &impl Serialize) -> Result<Value> {
    serde_json::to_value(part).map_err(Error::internal)
}

fn fields_of(conditions: &[Part<Condition>]) -> Vec<FieldId> {
    let fields = conditions.iter().filter_map(|part| match part {
        Part::Known(Condition::CustomFieldEquals(it) | Condition::CustomFieldGreater(it)) => {
            Some(it.field)
        }
        _ => None,
    });
    fields.collect()
}

fn check(part: &Part<Condition>, facts: &Facts) -> Result<ConditionCheck> {
    let (holds, seen) = match part {
        Part::Known(condition) => {
            let compiled = CompiledCondition::of(condition.clone());
            let seen = conditions::seen(condition, facts);
            (conditions::holds(&compiled, facts), seen)
        }
        Part::Unknown(_) => (false, "this version does not know it".to_owned()),
    };
    Ok(ConditionCheck {
        condition: json(part)?,
        holds,
        seen,
    })
}

/// What an action would do, with the masks that stand in it filled.
async fn plan(
    conn: &mut PgConnection,
    context: &Context,
    ticket: TicketId,
    action: &Action,
) -> Result<ActionPlan> {
    let mut filled = action.clone();
    let would = match &mut filled {
        Action::Assign(user) => format!("assign the ticket to user {user}"),
        Action::MoveToCategory(id) => format!("move the ticket to category {id}"),
        Action::SetStatus(id) => format!("set the status to {id}"),
        Action::SetPriority(priority) => format!("set the priority to {}", priority.name()),
        Action::SetDueDate(span) => {
            match actions::due_date(conn, context.now, ticket, *span).await {
                Ok(due) => format!("set the due date to {}", due.to_rfc3339()),
                Err(error @ Error::Invalid { .. }) => format!("fail: {error}"),
                Err(error) => return Err(error),
            }
        }
        Action::SetCustomField(value) => {
            let mut values = values(conn, context, ticket, Audience::Customer).await?;
            value.value = values.fill(conn, &value.value, Escape::Text).await?;
            format!("set the field {} to \"{}\"", value.field, value.value)
        }
        Action::AddTag(name) => format!("add the tag {name}"),
        Action::RemoveTag(name) => format!("remove the tag {name}"),
        Action::AddSubscriber(user) => format!("subscribe user {user}"),
        Action::AddReply(text) => {
            let mut values = values(conn, context, ticket, Audience::Customer).await?;
            *text = values.fill(conn, &markup(text), Escape::Html).await?;
            "add a reply for everybody".to_owned()
        }
        Action::AddTechsOnlyNote(text) => {
            let mut values = values(conn, context, ticket, Audience::Staff).await?;
            *text = values.fill(conn, &markup(text), Escape::Html).await?;
            "add a note for technicians".to_owned()
        }
        Action::SendMail(mail) => {
            let audience = if mail.to.iter().all(is_staff) {
                Audience::Staff
            } else {
                Audience::Customer
            };
            let mut values = values(conn, context, ticket, audience).await?;
            mail.subject = values.fill(conn, &mail.subject, Escape::Header).await?;
            mail.body = values.fill(conn, &markup(&mail.body), Escape::Html).await?;
            "send mail".to_owned()
        }
        Action::HttpRequest(request) => {
            let mut values = values(conn, context, ticket, Audience::Staff).await?;
            let sent = requests::fill(conn, &mut values, request).await?;
            request.url = sent.url;
            request.body = sent.body;
            for (header, (_, value)) in request.headers.iter_mut().zip(sent.headers) {
                header.value = value;
            }
            format!("make the request {} {}", request.method, request.url)
        }
        Action::TriggerRule(rule) => format!("run the rule {rule}"),
    };
    Ok(ActionPlan {
        action: json(&filled)?,
        would,
    })
}

fn is_staff(to: &Recipient) -> bool {
    matches!(
        to,
        Recipient::TechniciansOfCategory | Recipient::Administrators
    )
}

async fn values(
    conn: &mut PgConnection,
    context: &Context,
    ticket: TicketId,
    audience: Audience,
) -> Result<Values> {
    let values = Values::load(conn, &context.app_url, ticket, audience).await?;
    Ok(values.telling("This is a dry run", "", ""))
}
