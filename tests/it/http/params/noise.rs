//! Generated input: the extractor answers, and never with a 500.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::http::probe::Probe;

const CASES: u32 = 100;

/// Inputs that come near to something.
fn bodies() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name = prop_oneof![
        "[a-z_\\[\\]0-9]{0,8}",
        Just("statusId[]".to_owned()),
        Just("dateFrom".to_owned()),
        Just("id".to_owned())
    ];
    let value = prop_oneof![
        "\\PC{0,12}",
        "[0-9,.:TZ+ -]{0,24}",
        "(true|false|null|\\[1,2\\]|\\{\\})"
    ];
    let form = prop::collection::vec((name.clone(), value.clone()), 0..6).prop_map(|pairs| {
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (
            "application/x-www-form-urlencoded".to_owned(),
            pairs.join("&").into_bytes(),
        )
    });
    let json = prop::collection::vec((name.clone(), value.clone()), 0..6).prop_map(|pairs| {
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(name, value)| format!("{name:?}:{value}"))
            .collect();
        (
            "application/json".to_owned(),
            format!("{{{}}}", pairs.join(",")).into_bytes(),
        )
    });
    let parts = prop::collection::vec((name, "[;=\" a-z\\\\*']{0,20}", value), 0..4).prop_map(|parts| {
        let parts: Vec<String> = parts
            .into_iter()
            .map(|(name, more, value)| format!("--b\r\nContent-Disposition: form-data; name={name}; {more}\r\n\r\n{value}\r\n"))
            .collect();
        ("multipart/form-data; boundary=b".to_owned(), format!("{}--b--", parts.concat()).into_bytes())
    });
    let noise = (
        prop_oneof![
            Just(""),
            Just("application/json"),
            Just("multipart/form-data; boundary=b"),
            Just("text/plain")
        ],
        prop::collection::vec(any::<u8>(), 0..64),
    )
        .prop_map(|(content_type, bytes)| (content_type.to_owned(), bytes));
    prop_oneof![form, json, parts, noise]
}

#[tokio::test]
async fn no_input_breaks_the_extractor() {
    let probe = Probe::start().await;
    let mut runner = TestRunner::new(Config::with_cases(CASES));
    let inputs = bodies();
    for _ in 0..CASES {
        let (content_type, body) = inputs.new_tree(&mut runner).unwrap().current();
        for path in ["/everything", "/files", "/bag"] {
            let (status, text) = probe.request("POST", path, &content_type, &body).await;
            assert!(
                matches!(status, 200 | 400 | 413 | 415),
                "{status} {path} {content_type} {:?}: {text}",
                String::from_utf8_lossy(&body)
            );
        }
    }
}
