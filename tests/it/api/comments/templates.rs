use crate::contract::shape::assert_is;
use crate::support::TestApp;

#[tokio::test]
async fn templates_look_like_the_documents_sample_with_their_group() {
    let app = TestApp::start().await;
    let tech = app.technician("tech", &[super::GENERAL]).await;
    let reply = tech.get("CommentTemplates").await.is_ok();
    assert_eq!(reply.text(), "[]");
    app.sql(
        "insert into comment_template_groups (id, name) values (4, 'Usual');
        insert into comment_templates (id, name, body, group_id) values
            (7, 'Which app??', '<p>Which app?</p>', null), (9, 'restart', '<p>Restart it.</p>', 4)",
    )
    .await;
    let reply = tech.get("CommentTemplates").await.is_ok();
    assert_eq!(
        reply.text(),
        r#"[{"TemplateId":9,"Body":"<p>Restart it.</p>","Name":"restart","GroupId":4,"GroupName":"Usual"},{"TemplateId":7,"Body":"<p>Which app?</p>","Name":"Which app??","GroupId":null,"GroupName":null}]"#
    );
    assert_is("[template]", &reply.json());
}

#[tokio::test]
async fn templates_are_for_staff() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    for person in [&cast.owner, &cast.manager, &cast.subscriber] {
        person.get("CommentTemplates").await.is_forbidden();
    }
    for person in [&cast.tech, &cast.elsewhere, &cast.admin] {
        person.get("CommentTemplates").await.is_ok();
    }
}
