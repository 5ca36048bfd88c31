use axum::body::Body;
use axum::http::Request;
use form_urlencoded::Serializer;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Service, holds};

const FORM: &str = "application/x-www-form-urlencoded";

/// Names of the probe's parameters, in some spelling, and others.
fn names() -> impl Strategy<Value = String> {
    let known = select(vec![
        "id",
        "ID",
        "categoryId",
        "new_category_id",
        "subject",
        "Subject",
        "forTechsOnly",
        "statusId",
        "statusId[]",
        "StatusID[0]",
        "names",
        "names[]",
        "mode",
        "dateFrom",
        "due_date",
        "tags",
        "customFields",
        "hours",
        "big",
        "small",
        "cf12",
        "CF13",
        "body",
        "ids",
        "flag",
    ]);
    prop_oneof![
        9 => known.prop_map(str::to_owned),
        1 => "[a-zA-Z_0-9]{1,8}(\\[[0-9]{0,2}\\]?)?",
    ]
}

fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => any::<String>(),
        3 => "[0-9]{1,3}(,[0-9]{1,3}){0,3}",
        2 => select(vec![
            "", "true", "False", "1", "on", "all", "UnansweredOnly", "2024-02-29", "2024-01-01T10:00:00-0500",
            "null", "[]", "[1,\"2\"]", "[[1],{}]", "{\"1\":\"x\"}", "-1", "1.5", "NaN", "undefined", "a\0b",
        ]).prop_map(str::to_owned),
        1 => "[0-9,.:TZ+ -]{0,24}",
    ]
}

fn request(path: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post(path);
    if !content_type.is_empty() {
        request = request.header("content-type", content_type);
    }
    request.body(body.into()).unwrap()
}

fn encoded(pairs: &[(String, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The same parameters in a body of another form.
fn in_body(way: u8, path: &str, pairs: &[(String, String)]) -> Request<Body> {
    match way {
        0 => request(path, FORM, encoded(pairs)),
        1 => {
            let members: Vec<String> = pairs
                .iter()
                .map(|(name, value)| {
                    let text = |text: &str| serde_json::Value::from(text).to_string();
                    format!("{}:{}", text(name), text(value))
                })
                .collect();
            request(
                path,
                "application/json",
                format!("{{{}}}", members.join(",")),
            )
        }
        _ => {
            let boundary = "--boundary-that-nobody-writes";
            let mut parts = String::new();
            for (name, value) in pairs {
                let head = "\r\nContent-Disposition: form-data; name=\"";
                parts.extend(["--", boundary, head, name, "\"\r\n\r\n", value, "\r\n"]);
            }
            let content_type = format!("multipart/form-data; boundary=\"{boundary}\"");
            request(path, &content_type, format!("{parts}--{boundary}--\r\n"))
        }
    }
}

#[test]
fn parameters_mean_the_same_wherever_they_are() {
    let service = Service::start();
    let pairs = prop::collection::vec((names(), values()), 0..5);
    let paths = select(vec!["/everything", "/needed", "/bag", "/lists"]);
    holds(&(paths, pairs, 0..3_u8), |(path, pairs, way)| {
        let in_query = Request::get(format!("{path}?{}", encoded(&pairs)))
            .body(Body::empty())
            .unwrap();
        let (status, text) = service.answer(in_query);
        prop_assert!([200, 400].contains(&status), "{status} {text}");
        prop_assert!(
            status == 200 || text.starts_with("Parameter \""),
            "{}",
            text
        );
        let other = service.answer(in_body(way, path, &pairs));
        prop_assert_eq!((status, text), other, "{} {}", way, path);
        Ok(())
    });
}

/// Bodies that come near to something, or to nothing.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let form = prop::collection::vec((names(), "\\PC{0,12}"), 0..6).prop_map(|pairs| {
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("&").into_bytes()
    });
    let scalar = prop_oneof![
        values().prop_map(|text| serde_json::Value::from(text).to_string()),
        "-?[0-9]{1,22}(\\.[0-9]{1,3})?(e[0-9]{1,3})?",
        select(vec![
            "null",
            "true",
            "[1,null,\"3\"]",
            "[[[]]]",
            "{\"1\":{\"2\":[]}}",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "{",
            "}",
            ""
        ])
        .prop_map(str::to_owned),
    ];
    let json = prop::collection::vec((names(), scalar), 0..5).prop_map(|members| {
        let members: Vec<String> = members
            .into_iter()
            .map(|(name, value)| format!("{name:?}:{value}"))
            .collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    });
    let parts = prop::collection::vec((names(), "[;=\" a-z\\\\*']{0,20}", values()), 0..4)
        .prop_map(|parts| {
            let parts = parts.into_iter().fold(String::new(), |all, (name, more, value)| {
 all + &format!("--b\r\nContent-Disposition: form-data; name={name}; {more}\r\n\r\n{value}\r\n")
});
            format!("{parts}--b--").into_bytes()
        });
    prop_oneof![2 => form, 2 => json, 2 => parts, 1 => prop::collection::vec(any::<u8>(), 0..64)]
}

#[test]
fn no_request_breaks_the_extractor() {
    let service = Service::start();
    let types = select(vec![
        "",
        "application/json",
        "text/json; charset=utf-8",
        "application/vnd.x+json",
        FORM,
        "text/plain",
        "application/octet-stream",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "multipart/mixed; boundary=\"b\"",
        "text/xml",
        ";;",
        "Ä",
    ]);
    let paths = select(vec![
        "/everything",
        "/everything/7",
        "/everything/%FF",
        "/everything/x%00",
        "/needed",
        "/bag",
        "/lists",
    ]);
    let query = prop_oneof![
        Just(String::new()),
        "[a-zA-Z0-9=&%+,;\\[\\]{}]{0,24}",
        "id=[0-9]&statusId\\[\\]=[0-9x]"
    ];
    holds(
        &(paths, query, types, bodies()),
        |(path, query, content_type, body)| {
            let address = format!("{path}?{query}");
            let Ok(uri) = address.parse::<axum::http::Uri>() else {
                return Ok(());
            };
            let (status, text) = service.answer(request(&uri.to_string(), content_type, body));
            prop_assert!([200, 400, 415].contains(&status), "{status} {text}");
            prop_assert!(!text.is_empty());
            prop_assert!(
                status == 200 || !text.contains(char::is_control),
                "{:?}",
                text
            );
            Ok(())
        },
    );
}
