//! The operations of `/api/v2`.

use utoipa::openapi::Required;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use super::errors::{self, Form};
use super::{Line, Parts};
use crate::http::describe::Description;
use crate::v2::table::{Operation, Verb, table};

pub(super) fn describe(parts: &mut Parts) {
    for operation in table().operations() {
        add(parts, operation);
    }
}

fn add(parts: &mut Parts, line: &Operation) {
    let mut description = Description::default();
    (line.describe)(&mut description);
    let has = |name: &str| {
        let mut parameters = description.parameters.iter();
        parameters.any(|parameter| parameter.name == name)
    };
    let mut statuses = vec![400, 401, 403, 404, 429, 503];
    if line.verb != Verb::Get {
        statuses.push(409);
    }
    if has("If-Match") {
        statuses.push(412);
    }
    if has("Idempotency-Key") {
        statuses.push(422);
    }
    let mut operation = OperationBuilder::new();
    for name in line.path.split('{').skip(1) {
        let name = name.split('}').next().unwrap_or_default();
        operation = operation.parameter(number_in_path(name));
    }
    for parameter in std::mem::take(&mut description.parameters) {
        operation = operation.parameter(parameter);
    }
    if let Some(body) = description.body.take() {
        statuses.extend([408, 413, 415]);
        operation = operation.request_body(Some(body));
    }
    operation = errors::add(operation, Form::Problem, statuses);
    // The helpdesk API has sections of the same names.
    let section = format!("Admin: {}", line.section);
    let about = Line {
        section: &section,
        id: format!("v2_{}", line.id),
        summary: &line.summary,
        path: &line.path,
        verb: match line.verb {
            Verb::Get => HttpMethod::Get,
            Verb::Post => HttpMethod::Post,
            Verb::Put => HttpMethod::Put,
            Verb::Patch => HttpMethod::Patch,
            Verb::Delete => HttpMethod::Delete,
        },
    };
    parts.add(about, description, operation);
}

fn number_in_path(name: &str) -> Parameter {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(1))
        .maximum(Some(i32::MAX));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("Its number."))
        .schema(Some(number))
        .build()
}
