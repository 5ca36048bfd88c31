//! From XML to a rule.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::element::parse;
use super::values::Node;
use crate::domain::error::{Error, Result};
use crate::domain::rules::{Action, Condition, Part, RuleDraft, Trigger};

const ROOT: &str = "AutomationRule";

/// The root: names are those of the XML in `snake_case`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// Which rule it is about, the address says.
    #[serde(rename = "RuleID", default)]
    _id: IgnoredAny,
    name: String,
    #[serde(default = "enabled")]
    enabled: bool,
    trigger: Trigger,
    #[serde(default)]
    conditions: Conditions,
    #[serde(default)]
    actions: Actions,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Conditions {
    #[serde(default)]
    condition: Vec<Condition>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Actions {
    #[serde(default)]
    action: Vec<Action>,
}

fn enabled() -> bool {
    true
}

/// The rule that the XML describes: what [`write`](super::write()) gives, in any indentation.
///
/// The XML has no order: that of the draft is 0, and whoever puts the draft in the place of a rule keeps the rule's.
///
/// Errors: Invalid; the parameter is `body`, or the element as a path below the root, items counted from 1:
/// `Conditions/Condition[2]/Value`.
pub fn read(xml: &[u8]) -> Result<RuleDraft> {
    let root = parse(xml)?;
    if root.name != ROOT {
        let problem = format!("is to be one element {ROOT}, not {}", root.name);
        return Err(Error::invalid("body", problem));
    }
    let document =
        Document::deserialize(Node::root(&root)).map_err(|problem| problem.into_invalid(ROOT))?;
    Ok(RuleDraft {
        name: document.name,
        enabled: document.enabled,
        order: 0,
        trigger: Part::Known(document.trigger),
        conditions: known(document.conditions.condition),
        actions: known(document.actions.action),
    })
}

fn known<T>(parts: Vec<T>) -> Vec<Part<T>> {
    parts.into_iter().map(Part::Known).collect()
}
