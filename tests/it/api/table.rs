use std::fmt::Write;

use ferrodesk::api::table::{Method, Verbs, table};
use ferrodesk::http::limits::Rate;

use crate::contract::shape::in_words;
use crate::contract::{self, methods};
use crate::permissions::roles_of;
use crate::support::TestApp;
use crate::support::document::is_current;

/// Address of a method, as clients spell it.
fn address(method: &Method) -> String {
    if method.name.starts_with('/') {
        method.name.replace("{id}", "1")
    } else {
        format!("/api/{}", method.name)
    }
}

fn verbs(method: &Method) -> Vec<reqwest::Method> {
    match method.verbs {
        Verbs::Get => vec![reqwest::Method::GET],
        Verbs::Post => vec![reqwest::Method::POST],
        Verbs::Any => vec![reqwest::Method::GET, reqwest::Method::POST],
    }
}

#[tokio::test]
async fn every_method_asks_who_calls_under_both_roots_and_in_any_case() {
    let app = TestApp::start().await;
    for method in table().methods() {
        let address = address(method);
        for spelling in [
            address.clone(),
            address.to_uppercase(),
            format!("/helpdesk{address}/"),
            format!("//HelpDesk/{address}"),
        ] {
            for verb in verbs(method) {
                let reply = app.anonymous().call(verb.clone(), &spelling).await;
                assert_eq!(reply.status, 401, "{verb} {spelling}");
            }
        }
    }
}

#[tokio::test]
async fn head_never_reaches_a_method_that_writes() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for method in table().methods().iter().filter(|method| method.writes) {
        let reply = admin.call(reqwest::Method::HEAD, &address(method)).await;
        // Of Ticket, GET reads: HEAD follows that one, and misses its id.
        let expected = if method.verbs == Verbs::Post {
            400
        } else {
            405
        };
        assert_eq!(reply.status.as_u16(), expected, "{}", method.name);
    }
}

/// The list of methods for readers.
fn document() -> String {
    let mut text = String::from(
        "# Methods\n\n\
         Made by a test from `src/api/table.rs`, `tests/it/contract/methods.json` and `tests/it/permissions.csv`: after a change of\n\
         those run `INSTA_UPDATE=always make test`.\n\n\
         Each is at `/api/{name}` and `/helpdesk/api/{name}`, in any case, with or without `/{id}` behind it. A parameter in brackets\n\
         may be left out. Who may call it: who gets an answer in at least one case; the cases stand in [permissions.md](permissions.md). A\n\
         method has 90 calls a minute for each user, one marked *60* has so many. Tests lie at the same path as the code, below\n\
         `tests/it`.\n",
    );
    let documented = methods();
    let mut section = "";
    for method in table().methods() {
        if method.section != section {
            section = method.section;
            writeln!(text, "\n## {section}").unwrap();
        }
        let of_document = documented.iter().find(|known| {
            known.name == method.name
                && (method.verbs == Verbs::Any || is_served(method, &known.verb))
        });
        describe(&mut text, method, of_document);
    }
    text.push_str(
        "\n## What answers hold\n\n\
         Keys in their order: those of the document, then those that live servers send besides. `{x}` is an object, `[x]` a list\n\
         of such; a date is in UTC and ends in `Z`, a plain date has no zone.\n\n",
    );
    for (name, keys) in in_words() {
        writeln!(text, "* **{name}**: {keys}").unwrap();
    }
    text
}

fn is_served(method: &Method, verb: &str) -> bool {
    verbs(method).iter().any(|served| served == verb)
}

fn describe(text: &mut String, method: &Method, of_document: Option<&contract::Method>) {
    let spelled: Vec<String> = verbs(method).iter().map(ToString::to_string).collect();
    let rate = match method.rate {
        Rate::Usual => "",
        Rate::Heavy => " *60*",
        Rate::Rare => " *10*",
    };
    let kind = match (method.writes, method.rights) {
        (_, true) => "changes rights",
        (true, false) => "writes",
        (false, false) => "reads",
    };
    writeln!(
        text,
        "\n### {} ({}){rate}\n",
        method.name,
        spelled.join(", ")
    )
    .unwrap();
    if let Some(known) = of_document {
        let parameters: Vec<String> = known.parameters.iter().map(parameter).collect();
        writeln!(text, "* takes {}", or_nothing(&parameters.join(", "))).unwrap();
        writeln!(text, "* {kind}; answers {}", answer(&known.answer)).unwrap();
    } else {
        writeln!(text, "* {kind}").unwrap();
    }
    writeln!(text, "* for {}", who(&roles_of(method))).unwrap();
    let path: Vec<&str> = method.handler.split("::").skip(1).collect();
    let (function, module) = path.split_last().unwrap();
    writeln!(text, "* `{function}` in `{}`", file(module)).unwrap();
    if let Some(known) = of_document.filter(|known| !known.differs.is_empty()) {
        writeln!(text, "* {}", known.differs).unwrap();
    }
}

fn parameter(parameter: &contract::Parameter) -> String {
    let name = parameter.name.replace("cf7000001", "cf{ID}");
    if parameter.required {
        format!("`{name}` {}", parameter.kind)
    } else {
        format!("[`{name}` {}]", parameter.kind)
    }
}

fn or_nothing(list: &str) -> &str {
    if list.is_empty() { "nothing" } else { list }
}

fn answer(answer: &str) -> String {
    match answer {
        "id" => "a bare number".to_owned(),
        "empty" => "an empty body".to_owned(),
        "file" => "a file".to_owned(),
        "xml" => "XML".to_owned(),
        "page" => "a page".to_owned(),
        "text" => "text".to_owned(),
        json => format!("JSON, `{json}`"),
    }
}

fn who(roles: &[&str]) -> String {
    match roles {
        ["administrator"] => "administrators".to_owned(),
        ["technician", "other_technician", "administrator"] => {
            "technicians and administrators".to_owned()
        }
        ["technician", "administrator"] => {
            "technicians of the category and administrators".to_owned()
        }
        roles if roles.len() == 7 => "everybody who is known".to_owned(),
        roles => roles.join(", ").replace('_', " "),
    }
}

/// The file of a module, however it is laid out.
fn file(module: &[&str]) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = format!("src/{}", module.join("/"));
    [format!("{path}.rs"), format!("{path}/mod.rs")]
        .into_iter()
        .find(|path| root.join(path).is_file())
        .unwrap_or_else(|| panic!("no file of {path}"))
}

#[test]
fn the_document_of_the_methods_is_current() {
    is_current("docs/api-methods.md", &document());
}
