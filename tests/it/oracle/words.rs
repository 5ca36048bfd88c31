//! What words find: those that everybody reads, and those of notes for technicians.

use super::{Ids, Oracle, PEOPLE, desk, ids, tickets};
use crate::support::people::Person;

/// All pages of *Search* for these words in one category.
async fn hits(person: &Person<'_>, words: &str, category: i32) -> Ids {
    let mut all = Ids::new();
    loop {
        let call = person.get("Search").param("query", words);
        let call = call.param("categoryId", category).param("count", 60);
        let page = call.param("offset", all.len()).await.is_ok().json();
        let before = all.len();
        all.extend(ids(&page, "IssueID"));
        let length = page.as_array().unwrap().len();
        assert_eq!(all.len(), before + length, "a ticket came twice");
        if length < 60 {
            return all;
        }
    }
}

/// A word that every ticket has finds what the list shows, page by page.
#[tokio::test]
async fn a_word_of_every_ticket_finds_the_tickets_that_he_sees() {
    let app = desk().await;
    for name in PEOPLE {
        let person = app.person(name).await;
        let mut oracle = Oracle::of(&app, &person).await;
        let mut all = 0;
        for category in 1..=5 {
            let condition = format!("t.category_id = {category}");
            let expected = oracle.tickets(&condition).await;
            all += expected.len();
            let found = hits(&person, "elephant", category).await;
            assert_eq!(found, expected, "{name} {category}");
            let category = category.to_string();
            let listed = tickets(&person, &[("categoryId", &category)]).await;
            assert_eq!(listed, expected, "{name} {category}");
        }
        // Nobody but the stranger would pass by seeing nothing.
        assert_eq!(all == 0, name == "stranger", "{name}");
    }
}

/// Customers and managers see tickets whose notes have the word, and are answered as if nobody had written it.
#[tokio::test]
async fn words_of_notes_find_nothing_for_customers() {
    let app = desk().await;
    for name in ["manager", "head", "customer", "reader", "stranger"] {
        let person = app.person(name).await;
        let mut oracle = Oracle::of(&app, &person).await;
        let with_note = "t.id in (select ticket_id from comments where for_techs_only)";
        let with_note = oracle.tickets(with_note).await;
        assert_eq!(with_note.is_empty(), name == "stranger", "{name}");
        let nothing = person.get("Search").param("query", "unicorn").await.is_ok();
        for words in ["zebra", "zeb", "ZEBRA", "elephant zebra", "zebra elephant"] {
            let found = person.get("Search").param("query", words).await.is_ok();
            assert_eq!(found.text(), "[]", "{name} {words}");
            assert_eq!(found.bytes, nothing.bytes, "{name} {words}");
        }
        for id in with_note.iter().take(20) {
            let comments = person.get("Comments").param("id", id).await.is_ok();
            assert!(!comments.text().contains("zebra"), "{name} {id}");
        }
    }
    let admin = app.person("administrator").await;
    for words in ["zebra", "zeb", "ZEBRA", "elephant zebra", "zebra elephant"] {
        let found = admin.get("Search").param("query", words).await.is_ok();
        assert_ne!(found.text(), "[]", "{words}");
    }
}

/// Filters narrow, and never widen, what somebody sees.
#[tokio::test]
async fn filters_show_what_the_oracle_shows_of_what_he_sees() {
    let app = desk().await;
    let reader = app.person("reader").await.id.to_string();
    let technician = app.person("technician").await.id.to_string();
    for name in PEOPLE {
        let person = app.person(name).await;
        let mut oracle = Oracle::of(&app, &person).await;
        for (parameters, condition) in [
            (
                vec![("statusId", "1"), ("statusId", "3"), ("categoryId", "5")],
                "t.status_id in (1, 3) and t.category_id = 5".to_owned(),
            ),
            (
                vec![("mode", "unclosed"), ("categoryId", "4")],
                "t.status_id <> 3 and t.category_id = 4".to_owned(),
            ),
            (
                vec![("fromUserId", reader.as_str())],
                format!("t.user_id = {reader}"),
            ),
            (
                vec![
                    ("handledByUserID", technician.as_str()),
                    ("fromCompanyId", "1"),
                ],
                format!(
                    "t.assigned_to_user_id = {technician}
                        and t.user_id in (select id from users where company_id = 1)"
                ),
            ),
            (vec![("categoryId", "999")], "false".to_owned()),
        ] {
            let expected = oracle.tickets(&condition).await;
            let found = tickets(&person, &parameters).await;
            assert_eq!(found, expected, "{name} {parameters:?}");
        }
    }
}
