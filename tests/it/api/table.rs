use std::fmt::Write;

use ferrodesk::api::table::{Method, Verbs, table};
use ferrodesk::http::limits::Rate;

use crate::support::TestApp;
use crate::support::document::is_current;

#[test]
fn the_table_has_the_methods_of_the_document_in_its_order() {
    let expected: Vec<&str> = include_str!("../methods.txt").lines().collect();
    let table = table();
    let names: Vec<&str> = table
        .methods()
        .iter()
        .take(expected.len())
        .map(|method| method.name)
        .collect();
    assert_eq!(names, expected);
}

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
         Made from `src/api/table.rs` by a test: change the table, then run `INSTA_UPDATE=always make test`.\n\n\
         Each is at `/api/{name}` and `/helpdesk/api/{name}`, in any case, with or without `/{id}` behind it. The handler is\n\
         named like the method in snake case (`UpdateTicket` → `update_ticket`; POST of a shared name → `create_ticket`).\n",
    );
    let mut section = "";
    for method in table().methods() {
        if method.section != section {
            section = method.section;
            let heading = "| method | verbs | calls a minute | |\\n|---|---|--:|---|";
            writeln!(text, "\n## {section}\n\n{}", heading.replace("\\n", "\n")).unwrap();
        }
        let verbs = match method.verbs {
            Verbs::Get => "GET",
            Verbs::Post => "POST",
            Verbs::Any => "GET, POST",
        };
        let rate = match method.rate {
            Rate::Usual => 90,
            Rate::Heavy => 60,
        };
        let kind = if method.writes { "writes" } else { "reads" };
        writeln!(text, "| `{}` | {verbs} | {rate} | {kind} |", method.name).unwrap();
    }
    text
}

#[test]
fn the_document_of_the_methods_is_current() {
    is_current("docs/api-methods.md", &document());
}
