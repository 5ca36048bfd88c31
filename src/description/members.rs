//! The members of an object as parameters of their own: in the vendor's API they come from wherever the client likes.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Required, Schema};

/// A parameter of a method.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) required: bool,
    description: Option<String>,
    schema: RefOr<Schema>,
}

/// All that a method takes.
#[derive(Default)]
pub(super) struct Members {
    /// In their order, in the document's spelling.
    pub(super) known: Vec<Member>,
    /// There may be others, with names that only the data knows.
    pub(super) open: bool,
}

/// The members of an object.
pub(super) fn of(object: Option<RefOr<Schema>>) -> Members {
    let Some(RefOr::T(Schema::Object(object))) = object else {
        return Members::default();
    };
    let Object {
        properties,
        required,
        additional_properties,
        ..
    } = object;
    let known = properties
        .into_iter()
        .map(|(name, schema)| Member {
            // A list that is not given is empty.
            required: required.contains(&name) && !matches!(schema, RefOr::T(Schema::Array(_))),
            name: camel_case(&name),
            description: described(&schema),
            schema: not_null(schema),
        })
        .collect();
    Members {
        known,
        open: additional_properties.is_some(),
    }
}

/// The parameter that stands for all of unknown names: each is a parameter `cf` with the number of a field.
pub(super) fn open_parameter() -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let all = ObjectBuilder::new().additional_properties(Some(Schema::from(text)));
    ParameterBuilder::new()
        .name("fields")
        .parameter_in(ParameterIn::Query)
        .style(Some(ParameterStyle::Form))
        .explode(Some(true))
        .description(Some(
            "For each field cf and its number, with its value: cf12=text.",
        ))
        .schema(Some(all))
        .build()
}

impl Member {
    /// As a parameter in the query or the path.
    pub(super) fn parameter(self, place: ParameterIn) -> Parameter {
        let required = match place {
            ParameterIn::Path => true,
            _ => self.required,
        };
        let required = if required {
            Required::True
        } else {
            Required::False
        };
        ParameterBuilder::new()
            .name(self.name)
            .parameter_in(place)
            .required(required)
            .description(self.description)
            .schema(Some(self.schema))
            .build()
    }
}

/// These members as an object; with a member that takes files if `takes_files`.
pub(super) fn object(members: Members, takes_files: bool) -> Schema {
    let mut object = ObjectBuilder::new();
    if members.open {
        let text = ObjectBuilder::new().schema_type(Type::String);
        object = object.additional_properties(Some(Schema::from(text)));
    }
    for member in members.known {
        if member.required {
            object = object.required(&member.name);
        }
        object = object.property(member.name, member.schema);
    }
    if takes_files {
        let file = ObjectBuilder::new()
            .schema_type(Type::String)
            .content_media_type("application/octet-stream")
            .description(Some(
                "A file, under whatever name; several parts are several files.",
            ));
        object = object.property("file", file);
    }
    Schema::from(object)
}

/// `handled_by_user_i_d` is `handledByUserID`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}

fn described(schema: &RefOr<Schema>) -> Option<String> {
    match schema {
        RefOr::T(Schema::Object(object)) => object.description.clone(),
        RefOr::T(Schema::Array(array)) => array.description.clone(),
        RefOr::T(Schema::OneOf(one)) => {
            let of_items = || one.items.iter().find_map(described);
            one.description.clone().or_else(of_items)
        }
        RefOr::Ref(reference) => {
            Some(reference.description.clone()).filter(|text| !text.is_empty())
        }
        RefOr::T(_) => None,
    }
}

/// What is not given is absent rather than null.
fn not_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = without_null(object.schema_type);
            Schema::Object(object).into()
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = without_null(array.schema_type);
            Schema::Array(array).into()
        }
        RefOr::T(Schema::OneOf(mut one)) => {
            one.items.retain(|item| !is_null(item));
            match one.items.pop() {
                Some(item) if one.items.is_empty() => item,
                Some(item) => {
                    one.items.push(item);
                    Schema::OneOf(one).into()
                }
                None => Schema::OneOf(one).into(),
            }
        }
        other => other,
    }
}

fn without_null(kind: SchemaType) -> SchemaType {
    match kind {
        SchemaType::Array(kinds) => {
            let mut kinds = kinds.into_iter().filter(|kind| *kind != Type::Null);
            kinds.next().map_or(SchemaType::AnyValue, SchemaType::Type)
        }
        kind => kind,
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}
