use reqwest::Method;

use super::{PNG, addresses, disposition, is_harmless};
use crate::support::TestApp;
use crate::support::people::Person;

#[tokio::test]
async fn active_files_are_saved_and_never_shown() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let octets = "application/octet-stream";
    let files: [(&str, &[u8], &str); 15] = [
        ("a.svg", svg.as_bytes(), octets),
        ("a.svgz", b"\x1f\x8b", octets),
        ("a.html", b"<script>alert(1)</script>", octets),
        ("a.HTM", b"<script>alert(1)</script>", octets),
        (
            "a.xhtml",
            b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
            octets,
        ),
        ("a.xml", b"<?xml-stylesheet href='x.xsl'?><a/>", octets),
        ("a.mht", b"MIME-Version: 1.0", octets),
        ("a.swf", b"CWS", octets),
        ("a.js", b"GIF89a/*\0*/=alert(1)", octets),
        ("a.exe", b"MZ", octets),
        ("noending", b"<script>alert(1)</script>", octets),
        ("a.png", b"<script>alert(1)</script>", octets),
        ("a.gif", svg.as_bytes(), octets),
        (
            "a.pdf",
            b"%PDF-1.7 /OpenAction << /S /JavaScript >>",
            "application/pdf",
        ),
        ("a.txt", b"<script>alert(1)</script>", "text/plain"),
    ];
    for (name, bytes, media_type) in files {
        let id = alice.attaches(ticket, name, bytes).await;
        for address in addresses(id) {
            let reply = alice.call(Method::GET, &address).await.is_ok();
            assert_eq!(
                disposition(&reply),
                format!("attachment; filename=\"{name}\"")
            );
            assert_eq!(reply.headers["content-type"], media_type, "{name}");
            is_harmless(&reply);
            assert_eq!(reply.bytes, bytes);
        }
    }
}

#[tokio::test]
async fn pictures_with_the_bytes_of_their_type_are_shown_by_their_link() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let pictures: [(&str, &[u8], &str); 4] = [
        ("a.png", PNG, "image/png"),
        ("a.JPG", b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        ("a.gif", b"GIF89a\x01\0\x01\0\0\0\0;", "image/gif"),
        ("a.webp", b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0", "image/webp"),
    ];
    for (name, bytes, media_type) in pictures {
        let id = alice.attaches(ticket, name, bytes).await;
        let [download, link, _] = addresses(id);
        let shown = alice.call(Method::GET, &link).await.is_ok();
        assert_eq!(disposition(&shown), format!("inline; filename=\"{name}\""));
        assert_eq!(shown.headers["content-type"], media_type);
        is_harmless(&shown);
        let saved = alice.call(Method::GET, &download).await.is_ok();
        assert_eq!(
            disposition(&saved),
            format!("attachment; filename=\"{name}\"")
        );
        assert_eq!(saved.headers["content-type"], media_type);
    }
}

#[tokio::test]
async fn what_the_client_says_of_a_files_type_is_not_believed() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    for said in [
        "text/html; x=\"><script>",
        "text/html",
        "image/svg+xml",
        "\"",
        "",
    ] {
        let body = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.weird\"\r\nContent-Type: {said}\r\n\r\n<b>\r\n--cut--\r\n"
        );
        let call = alice.post(&format!("AttachFile/{ticket}"));
        call.body("multipart/form-data; boundary=cut", body)
            .await
            .is_done();
        let id = alice.newest_file(ticket).await;
        let reply = alice
            .call(Method::GET, &format!("/File/Get/{id}"))
            .await
            .is_ok();
        assert_eq!(
            reply.headers["content-type"], "application/octet-stream",
            "{said}"
        );
        assert!(disposition(&reply).starts_with("attachment;"));
        let stored = app.count(
            "select count(*) from attachments where content_type <> 'application/octet-stream'",
        );
        assert_eq!(stored.await, 0);
    }
}

/// A name, percent-encoded, as the client sends it, and what is kept of it.
const NAMES: [(&str, &str); 12] = [
    ("..%2F..%2Fetc%2Fpasswd", "passwd"),
    ("..%5C..%5Cx", "x"),
    ("%2Fetc%2Fpasswd", "passwd"),
    ("C:%5Cx", "x"),
    ("a%00b.txt", "ab.txt"),
    ("CON", "_CON"),
    ("%E2%80%AEgnp.exe", "gnp.exe"),
    ("%E2%80%8B.htaccess", ".htaccess"),
    ("%22%0D%0ASet-Cookie:%20a=1", "\"Set-Cookie: a=1"),
    ("...", "file"),
    ("%E2%80%8B", "file"),
    ("r%C3%A9sum%C3%A9%20%E6%BC%A2.txt", "résumé 漢.txt"),
];

impl Person<'_> {
    /// Sends a file with the name in RFC 8187's form; what the server calls it.
    async fn sends_named(&self, ticket: i32, encoded: &str) -> String {
        let body = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"f\"; filename*=UTF-8''{encoded}\r\n\r\nbytes\r\n--cut--\r\n"
        );
        let call = self.post("AttachFile").query("id", ticket);
        let call = call.body("multipart/form-data; boundary=cut", body);
        call.await.is_done();
        let files = self.files_of(ticket).await;
        files.last().unwrap()["FileName"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

#[tokio::test]
async fn file_names_are_harmless_and_name_nothing_on_the_disk() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    for (sent, kept) in NAMES {
        assert_eq!(alice.sends_named(ticket, sent).await, kept);
        let reply = alice.downloads(alice.newest_file(ticket).await).await;
        let reply = reply.is_ok();
        assert_eq!(reply.bytes, b"bytes");
        assert!(reply.headers.get("set-cookie").is_none());
        let header = disposition(&reply);
        assert!(header.starts_with("attachment; filename=\""), "{header}");
        assert!(
            header.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
            "{header}"
        );
    }
    let long = alice
        .sends_named(ticket, &format!("{}.pdf", "x".repeat(4096)))
        .await;
    assert_eq!(long, format!("{}.pdf", "x".repeat(196)));
    let stored = app.stored_files();
    assert_eq!(stored.len(), NAMES.len() + 1);
    for path in stored {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'-'),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_name_beyond_ascii_is_sent_in_both_forms() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let id = alice.attaches(ticket, "résumé 漢.txt", "x").await;
    let expected =
        "attachment; filename=\"r_sum_ _.txt\"; filename*=UTF-8''r%C3%A9sum%C3%A9%20%E6%BC%A2.txt";
    assert_eq!(disposition(&alice.downloads(id).await), expected);
}
