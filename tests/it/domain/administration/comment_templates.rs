use ferrodesk::domain::comment_templates::{
    CommentTemplateDraft, CommentTemplateGroupDraft, CommentTemplateGroupKind, CommentTemplateKind,
};
use futures_util::future::join_all;
use serde_json::json;

use super::{Desk, is_conflict, is_in_use, is_invalid, succeeded};

fn group(name: &str) -> CommentTemplateGroupDraft {
    CommentTemplateGroupDraft { name: name.into() }
}

fn template(name: &str, group_id: Option<i32>, body: &str) -> CommentTemplateDraft {
    CommentTemplateDraft {
        name: name.into(),
        group_id,
        body: body.into(),
    }
}

const KEPT: &str = "
    insert into comment_template_groups (id, name) values (101, 'Usual'), (102, 'Rare');
    insert into comment_templates (id, name, body, group_id) values
        (201, 'Hello', '<p>Hello</p>', 101), (202, 'Bye', '<p>Bye</p>', null)";

#[tokio::test]
async fn a_template_is_made_safe_and_shown_by_either_face() {
    let desk = Desk::with(KEPT).await;
    let draft = template(" Restart ", Some(101), "<p onclick=x()>Restart it.</p>");
    let made = desk.create::<CommentTemplateKind>(draft).await.unwrap();
    let stored = template("Restart", Some(101), "<p>Restart it.</p>");
    assert_eq!(made.draft, stored);
    let technician = desk.app.technician("tess", &[1]).await;
    let shown = technician.get("CommentTemplates").await.is_ok().json();
    assert_eq!(
        shown[2],
        json!({ "TemplateId": made.id, "Body": "<p>Restart it.</p>", "Name": "Restart", "GroupId": 101,
            "GroupName": "Usual" })
    );
    // What is read and written back changes nothing.
    desk.update::<CommentTemplateKind>(made.id, stored.clone())
        .await
        .unwrap();
    let after = template("Restart", None, "a < b\nc");
    desk.update::<CommentTemplateKind>(made.id, after)
        .await
        .unwrap();
    let changed = template("Restart", None, "a &lt; b<br>c");
    assert_eq!(
        desk.find::<CommentTemplateKind>(made.id).await.unwrap(),
        changed
    );
    desk.update::<CommentTemplateKind>(made.id, changed.clone())
        .await
        .unwrap();
    desk.delete::<CommentTemplateKind>(made.id, None)
        .await
        .unwrap();
    let kind = "comment_template";
    let (stored, changed) = (json!(stored), json!(changed));
    assert_eq!(
        desk.audited().await,
        [
            json!(["comment_template.created", kind, made.id, null, stored]),
            json!(["comment_template.updated", kind, made.id, stored, changed]),
            json!(["comment_template.deleted", kind, made.id, changed, null]),
        ]
    );
}

#[tokio::test]
async fn templates_and_groups_are_read_by_staff_and_written_by_administrators() {
    let desk = Desk::with(KEPT).await;
    desk.is_read_by_staff_and_written_by_administrators::<CommentTemplateKind>(
        201,
        template("New", None, "x"),
    )
    .await;
    desk.is_read_by_staff_and_written_by_administrators::<CommentTemplateGroupKind>(
        101,
        group("New"),
    )
    .await;
}

#[tokio::test]
async fn what_no_template_or_group_can_be_is_refused() {
    let desk = Desk::with(KEPT).await;
    let long = "x".repeat(20_001);
    for (wrong, field) in [
        (template("", None, "x"), "name"),
        (template(&long[..201], None, "x"), "name"),
        (template("New", None, ""), "body"),
        (template("New", None, "<script>x</script>"), "body"),
        (template("New", None, &long), "body"),
        (template("New", Some(99), "x"), "group_id"),
        (template("New", Some(-1), "x"), "group_id"),
    ] {
        is_invalid(
            desk.create::<CommentTemplateKind>(wrong.clone()).await,
            field,
        );
        is_invalid(desk.update::<CommentTemplateKind>(201, wrong).await, field);
    }
    let taken = template("BYE", None, "x");
    is_conflict(
        desk.create::<CommentTemplateKind>(taken.clone()).await,
        "name",
    );
    is_conflict(desk.update::<CommentTemplateKind>(201, taken).await, "name");
    is_invalid(
        desk.create::<CommentTemplateGroupKind>(group(" ")).await,
        "name",
    );
    is_conflict(
        desk.create::<CommentTemplateGroupKind>(group("USUAL"))
            .await,
        "name",
    );
    let renamed = desk.update::<CommentTemplateGroupKind>(102, group("usual"));
    is_conflict(renamed.await, "name");
}

#[tokio::test]
async fn a_group_with_templates_is_kept_unless_they_go_to_another() {
    let desk = Desk::with(KEPT).await;
    is_in_use(
        desk.delete::<CommentTemplateGroupKind>(101, None).await,
        &[("comment templates", 1)],
    );
    desk.delete::<CommentTemplateGroupKind>(101, Some(102))
        .await
        .unwrap();
    let moved = desk.find::<CommentTemplateKind>(201).await.unwrap();
    assert_eq!(moved.group_id, Some(102));
    desk.delete::<CommentTemplateKind>(201, None).await.unwrap();
    desk.delete::<CommentTemplateGroupKind>(102, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn templates_join_groups_that_are_deleted_at_the_same_time() {
    let desk = Desk::with("").await;
    for round in 0..10 {
        let made = desk
            .create::<CommentTemplateGroupKind>(group("Usual"))
            .await
            .unwrap();
        let names = (0..3).map(|n| format!("{round} {n}"));
        let joins =
            join_all(names.map(|name| {
                desk.create::<CommentTemplateKind>(template(&name, Some(made.id), "x"))
            }));
        let (joined, deleted) = tokio::join!(
            joins,
            desk.delete::<CommentTemplateGroupKind>(made.id, None)
        );
        let deleted = [deleted];
        let is_gone = succeeded(&deleted) == 1;
        assert!(
            is_gone == (succeeded(&joined) == 0),
            "{joined:?}, {deleted:?}"
        );
        for refused in joined.into_iter().filter(Result::is_err) {
            is_invalid(refused, "group_id");
        }
        desk.app
            .sql("delete from comment_templates; delete from comment_template_groups")
            .await;
    }
}
