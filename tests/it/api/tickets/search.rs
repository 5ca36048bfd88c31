use futures_util::TryStreamExt;

use crate::support::TestApp;
use crate::support::people::Person;

async fn found(person: &Person<'_>, query: &str) -> Vec<i32> {
    let list = person
        .get("Search")
        .param("query", query)
        .await
        .is_ok()
        .json();
    list.as_array()
        .unwrap()
        .iter()
        .map(|ticket| i32::try_from(ticket["IssueID"].as_i64().unwrap()).unwrap())
        .collect()
}

async fn ticket(person: &Person<'_>, subject: &str, body: &str, tags: &str) -> i32 {
    let call = person
        .post("Ticket")
        .param("categoryId", 1)
        .param("subject", subject)
        .param("body", body);
    call.param("tags", tags).await.is_ok().number()
}

#[tokio::test]
async fn words_of_subject_body_tags_and_comments_find_a_ticket() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let id = ticket(
        &alice,
        "Laserjet broken",
        "<p>Smoke from <b>tray</b> no-7, write to fire@example.com</p>",
        "urgent,floor2",
    )
    .await;
    ticket(&alice, "Something else", "entirely", "").await;
    alice
        .post("Comment")
        .param("id", id)
        .param("body", "It is the blue one")
        .await
        .is_ok();
    for query in [
        "laserjet",
        "LASERJET broken",
        "broken smoke",
        "tray",
        "urgent",
        "floor2",
        "blue",
        "laser",
        "smoke bl",
        "fire@example.com",
        "fire@exam",
        "example",
        "no-7",
        "broken urgent blue",
    ] {
        assert_eq!(found(&alice, query).await, [id], "{query}");
    }
    for query in ["laserjet entirely", "inkjet", "roken", "strong"] {
        assert_eq!(found(&alice, query).await, Vec::<i32>::new(), "{query}");
    }
}

#[tokio::test]
async fn a_number_finds_the_ticket_that_bears_it() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let id = ticket(&alice, "first", "x", "").await;
    let other = ticket(&alice, &format!("about {id}"), "x", "").await;
    assert_eq!(found(&alice, &id.to_string()).await, [id, other]);
    assert_eq!(found(&alice, &format!("#{id}")).await, [id, other]);
    assert_eq!(
        found(&app.customer("bob").await, &id.to_string()).await,
        Vec::<i32>::new()
    );
}

#[tokio::test]
async fn a_hit_in_the_subject_comes_before_one_in_the_body_then_the_newest() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let subject = ticket(&alice, "router dead", "x", "").await;
    let older = ticket(&alice, "a", "the router", "").await;
    let newer = ticket(&alice, "b", "the router", "").await;
    assert_eq!(found(&alice, "router").await, [subject, newer, older]);
}

#[tokio::test]
async fn notes_for_technicians_find_nothing_for_others() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tom = app.technician("tom", &[1]).await;
    let admin = app.admin().await;
    let id = ticket(&alice, "Printer", "help", "").await;
    tom.post("Comment")
        .param("id", id)
        .param("body", "customer is a muppet")
        .param("forTechsOnly", "true")
        .await
        .is_ok();
    assert_eq!(found(&tom, "muppet").await, [id]);
    assert_eq!(found(&admin, "muppet").await, [id]);
    assert_eq!(found(&alice, "muppet").await, Vec::<i32>::new());
    // A technician of another category who subscribes reads the ticket as a customer does.
    let tina = app.technician("tina", &[]).await;
    app.change(
        "insert into subscribers (user_id, ticket_id) select $1, max(id) from tickets",
        tina.id.0,
    )
    .await;
    assert_eq!(found(&tina, "printer").await, [id]);
    assert_eq!(found(&tina, "muppet").await, Vec::<i32>::new());
}

#[tokio::test]
async fn changed_words_are_found_and_old_ones_are_not() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = ticket(&admin, "Alpha", "beta", "gamma").await;
    admin
        .post("Comment")
        .param("id", id)
        .param("body", "delta")
        .await
        .is_ok();
    admin
        .post("UpdateTicket")
        .param("id", id)
        .param("subject", "Omega")
        .param("tags", "psi")
        .await
        .is_done();
    for (query, hit) in [
        ("alpha", false),
        ("gamma", false),
        ("omega", true),
        ("psi", true),
        ("beta", true),
        ("delta", true),
    ] {
        assert_eq!(found(&admin, query).await == [id], hit, "{query}");
    }
}

#[tokio::test]
async fn the_hits_that_are_ranked_end_with_a_word_not_with_an_empty_page() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let search = |offset: u32| {
        admin
            .get("Search")
            .param("query", "x")
            .param("offset", offset)
    };
    search(999).await.is_ok();
    search(1000).await.is_bad("offset");
}

#[tokio::test]
async fn filters_narrow_a_search() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let alice = app.customer("alice").await;
    let hers = ticket(&alice, "router", "x", "").await;
    ticket(&admin, "router", "x", "").await;
    let search = || admin.get("Search").param("query", "router");
    assert_eq!(
        search().param("fromUserId", alice.id).await.is_ok().json()[0]["IssueID"],
        hers
    );
    assert_eq!(search().param("statusId", 3).await.is_ok().text(), "[]");
    assert_eq!(search().param("categoryId", 99).await.is_ok().text(), "[]");
    assert_eq!(
        search()
            .param("assignedToUserId", admin.id)
            .await
            .is_ok()
            .text(),
        "[]"
    );
    assert_eq!(
        search()
            .param("dateFrom", "2200-01-01")
            .await
            .is_ok()
            .text(),
        "[]"
    );
    assert_eq!(
        search()
            .param("count", 1)
            .param("offset", 1)
            .await
            .is_ok()
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn odd_texts_find_nothing_and_break_nothing() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    ticket(&alice, "printer", "x", "").await;
    for query in [
        "'", "%", "_", "\\", "*", "a:*", "!", "&", "(", "|", "<->", "' | 'x", "\u{202e}",
        "\u{fffd}", "--", ":*", "!!! ???",
    ] {
        let reply = alice.get("Search").param("query", query).await;
        assert!(
            [200, 400].contains(&reply.status.as_u16()),
            "{query}: {}",
            reply.text()
        );
    }
    alice
        .get("Search")
        .param("query", "(".repeat(10_000))
        .await
        .is_bad("query");
    alice
        .get("Search")
        .param("query", "a\0b")
        .await
        .is_bad("query");
    alice.get("Search").await.is_bad("query");
}

#[tokio::test]
async fn words_that_grow_when_lower_cased_leave_a_database_that_can_be_dumped() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let word = "Ⱥ".repeat(900);
    let id = ticket(&alice, "Long", &word, "").await;
    let other = ticket(&alice, "Longer", "x", "").await;
    alice
        .post("Comment")
        .param("id", other)
        .param("body", &word)
        .await
        .is_ok();
    let mut connection = app.database.connect().await;
    let dump = connection
        .copy_out_raw("copy ticket_search to stdout")
        .await
        .unwrap();
    let rows: Vec<_> = dump.try_collect().await.unwrap();
    assert!(rows.iter().all(|row| std::str::from_utf8(row).is_ok()));
    assert_eq!(rows.len(), 2);
    // Of a word the first hundred characters count.
    for query in [word, "ⱥ".repeat(1000), "ȺȺ".to_owned()] {
        let mut hits = found(&alice, &query).await;
        hits.sort_unstable();
        assert_eq!(hits, [id, other]);
    }
    assert!(found(&alice, &"ẞ".repeat(1000)).await.is_empty());
}

/// Twenty thousand tickets of Alice: `red` is in every ticket but each tenth, `blue` in the tenth ones and, with `red`,
/// in the very oldest.
const MANY: &str = "
    insert into tickets (id, subject, body, category_id, user_id, created_at, updated_at)
    select i, case when i = 1001 then 'red blue' when i % 10 = 0 then 'blue' else 'red' end, 'x', 1, u.id, now(), now()
    from generate_series(1001, 21000) i, users u where u.username = 'alice';
    insert into ticket_search (ticket_id, public_words, staff_words)
    select t.id, w, w from tickets t, lateral (select search_subject(t.subject) as w) s;
    insert into subscribers (ticket_id, user_id)
    select t.id, u.id from tickets t, users u where u.username = 'sue';
    analyze ticket_search";

#[tokio::test]
async fn a_common_word_finds_the_newest_tickets_on_every_ground() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let sue = app.customer("sue").await;
    let mary = app.customer("mary").await;
    app.sql(MANY).await;
    app.sql(
        "insert into companies (name) values ('ACME');
        update users set company_id = 1, is_manager = username = 'mary' where username in ('alice', 'mary')",
    )
    .await;
    let tina = app.technician("tina", &[1]).await;
    let admin = app.admin().await;
    let newest: Vec<i32> = (10_001..=21_000)
        .rev()
        .filter(|id| id % 10 != 0)
        .take(10)
        .collect();
    for person in [&alice, &sue, &mary, &tina, &admin] {
        assert_eq!(found(person, "red").await, newest, "{}", person.name);
        let second = person
            .get("Search")
            .param("query", "re")
            .param("count", 5)
            .param("offset", 5)
            .await
            .is_ok()
            .json();
        assert_eq!(second[0]["IssueID"], newest[5], "{}", person.name);
    }
    assert!(found(&app.customer("bob").await, "red").await.is_empty());
}

#[tokio::test]
async fn common_words_that_meet_in_an_old_ticket_only_find_it() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    app.customer("sue").await;
    app.sql(MANY).await;
    // Each of the words alone is common enough for a walk through the newest tickets, which does not come that far.
    app.sql("update ticket_search set staff_words = staff_words || 'blue'::tsvector where ticket_id % 2 = 0")
        .await;
    app.sql("update ticket_search set staff_words = 'blue' where ticket_id % 2 = 0 and ticket_id > 1100; analyze ticket_search")
        .await;
    let admin = app.admin().await;
    let hits = found(&admin, "red blue").await;
    assert_eq!(hits.first(), Some(&1001), "by its subject");
    assert_eq!(hits.get(1..3), Some([1098, 1096].as_slice()));
}

#[tokio::test]
async fn a_number_and_a_word_are_both_looked_for() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let first = ticket(&alice, "First", "x", "").await;
    let second = ticket(&alice, &format!("Look at {first}"), "x", "").await;
    for query in [format!("#{first}"), format!(" {first} ")] {
        assert_eq!(found(&alice, &query).await, [first, second], "{query}");
    }
    assert!(
        !found(&app.customer("bob").await, &first.to_string())
            .await
            .contains(&first)
    );
}
