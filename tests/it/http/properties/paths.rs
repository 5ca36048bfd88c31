use axum::http::{Request, Uri};
use ferrodesk::http::path_case::rewrite;
use proptest::prelude::*;

use super::holds;

/// An address as a client may spell it.
fn spelled() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        4 => "[a-zA-Z0-9]{1,8}",
        2 => Just("helpdesk".to_owned()),
        1 => Just("HelpDesk".to_owned()),
        1 => Just("api".to_owned()),
        1 => Just(".".to_owned()),
        1 => Just("..;".to_owned()),
        1 => Just("%2e%2E%2f%41".to_owned()),
        1 => "[a-zA-Z0-9._~!$&'()*+,;=:@%-]{0,6}".prop_filter("escapes", |text| !text.contains('%')),
        2 => Just(String::new()),
    ];
    let query = prop::option::of("[a-zA-Z0-9/=&+.]{0,12}");
    (prop::collection::vec(segment, 1..6), query).prop_map(|(segments, query)| {
        let query = query.map_or(String::new(), |query| format!("?{query}"));
        format!("/{}{query}", segments.join("/"))
    })
}

fn rewritten(uri: &Uri) -> Uri {
    let request = Request::builder().uri(uri.clone()).body(()).unwrap();
    rewrite(request).uri().clone()
}

/// The same in other words: segments in lower case, the empty ones and a first `helpdesk` left out.
fn expected(path: &str) -> String {
    let mut segments: Vec<String> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    if segments.first().is_some_and(|first| first == "helpdesk") {
        segments.remove(0);
    }
    format!("/{}", segments.join("/"))
}

#[test]
fn a_path_gets_one_spelling_and_keeps_its_query_and_its_escapes() {
    holds(&spelled(), |text| {
        let uri: Uri = text.parse().unwrap();
        let once = rewritten(&uri);
        prop_assert_eq!(once.path(), expected(uri.path()));
        prop_assert_eq!(once.query(), uri.query());
        let shouted = text.split('?').next().unwrap().to_ascii_uppercase();
        let shouted = rewritten(&shouted.parse().unwrap());
        prop_assert_eq!(shouted.path(), once.path());
        Ok(())
    });
}

#[test]
fn no_address_breaks_the_spelling() {
    let bytes = prop::collection::vec(0x21_u8..0x7f, 0..40);
    holds(&bytes, |bytes| {
        let text = format!("/{}", String::from_utf8(bytes).unwrap());
        if let Ok(uri) = text.parse::<Uri>() {
            let path = rewritten(&uri).path().to_owned();
            prop_assert!(path.starts_with('/'), "{}", path);
            prop_assert!(!path.contains("//"), "{}", path);
            prop_assert!(
                !path.bytes().any(|byte| byte.is_ascii_uppercase()),
                "{}",
                path
            );
        }
        Ok(())
    });
}
