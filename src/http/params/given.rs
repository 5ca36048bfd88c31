//! A parameter whose emptiness has a meaning.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Visitor};

/// Absent, empty, or a value: `dueDate=` clears the due date, no `dueDate` leaves it.
///
/// Needs no `#[serde(default)]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// The request does not name it, or as a JSON `null`.
    #[default]
    Absent,
    /// The request names it without a value.
    Empty,
    /// The request gives a value.
    Value(T),
}

impl<T> Given<T> {
    /// `None` when absent; otherwise what it is to become, `None` being nothing.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Empty => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    /// The value, if there is one.
    pub fn value(self) -> Option<T> {
        self.change().flatten()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct State<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for State<T> {
            type Value = Given<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or nothing")
            }

            // What serde calls for a field that is missing.
            fn visit_none<E>(self) -> Result<Given<T>, E> {
                Ok(Given::Absent)
            }

            // What our deserializer calls for one that is empty; `Option` takes it for `None`.
            fn visit_unit<E>(self) -> Result<Given<T>, E> {
                Ok(Given::Empty)
            }

            fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Given<T>, D::Error> {
                T::deserialize(value).map(Given::Value)
            }
        }
        deserializer.deserialize_option(State(PhantomData))
    }
}
