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
