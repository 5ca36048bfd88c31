use serde_json::{Value, json};

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

impl<'a> Person<'a> {
    /// A call that writes an article.
    pub(super) fn writes_an_article(&self, subject: &str, body: &str) -> Call<'a> {
        let call = self.post("article").param("categoryId", 1);
        call.param("subject", subject).param("body", body)
    }
}

const BODY: &str =
    "Line one\r\n\r\n[b]Subtitle[/b] <script>alert(1)</script> 1 < 2 &amp; \u{1f600}";

#[tokio::test]
async fn an_article_is_kept_as_it_was_sent() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    let reply = tess
        .writes_an_article(" How\r\nto  print ", BODY)
        .await
        .is_ok();
    let id = reply.number();
    assert_eq!(reply.text(), id.to_string());
    let article = app
        .customer("ann")
        .await
        .get(&format!("Article/{id}"))
        .await
        .is_ok()
        .json();
    assert_eq!(article["Body"], BODY);
    assert_eq!(article["Subject"], "How to print");
    assert_eq!(article["ForTechsOnly"], false);
    assert_eq!(
        (&article["CategoryID"], &article["CategoryName"]),
        (&json!(1), &json!("General issues"))
    );
    assert_eq!(
        (&article["LastUpdated"], &article["Attachments"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(
        app.count("select user_id::bigint from articles").await,
        i64::from(tess.id.0)
    );
    let recorded =
        "select count(*) from outbox where event = 'article.created' and ticket_id is null
        and payload = jsonb_build_object('articleId', (select id from articles))";
    assert_eq!(app.count(recorded).await, 1);
}

#[tokio::test]
async fn an_article_for_technicians_is_asked_for_in_plain_words() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ann = app.customer("ann").await;
    for (value, expected) in [
        ("true", true),
        ("True", true),
        ("1", true),
        ("false", false),
        ("0", false),
        ("", false),
    ] {
        let call = admin
            .writes_an_article("s", "b")
            .param("forTechsOnly", value);
        let id = call.await.is_ok().number();
        let article = admin.get(&format!("Article/{id}")).await.is_ok().json();
        assert_eq!(article["ForTechsOnly"], expected, "{value}");
        let seen = ann.get(&format!("Article/{id}")).await.status;
        assert_eq!(seen, if expected { 404 } else { 200 });
    }
    let written = app.count("select count(*) from articles").await;
    for value in ["yes", "2", "tru", "null"] {
        let call = admin
            .writes_an_article("s", "b")
            .param("forTechsOnly", value);
        call.await.is_bad("forTechsOnly");
    }
    let json = json!({ "categoryId": 1, "subject": "s", "body": "b", "forTechsOnly": true });
    let id = admin.post("Article").json(&json).await.is_ok().number();
    ann.get(&format!("Article/{id}")).await.is_not_found();
    assert_eq!(
        app.count("select count(*) from articles").await,
        written + 1
    );
}

#[tokio::test]
async fn articles_are_written_by_staff_of_their_category() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    app.sql("insert into categories (id, name, for_techs_only) values (11, 'Staff', true)")
        .await;
    for person in [&cast.owner, &cast.manager, &cast.elsewhere] {
        // Which categories there are is not told.
        let mut told = vec![];
        for category in [1, 11, 999_999] {
            let call = person.post("Article").param("categoryId", category);
            let call = call.param("subject", "s").param("body", "b");
            told.push(call.file("f", "a.txt", "a").await.is_forbidden().text());
        }
        assert!(told.iter().all(|text| *text == told[0]));
    }
    let call = app.anonymous().writes_an_article("s", "b");
    call.file("f", "a.txt", "a").await.is_unauthorized();
    assert_eq!(app.count("select count(*) from articles").await, 0);
    assert_eq!(app.files_on_disk(), 0);
    cast.tech.writes_an_article("s", "b").await.is_ok();
    cast.admin.writes_an_article("s", "b").await.is_ok();
}

#[tokio::test]
async fn wrong_parameters_make_no_article() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql(
        "insert into categories (id, name, disabled, kb_only) values (12, 'Gone', true, false), (13, 'Articles', false, true)",
    )
    .await;
    let call = |category: &str, subject: &str, body: &str| {
        let call = admin.post("Article").param("categoryId", category);
        call.param("subject", subject).param("body", body)
    };
    for (category, subject, body, parameter) in [
        ("", "s", "b", "categoryId"),
        ("x", "s", "b", "categoryId"),
        ("12", "s", "b", "categoryId"),
        ("1", "", "b", "subject"),
        ("1", " \r\n ", "b", "subject"),
        ("1", "a\u{7}b", "b", "subject"),
        ("1", &"x".repeat(1001), "b", "subject"),
        ("1", "s", "", "body"),
        ("1", "s", " \r\n", "body"),
    ] {
        call(category, subject, body).await.is_bad(parameter);
    }
    call("999999", "s", "b").await.is_not_found();
    for missing in ["categoryId", "subject", "body"] {
        let given = [("categoryId", "1"), ("subject", "s"), ("body", "b")];
        let given = given.iter().filter(|(name, _)| *name != missing);
        let call = given.fold(admin.post("Article"), |call, (name, value)| {
            call.param(name, value)
        });
        call.await.is_bad(missing);
    }
    assert_eq!(app.count("select count(*) from articles").await, 0);
    call("13", "s", "b").await.is_ok();
}

#[tokio::test]
async fn parameters_that_the_document_does_not_have_change_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let bob = app.customer("bob").await;
    let call = admin
        .writes_an_article("s", "b")
        .param("userId", bob.id)
        .param("tags", "x");
    let id = call
        .param("dateCreated", "2001-01-01")
        .param("articleId", 77)
        .param("id", 78)
        .await
        .is_ok()
        .number();
    assert!(id != 77 && id != 78);
    let article = admin.get(&format!("Article/{id}")).await.is_ok().json();
    assert_eq!(article["Tags"], json!([]));
    assert!(!article["DateCreated"].as_str().unwrap().starts_with("2001"));
    assert_eq!(
        app.count("select user_id::bigint from articles").await,
        i64::from(admin.id.0)
    );
    // By GET the same name reads.
    let reading = admin.get("Article").param("id", id).param("categoryId", 1);
    reading
        .param("subject", "t")
        .param("body", "c")
        .await
        .is_ok();
    assert_eq!(app.count("select count(*) from articles").await, 1);
}

#[tokio::test]
async fn files_come_with_the_article_and_are_read_by_whoever_reads_it() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let call = tess
        .writes_an_article("s", "b")
        .file("uploadFile", "plan.pdf", "pdf");
    let id = call
        .file("file2", "../a<b>.txt", "text")
        .await
        .is_ok()
        .number();
    let call = tess.writes_an_article("s", "b").param("forTechsOnly", true);
    let note = call
        .file("f", "secret.txt", "secret")
        .await
        .is_ok()
        .number();

    let article = ann.get(&format!("Article/{id}")).await.is_ok().json();
    let files = article["Attachments"].as_array().unwrap();
    let names: Vec<&Value> = files.iter().map(|file| &file["FileName"]).collect();
    assert_eq!(names, ["plan.pdf", "a<b>.txt"]);
    assert_is("{article}", &article);
    assert_eq!(
        (&files[0]["FileSize"], &files[0]["UserID"]),
        (&json!(3), &json!(tess.id.0))
    );
    assert_eq!(files[0]["IssueID"], Value::Null);
    let file = files[0]["FileID"].as_i64().unwrap();
    assert_eq!(
        ann.get("Attachment").param("id", file).await.is_ok().text(),
        "pdf"
    );

    let article = tess.get(&format!("Article/{note}")).await.is_ok().json();
    let secret = article["Attachments"][0]["FileID"].as_i64().unwrap();
    tess.get("Attachment").param("id", secret).await.is_ok();
    ann.get("Attachment")
        .param("id", secret)
        .await
        .is_not_found();

    app.sql("update attachments set hidden_from_kb = true where file_name = 'plan.pdf'")
        .await;
    let article = ann.get(&format!("Article/{id}")).await.is_ok().json();
    assert_eq!(article["Attachments"].as_array().unwrap().len(), 1);
    // The list has no files, as in the document's sample.
    let list = ann.get("Articles").await.is_ok().json();
    assert_eq!(list["Articles"][0]["Attachments"], json!([]));
}

#[tokio::test]
async fn an_article_that_fails_leaves_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    // A file over the limit, more files than allowed, a wrong parameter after good files.
    let too_long = vec![b'x'; 1024 * 1024 + 1];
    let call = admin.writes_an_article("s", "b").file("a", "a.txt", "a");
    call.file("b", "b.txt", too_long).await.has_status(413);
    let call = (0..6).fold(admin.writes_an_article("s", "b"), |call, number| {
        call.file("f", &format!("{number}.txt"), "x")
    });
    call.await.has_status(413);
    let call = admin
        .writes_an_article("s", "b")
        .param("forTechsOnly", "perhaps");
    call.file("a", "a.txt", "a").await.is_bad("forTechsOnly");
    let call = admin
        .post("Article")
        .param("categoryId", 999_999)
        .param("subject", "s");
    call.param("body", "b")
        .file("a", "a.txt", "a")
        .await
        .is_not_found();
    for table in ["articles", "attachments", "outbox"] {
        let rows: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
                .fetch_one(&mut app.database.connect().await)
                .await
                .unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    assert_eq!(app.files_on_disk(), 0);
}
