//! Rules at work: what an event sets off, which conditions hold, what is done.
//!
//! [`run`] is called for each event, in the transaction that marks it as handled. Rules act as the system user, through
//! the same services as everybody else. What they do makes events of its own, which carry the chain they belong to: a rule
//! runs once a chain, and a chain ends after [`MOST_ACTIONS`].

mod actions;
mod compiled;
mod conditions;
mod dry_run;
mod facts;
mod letters;
mod repo;
mod requests;
pub mod runs;
pub mod timers;
mod trigger;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::PgConnection;

use crate::actor::Actor;
use crate::context::Context;
use crate::db;
use crate::error::{Error, Result};
use crate::ids::{RuleId, TicketId};
use crate::outbox::{Chain, Event};
use crate::rules;
use crate::tickets::history;

use actions::Doing;
use compiled::{CompiledRule, Needs, Rules};
use facts::Facts;
use runs::{NewRun, RunResult};
use trigger::{Heard, Kind};

pub use dry_run::{ActionPlan, ConditionCheck, DryRun, dry_run};

/// How many actions may follow from one event, over all rules.
pub const MOST_ACTIONS: u32 = 25;

/// How long the conditions of all rules may take on one event. The rules that are left then are skipped.
const BUDGET: Duration = Duration::from_secs(2);

/// Run the rules that wait for an event. A rule that fails is undone, recorded, and does not keep others from running.
/// Errors: what is worth another try of the whole event, such as a database that is restarting.
pub async fn run(conn: &mut PgConnection, context: &Context, event: &Event) -> Result<()> {
    let Some(ticket) = event.ticket else {
        return Ok(());
    };
    let heard = trigger::heard(event);
    if heard.is_empty() {
        return Ok(());
    }
    let rules = compiled::current(conn).await?;
    let waiting = rules.waiting_for(&heard);
    if waiting.is_empty() {
        return Ok(());
    }
    let Some(engine) = Engine::start(conn, context, event, ticket, &rules).await? else {
        return Ok(());
    };
    engine.run(conn, &heard, &waiting).await
}

/// What happens on one event.
struct Engine<'a> {
    context: &'a Context,
    event: &'a Event,
    ticket: TicketId,
    rules: &'a Arc<Rules>,
    /// The event that began it all.
    root: i64,
    /// The rules of the chain, in the order in which they ran.
    order: Vec<RuleId>,
    ran: HashSet<RuleId>,
    actions: u32,
    /// Nothing runs any more.
    ended: bool,
}

/// How a run of a rule ended.
struct Outcome {
    result: RunResult,
    actions: u32,
    problem: Option<String>,
    /// The rules it runs.
    runs: Vec<RuleId>,
}

impl<'a> Engine<'a> {
    /// None: the chain that the event belongs to was stopped.
    async fn start(
        conn: &mut PgConnection,
        context: &'a Context,
        event: &'a Event,
        ticket: TicketId,
        rules: &'a Arc<Rules>,
    ) -> Result<Option<Self>> {
        let mut engine = Self {
            context,
            event,
            ticket,
            rules,
            root: event.id,
            order: vec![],
            ran: HashSet::new(),
            actions: 0,
            ended: false,
        };
        if let Some(chain) = &event.chain {
            // The event knows what caused it. Other branches of the chain are known to the database only.
            let so_far = runs::of_chain(conn, chain.root).await?;
            if so_far.stopped {
                return Ok(None);
            }
            engine.root = chain.root;
            engine.order.clone_from(&chain.rules);
            engine.ran = so_far
                .rules
                .into_iter()
                .chain(chain.rules.clone())
                .collect();
            engine.actions = so_far.actions.max(chain.actions);
        }
        Ok(Some(engine))
    }

    async fn run(
        mut self,
        conn: &mut PgConnection,
        heard: &[Heard],
        waiting: &[&CompiledRule],
    ) -> Result<()> {
        let needs = waiting.iter().map(|rule| rule.needs());
        let needs = needs.fold(Needs::default(), Needs::and);
        let mut known: Option<Facts> = None;
        let mut spent = Duration::ZERO;
        for rule in waiting {
            let facts = match known.take() {
                Some(facts) => facts,
                None => match self.facts(conn, needs, waiting.iter().copied()).await? {
                    Some(facts) => facts,
                    None => return Ok(()),
                },
            };
            let began = Instant::now();
            let holds = self.concerns(rule, heard, &facts) && conditions::all_hold(rule, &facts);
            spent += began.elapsed();
            if holds {
                self.fire(conn, rule, began).await?;
            } else {
                known = Some(facts);
            }
            if self.ended {
                break;
            }
            if spent > BUDGET {
                self.skip(conn, rule, spent).await?;
                break;
            }
        }
        Ok(())
    }

    async fn facts(
        &self,
        conn: &mut PgConnection,
        needs: Needs,
        rules: impl IntoIterator<Item = &CompiledRule>,
    ) -> Result<Option<Facts>> {
        let fields = if needs.fields {
            compiled::fields(rules)
        } else {
            vec![]
        };
        let reply = trigger::comment(self.event);
        let now = self.context.now;
        Facts::load(conn, now, self.ticket, needs, &fields, reply).await
    }

    /// What the trigger alone cannot tell.
    fn concerns(&self, rule: &CompiledRule, heard: &[Heard], facts: &Facts) -> bool {
        match Kind::of(rule.trigger) {
            Kind::ReplyBySubmitter => trigger::author(self.event) == Some(facts.submitter),
            // It may have been closed since its moment.
            Kind::Overdue | Kind::DueWithin | Kind::NotUpdated => {
                !facts.is_closed() && heard.iter().any(|it| it.rule == Some(rule.id))
            }
            _ => true,
        }
    }

    /// Run a rule whose conditions hold, then the rules that it runs.
    async fn fire(
        &mut self,
        conn: &mut PgConnection,
        first: &CompiledRule,
        began: Instant,
    ) -> Result<()> {
        let mut next = VecDeque::from(self.attempt(conn, first, began).await?);
        while let Some(id) = next.pop_front() {
            let Some(rule) = self.rules.find(id).filter(|_| !self.ended) else {
                continue;
            };
            let began = Instant::now();
            let Some(facts) = self.facts(conn, rule.needs(), [rule]).await? else {
                return Ok(());
            };
            if conditions::all_hold(rule, &facts) {
                next.extend(self.attempt(conn, rule, began).await?);
            }
        }
        Ok(())
    }

    /// Run a rule whose conditions hold, unless it ran before, and record it. Returns the rules that it runs.
    async fn attempt(
        &mut self,
        conn: &mut PgConnection,
        rule: &CompiledRule,
        began: Instant,
    ) -> Result<Vec<RuleId>> {
        let outcome = if self.ran.insert(rule.id) {
            self.order.push(rule.id);
            self.act(conn, rule).await?
        } else {
            tracing::warn!(rule.id = %rule.id, ticket.id = %self.ticket, "a rule would have run twice for one event");
            Outcome {
                result: RunResult::Stopped,
                actions: 0,
                problem: Some("would have run a second time for one event".to_owned()),
                runs: vec![],
            }
        };
        if outcome.result == RunResult::ChainStopped {
            self.stop(conn, rule).await?;
        }
        self.record(conn, rule, &outcome, began.elapsed()).await?;
        Ok(outcome.runs)
    }

    /// Do all actions of a rule, or none.
    async fn act(&mut self, conn: &mut PgConnection, rule: &CompiledRule) -> Result<Outcome> {
        let before = self.actions;
        let mut outcome = Outcome {
            result: if rule.actions.is_empty() {
                RunResult::Matched
            } else {
                RunResult::Done
            },
            actions: 0,
            problem: None,
            runs: vec![],
        };
        db::savepoint(conn).await?;
        for (place, action) in rule.actions.iter().enumerate() {
            if self.actions >= MOST_ACTIONS {
                outcome.result = RunResult::ChainStopped;
                outcome.problem = Some(format!(
                    "more than {MOST_ACTIONS} actions would have followed from one event"
                ));
                break;
            }
            self.actions += 1;
            let doing = self.doing();
            match actions::perform(conn, &doing, action).await {
                Ok(runs) => outcome.runs.extend(runs),
                Err(error @ Error::Unavailable(_)) => return Err(error),
                Err(error) => {
                    db::roll_back(conn).await?;
                    if let Error::Internal(source) = &error {
                        tracing::error!(rule.id = %rule.id, error = %source, "an action of a rule failed");
                    }
                    self.actions = before;
                    outcome.result = RunResult::Failed;
                    outcome.problem = Some(format!("actions[{place}]: {error}"));
                    outcome.runs.clear();
                    return Ok(outcome);
                }
            }
        }
        db::release(conn).await?;
        outcome.actions = self.actions - before;
        Ok(outcome)
    }

    fn doing(&self) -> Doing<'a> {
        let mut actor = Actor::system(self.context.now);
        actor.chain = Some(Chain {
            root: self.root,
            rules: self.order.clone(),
            actions: self.actions,
        });
        Doing {
            context: self.context,
            event: self.event,
            ticket: self.ticket,
            actor,
        }
    }

    /// End the chain: the rule that went too far is disabled, and the technicians are told.
    async fn stop(&mut self, conn: &mut PgConnection, rule: &CompiledRule) -> Result<()> {
        self.ended = true;
        let reason = format!("more than {MOST_ACTIONS} actions followed from one event");
        tracing::warn!(rule.id = %rule.id, ticket.id = %self.ticket, "a rule was disabled: {reason}");
        let actor = self.doing().actor;
        rules::stop(conn, &actor, rule.id, &reason).await?;
        let text = format!("disabled the rule \"{}\": {reason}", rule.name);
        history::record_for_techs(conn, &actor, self.ticket, &text).await
    }

    /// Report a rule whose conditions took so long that the others were skipped.
    async fn skip(
        &self,
        conn: &mut PgConnection,
        rule: &CompiledRule,
        spent: Duration,
    ) -> Result<()> {
        tracing::warn!(event.id = self.event.id, ticket.id = %self.ticket, "rules were skipped: their conditions take too long");
        let problem =
            "the conditions of the rules take too long: those after this one were skipped";
        let outcome = Outcome {
            result: RunResult::Failed,
            actions: 0,
            problem: Some(problem.to_owned()),
            runs: vec![],
        };
        self.record(conn, rule, &outcome, spent).await
    }

    async fn record(
        &self,
        conn: &mut PgConnection,
        rule: &CompiledRule,
        outcome: &Outcome,
        took: Duration,
    ) -> Result<()> {
        let run = NewRun {
            at: self.context.now,
            rule: rule.id,
            rule_name: &rule.name,
            ticket: self.ticket,
            event: self.event.id,
            root: self.root,
            event_name: &self.event.name,
            result: outcome.result,
            actions: outcome.actions,
            problem: outcome.problem.as_deref(),
            took,
        };
        runs::insert(conn, &run).await
    }
}
