//! What lists show, beside what they should: the rules once more, in plain SQL that shares nothing with the program's.

mod people;
mod words;

use std::collections::BTreeSet;

use serde_json::Value;
use sqlx::PgConnection;

use crate::support::TestApp;
use crate::support::people::Person;

const PEOPLE: [&str; 8] = [
    "administrator",
    "technician",
    "specialist",
    "manager",
    "head",
    "customer",
    "reader",
    "stranger",
];

/// The tickets that the user `$1` sees: all as an administrator; his own; those he subscribes to; those of categories he is
/// a technician of; those of his company as its manager, of his department as its head.
const VISIBLE: &str = "
    select t.id from tickets t
    where (select is_admin from users where id = $1)
        or t.user_id = $1
        or exists (select from subscribers s where s.ticket_id = t.id and s.user_id = $1)
        or exists (select from category_technicians c where c.category_id = t.category_id and c.user_id = $1)
        or exists (select from users a, users s where a.id = $1 and s.id = t.user_id
            and ((a.is_manager and a.company_id = s.company_id)
                or (a.is_department_manager and a.department_id = s.department_id)))";

/// The categories that the user `$1` sees.
const CATEGORIES: &str = "
    select c.id from categories c
    where (select is_admin from users where id = $1)
        or (not c.disabled and (
            exists (select from category_technicians t where t.category_id = c.id and t.user_id = $1)
            or (not c.for_techs_only and (not c.for_specific_users
                or exists (select from category_users u where u.category_id = c.id and u.user_id = $1)
                or exists (select from category_companies o join users u on u.company_id = o.company_id
                    where o.category_id = c.id and u.id = $1)))))";

type Ids = BTreeSet<i64>;

struct Oracle {
    connection: PgConnection,
    user: i32,
}

impl Oracle {
    async fn of(app: &TestApp, person: &Person<'_>) -> Self {
        let connection = app.database.connect().await;
        let user = person.id.0;
        Self { connection, user }
    }

    /// The numbers that a statement finds, with the tickets or categories of the user as `seen`.
    async fn ids(&mut self, seen: &str, statement: &str) -> Ids {
        let statement = format!("with seen as ({seen}) select id::bigint from ({statement}) found");
        let ids: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
            .bind(self.user)
            .fetch_all(&mut self.connection)
            .await
            .unwrap();
        ids.into_iter().collect()
    }

    async fn tickets(&mut self, condition: &str) -> Ids {
        let statement = format!(
            "select t.id from tickets t where t.id in (select id from seen) and {condition}"
        );
        self.ids(VISIBLE, &statement).await
    }
}

fn ids(list: &Value, key: &str) -> Ids {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item[key].as_i64().unwrap()).collect()
}

/// All pages of *Tickets* with these parameters. No ticket comes twice.
async fn tickets(person: &Person<'_>, parameters: &[(&str, &str)]) -> Ids {
    let mut all = Ids::new();
    loop {
        let call = person
            .get("Tickets")
            .param("count", 300)
            .param("offset", all.len());
        let call = parameters
            .iter()
            .fold(call, |call, (name, value)| call.param(name, value));
        let page = call.await.is_ok().json();
        let before = all.len();
        all.extend(ids(&page, "IssueID"));
        let length = page.as_array().unwrap().len();
        assert_eq!(all.len(), before + length, "a ticket came twice");
        if length < 300 {
            return all;
        }
    }
}

async fn desk() -> TestApp {
    let app = TestApp::start().await;
    for name in PEOPLE {
        app.person(name).await;
    }
    sqlx::raw_sql(include_str!("desk.sql"))
        .execute(&mut app.database.connect().await)
        .await
        .unwrap();
    app.heard_of_changes();
    app
}

#[tokio::test]
async fn lists_and_numbers_of_tickets_are_those_of_the_oracle() {
    let app = desk().await;
    for name in PEOPLE {
        let person = app.person(name).await;
        let mut oracle = Oracle::of(&app, &person).await;
        let open = "t.status_id <> 3";
        let unanswered = "t.status_id <> 3 and (t.status_id = 1 or t.updated_by_user or t.updated_for_tech_view)";
        for (parameters, condition) in [
            (vec![], "true"),
            (vec![("mode", "unclosed")], open),
            (vec![("mode", "unanswered")], unanswered),
            (vec![("mode", "handledByMe")], "t.assigned_to_user_id = $1"),
            (
                vec![("categoryId", "1"), ("categoryId", "3")],
                "t.category_id in (1, 3)",
            ),
            (vec![("statusId", "2")], "t.status_id = 2"),
            (
                vec![("subscribedOnly", "true")],
                "t.id in (select ticket_id from subscribers where user_id = $1)",
            ),
            (
                vec![("fromCompanyId", "2")],
                "t.user_id in (select id from users where company_id = 2)",
            ),
        ] {
            let expected = oracle.tickets(condition).await;
            assert_eq!(
                tickets(&person, &parameters).await,
                expected,
                "{name} {parameters:?}"
            );
        }
        let stats = person.get("Stats").await.is_ok().json();
        for (key, condition) in [
            ("TotalTickets", "true"),
            ("Closed", "t.status_id = 3"),
            ("NewTickets", "t.status_id = 1"),
            ("InProcess", "t.status_id = 2"),
            ("Unclosed", open),
            ("Unanswered", unanswered),
            (
                "Unassigned",
                "t.status_id <> 3 and t.assigned_to_user_id is null",
            ),
            (
                "HandledByMe",
                "t.status_id <> 3 and t.assigned_to_user_id = $1",
            ),
        ] {
            let expected = oracle.tickets(condition).await.len();
            assert_eq!(stats[key], expected, "{name} {key}");
        }
    }
}

#[tokio::test]
async fn searches_find_what_the_oracle_finds_and_no_notes_for_technicians() {
    let app = desk().await;
    let staff = "(select is_admin from users where id = $1)
        or t.category_id in (select category_id from category_technicians where user_id = $1)";
    let said =
        |word: &str| format!("t.id in (select ticket_id from comments where body like '%{word}%')");
    for name in PEOPLE {
        let person = app.person(name).await;
        let mut oracle = Oracle::of(&app, &person).await;
        for (word, condition) in [
            ("giraffe", said("giraffe")),
            ("zebra", format!("{} and ({staff})", said("zebra"))),
        ] {
            let expected = oracle.tickets(&condition).await;
            let found = person
                .get("Search")
                .param("query", word)
                .param("count", 300);
            let found = ids(&found.await.is_ok().json(), "IssueID");
            assert_eq!(found, expected, "{name} {word}");
        }
    }
}

#[tokio::test]
async fn relations_show_what_the_oracle_shows() {
    let app = desk().await;
    let (mut links, mut subs, mut parents) = (0, 0, 0);
    for name in PEOPLE {
        let person = app.person(name).await;
        let mut oracle = Oracle::of(&app, &person).await;
        let seen = oracle
            .tickets("(t.id % 9 = 0 or t.id % 50 in (45, 46, 47, 48, 49, 0)) and t.id <= 500")
            .await;
        for id in seen {
            let of = async |method: &str, key: &str| {
                ids(
                    &person.get(method).param("id", id).await.is_ok().json(),
                    key,
                )
            };
            let linked = format!(
                "t.id in (select linked_ticket_id from ticket_links where ticket_id = {id}
                    union select ticket_id from ticket_links where linked_ticket_id = {id})"
            );
            let linked = oracle.tickets(&linked).await;
            links += linked.len();
            assert_eq!(of("LinkedTickets", "TicketID").await, linked, "{name} {id}");
            let children = format!("t.parent_ticket_id = {id}");
            let children = oracle.tickets(&children).await;
            subs += children.len();
            assert_eq!(of("SubTickets", "IssueID").await, children, "{name} {id}");
            let parent = format!("t.id = (select parent_ticket_id from tickets where id = {id})");
            let parent = oracle.tickets(&parent).await.first().copied().unwrap_or(0);
            parents += i32::from(parent != 0);
            let answer = person
                .get("ParentTicket")
                .param("id", id)
                .await
                .is_ok()
                .text();
            assert_eq!(answer, parent.to_string(), "{name} {id}");
        }
    }
    assert!(
        links > 50 && subs > 5 && parents > 5,
        "{links} {subs} {parents}"
    );
}

#[tokio::test]
async fn categories_articles_and_assets_are_those_of_the_oracle() {
    let app = desk().await;
    for name in PEOPLE {
        let person = app.person(name).await;
        let mut oracle = Oracle::of(&app, &person).await;
        let categories = person.get("Categories").await.is_ok().json();
        let expected = oracle.ids(CATEGORIES, "select id from seen").await;
        assert_eq!(ids(&categories, "CategoryID"), expected, "{name}");

        // Staff of a category reads its articles even when it is disabled.
        let articles = person.get("Articles").await.is_ok().json();
        let expected = "select a.id from articles a
            where (select is_admin from users where id = $1)
                or a.category_id in (select category_id from category_technicians where user_id = $1)
                or (not a.for_techs_only and a.category_id in (select id from seen))";
        let expected = oracle.ids(CATEGORIES, expected).await;
        assert_eq!(ids(&articles["Articles"], "ArticleId"), expected, "{name}");

        let mut assets = Ids::new();
        for page in 1..=3 {
            let page = person
                .get("Assets")
                .param("page", page)
                .await
                .is_ok()
                .json();
            assert!(page.as_array().unwrap().len() <= 50);
            assets.extend(ids(&page, "ItemID"));
        }
        let expected = "select a.id from assets a
            where (select is_admin from users where id = $1)
                or exists (select from category_technicians where user_id = $1)
                or exists (select from asset_users u where u.asset_id = a.id and u.user_id = $1)";
        assert_eq!(assets, oracle.ids("select 1", expected).await, "{name}");
    }
}
