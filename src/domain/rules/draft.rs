//! A rule as an administrator writes it: of what is stored, a part that this version does not know is kept; of what is
//! written, none is taken.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::schema::{ExactAction, ExactCondition, ExactTrigger};
use super::{Action, Condition, Definition, Part, Trigger};

/// A rule, as an administrator decides about it.
///
/// Reading it from JSON fails at a part that is not known or that has a value of the wrong type. Its fields may
/// nevertheless hold unknown parts, which a later version stored, so that such a rule can be listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleDraft {
    /// Its name, one of its kind in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// It may run.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// Rules with lower numbers run first.
    #[serde(default)]
    pub order: i32,
    /// What makes it run.
    #[serde(deserialize_with = "known")]
    #[schema(value_type = ExactTrigger)]
    pub trigger: Part<Trigger>,
    /// What must hold, all of it.
    #[serde(default, deserialize_with = "all_known")]
    #[schema(value_type = Vec<ExactCondition>, max_items = 50)]
    pub conditions: Vec<Part<Condition>>,
    /// What it does, in this order.
    #[serde(default, deserialize_with = "all_known")]
    #[schema(value_type = Vec<ExactAction>, max_items = 50)]
    pub actions: Vec<Part<Action>>,
}

impl RuleDraft {
    /// When it runs and what it does, as it is stored.
    #[must_use]
    pub fn definition(&self) -> Definition {
        Definition {
            trigger: self.trigger.clone(),
            conditions: self.conditions.clone(),
            actions: self.actions.clone(),
        }
    }
}

fn enabled() -> bool {
    true
}

/// A part that must be known.
pub(super) fn known<'de, D, T>(deserializer: D) -> Result<Part<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Part::Known)
}

/// Parts that must be known.
pub(super) fn all_known<'de, D, T>(deserializer: D) -> Result<Vec<Part<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let parts = Vec::deserialize(deserializer)?;
    Ok(parts.into_iter().map(Part::Known).collect())
}
