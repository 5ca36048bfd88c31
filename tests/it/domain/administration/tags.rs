use ferrodesk::domain::tags::{TagDraft, TagKind};
use futures_util::future::join_all;
use serde_json::json;

use super::{Desk, is_conflict, is_in_use, is_invalid, succeeded};

fn draft(name: &str) -> TagDraft {
    TagDraft { name: name.into() }
}

/// Tags 101 (on tickets 1, 2 and article 1) and 102 (on tickets 2, 3 and article 1), and 103 on nothing.
const KEPT: &str = "
    insert into users (id, username) values (501, 'ann');
    insert into tickets (id, subject, body, category_id, user_id, created_at, updated_at)
        select n, 'ticket ' || n, 'red tape', 1, 501, now(), now() from generate_series(1, 3) n;
    insert into comments (ticket_id, user_id, created_at, body, for_techs_only) values
        (1, 501, now(), 'said aloud', false), (1, 501, now(), 'whispered', true);
    insert into articles (id, category_id, subject, body, created_at) values (1, 1, 'How', 'so', now());
    insert into tags (id, name) values (101, 'Red'), (102, 'Blue'), (103, 'Green');
    insert into ticket_tags (ticket_id, tag_id) values (1, 101), (2, 101), (2, 102), (3, 102);
    insert into article_tags (article_id, tag_id) values (1, 101), (1, 102);
    select rebuild_ticket_search(id) from tickets";

/// The tickets that a word finds.
async fn found(desk: &Desk, word: &str) -> Vec<i64> {
    let admin = desk.app.admin().await;
    let reply = admin.get("Search").param("query", word).await.is_ok();
    let mut ids: Vec<_> = reply
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|ticket| ticket["IssueID"].as_i64().unwrap())
        .collect();
    ids.sort_unstable();
    ids
}

/// Documents that differ from what they would be if they were made now.
async fn stale(desk: &Desk) -> i64 {
    desk.app
        .sql(
            "drop table if exists were;
            create table were as select * from ticket_search;
            select rebuild_ticket_search(id) from tickets",
        )
        .await;
    desk.app
        .count(
            "select count(*) from ticket_search s join were w using (ticket_id)
            where s.public_words <> w.public_words or s.staff_words <> w.staff_words",
        )
        .await
}

#[tokio::test]
async fn tags_are_read_by_staff_and_written_by_administrators() {
    let desk = Desk::with(KEPT).await;
    desk.is_read_by_staff_and_written_by_administrators::<TagKind>(101, draft("New"))
        .await;
}

#[tokio::test]
async fn wrong_and_taken_names_of_tags_are_refused() {
    let desk = Desk::with(KEPT).await;
    for name in ["", " ", "a,b", "a\nb", &"x".repeat(101)] {
        is_invalid(desk.create::<TagKind>(draft(name)).await, "name");
        is_invalid(desk.update::<TagKind>(101, draft(name)).await, "name");
    }
    is_conflict(desk.create::<TagKind>(draft("BLUE")).await, "name");
    is_conflict(desk.update::<TagKind>(101, draft("blue")).await, "name");
    let made = join_all((0..10).map(|_| desk.create::<TagKind>(draft("New")))).await;
    assert_eq!(succeeded(&made), 1);
}

#[tokio::test]
async fn a_renamed_tag_is_found_by_its_new_name_only() {
    let desk = Desk::with(KEPT).await;
    assert_eq!(found(&desk, "red").await, [1, 2, 3]);
    desk.update::<TagKind>(102, draft("Violet")).await.unwrap();
    assert_eq!(found(&desk, "blue").await, [0; 0]);
    assert_eq!(found(&desk, "violet").await, [2, 3]);
    assert_eq!(found(&desk, "aloud").await, [1]);
    assert_eq!(stale(&desk).await, 0);
    desk.update::<TagKind>(102, draft("VIOLET")).await.unwrap();
    assert_eq!(found(&desk, "violet").await, [2, 3]);
    let names: Vec<_> = desk.list::<TagKind>(100, 10).await;
    let names: Vec<_> = names.into_iter().map(|tag| tag.draft.name).collect();
    assert_eq!(names, ["Red", "VIOLET", "Green"]);
}

#[tokio::test]
async fn a_tag_that_is_borne_is_kept_unless_another_takes_its_place() {
    let desk = Desk::with(KEPT).await;
    desk.delete::<TagKind>(103, None).await.unwrap();
    let refused = desk.delete::<TagKind>(101, None).await;
    is_in_use(refused, &[("tickets", 2), ("articles", 1)]);
    desk.delete::<TagKind>(101, Some(102)).await.unwrap();
    let tickets = "select ticket_id from ticket_tags where tag_id = 102 order by 1";
    assert_eq!(desk.numbers(tickets).await, [1, 2, 3]);
    let articles = "select article_id from article_tags where tag_id = 102";
    assert_eq!(desk.numbers(articles).await, [1]);
    assert_eq!(found(&desk, "blue").await, [1, 2, 3]);
    assert_eq!(stale(&desk).await, 0);
    assert_eq!(
        desk.audited().await,
        [
            json!(["tag.deleted", "tag", 103, { "name": "Green" }, null]),
            json!(["tag.deleted", "tag", 101, { "name": "Red", "moved_to": 102 }, null]),
        ]
    );
}

#[tokio::test]
async fn tickets_are_tagged_while_the_tag_is_deleted() {
    let desk = Desk::with(KEPT).await;
    let admin = desk.app.admin().await;
    for round in 0..10 {
        let name = format!("tag{round}");
        let made = desk.create::<TagKind>(draft(&name)).await.unwrap();
        let tag = async |ticket: i32| {
            let call = admin.post("TagTicket").param("ticketId", ticket);
            call.param("name", &name).await.is_ok();
        };
        let update = async {
            let call = admin.post("UpdateTicket").param("id", 3);
            call.param("tags", &name).await.is_ok();
        };
        let to = if round % 2 == 0 { None } else { Some(101) };
        let (.., deleted) =
            tokio::join!(tag(1), tag(2), update, desk.delete::<TagKind>(made.id, to));
        let deleted = [deleted];
        assert!(succeeded(&deleted) == 1 || to.is_none(), "{deleted:?}");
        // Each bears the tag, or a new one of its name, or the one that took its place.
        let tagged =
            "select distinct ticket_id from ticket_tags where tag_id not in (102, 103) order by 1";
        assert_eq!(desk.numbers(tagged).await, [1, 2, 3]);
    }
    assert_eq!(stale(&desk).await, 0);
}

#[tokio::test]
async fn no_word_is_lost_while_a_tag_is_renamed() {
    let desk = Desk::with(KEPT).await;
    let admin = desk.app.admin().await;
    for round in 0..10 {
        let says = async |ticket: i32| {
            let call = admin.post("Comment").param("id", ticket);
            call.param("body", format!("word{round}")).await.is_ok();
        };
        let edits = async {
            let call = admin.post("UpdateTicket").param("id", 2);
            call.param("subject", format!("subject{round}"))
                .await
                .is_ok();
        };
        let (.., renamed) = tokio::join!(
            says(1),
            says(2),
            edits,
            desk.update::<TagKind>(101, draft(&format!("name{round}")))
        );
        renamed.unwrap();
        assert_eq!(stale(&desk).await, 0);
    }
}
