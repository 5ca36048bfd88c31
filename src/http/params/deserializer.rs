//! From the bag into a struct: serde tells the names of the fields, and each is looked up.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::domain;

use super::bag::{Found, ParamBag, spelling};
use super::scalar::Scalar;

/// What is wrong with a parameter.
#[derive(Debug)]
pub(super) struct Problem {
    /// The field, once it is known.
    field: Option<&'static str>,
    /// What is wrong, to be read after the parameter's name.
    text: Cow<'static, str>,
    kind: Kind,
}

/// What can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Empty where a value is needed: read again as if it were absent.
    Empty,
    /// Absent where something is needed: read again as if it were empty, which an array may be.
    Missing,
    /// Nothing.
    Wrong,
}

impl Problem {
    pub(super) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: None,
            text: text.into(),
            kind: Kind::Wrong,
        }
    }

    fn of(self, field: &'static str) -> Self {
        Self {
            field: self.field.or(Some(field)),
            ..self
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Problem {}

impl serde::de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("is not {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("is not {expected}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            kind: Kind::Missing,
            ..Self::new("is missing").of(field)
        }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new("is given under two names").of(field)
    }
}

/// Read a struct from the bag. A parameter that is empty counts as absent, except for types that take emptiness;
/// only the type of a field knows which, and it is asked last: hence the rounds, two for each field at most.
pub(super) fn read<T: DeserializeOwned>(bag: &ParamBag) -> domain::Result<T> {
    let (mut absent, mut empty) = (Vec::new(), Vec::new());
    loop {
        let fields = Fields {
            bag,
            absent: &absent,
            empty: &empty,
        };
        let problem = match T::deserialize(fields) {
            Ok(value) => return Ok(value),
            Err(problem) => problem,
        };
        match (problem.field, problem.kind) {
            (Some(field), Kind::Empty) if !absent.contains(&field) => absent.push(field),
            (Some(field), Kind::Missing) if !empty.contains(&field) => empty.push(field),
            (Some(field), _) => return Err(domain::Error::invalid(spelling(field), problem.text)),
            (None, _) => {
                return Err(domain::Error::internal(format!(
                    "parameters that cannot be read: {}",
                    problem.text
                )));
            }
        }
    }
}

/// The bag as serde sees it: a struct.
struct Fields<'a> {
    bag: &'a ParamBag,
    absent: &'a [&'static str],
    empty: &'a [&'static str],
}

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = Problem;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_map(Lookup {
            bag: self.bag,
            absent: self.absent,
            empty: self.empty,
            fields: fields.iter(),
            found: None,
        })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Goes through the fields of the struct, not through the bag: unknown names are ignored.
struct Lookup<'a> {
    bag: &'a ParamBag,
    absent: &'a [&'static str],
    empty: &'a [&'static str],
    fields: std::slice::Iter<'static, &'static str>,
    found: Option<(&'static str, Found<'a>)>,
}

impl<'de> MapAccess<'de> for Lookup<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        for field in self.fields.by_ref() {
            let found = if self.empty.contains(field) {
                Some(Found::default())
            } else if self.absent.contains(field) {
                None
            } else {
                self.bag.find(field)
            };
            if let Some(found) = found {
                self.found = Some((field, found));
                let name: StrDeserializer<'_, Problem> = (*field).into_deserializer();
                return seed.deserialize(name).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let Some((field, found)) = self.found.take() else {
            return Err(Problem::new("has no value"));
        };
        seed.deserialize(Field { found })
            .map_err(|problem| problem.of(field))
    }
}

/// All values of one field.
struct Field<'a> {
    found: Found<'a>,
}

impl<'a> Field<'a> {
    fn single(&self) -> Result<Scalar<'a>, Problem> {
        match self.found.single() {
            Ok(Some(text)) => Ok(Scalar { text }),
            Ok(None) => Err(Problem {
                kind: Kind::Empty,
                ..Problem::new("is missing")
            }),
            Err(problem) => Err(Problem::new(problem)),
        }
    }
}

macro_rules! through_scalar {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            self.single()?.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Field<'_> {
    type Error = Problem;

    through_scalar! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.found.is_empty() {
            visitor.visit_unit()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let texts = self.found.elements().map_err(Problem::new)?;
        let scalars = texts.into_iter().map(|text| Scalar { text });
        visitor.visit_seq(SeqDeserializer::new(scalars))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.single()?.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier
        ignored_any
    }
}
