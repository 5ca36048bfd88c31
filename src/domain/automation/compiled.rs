//! The enabled rules, ready to be asked. They are read again when they have changed: what a desk with 5,000 of them
//! does on an event must not begin with reading 5,000 rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use memchr::memmem::Finder;
use sqlx::PgConnection;
use uuid::Uuid;

use super::repo;
use super::trigger::{Heard, Kind};
use crate::error::Result;
use crate::ids::{FieldId, RuleId};
use crate::rules::{Action, Condition, Definition, Minutes, Part, Trigger};

/// The rules that were read last. Their version is of one desk alone, so that two in one process never mix.
static KNOWN: Mutex<Option<Arc<Rules>>> = Mutex::new(None);

/// All enabled rules.
#[derive(Debug)]
pub(super) struct Rules {
    version: Uuid,
    /// In the order in which they run.
    all: Vec<CompiledRule>,
    by_kind: HashMap<Kind, Vec<usize>>,
    by_id: HashMap<RuleId, usize>,
}

/// A rule of which this version knows every part.
#[derive(Debug)]
pub(super) struct CompiledRule {
    pub(super) id: RuleId,
    pub(super) name: String,
    pub(super) trigger: Trigger,
    /// Those that cost least come first.
    pub(super) conditions: Vec<CompiledCondition>,
    pub(super) actions: Vec<Action>,
    /// When an administrator last changed it.
    pub(super) updated_at: DateTime<Utc>,
}

/// A condition, and the text it looks for.
#[derive(Debug)]
pub(super) struct CompiledCondition {
    pub(super) condition: Condition,
    needle: Option<Finder<'static>>,
}

/// What has to be read of a ticket besides its row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) body: bool,
    pub(super) reply: bool,
    pub(super) fields: bool,
    pub(super) calendar: bool,
}

impl Needs {
    /// Everything.
    pub(super) const ALL: Self = Self {
        body: true,
        reply: true,
        fields: true,
        calendar: true,
    };

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            body: self.body || other.body,
            reply: self.reply || other.reply,
            fields: self.fields || other.fields,
            calendar: self.calendar || other.calendar,
        }
    }
}

impl CompiledCondition {
    pub(super) fn of(condition: Condition) -> Self {
        let needle = match &condition {
            Condition::SubjectContains(words)
            | Condition::BodyContains(words)
            | Condition::LatestReplyContains(words) => {
                Some(Finder::new(&words.to_lowercase()).into_owned())
            }
            _ => None,
        };
        Self { condition, needle }
    }

    /// Whether the text, which is in small letters, has what is looked for.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let found = self.needle.as_ref().map(|it| it.find(text.as_bytes()));
        found.flatten().is_some()
    }

    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        match &self.condition {
            Condition::BodyContains(_) => needs.body = true,
            Condition::LatestReplyContains(_) => needs.reply = true,
            Condition::CustomFieldEquals(_) | Condition::CustomFieldGreater(_) => {
                needs.fields = true;
            }
            Condition::CreatedMoreThanAgo(_)
            | Condition::NotUpdatedFor(_)
            | Condition::OverdueBy(_)
            | Condition::DueWithin(_)
            | Condition::DayOfWeek(_)
            | Condition::WorkingHours(_) => needs.calendar = true,
            _ => {}
        }
        needs
    }

    fn cost(&self) -> u8 {
        let needs = self.needs();
        match self.condition {
            Condition::SubjectContains(_) => 2,
            _ if needs.body || needs.reply => 3,
            _ if needs.fields || needs.calendar => 1,
            _ => 0,
        }
    }
}

impl CompiledRule {
    /// None: it has a part that this version does not know, so nobody can say what it would do.
    pub(super) fn of(
        id: RuleId,
        name: String,
        definition: Definition,
        updated_at: DateTime<Utc>,
    ) -> Option<Self> {
        fn all_known<T>(parts: Vec<Part<T>>) -> Option<Vec<T>> {
            let known = parts.into_iter().map(|part| match part {
                Part::Known(part) => Some(part),
                Part::Unknown(_) => None,
            });
            known.collect()
        }
        let Part::Known(trigger) = definition.trigger else {
            return None;
        };
        let conditions = all_known(definition.conditions)?;
        let mut conditions: Vec<_> = conditions.into_iter().map(CompiledCondition::of).collect();
        conditions.sort_by_key(CompiledCondition::cost);
        Some(Self {
            id,
            name,
            trigger,
            conditions,
            actions: all_known(definition.actions)?,
            updated_at,
        })
    }

    pub(super) fn needs(&self) -> Needs {
        let needs = self.conditions.iter().map(CompiledCondition::needs);
        needs.fold(Needs::default(), Needs::and)
    }

    /// How long after the moment that its trigger names it fires: a rule for what becomes overdue, of what is overdue by
    /// an hour, waits for that hour.
    pub(super) fn waits(&self) -> TimeDelta {
        let more = self.conditions.iter().filter_map(|it| match it.condition {
            Condition::OverdueBy(span) if self.trigger == Trigger::BecomesOverdue => Some(span),
            Condition::NotUpdatedFor(span) if matches!(self.trigger, Trigger::NotUpdatedFor(_)) => {
                Some(span)
            }
            _ => None,
        });
        let own = match self.trigger {
            Trigger::NotUpdatedFor(span) | Trigger::DueWithin(span) => span,
            _ => Minutes(0),
        };
        let longest = more.map(|Minutes(span)| span).fold(own.0, u32::max);
        TimeDelta::minutes(longest.into())
    }

    fn hears(&self, heard: &Heard) -> bool {
        match (self.trigger, heard.field) {
            (Trigger::CustomFieldEdited(Some(field)), Some(edited)) => field == edited,
            _ => heard.rule.is_none_or(|rule| rule == self.id),
        }
    }
}

impl Rules {
    fn of(version: Uuid, all: Vec<CompiledRule>) -> Self {
        let mut by_kind: HashMap<Kind, Vec<usize>> = HashMap::new();
        let mut by_id = HashMap::new();
        for (place, rule) in all.iter().enumerate() {
            by_kind
                .entry(Kind::of(rule.trigger))
                .or_default()
                .push(place);
            by_id.insert(rule.id, place);
        }
        Self {
            version,
            all,
            by_kind,
            by_id,
        }
    }

    /// The rules that wait for one of these, in the order in which they run.
    pub(super) fn waiting_for(&self, heard: &[Heard]) -> Vec<&CompiledRule> {
        let mut places: Vec<usize> = vec![];
        for heard in heard {
            let waiting = self.by_kind.get(&heard.kind).into_iter().flatten();
            places.extend(waiting.filter(|place| {
                let rule = self.all.get(**place);
                rule.is_some_and(|rule| rule.hears(heard))
            }));
        }
        places.sort_unstable();
        places.dedup();
        let rules = places.into_iter().filter_map(|place| self.all.get(place));
        rules.collect()
    }

    /// The rule of this number, if it is enabled.
    pub(super) fn find(&self, id: RuleId) -> Option<&CompiledRule> {
        self.by_id.get(&id).and_then(|place| self.all.get(*place))
    }

    /// The rules that wait for a moment.
    pub(super) fn timed(&self) -> impl Iterator<Item = &CompiledRule> {
        let kinds = [Kind::Overdue, Kind::DueWithin, Kind::NotUpdated];
        let places = kinds.into_iter().filter_map(|kind| self.by_kind.get(&kind));
        places.flatten().filter_map(|place| self.all.get(*place))
    }
}

/// The enabled rules as they are now.
pub(super) async fn current(conn: &mut PgConnection) -> Result<Arc<Rules>> {
    let version = repo::version(conn).await?;
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(rules) = known().as_ref().filter(|rules| rules.version == version) {
        return Ok(Arc::clone(rules));
    }
    let all = repo::enabled(conn).await?;
    let rules = Arc::new(Rules::of(version, all));
    *known() = Some(Arc::clone(&rules));
    Ok(rules)
}

/// The fields that conditions ask for.
pub(super) fn fields<'a>(rules: impl IntoIterator<Item = &'a CompiledRule>) -> Vec<FieldId> {
    let conditions = rules.into_iter().flat_map(|rule| &rule.conditions);
    let fields = conditions.filter_map(|it| match &it.condition {
        Condition::CustomFieldEquals(value) | Condition::CustomFieldGreater(value) => {
            Some(value.field)
        }
        _ => None,
    });
    let mut fields: Vec<FieldId> = fields.collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}
