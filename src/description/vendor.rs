//! The methods of the helpdesk API.

use utoipa::openapi::content::Content;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{Required, Schema};

use super::errors::{self, Form};
use super::members::{self, Member, Members};
use super::{Line, Parts};
use crate::api::table::{Method, Verbs, table};
use crate::http::describe::Description;

/// How bodies may come.
const MEDIA_TYPES: [&str; 3] = [
    "application/json",
    "application/x-www-form-urlencoded",
    MULTIPART,
];
const MULTIPART: &str = "multipart/form-data";

pub(super) fn describe(parts: &mut Parts) {
    for method in table().methods() {
        let verbs: &[HttpMethod] = match method.verbs {
            Verbs::Get => &[HttpMethod::Get],
            Verbs::Post => &[HttpMethod::Post],
            Verbs::Any => &[HttpMethod::Get, HttpMethod::Post],
        };
        for verb in verbs {
            add(parts, method, verb.clone());
        }
    }
}

fn add(parts: &mut Parts, method: &Method, verb: HttpMethod) {
    let mut description = Description::default();
    (method.describe)(&mut description);
    let members = members::of(description.members.take());
    let (in_path, known): (Vec<Member>, Vec<Member>) = members
        .known
        .into_iter()
        .partition(|member| method.name.contains(&format!("{{{}}}", member.name)));
    let mut operation = OperationBuilder::new();
    for member in in_path {
        operation = operation.parameter(member.parameter(ParameterIn::Path));
    }
    let mut statuses = vec![400, 401, 403, 404, 429, 503];
    let is_post = verb == HttpMethod::Post;
    if is_post {
        statuses.extend([408, 413, 415]);
        if !known.is_empty() || description.takes_files {
            let open = members.open;
            let members = Members { known, open };
            operation = operation.request_body(Some(body(members, description.takes_files)));
        }
    } else {
        if members.open {
            operation = operation.parameter(members::open_parameter());
        }
        for member in known {
            operation = operation.parameter(member.parameter(ParameterIn::Query));
        }
    }
    operation = errors::add(operation, Form::Text, statuses);
    let id = name_of(method, is_post);
    let path = if method.name.starts_with('/') {
        method.name.to_owned()
    } else {
        format!("/api/{}", method.name)
    };
    let line = Line {
        section: method.section,
        id,
        summary: method.summary,
        path: &path,
        verb,
    };
    parts.add(line, description, operation);
}

/// One name for each operation.
fn name_of(method: &Method, is_post: bool) -> String {
    let name: String = method
        .name
        .split(|symbol: char| !symbol.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_");
    match (method.name.starts_with('/'), is_post) {
        (true, _) => format!("page_{name}"),
        (false, true) => format!("{name}_post"),
        (false, false) => name,
    }
}

fn body(members: Members, takes_files: bool) -> utoipa::openapi::request_body::RequestBody {
    let required = if members.known.iter().any(|member| member.required) {
        Required::True
    } else {
        Required::False
    };
    let plain = members::object(members, false);
    let mut body = RequestBodyBuilder::new().required(Some(required));
    for media_type in MEDIA_TYPES {
        let schema = if takes_files && media_type == MULTIPART {
            with_file(plain.clone())
        } else {
            plain.clone()
        };
        body = body.content(media_type, Content::new(Some(schema)));
    }
    body.build()
}

fn with_file(schema: Schema) -> Schema {
    let Schema::Object(mut object) = schema else {
        return schema;
    };
    if let Schema::Object(file) = members::object(Members::default(), true) {
        object.properties.extend(file.properties);
    }
    Schema::Object(object)
}
