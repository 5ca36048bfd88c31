mod harmless;
mod rights;

use reqwest::Method;
use serde_json::{Value, json};

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::call::Reply;
use crate::support::people::Person;

/// Category of a fresh installation.
const GENERAL: i32 = 1;

/// A picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

/// The three addresses of a file.
fn addresses(id: i32) -> [String; 3] {
    [
        format!("/api/Attachment?id={id}"),
        format!("/File/Get?id={id}"),
        format!("/helpdesk/File/Get/{id}"),
    ]
}

impl Person<'_> {
    async fn downloads(&self, id: i32) -> Reply {
        self.get("Attachment").param("id", id).await
    }

    /// A note for technicians with a file; the file's id.
    async fn notes_with_file(&self, ticket: i32, name: &str) -> i32 {
        let call = self
            .post("Comment")
            .param("id", ticket)
            .param("forTechsOnly", true);
        call.file("f", name, "secret").await.is_ok();
        self.newest_file(ticket).await
    }
}

fn disposition(reply: &Reply) -> String {
    reply.headers["content-disposition"]
        .to_str()
        .unwrap()
        .to_owned()
}

/// What keeps a browser from running anything in a file.
#[track_caller]
fn is_harmless(reply: &Reply) {
    assert_eq!(reply.headers["x-content-type-options"], "nosniff");
    assert_eq!(
        reply.headers["content-security-policy"],
        "sandbox; default-src 'none'"
    );
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_sent_under_all_its_addresses() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let bytes: Vec<u8> = (0..=255_u8).cycle().take(300_000).collect();
    let id = alice.attaches(ticket, "dump.txt", bytes.clone()).await;
    for address in addresses(id) {
        let reply = alice.call(Method::GET, &address).await.is_ok();
        assert_eq!(reply.headers["content-type"], "text/plain");
        assert_eq!(disposition(&reply), "attachment; filename=\"dump.txt\"");
        is_harmless(&reply);
        assert!(reply.bytes == bytes, "{address}");
    }
    let posted = alice.post("attachment").param("id", id).await.is_ok();
    assert!(posted.bytes == bytes);
    let in_path = alice.get(&format!("Attachment/{id}")).await.is_ok();
    assert!(in_path.bytes == bytes);
}

#[tokio::test]
async fn head_tells_the_size_and_sends_nothing() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let id = alice.attaches(ticket, "a.bin", vec![7; 4321]).await;
    for address in addresses(id) {
        let reply = alice.call(Method::HEAD, &address).await.is_ok();
        assert_eq!(reply.headers["content-length"], "4321");
        assert_eq!(reply.headers["content-type"], "application/octet-stream");
        assert_eq!(reply.bytes, b"");
    }
}

#[tokio::test]
async fn attach_file_writes_a_public_comment_with_the_file() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let ticket = alice.creates_a_ticket().await;
    let call = tech.post("AttachFile").param("id", ticket);
    call.file("uploadFile", "a.txt", "a")
        .file("other", "b.txt", "b")
        .await
        .is_done();
    let comments = alice
        .get("Comments")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    let comment = comments
        .as_array()
        .unwrap()
        .iter()
        .find(|comment| comment["UserName"] == "tech" && comment["IsSystem"] == false)
        .unwrap();
    assert_eq!(comment["ForTechsOnly"], false);
    for file in alice.files_of(ticket).await {
        assert_eq!(file["CommentID"], comment["CommentID"]);
        assert_eq!(file["CommentDate"], comment["CommentDate"]);
    }
    assert_eq!(
        app.count("select count(*) from tickets where updated_by_performer")
            .await,
        1
    );
}

#[tokio::test]
async fn attachments_look_like_the_documents_sample() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let ticket = alice.creates_a_ticket().await;
    assert_eq!(alice.files_of(ticket).await, Vec::<Value>::new());
    let id = alice.attaches(ticket, "icon.png", PNG).await;
    tech.notes_with_file(ticket, "note.txt").await;
    let files = tech.files_of(ticket).await;
    assert_is("[file]", &json!(files));
    assert_eq!(files[0]["FileID"], id);
    assert_eq!(files[0]["FileName"], "icon.png");
    assert_eq!(files[0]["FileSize"], PNG.len());
    assert_eq!(files[0]["IssueID"], ticket);
    assert_eq!(files[0]["UserID"], alice.id.0);
    assert_eq!(files[0]["ForTechsOnly"], false);
    assert_eq!(
        files[0]["Url"],
        format!("http://desk.test/File/Get?id={id}")
    );
    assert_eq!(files[0]["UrlRelative"], format!("/File/Get?id={id}"));
    assert_eq!(files[1]["ForTechsOnly"], true);
    let other_names = tech.get(&format!("attachments/{ticket}")).await.is_ok();
    assert_eq!(other_names.json(), json!(files));
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ticket = admin.creates_a_ticket().await;
    admin
        .post("AttachFile")
        .param("id", ticket)
        .await
        .is_bad("uploadFile");
    admin
        .post("AttachFile")
        .file("f", "a.txt", "a")
        .await
        .is_bad("id");
    admin
        .post("AttachFile")
        .param("id", "x")
        .file("f", "a.txt", "a")
        .await
        .is_bad("id");
    for method in ["Attachment", "DeleteFile", "Attachments"] {
        admin.get(method).await.is_bad("id");
        admin
            .get(method)
            .param("id", "undefined")
            .await
            .is_bad("id");
        for id in ["0", "-1", "2147483647"] {
            admin.get(method).param("id", id).await.is_not_found();
        }
        for id in ["2147483648", "1e3", "0x1", "1,2", "NaN"] {
            let status = admin.get(method).param("id", id).await.status.as_u16();
            assert!(matches!(status, 400 | 404), "{method} {id}: {status}");
        }
    }
    admin.call(Method::GET, "/File/Get").await.is_bad("id");
    assert_eq!(app.stored_files(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn files_may_be_empty_and_as_large_as_the_limit() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let limit = 1024 * 1024;
    let empty = alice.attaches(ticket, "empty.txt", "").await;
    assert_eq!(alice.downloads(empty).await.is_ok().bytes, b"");
    let full = alice.attaches(ticket, "full.bin", vec![1; limit]).await;
    assert_eq!(alice.downloads(full).await.is_ok().bytes.len(), limit);
    let call = alice.post("AttachFile").param("id", ticket);
    call.file("f", "big.bin", vec![1; limit + 1])
        .await
        .has_status(413);
    let six = (0..6).fold(
        alice.post("AttachFile").param("id", ticket),
        |call, number| call.file("f", &number.to_string(), "x"),
    );
    six.await.has_status(413);
    assert_eq!(app.count("select count(*) from attachments").await, 2);
    assert_eq!(app.stored_files().len(), 2);
}

#[tokio::test]
async fn an_upload_that_is_refused_leaves_nothing() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let bob = app.customer("bob").await;
    let ticket = alice.creates_a_ticket().await;
    bob.post("AttachFile")
        .param("id", ticket)
        .file("f", "a.txt", "a")
        .await
        .is_not_found();
    bob.post("AttachFile")
        .param("id", "")
        .file("f", "a.txt", "a")
        .await
        .is_bad("id");
    let cut_off =
        "--cut\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nhalf";
    let call = alice.post("AttachFile").query("id", ticket);
    call.body("multipart/form-data; boundary=cut", cut_off)
        .await
        .has_status(400);
    assert_eq!(app.count("select count(*) from comments").await, 0);
    assert_eq!(app.count("select count(*) from attachments").await, 0);
    assert_eq!(app.stored_files(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn head_deletes_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ticket = admin.creates_a_ticket().await;
    let id = admin.attaches(ticket, "a.txt", "a").await;
    admin
        .call(Method::HEAD, &format!("/api/DeleteFile/{id}"))
        .await
        .has_status(405);
    admin.downloads(id).await.is_ok();
}

#[tokio::test]
async fn a_file_whose_bytes_are_lost_is_gone_and_no_server_error() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let admin = app.admin().await;
    let ticket = alice.creates_a_ticket().await;
    let id = alice.attaches(ticket, "a.txt", "a").await;
    for path in app.stored_files() {
        std::fs::remove_file(path).unwrap();
    }
    for address in addresses(id) {
        alice.call(Method::GET, &address).await.is_not_found();
    }
    admin.get("DeleteFile").param("id", id).await.is_done();
}

#[tokio::test]
async fn files_of_a_new_ticket_hang_on_the_ticket_itself() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let call = alice.post("ticket").param("categoryId", 1);
    let call = call.param("subject", "test").param("body", "test");
    let call = call.file("uploadFile", "file.txt", "as in the document");
    let ticket = call.await.is_ok().number();
    let files = alice.files_of(ticket).await;
    assert_eq!(files.len(), 1);
    assert_is("{file}", &files[0]);
    assert_eq!(files[0]["CommentID"], 0);
    assert_eq!(files[0]["IssueID"], ticket);
    let shown = alice.get("Ticket").param("id", ticket).await.is_ok().json();
    assert_eq!(shown["Attachments"], json!(files));
    let file = alice.newest_file(ticket).await;
    let reply = alice.downloads(file).await.is_ok();
    assert_eq!(reply.bytes, b"as in the document");
    assert_eq!(app.count("select count(*) from comments").await, 0);
}
