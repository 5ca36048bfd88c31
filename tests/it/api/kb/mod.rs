mod creation;
mod page;
mod xss;

use reqwest::Method;
use serde_json::{Value, json};

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::people::Person;

impl TestApp {
    /// The two articles of the document's samples, in their categories.
    async fn has_the_documents_articles(&self) {
        self.sql(
            r"insert into sections (id, name) values (1, 'Sales');
            insert into categories (id, name, section_id) values
                (5, 'Payment issues', 1), (6, 'Pre-sales questions', 1);
            insert into articles (id, category_id, subject, body, created_at, updated_at) values
                (6, 5, 'Sample KB article', 'x', '2016-10-09 05:04:40.89Z', null),
                (7, 6, 'Another sample KB article', E'This is a sample Knowledge Base article, just to give you a clue what it looks like.\r\n\r\n[b]Subtitle[/b]\r\n\r\nHere you can explain the knowledge base article in detail. If applicable, explain how the problem can be worked around.',
                '2016-10-09 05:04:40.893Z', '2016-10-09 05:04:40.893Z')",
        )
        .await;
    }

    /// Articles 1 and 2 in the category of a fresh installation, 2 for technicians; 3 in one for its technicians, 4
    /// in one that is for acme alone, 5 in a disabled one. `tech` is a technician of all but the first of these
    /// categories, `acme` is the customer.
    async fn has_articles(&self) {
        self.technician("tech", &[]).await;
        self.customer("acme").await;
        self.sql(
            "insert into categories (id, name, for_techs_only, for_specific_users, disabled)
                values (11, 'Staff', true, false, false), (12, 'Acme', false, true, false), (13, 'Gone', false, false, true);
            insert into category_users (category_id, user_id) select 12, id from users where username = 'acme';
            insert into category_technicians (category_id, user_id)
                select c.id, u.id from categories c, users u where c.id in (11, 13) and u.username = 'tech';
            insert into articles (id, category_id, subject, body, for_techs_only, created_at)
                values (1, 1, 'One', 'x', false, now()), (2, 1, 'Two', 'x', true, now()),
                    (3, 11, 'Three', 'x', false, now()), (4, 12, 'Four', 'x', false, now()),
                    (5, 13, 'Five', 'x', false, now());
            insert into tags (id, name) values (1, 'network'), (2, 'Howto'), (3, 'secret'), (4, 'unused');
            insert into article_tags (article_id, tag_id) values (1, 1), (1, 2), (4, 2), (2, 3), (3, 3)",
        )
        .await;
    }
}

impl Person<'_> {
    /// What *Articles* shows him.
    async fn articles(&self) -> Value {
        self.get("Articles").await.is_ok().json()
    }
}

/// The values of `key` in the list `list`.
fn all(answer: &Value, list: &str, key: &str) -> Vec<Value> {
    let items = answer[list].as_array().unwrap();
    items.iter().map(|item| item[key].clone()).collect()
}

#[tokio::test]
async fn articles_and_article_are_the_documents_samples() {
    let app =
        TestApp::start_with(|settings| settings.app_url = "http://localhost:3000/".into()).await;
    app.has_the_documents_articles().await;
    let ann = app.customer("ann").await;
    let mut expected: Value = serde_json::from_str(include_str!("articles.json")).unwrap();
    expected["Articles"][0]["Url"] = json!("http://localhost:3000/KB/View/6-sample-kb-article");
    let articles = ann.get("Articles").param("categoryId", 5).await.is_ok();
    assert_eq!(
        articles.headers["content-type"],
        "application/json; charset=utf-8"
    );
    assert_eq!(articles.text(), expected.to_string());

    let mut expected: Value = serde_json::from_str(include_str!("article.json")).unwrap();
    expected["Url"] = json!("http://localhost:3000/KB/View/7");
    for call in [
        ann.get("Article").param("id", 7),
        ann.get("Article/7"),
        ann.call(Method::GET, "/helpdesk/API/article/7/"),
    ] {
        assert_eq!(call.await.is_ok().text(), expected.to_string());
    }
}

#[tokio::test]
async fn articles_have_the_documents_shape_with_tags_and_dates_without_zone() {
    let app = TestApp::start().await;
    app.has_articles().await;
    app.sql(
        "update articles set created_at = '2026-01-02 03:04:05Z', updated_at = '2026-01-02 03:04:50.5Z';
        insert into sections (id, name) values (1, 'Sales');
        update categories set section_id = 1",
    )
    .await;
    let list = app.admin().await.articles().await;
    assert_is("{articles}", &list);
    let one = &list["Articles"][0];
    assert_eq!(one["UrlId"], "1-one");
    assert_eq!(one["Url"], "http://desk.test/KB/View/1-one");
    assert_eq!(
        (&one["DateCreated"], &one["LastUpdated"]),
        (
            &json!("2026-01-02T03:04:05"),
            &json!("2026-01-02T03:04:50.5")
        )
    );
    assert_eq!(one["TagString"], "Howto,network");
    let of_article = json!([{ "TagID": 2, "Name": "Howto", "TagCount": 0 }, { "TagID": 1, "Name": "network", "TagCount": 0 }]);
    assert_eq!(one["Tags"], of_article);
    // In the list an article without tags has none, not an empty list: so the sample has it.
    assert_eq!(list["Articles"][4]["Tags"], Value::Null);
    assert_eq!(list["Categories"][0]["NameWithSection"], "Sales \\ Acme");

    let article = app.admin().await.get("Article/1").await.is_ok().json();
    assert_is("{article}", &article);
    assert_eq!(article["Tags"], of_article);
    assert_eq!(
        (&article["UrlId"], &article["Url"]),
        (&Value::Null, &json!("http://desk.test/KB/View/1"))
    );
}

/// The pairs of two keys in the list `list`.
fn pairs(answer: &Value, list: &str, keys: [&str; 2]) -> Value {
    let [first, second] = keys.map(|key| all(answer, list, key));
    json!(first.into_iter().zip(second).collect::<Vec<_>>())
}

/// Everybody with the articles he sees.
async fn readers(app: &TestApp) -> [(Person<'_>, Vec<i32>); 5] {
    [
        (app.customer("bob").await, vec![1]),
        (app.customer("acme").await, vec![1, 4]),
        (app.technician("tech", &[]).await, vec![1, 3, 5]),
        (app.technician("tess", &[1]).await, vec![1, 2]),
        (app.admin().await, vec![1, 2, 3, 4, 5]),
    ]
}

#[tokio::test]
async fn everybody_sees_the_articles_of_his_categories_and_staff_all_of_theirs() {
    let app = TestApp::start().await;
    app.has_articles().await;
    for (person, articles) in readers(&app).await {
        let list = person.articles().await;
        let name = &person.name;
        assert_eq!(all(&list, "Articles", "ArticleId"), articles, "{name}");
        let unknown = person.get("Article/999").await.is_not_found().text();
        // The list shows what can be opened, and nothing else; so when only that article's category is asked for.
        for (id, category) in (1..).zip([1, 1, 11, 12, 13]) {
            let reply = person.get("Article").param("id", id).await;
            if articles.contains(&id) {
                assert_eq!(reply.is_ok().json()["ArticleId"], id);
            } else {
                assert_eq!(reply.is_not_found().text(), unknown);
            }
            let list = person.get("Articles").param("categoryId", category);
            let list = list.await.is_ok().json();
            let shown = all(&list, "Articles", "ArticleId").contains(&json!(id));
            assert_eq!(shown, articles.contains(&id), "{name} {id}");
            let categories = all(&list, "Articles", "CategoryID");
            assert!(categories.iter().all(|of| *of == category));
        }
    }
    app.anonymous().get("Articles").await.is_unauthorized();
}

#[tokio::test]
async fn categories_and_tags_are_those_of_the_articles_he_sees_and_count_them() {
    let app = TestApp::start().await;
    app.has_articles().await;
    let expected = [
        (json!([[1, 1]]), json!([["Howto", 1], ["network", 1]])),
        (
            json!([[12, 1], [1, 1]]),
            json!([["Howto", 2], ["network", 1]]),
        ),
        (
            json!([[1, 1], [13, 1], [11, 1]]),
            json!([["Howto", 1], ["network", 1], ["secret", 1]]),
        ),
        (
            json!([[1, 2]]),
            json!([["Howto", 1], ["network", 1], ["secret", 1]]),
        ),
        (
            json!([[12, 1], [1, 2], [13, 1], [11, 1]]),
            json!([["Howto", 2], ["network", 1], ["secret", 2]]),
        ),
    ];
    for ((person, _), (categories, tags)) in readers(&app).await.into_iter().zip(expected) {
        let list = person.articles().await;
        let name = &person.name;
        let shown = pairs(&list, "Categories", ["CategoryID", "TicketCount"]);
        assert_eq!(shown, categories, "{name}");
        assert_eq!(pairs(&list, "Tags", ["Name", "TagCount"]), tags, "{name}");
    }
    let nothing = json!({ "Articles": [], "Categories": [], "Tags": [] });
    for category in [11, 999] {
        let bob = app.customer("bob").await;
        let list = bob.get("Articles").param("categoryId", category);
        assert_eq!(list.await.is_ok().json(), nothing);
    }
}

#[tokio::test]
async fn a_right_taken_away_is_gone_at_the_next_call() {
    let app = TestApp::start().await;
    app.has_articles().await;
    let acme = app.customer("acme").await;
    acme.get("Article/4").await.is_ok();
    app.sql("delete from category_users").await;
    acme.get("Article/4").await.is_not_found();
    acme.call(Method::GET, "/KB/View/4-four")
        .await
        .is_not_found();
    assert_eq!(
        all(&acme.articles().await, "Articles", "ArticleId"),
        [json!(1)]
    );
}

#[tokio::test]
async fn wrong_parameters_are_named_and_an_id_says_nothing_to_a_list() {
    let app = TestApp::start().await;
    app.has_articles().await;
    let bob = app.customer("bob").await;
    for category in ["undefined", "1.5", "1 or 1=1"] {
        bob.get("Articles")
            .param("categoryId", category)
            .await
            .is_bad("categoryId");
    }
    for call in [
        bob.get("Articles/5"),
        bob.post("articles"),
        bob.get("Articles").param("categoryId", ""),
    ] {
        assert_eq!(
            all(&call.await.is_ok().json(), "Articles", "ArticleId"),
            [json!(1)]
        );
    }
    bob.get("Article").await.is_bad("id");
    bob.get("Article/one").await.is_bad("id");
    for id in ["0", "-1", "2147483647"] {
        bob.get("Article").param("id", id).await.is_not_found();
    }
}

#[tokio::test]
async fn from_address_is_for_staff() {
    let app = TestApp::start().await;
    app.has_articles().await;
    app.sql("update categories set from_address = 'support@desk.test'")
        .await;
    let bob = app.customer("bob").await.articles().await;
    assert_eq!(all(&bob, "Categories", "FromAddress"), [Value::Null]);
    let tess = app.technician("tess", &[1]).await.articles().await;
    assert_eq!(
        all(&tess, "Categories", "FromAddress"),
        [json!("support@desk.test")]
    );
}
