use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::http::probe::Probe;

/// A multipart body with the boundary `b`: each part's header and content.
fn body(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = vec![];
    for (header, content) in parts {
        body.extend_from_slice(format!("--b\r\n{header}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    body
}

async fn post(probe: &Probe, content_type: &str, body: &[u8]) -> (u16, String) {
    probe
        .request("POST", "/files?id=5", content_type, body)
        .await
}

async fn accepted(probe: &Probe, parts: &[(&str, &[u8])]) -> Value {
    let (status, text) = post(probe, "multipart/form-data; boundary=b", &body(parts)).await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn files_and_texts_come_in_one_request() {
    let probe = Probe::start().await;
    let reply = accepted(
        &probe,
        &[
            ("Content-Disposition: form-data; name=\"subject\"", "grüße\r\n".as_bytes()),
            ("Content-Disposition: form-data; name=\"uploadFile\"; filename=\"a.txt\"\r\nContent-Type: text/plain", b"hello"),
            ("content-disposition: form-data; name=\"b.bin\"; filename=\"b.bin\"", b"\x00\r\n--x\r\n"),
            ("Content-Disposition: form-data; name=file; filename=c d.txt; filename*=utf-8''c%20%C3%BC.txt", b""),
        ],
    )
    .await;
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        (&reply["id"], &reply["subject"]),
        (&json!(5), &json!("grüße\r\n"))
    );
    assert_eq!(reply["files"][0], json!(["a.txt", 5, hello]));
    assert_eq!(reply["files"][1][0], "b.bin");
    assert_eq!(reply["files"][1][1], 8);
    assert_eq!(reply["files"][2], json!(["c ü.txt", 0, empty]));
}

#[tokio::test]
async fn oddities_of_clients_are_understood() {
    let probe = Probe::start().await;
    let text = |name: &str| {
        (
            format!("Content-Disposition: form-data; {name}"),
            b"7".to_vec(),
        )
    };
    for (header, content) in [
        text("name=subject"),
        text("name=\"subject\"\r\nContent-Type: text/plain; charset=utf-8"),
        text(
            "name=Subject\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary",
        ),
        text("NAME=\"SUBJECT\""),
        text("name = \"subject\" "),
        text("charset=utf-8; name=subject"),
    ] {
        let reply = accepted(&probe, &[(&header, &content)]).await;
        assert_eq!(reply["subject"], "7", "{header}");
    }
    let plain = body(&[("Content-Disposition: form-data; name=subject", b"7")]);
    for content_type in [
        "multipart/form-data; boundary=\"b\"",
        "multipart/form-data;boundary=b",
        "Multipart/Form-Data; charset=utf-8; Boundary=\"b\"; x=y",
    ] {
        let (status, text) = post(&probe, content_type, &plain).await;
        assert_eq!(
            (status, text.contains("\"subject\":\"7\"")),
            (200, true),
            "{content_type}: {text}"
        );
    }
    let with_preamble = [b"This is a multipart message.\r\n".as_slice(), &plain].concat();
    assert_eq!(
        post(&probe, "multipart/form-data; boundary=b", &with_preamble)
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn a_file_name_cannot_pass_for_a_parameter() {
    let probe = Probe::start().await;
    let reply = accepted(
        &probe,
        &[(
            "Content-Disposition: form-data; filename=\"x; name=subject; \\\"q\\\".txt\"; name=\"file\"",
            b"7",
        )],
    )
    .await;
    assert!(reply["subject"].is_null());
    assert_eq!(reply["files"][0][0], "x; name=subject; \"q\".txt");
}

#[tokio::test]
async fn a_file_field_that_nobody_filled_is_no_file() {
    let probe = Probe::start().await;
    let reply = accepted(
        &probe,
        &[(
            "Content-Disposition: form-data; name=\"f\"; filename=\"\"",
            b"",
        )],
    )
    .await;
    assert_eq!(reply["files"], json!([]));
    let reply = accepted(
        &probe,
        &[(
            "Content-Disposition: form-data; name=\"f\"; filename=\"\"",
            b"x",
        )],
    )
    .await;
    assert_eq!(reply["files"][0][0], "");
}

#[tokio::test]
async fn a_malformed_multipart_body_is_a_bad_request_and_leaves_no_file() {
    let probe = Probe::start().await;
    let good = body(&[(
        "Content-Disposition: form-data; name=f; filename=a.txt",
        b"hello",
    )]);
    for (content_type, body) in [
        ("multipart/form-data", good.clone()),
        ("multipart/form-data; boundary=", good.clone()),
        ("multipart/form-data; boundary=other", good.clone()),
        (
            "multipart/form-data; boundary=b",
            good[..good.len() - 6].to_vec(),
        ),
        ("multipart/form-data; boundary=b", good[..20].to_vec()),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nno header\r\n\r\nx\r\n--b--\r\n".to_vec(),
        ),
        (
            "multipart/form-data; boundary=b",
            body(&[("Content-Type: text/plain", b"nameless")]),
        ),
        (
            "multipart/form-data; boundary=b",
            b"no boundary at all".to_vec(),
        ),
        (
            "multipart/form-data; boundary=b",
            vec![b'x'; 3 * 1024 * 1024],
        ),
    ] {
        let (status, text) = post(&probe, content_type, &body).await;
        assert_eq!(status, 400, "{content_type}: {text}");
        assert!(text.contains("multipart"), "{text}");
    }
    assert_eq!(probe.files_on_disk(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn the_header_of_a_part_cannot_fill_the_memory() {
    let probe = Probe::start().await;
    let endless = format!(
        "--b\r\nContent-Disposition: form-data; name=f; filename={}",
        "x".repeat(4 * 1024 * 1024)
    );
    assert_eq!(
        post(
            &probe,
            "multipart/form-data; boundary=b",
            endless.as_bytes()
        )
        .await
        .0,
        400
    );
}

#[tokio::test]
async fn limits_hold_and_leave_no_file() {
    let probe = Probe::start_with(|settings| {
        settings.limits.attachment_bytes = 300_000;
        settings.limits.files_per_request = 2;
        settings.limits.body_bytes = 1_000;
    })
    .await;
    let file = "Content-Disposition: form-data; name=f; filename=a.txt";
    let subject = "Content-Disposition: form-data; name=subject";
    let (fits, exceeds) = (vec![b'x'; 300_000], vec![b'x'; 300_001]);
    assert_eq!(
        accepted(&probe, &[(file, &fits), (file, b"")]).await["files"][0][1],
        300_000
    );
    for (parts, limit) in [
        (vec![(file, exceeds.as_slice())], "300000 bytes"),
        (
            vec![(file, fits.as_slice()), (file, &exceeds)],
            "300000 bytes",
        ),
        (
            vec![(file, b"a".as_slice()), (file, b"b"), (file, b"c")],
            "2 files",
        ),
        (
            vec![(file, b"a".as_slice()), (subject, &fits[..1_001])],
            "1000 bytes",
        ),
    ] {
        for path in ["/files", "/everything"] {
            let (status, text) = probe
                .request(
                    "POST",
                    path,
                    "multipart/form-data; boundary=b",
                    body(&parts),
                )
                .await;
            assert_eq!(
                (status, text.contains(limit)),
                (413, true),
                "{path}: {text}"
            );
        }
    }
    assert_eq!(probe.files_on_disk(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn a_method_without_files_reads_over_them() {
    let probe = Probe::start().await;
    let parts = body(&[
        (
            "Content-Disposition: form-data; name=f; filename=a.txt",
            b"hello",
        ),
        ("Content-Disposition: form-data; name=id", b"7"),
    ]);
    let (status, text) = probe
        .request(
            "POST",
            "/everything",
            "multipart/form-data; boundary=b",
            parts,
        )
        .await;
    assert_eq!((status, text.contains("\"id\":7")), (200, true), "{text}");
    assert_eq!(probe.files_on_disk(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn a_stored_file_stays_once_it_is_kept_and_only_then() {
    let probe = Probe::start().await;
    let file = (
        "Content-Disposition: form-data; name=f; filename=../../x",
        b"hello".as_slice(),
    );
    let reply = accepted(&probe, &[file]).await;
    // As the client sent it: it names nothing on disk, and is cleaned when a row is made of it.
    assert_eq!(reply["files"][0][0], "../../x");
    assert_eq!(probe.files_on_disk(), Vec::<std::path::PathBuf>::new());
    accepted(
        &probe,
        &[
            file,
            ("Content-Disposition: form-data; name=subject", b"keep"),
        ],
    )
    .await;
    let files = probe.files_on_disk();
    assert_eq!(files.len(), 1);
    assert_eq!(std::fs::read(&files[0]).unwrap(), b"hello");
    assert_eq!(
        std::fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let key = files[0].file_name().unwrap().to_str().unwrap().to_owned();
    assert!(probe.app.state.storage.open(&key).await.unwrap().is_some());
    for strange in [
        "../../etc/passwd",
        "",
        "incoming",
        &key[1..],
        &key.to_uppercase().replace(char::is_numeric, "G"),
    ] {
        assert!(
            probe
                .app
                .state
                .storage
                .open(strange)
                .await
                .unwrap()
                .is_none(),
            "{strange}"
        );
    }
    probe.app.state.storage.remove(&key).await.unwrap();
    probe.app.state.storage.remove(&key).await.unwrap();
    assert!(probe.app.state.storage.open(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_no_file() {
    use tokio::io::AsyncWriteExt;
    let probe = Probe::start().await;
    let mut stream = tokio::net::TcpStream::connect(probe.address).await.unwrap();
    let head = "POST /files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 900000\r\n\r\n\
                --b\r\nContent-Disposition: form-data; name=f; filename=a.bin\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'x'; 600_000]).await.unwrap();
    let until = async |wanted: usize| {
        while probe.files_on_disk().len() != wanted {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let patience = std::time::Duration::from_secs(10);
    tokio::time::timeout(patience, until(1))
        .await
        .expect("the upload begins");
    drop(stream);
    tokio::time::timeout(patience, until(0))
        .await
        .expect("its file goes");
}
