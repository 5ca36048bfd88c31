//! Elements as serde sees them: the types of a rule say what each is to hold. The opposite of what `write` does with
//! a value.

use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::str::FromStr;

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::element::{Element, is_blank};
use super::{pascal_case, snake_case};
use crate::domain;

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Problem {
    /// The element, once it is known.
    place: Option<String>,
    /// What is wrong, to be read after the place.
    text: String,
}

/// Before a name that none of ours is written as, which is shown as it came.
const AS_IT_CAME: char = '=';

type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    fn at(self, place: &str) -> Self {
        Self {
            place: self.place.or_else(|| Some(place.to_owned())),
            ..self
        }
    }

    /// As the domain says it; `root` names the outermost element.
    pub(super) fn into_invalid(self, root: &'static str) -> domain::Error {
        let place = self.place.filter(|place| !place.is_empty());
        domain::Error::invalid(place.unwrap_or_else(|| root.to_owned()), self.text)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Problem {}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| pascal_case(name)).collect();
    names.join(", ")
}

fn unknown(element: &str, expected: &str) -> Problem {
    Problem::custom(format!(
        "holds <{element}>, which is not known here; it may hold {expected}"
    ))
}

impl serde::de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            place: None,
            text: message.to_string(),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            // Only parts are asked for whatever they hold, and only those that need no value take nothing.
            Unexpected::Map | Unexpected::Str(_) => Self::custom("takes no value"),
            _ => Self::custom(format!("is to be {expected}")),
        }
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format!("is to be {expected}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let expected = listed(expected);
        Self::custom(match variant.strip_prefix(AS_IT_CAME) {
            Some(variant) => format!("is to be one of {expected}, not {variant}"),
            None => format!("is to be one of {expected}, not {}", pascal_case(variant)),
        })
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        unknown(&pascal_case(field), &listed(expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format!("lacks <{}>", pascal_case(field)))
    }
}

/// Elements of one name in the same element: one, unless a list is wanted.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    place: String,
    elements: Vec<&'a Element>,
}

impl<'a> Node<'a> {
    pub(super) fn root(element: &'a Element) -> Self {
        Self {
            place: String::new(),
            elements: vec![element],
        }
    }

    fn one(&self) -> Result<&'a Element> {
        match self.elements.as_slice() {
            [element] => Ok(element),
            elements => Err(Problem::custom(format!(
                "is there {} times, where one is to be",
                elements.len()
            ))),
        }
    }

    fn text(&self) -> Result<&'a str> {
        let element = self.one()?;
        if element.children.is_empty() {
            return Ok(&element.text);
        }
        Err(Problem::custom("holds elements, where text is to be"))
    }

    fn number<T: FromStr>(&self) -> Result<T> {
        let number = self.text()?.trim().parse();
        number.map_err(|_| Problem::custom("is to be a whole number, or is too large a one"))
    }

    fn flag(&self) -> Result<bool> {
        match self.text()?.trim() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(Problem::custom("is to be true or false")),
        }
    }
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let element = self.one()?;
        if fields == ["type", "value"] {
            return visitor.visit_map(Part {
                place: self.place,
                element,
                next: Some(Member::Kind),
            });
        }
        visitor.visit_map(Members::of(element, &self.place)?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(Items {
            node: self,
            taken: 0,
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_bool(self.flag()?)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_i32(self.number()?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_u32(self.number()?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(self.text()?.trim().into_deserializer())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i64 i128 u8 u16 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct map identifier
    }
}

/// The elements of one name, one after another.
struct Items<'a> {
    node: Node<'a>,
    taken: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some(element) = self.node.elements.get(self.taken) else {
            return Ok(None);
        };
        self.taken += 1;
        let place = format!("{}[{}]", self.node.place, self.taken);
        let item = Node {
            place: place.clone(),
            elements: vec![element],
        };
        seed.deserialize(item)
            .map(Some)
            .map_err(|problem| problem.at(&place))
    }
}

/// The elements in an element, by their names.
struct Members<'a> {
    rest: btree_map::IntoIter<String, Node<'a>>,
    next: Option<Node<'a>>,
}

impl<'a> Members<'a> {
    fn of(element: &'a Element, place: &str) -> Result<Self> {
        if element.children.is_empty() && !is_blank(&element.text) {
            return Err(Problem::custom("holds text, where elements are to be"));
        }
        let mut members: BTreeMap<String, Node<'a>> = BTreeMap::new();
        for child in &element.children {
            let name = match child.name.as_str() {
                // The one name that is not made of a name of ours.
                "RuleID" => child.name.clone(),
                name => snake_case(name).ok_or_else(|| {
                    Problem::custom(format!("holds <{name}>, which is not known here"))
                })?,
            };
            let member = members.entry(name).or_insert_with(|| Node {
                place: below(place, &child.name),
                elements: vec![],
            });
            member.elements.push(child);
        }
        Ok(Self {
            rest: members.into_iter(),
            next: None,
        })
    }
}

fn below(place: &str, name: &str) -> String {
    if place.is_empty() {
        name.to_owned()
    } else {
        format!("{place}/{name}")
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((name, node)) = self.rest.next() else {
            return Ok(None);
        };
        self.next = Some(node);
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let node = self
            .next
            .take()
            .ok_or_else(|| Problem::custom("has a value before its name"))?;
        let place = node.place.clone();
        seed.deserialize(node).map_err(|problem| problem.at(&place))
    }
}

/// A trigger, condition, action or recipient: its type, then its value.
struct Part<'a> {
    place: String,
    element: &'a Element,
    next: Option<Member>,
}

#[derive(Clone, Copy)]
enum Member {
    Kind,
    Value,
}

impl<'de> MapAccess<'de> for Part<'de> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let key = match self.next {
            Some(Member::Kind) => "type",
            Some(Member::Value) => "value",
            None => return Ok(None),
        };
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        if let Some(Member::Kind) = self.next {
            self.next = Some(Member::Value);
            let kind = self.element.kind.as_deref();
            let kind = kind.ok_or_else(|| Problem::custom("lacks the attribute xsi:type"))?;
            let kind = snake_case(kind).unwrap_or_else(|| format!("{AS_IT_CAME}{kind}"));
            let kind: StringDeserializer<Problem> = kind.into_deserializer();
            let place = below(&self.place, "@xsi:type");
            return seed.deserialize(kind).map_err(|problem| problem.at(&place));
        }
        self.next = None;
        seed.deserialize(Content {
            place: self.place.clone(),
            element: self.element,
        })
    }
}

/// The value of a part: one of several members is the part's own elements, any other is in `<Value>`.
struct Content<'a> {
    place: String,
    element: &'a Element,
}

impl<'a> Content<'a> {
    /// The elements `<Value>`.
    fn values(self) -> Result<Node<'a>> {
        let element = self.element;
        if element.children.is_empty() && !is_blank(&element.text) {
            return Err(Problem::custom("holds text, where <Value> is to be"));
        }
        if let Some(other) = element.children.iter().find(|child| child.name != "Value") {
            return Err(unknown(&other.name, "Value"));
        }
        Ok(Node {
            place: below(&self.place, "Value"),
            elements: element.children.iter().collect(),
        })
    }

    fn value<T>(self, read: impl FnOnce(Node<'a>) -> Result<T>) -> Result<T> {
        let node = self.values()?;
        if node.elements.is_empty() {
            return Err(Problem::missing_field("value"));
        }
        let place = node.place.clone();
        read(node).map_err(|problem| problem.at(&place))
    }
}

macro_rules! one_value {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.value(|node| node.$method(visitor))
        }
    )*};
}

impl<'de> Deserializer<'de> for Content<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.element.is_empty() {
            return visitor.visit_unit();
        }
        visitor.visit_map(Members::of(self.element, &self.place)?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_map(Members::of(self.element, &self.place)?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.values()?.deserialize_seq(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.element.is_empty() {
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    one_value! {
        deserialize_bool deserialize_i32 deserialize_u32 deserialize_str deserialize_string
    }

    forward_to_deserialize_any! {
        i8 i16 i64 i128 u8 u16 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct map
        enum identifier ignored_any
    }
}
