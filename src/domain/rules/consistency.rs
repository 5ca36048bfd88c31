//! What a draft needs of the rest of the desk: everything it refers to is there, and rules do not run in circles.
//!
//! Rules refer to things by numbers in JSON, which no foreign key holds. Whoever writes rules or takes away what rules
//! may refer to takes [`repo::lock_all`] first.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::references::{RefKind, Reference, references};
use super::{Definition, Part, RuleDraft, Trigger, repo};
use crate::error::{Error, Result};
use crate::ids::RuleId;

/// The draft may be stored as the rule `id`, or as a new one, in the place of `before`. What was there before and is
/// gone meanwhile may stay: a rule that refers to a deleted user can still be changed elsewhere.
pub(super) async fn require(
    conn: &mut PgConnection,
    id: Option<RuleId>,
    before: Option<&RuleDraft>,
    after: &RuleDraft,
) -> Result<()> {
    require_known(before, after)?;
    let had = match before {
        Some(before) => references(&before.definition())?,
        None => vec![],
    };
    let has = references(&after.definition())?;
    let new: Vec<&Reference> = has
        .iter()
        .filter(|new| {
            !had.iter()
                .any(|old| (old.kind, old.id) == (new.kind, new.id))
        })
        .collect();
    let missing = repo::missing(conn, &new).await?;
    if let Some(missing) = new.iter().find(|new| missing.contains(&(new.kind, new.id))) {
        let problem = format!("names no {}: {}", missing.kind.word(), missing.id);
        return Err(Error::invalid(missing.place.clone(), problem));
    }
    require_order(conn, id, before, after, &has).await
}

/// A part that is not known was there before.
fn require_known(before: Option<&RuleDraft>, after: &RuleDraft) -> Result<()> {
    fn strange<T: PartialEq>(before: &[Part<T>], after: &[Part<T>]) -> Option<usize> {
        let known = |part: &Part<T>| matches!(part, Part::Known(_)) || before.contains(part);
        after.iter().position(|part| !known(part))
    }
    let (conditions, actions) = before.map_or((&[][..], &[][..]), |before| {
        (&before.conditions[..], &before.actions[..])
    });
    let trigger = before.map(|before| before.trigger.clone());
    let place = if strange(trigger.as_slice(), std::slice::from_ref(&after.trigger)).is_some() {
        "trigger.type".to_owned()
    } else if let Some(number) = strange(conditions, &after.conditions) {
        format!("conditions[{number}].type")
    } else if let Some(number) = strange(actions, &after.actions) {
        format!("actions[{number}].type")
    } else {
        return Ok(());
    };
    Err(Error::invalid(place, "is of no type that is known here"))
}

/// Rules run only rules that wait for it, and none runs itself, whatever is between.
async fn require_order(
    conn: &mut PgConnection,
    id: Option<RuleId>,
    before: Option<&RuleDraft>,
    after: &RuleDraft,
    has: &[Reference],
) -> Result<()> {
    let runs = |reference: &&Reference| reference.kind == RefKind::Rule;
    let waits_no_more =
        before.is_some_and(|before| waits(&before.trigger)) && !waits(&after.trigger);
    if !waits_no_more && !has.iter().any(|it| runs(&it)) {
        return Ok(());
    }
    let rules: HashMap<RuleId, Definition> = repo::definitions(conn).await?.into_iter().collect();
    for reference in has.iter().filter(runs) {
        let target = RuleId(reference.id);
        let wrong = |problem| Err(Error::invalid(reference.place.clone(), problem));
        if Some(target) == id {
            return wrong("names the rule itself");
        }
        if rules.get(&target).is_some_and(|rule| !waits(&rule.trigger)) {
            return wrong("names a rule that is not triggered_by_another_rule");
        }
        if let Some(id) = id
            && reaches(&rules, target, id)?
        {
            return wrong("names a rule that runs this one again");
        }
    }
    if let Some(id) = id
        && waits_no_more
    {
        let others = count_runners(rules.iter(), id)?;
        if others > 0 {
            let problem = format!(
                "is to stay triggered_by_another_rule: other rules run it, {others} of them"
            );
            return Err(Error::invalid("trigger", problem));
        }
    }
    Ok(())
}

fn waits(trigger: &Part<Trigger>) -> bool {
    *trigger == Part::Known(Trigger::TriggeredByAnotherRule)
}

fn run_by(definition: &Definition) -> Result<impl Iterator<Item = RuleId>> {
    let references = references(definition)?;
    let rules = references
        .into_iter()
        .filter(|reference| reference.kind == RefKind::Rule);
    Ok(rules.map(|reference| RuleId(reference.id)))
}

/// Whether `from` runs `to`, itself or by others.
fn reaches(rules: &HashMap<RuleId, Definition>, from: RuleId, to: RuleId) -> Result<bool> {
    let (mut next, mut seen) = (vec![from], HashSet::new());
    while let Some(rule) = next.pop() {
        if rule == to {
            return Ok(true);
        }
        if let Some(definition) = rules.get(&rule).filter(|_| seen.insert(rule)) {
            next.extend(run_by(definition)?);
        }
    }
    Ok(false)
}

/// How many of the rules run this one.
pub(super) fn count_runners<'a>(
    rules: impl Iterator<Item = (&'a RuleId, &'a Definition)>,
    id: RuleId,
) -> Result<i64> {
    let mut count = 0;
    for (rule, definition) in rules {
        if *rule != id && run_by(definition)?.any(|target| target == id) {
            count += 1;
        }
    }
    Ok(count)
}
