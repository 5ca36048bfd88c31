//! What the mail says.

use serde_json::json;

use super::{desk, letters};
use crate::support::TestApp;
use ferrodesk::domain::ids::TicketId;
use ferrodesk::domain::language::Language;
use ferrodesk::domain::mail_templates::{self, TemplateName};
use ferrodesk::domain::masks::{Audience, Values};

#[tokio::test]
async fn every_template_is_filled_in_every_language() {
    let app = desk().await;
    let ann = app.customer("ann").await;
    let ticket = ann
        .opens("Printer & <b>more</b>", "<p>It <b>burns</b></p>")
        .await;
    let context = app.state.context();
    let mut tx = app.state.db.begin().await.unwrap();
    for language in Language::ALL {
        for name in TemplateName::ALL {
            let mut values =
                Values::load(&mut tx, &context.app_url, TicketId(ticket), Audience::Staff)
                    .await
                    .unwrap()
                    .in_language(language)
                    .telling("Something happened", "Tess", "Ann");
            let source = mail_templates::find(&mut tx, &context, name, language, None)
                .await
                .unwrap();
            let made =
                mail_templates::render(&mut tx, &context, &source, language, &mut values, "")
                    .await
                    .unwrap();
            let what = format!("{language:?} {name:?}");
            assert!(
                !made.subject.is_empty() && !made.text.trim().is_empty(),
                "{what}"
            );
            for text in [&made.subject, &made.text, &made.html] {
                let rest = text
                    .replace(&format!("[#{ticket}]"), "")
                    .replace("#ccc", "");
                assert!(!rest.contains('#'), "{what}: {text}");
            }
            assert!(
                made.text.contains("http://desk.test/Ticket/"),
                "{what}: {}",
                made.text
            );
            assert!(
                made.html
                    .contains(&format!("<html lang=\"{}\">", language.tag())),
                "{what}"
            );
            assert!(
                !made.html.contains("Printer & <b>"),
                "{what}: {}",
                made.html
            );
        }
    }
}

#[tokio::test]
async fn mail_is_in_the_language_of_its_reader() {
    let app = desk().await;
    for (name, lang) in [
        ("doris", "de-AT"),
        ("fanny", "fr"),
        ("ivan", "ru"),
        ("kim", "ko"),
    ] {
        app.technician(name, &[1]).await;
        sqlx::query("update users set lang = $2 where username = $1")
            .bind(name)
            .bind(lang)
            .execute(&mut app.database.connect().await)
            .await
            .unwrap();
    }
    app.admin().await.opens("Printer", "It burns").await;
    let written = letters(&app).await;
    for (to, language, phrase) in [
        ("doris@desk.test", "de", "hat ein neues Ticket"),
        ("fanny@desk.test", "fr", "a ouvert un nouveau ticket"),
        ("ivan@desk.test", "ru", "новую заявку"),
        ("kim@desk.test", "en", "has opened a new ticket"),
    ] {
        let letter = written.iter().find(|letter| letter.to == to).unwrap();
        assert_eq!(letter.language, language);
        assert!(letter.text.contains(phrase), "{}", letter.text);
        assert!(letter.text.contains("It burns") && letter.html.contains("It burns"));
    }
}

#[tokio::test]
async fn a_stored_template_goes_over_the_programs_and_that_of_the_category_over_both() {
    let app = desk().await;
    let admin = app.admin().await;
    app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let subject = async |app: &TestApp| {
        ann.opens("Printer", "It burns").await;
        let written = letters(app).await;
        let found = written
            .into_iter()
            .find(|letter| letter.kind == "new_ticket");
        found.unwrap().subject
    };
    assert!(subject(&app).await.ends_with("Printer"));
    let draft = |category: Option<i32>, subject: &str| json!({"name": "new_ticket", "language": "en", "category_id": category, "subject": subject, "text": "#body#"});
    let desk_wide = admin
        .makes("mail_templates", draft(None, "Desk: #SUBJECT#"))
        .await;
    assert!(subject(&app).await.ends_with("Desk: Printer"));
    let own = admin.makes("mail_templates", draft(Some(1), "Own")).await;
    assert!(subject(&app).await.ends_with("] Own"));
    admin
        .v2("POST", "mail_templates")
        .json(&draft(Some(1), "Again"))
        .await
        .has_status(409);
    admin
        .v2("POST", "mail_templates")
        .json(&draft(Some(999), "x"))
        .await
        .has_status(400);
    for id in [own, desk_wide] {
        admin
            .v2("DELETE", &format!("mail_templates/{id}"))
            .await
            .has_status(204);
    }
    assert!(subject(&app).await.ends_with("Printer"));
}

#[tokio::test]
async fn a_template_with_a_wrong_mask_is_not_saved() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (part, value) in [
        ("subject", "#subjct#"),
        ("text", "Hi #fristName#"),
        ("html", "<p>#bdy#</p>"),
    ] {
        let mut draft = json!({"name": "note", "language": "de", "subject": "x", "text": "x"});
        draft[part] = value.into();
        let refused = admin
            .v2("POST", "mail_templates")
            .json(&draft)
            .await
            .has_status(400);
        let text = refused.text();
        let mask = value.split('#').nth(1).unwrap();
        assert!(
            text.contains(part) && text.contains(&format!("#{mask}#")),
            "{text}"
        );
    }
    assert_eq!(app.count("select count(*) from mail_templates").await, 0);
}

#[tokio::test]
async fn mail_of_a_category_comes_from_its_own_address() {
    let app = desk().await;
    app.sql("update categories set from_address = 'help@desk.test' where id = 1")
        .await;
    app.customer("ann").await.opens("Printer", "It burns").await;
    assert_eq!(
        letters(&app).await[0].from.as_deref(),
        Some("help@desk.test")
    );
}

#[tokio::test]
async fn files_go_along_as_long_as_they_are_small_enough() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let ticket = ann.opens("Printer", "It burns").await;
    letters(&app).await;
    let reply = || {
        tess.post("comment")
            .param("id", ticket)
            .param("body", "See the picture")
            .file("file", "a<b>.txt", "bytes")
    };
    reply().await.is_ok();
    let along = letters(&app).await.remove(0);
    assert_eq!(along.files, 1);
    assert!(!along.text.contains("/File/Get"));
    reply().await.is_ok();
    app.sql("update attachments set size = 11 * 1024 * 1024")
        .await;
    let linked = letters(&app).await.remove(0);
    assert_eq!(linked.files, 0);
    assert!(
        linked.text.contains("http://desk.test/File/Get?id="),
        "{}",
        linked.text
    );
    assert!(
        linked.html.contains("http://desk.test/File/Get?id="),
        "{}",
        linked.html
    );
}

#[tokio::test]
async fn the_operators_files_go_over_the_programs_templates_and_a_wrong_mask_refuses_to_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("en")).unwrap();
    let file = folder.path().join("en/new_ticket.txt");
    std::fs::write(&file, "Subject: Mine: #subject#\n\n#body#\n").unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    let templates = ferrodesk::mail::templates::load(&path).unwrap();
    let source = templates
        .get(TemplateName::NewTicket, Language::En)
        .unwrap();
    assert_eq!(source.subject, "Mine: #subject#");
    let others = templates
        .get(TemplateName::NewTicket, Language::De)
        .unwrap();
    assert!(others.text.contains("neues Ticket"));
    std::fs::write(&file, "Subject: Mine\n\n#boddy#\n").unwrap();
    let error = format!("{:#}", ferrodesk::mail::templates::load(&path).unwrap_err());
    assert!(
        error.contains("new_ticket.txt") && error.contains("#boddy#"),
        "{error}"
    );
}
