use serde_json::json;

use crate::http::probe::Probe;

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_json_body_counts_on_get_too_and_may_be_empty() {
    let probe = Probe::start().await;
    for (verb, body, id) in [
        ("POST", r#"{"id":7}"#, json!(7)),
        ("GET", r#"{"ID":"7"}"#, json!(7)),
        ("GET", "\u{feff}{\"id\":7}", json!(7)),
        ("GET", "", json!(null)),
        ("POST", "", json!(null)),
        ("POST", " \r\n ", json!(null)),
        ("POST", "null", json!(null)),
        ("POST", "{}", json!(null)),
        ("POST", "[]", json!(null)),
        ("POST", r#"{"id":null}"#, json!(null)),
    ] {
        for content_type in [
            "application/json",
            "application/json; charset=utf-8",
            "text/json",
            "Application/JSON",
        ] {
            let (status, text) = probe.request(verb, "/everything", content_type, body).await;
            assert_eq!(status, 200, "{verb} {body}: {text}");
            let reply: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(reply["id"], id, "{verb} {body}");
        }
    }
}

#[tokio::test]
async fn custom_fields_come_as_an_object_or_as_a_string() {
    let probe = Probe::start().await;
    let text = r#"{"12":"a","13":[1,2],"14":{"x":null}}"#;
    let object = probe.json(&format!(r#"{{"customFields":{text}}}"#)).await;
    let string = probe
        .json(&json!({ "customFields": text }).to_string())
        .await;
    assert_eq!(object["customFields"], text);
    assert_eq!(string["customFields"], text);
}

#[tokio::test]
async fn malformed_json_is_a_bad_request_with_a_text() {
    let probe = Probe::start().await;
    for body in [
        "{",
        "{\"id\":}",
        "[1]",
        "7",
        "\"x\"",
        "true",
        "{\"id\":1}x",
        "\u{0}",
    ] {
        let (status, text) = probe
            .request("POST", "/everything", "application/json", body)
            .await;
        assert_eq!(status, 400, "{body}: {text}");
        assert!(text.starts_with("The body is not a JSON object"), "{text}");
    }
    let (status, _) = probe
        .request(
            "POST",
            "/everything",
            "application/json",
            [b"{\"id\":\"\xff\"}".as_slice()].concat(),
        )
        .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn json_may_not_nest_deeply_nor_hold_endless_arrays() {
    let probe = Probe::start().await;
    let deep = format!(
        "{{\"customFields\":{}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    assert_eq!(
        probe
            .request("POST", "/everything", "application/json", deep)
            .await
            .0,
        400
    );
    let long = format!("{{\"statusId\":[{}1]}}", "1,".repeat(200_000));
    assert_eq!(
        probe
            .request("POST", "/everything", "application/json", long)
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn a_chunked_body_is_read() {
    let probe = Probe::start().await;
    let answer = probe
        .raw(
            b"POST /everything HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
              4\r\n{\"id\r\n4\r\n\":7}\r\n0\r\n\r\n",
        )
        .await;
    assert_eq!(
        (answer.0, answer.1.contains("\"id\":7")),
        (200, true),
        "{answer:?}"
    );
    let answer = probe
        .raw(b"POST /everything?id=7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        .await;
    assert_eq!(
        (answer.0, answer.1.contains("\"id\":7")),
        (200, true),
        "{answer:?}"
    );
    let answer = probe
        .raw(b"POST /everything HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n")
        .await;
    assert_eq!(answer.0, 400, "{answer:?}");
}

#[tokio::test]
async fn a_post_without_body_and_content_type_takes_the_query() {
    let probe = Probe::start().await;
    let (status, text) = probe.request("POST", "/everything?id=7", "", "").await;
    assert_eq!((status, text.contains("\"id\":7")), (200, true), "{text}");
    for content_type in [
        FORM,
        "multipart/form-data; boundary=x",
        "text/xml",
        "application/json",
    ] {
        let (status, text) = probe
            .request("POST", "/everything?id=7", content_type, "")
            .await;
        assert_eq!(
            (status, text.contains("\"id\":7")),
            (200, true),
            "{content_type}: {text}"
        );
    }
}

#[tokio::test]
async fn a_body_without_content_type_shows_what_it_is() {
    let probe = Probe::start().await;
    for body in [
        "id=7&subject=a+b",
        r#"{"id":7,"subject":"a b"}"#,
        "id=7&subject=a%20b",
    ] {
        for content_type in ["", "text/plain; charset=utf-8"] {
            let (status, text) = probe
                .request("POST", "/everything", content_type, body)
                .await;
            assert_eq!(status, 200, "{body}: {text}");
            assert!(text.contains(r#""subject":"a b""#), "{body}: {text}");
        }
    }
    for (content_type, body) in [
        ("", "what is this"),
        ("text/xml", "<id>7</id>"),
        ("application/pdf", "x=1"),
    ] {
        let (status, text) = probe
            .request("POST", "/everything", content_type, body)
            .await;
        assert_eq!(status, 415, "{body}: {text}");
        assert!(!text.is_empty());
    }
}

#[tokio::test]
async fn forms_are_decoded() {
    let probe = Probe::start().await;
    let (_, text) = probe
        .request(
            "POST",
            "/everything",
            &format!("{FORM}; charset=UTF-8"),
            "subject=%C3%BC+%26+%3D%2B&ID=7",
        )
        .await;
    assert!(
        text.contains(r#""subject":"ü & =+""#) && text.contains("\"id\":7"),
        "{text}"
    );
    let (status, _) = probe
        .request("POST", "/everything", FORM, "subject=%ff%zz%&&&==")
        .await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_packed_body_is_refused() {
    let probe = Probe::start().await;
    for encoding in ["gzip", "deflate", "br", "identity, gzip"] {
        let request = format!(
            "POST /everything HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Encoding: {encoding}\r\nContent-Length: 4\r\n\r\nid=7"
        );
        assert_eq!(probe.raw(request.as_bytes()).await.0, 415, "{encoding}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_the_limit() {
    let probe = Probe::start_with(|settings| settings.limits.body_bytes = 1_000).await;
    let body = |length: usize| format!("subject={}", "x".repeat(length - 8));
    assert_eq!(
        probe
            .request("POST", "/everything", FORM, body(1_000))
            .await
            .0,
        200
    );
    let (status, text) = probe
        .request("POST", "/everything", FORM, body(1_001))
        .await;
    assert_eq!((status, text.contains("1000 bytes")), (413, true), "{text}");
    let chunked = format!(
        "POST /everything HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n\
         3e9\r\n{}\r\n0\r\n\r\n",
        body(1_001)
    );
    assert_eq!(probe.raw(chunked.as_bytes()).await.0, 413);
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let probe = Probe::start().await;
    let mut stream = tokio::net::TcpStream::connect(probe.address).await.unwrap();
    let head = "POST /everything HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut buffer = [0; 1024];
    // The server asks for the body when it begins to wait for it.
    let length = stream.read(&mut buffer).await.unwrap();
    assert!(buffer[..length].starts_with(b"HTTP/1.1 100"));
    stream.write_all(b"id=7").await.unwrap();
    let began = std::time::Instant::now();
    let length = stream.read(&mut buffer).await.unwrap();
    assert!(buffer[..length].starts_with(b"HTTP/1.1 408"));
    assert!((29..40).contains(&began.elapsed().as_secs()));
}

#[tokio::test]
async fn a_client_that_still_sends_gets_to_read_why_it_is_refused() {
    let probe = Probe::start().await;
    let reply = probe
        .app
        .client
        .post(format!("http://{}/everything", probe.address))
        .header("content-type", FORM)
        .body(vec![b'x'; 20 * 1024 * 1024])
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), 413);
    assert!(reply.text().await.unwrap().contains("524288 bytes"));
}
