use serde_json::{Value, json};

use super::fits;
use crate::support::TestApp;
use crate::support::call::Reply;

/// The ids of a page.
fn ids(reply: Reply) -> Vec<i64> {
    let assets = reply.is_ok().json();
    let assets = assets.as_array().unwrap().iter();
    assets
        .map(|asset| asset["ItemID"].as_i64().unwrap())
        .collect()
}

/// Assets 1 to 7; 6 is retired, 7 is nobody's.
///
/// | asset | model | company | assigned to | on ticket of |
/// |--:|---|---|---|---|
/// | 1 | Macbook Air | 7 | ann | ann |
/// | 2 | MACBOOK Pro | 7 | ann, bob | |
/// | 3 | `mac_os` | 8 | bob | bob |
/// | 4 | Mac%book | 8 | bob | |
/// | 5 | Printer | | tess | |
/// | 6 | Macbook old | 7 | ann | ann |
/// | 7 | `Mac\book` | | | |
///
/// ann is of department 3, bob and tess of 4; ann's ticket is 101, bob's 102.
async fn with_assets() -> TestApp {
    let app = TestApp::start().await;
    app.customer("ann").await;
    app.customer("bob").await;
    app.technician("tess", &[1]).await;
    app.sql(
        r"insert into companies (id, name) values (7, 'ACME'), (8, 'Bell');
        insert into departments (id, name) values (3, 'Sales'), (4, 'Support');
        update users set department_id = case when username = 'ann' then 3 else 4 end;
        insert into manufacturers (id, name) values (1, 'Apple');
        insert into suppliers (id, name) values (1, 'none');
        insert into asset_types (id, name) values (1, 'Laptop');
        insert into assets (id, model_name, manufacturer_id, supplier_id, type_id, company_id, disabled) values
            (1, 'Macbook Air', 1, 1, 1, 7, false), (2, 'MACBOOK Pro', 1, 1, 1, 7, false),
            (3, 'mac_os', 1, 1, 1, 8, false), (4, 'Mac%book', 1, 1, 1, 8, false),
            (5, 'Printer', 1, 1, 1, null, false), (6, 'Macbook old', 1, 1, 1, 7, true),
            (7, 'Mac\book', 1, 1, 1, null, false);
        insert into asset_users (asset_id, user_id) select a.id, u.id from users u, (values
            (1, 'ann'), (2, 'ann'), (2, 'bob'), (3, 'bob'), (4, 'bob'), (5, 'tess'), (6, 'ann')) a (id, name)
            where u.username = a.name;
        insert into tickets (id, subject, body, category_id, user_id, created_at, updated_at)
            select t.id, 's', 'b', 1, u.id, now(), now()
            from users u, (values (101, 'ann'), (102, 'bob')) t (id, name) where u.username = t.name;
        insert into asset_tickets (asset_id, ticket_id) values (1, 101), (6, 101), (3, 102)",
    )
    .await;
    app
}

#[tokio::test]
async fn staff_sees_all_but_the_retired_in_the_documents_shape() {
    let app = with_assets().await;
    for person in [app.person("tess").await, app.admin().await] {
        let assets = person.get("Assets").await.is_ok().json();
        for asset in assets.as_array().unwrap() {
            fits(asset);
            assert_eq!(asset["LogEntries"], json!([]));
            assert_eq!(asset["Tickets"], Value::Null);
        }
        assert_eq!(ids(person.post("assets").await), [1, 2, 3, 4, 5, 7]);
    }
    let tess = app.person("tess").await;
    let assets = tess.get("Assets").await.is_ok().json();
    let users: Vec<_> = assets[1]["AssignedUsers"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    let names: Vec<_> = users.iter().map(|user| &user["Username"]).collect();
    assert_eq!(names, ["ann", "bob"]);
    assert_eq!(users[0]["DepartmentName"], "Sales");
}

#[tokio::test]
async fn each_filter_chooses_and_several_choose_together() {
    let app = with_assets().await;
    let tess = app.person("tess").await;
    let ann = app.person("ann").await;
    let list = || tess.get("Assets");
    for (call, expected) in [
        (list().param("assignedToUserId", ann.id), vec![1, 2]),
        (list().param("assignedToCompanyId", 7), vec![1, 2]),
        (list().param("assignedToDepartmentId", 3), vec![1, 2]),
        (list().param("assignedToDepartmentId", 4), vec![2, 3, 4, 5]),
        (list().param("assignedToTicketId", 101), vec![1]),
        (list().param("includeDisabled", "true"), (1..=7).collect()),
        (
            list()
                .param("AssignedToTicketID", 101)
                .param("includeDisabled", 1),
            vec![1, 6],
        ),
        (
            list()
                .param("assignedToUserId", ann.id)
                .param("assignedToDepartmentId", 4),
            vec![2],
        ),
        (
            list()
                .param("assignedToCompanyId", 8)
                .param("nameprefix", "mac%"),
            vec![4],
        ),
        (list().param("assignedToUserId", 999), vec![]),
        (list().param("assignedToUserId", 0), vec![]),
        (list().param("assignedToCompanyId", 999), vec![]),
        (list().param("assignedToDepartmentId", -1), vec![]),
        (list().param("assignedToTicketId", 999), vec![]),
        (list().param("assignedToUserId", ""), vec![1, 2, 3, 4, 5, 7]),
    ] {
        assert_eq!(ids(call.await), expected);
    }
}

#[tokio::test]
async fn a_prefix_is_of_any_case_and_stands_for_itself() {
    let app = with_assets().await;
    let tess = app.person("tess").await;
    for (prefix, expected) in [
        ("mac", vec![1, 2, 3, 4, 7]),
        ("MACBOOK", vec![1, 2]),
        ("macbook a", vec![1]),
        ("mac_", vec![3]),
        ("Mac%", vec![4]),
        (r"mac\", vec![7]),
        ("%%%", vec![]),
        ("___", vec![]),
        ("book", vec![]),
        ("", vec![1, 2, 3, 4, 5, 7]),
    ] {
        let found = ids(tess.get("Assets").param("nameprefix", prefix).await);
        assert_eq!(found, expected, "{prefix}");
    }
    for short in ["ma", "%", "äö"] {
        let call = tess.get("Assets").param("nameprefix", short);
        call.await.is_bad("nameprefix");
    }
}

#[tokio::test]
async fn pages_hold_exactly_50_in_the_order_of_ids() {
    let app = with_assets().await;
    let tess = app.person("tess").await;
    app.sql(
        "insert into assets (id, model_name, manufacturer_id, supplier_id, type_id)
            select n, 'Screen', 1, 1, 1 from generate_series(1120, 1001, -1) n",
    )
    .await;
    let page = |page: i32| {
        tess.get("Assets")
            .param("page", page)
            .param("nameprefix", "screen")
    };
    assert_eq!(ids(page(1).await), (1001..=1050).collect::<Vec<_>>());
    assert_eq!(ids(page(2).await), (1051..=1100).collect::<Vec<_>>());
    assert_eq!(ids(page(3).await), (1101..=1120).collect::<Vec<_>>());
    for past in [4, i32::MAX] {
        assert_eq!(page(past).await.is_ok().text(), "[]");
    }
    assert_eq!(ids(tess.get("Assets").await).len(), 50);
    // A list ignores the segment after its name.
    assert_eq!(ids(tess.get("Assets/3").await)[..3], [1, 2, 3]);
    for wrong in ["0", "-1", "x", "{page}", "2147483648"] {
        let call = tess.get("Assets").param("page", wrong);
        call.await.is_bad("page");
    }
    for (name, wrong) in [
        ("assignedToUserId", "undefined"),
        ("assignedToCompanyId", "1.5"),
        ("includeDisabled", "perhaps"),
    ] {
        tess.get("Assets").param(name, wrong).await.is_bad(name);
    }
}

#[tokio::test]
async fn regular_users_see_their_own_and_no_filter_widens_that() {
    let app = with_assets().await;
    let (ann, bob) = (app.person("ann").await, app.person("bob").await);
    app.sql("update users set is_manager = true, company_id = 7 where username = 'ann'")
        .await;
    let list = || ann.get("Assets");
    assert_eq!(ids(list().await), [1, 2]);
    for (call, expected) in [
        (list().param("includeDisabled", "true"), vec![1, 2, 6]),
        (list().param("assignedToUserId", ann.id), vec![1, 2]),
        // Asset 2 is bob's as well: she is not told.
        (list().param("assignedToUserId", bob.id), vec![]),
        (list().param("assignedToDepartmentId", 3), vec![1, 2]),
        (list().param("assignedToDepartmentId", 4), vec![]),
        (list().param("assignedToCompanyId", 7), vec![1, 2]),
        (list().param("assignedToCompanyId", 8), vec![]),
        (list().param("assignedToTicketId", 101), vec![1]),
        (list().param("assignedToTicketId", 102), vec![]),
        (list().param("nameprefix", "mac"), vec![1, 2]),
        (list().param("page", 2), vec![]),
    ] {
        assert_eq!(ids(call.await), expected);
    }
    let shared = list().await.is_ok().json()[1].clone();
    fits(&shared);
    let users = shared["AssignedUsers"].as_array().unwrap();
    assert_eq!(users.len(), 1);
    assert_eq!(users[0]["Username"], "ann");
    app.anonymous().get("Assets").await.is_unauthorized();
}

#[tokio::test]
async fn a_ticket_the_reader_does_not_see_has_no_assets() {
    let app = with_assets().await;
    app.sql("insert into categories (id, name) values (2, 'Other')")
        .await;
    let otto = app.technician("otto", &[2]).await;
    let call = otto.get("Assets").param("assignedToTicketId", 101);
    assert_eq!(call.await.is_ok().text(), "[]");
    // Asset 1 becomes bob's as well, but ann's ticket stays hers.
    app.sql("insert into asset_users select 1, id from users where username = 'bob'")
        .await;
    let bob = app.person("bob").await;
    assert_eq!(ids(bob.get("Assets").await), [1, 2, 3, 4]);
    let call = bob.get("Assets").param("assignedToTicketId", 101);
    assert_eq!(call.await.is_ok().text(), "[]");
}

#[tokio::test]
async fn deleted_users_have_no_assets() {
    let app = with_assets().await;
    app.sql("update users set deleted_at = now() where username = 'bob'")
        .await;
    let (tess, bob) = (app.person("tess").await, app.person("bob").await);
    let call = tess.get("Assets").param("assignedToUserId", bob.id);
    assert_eq!(ids(call.await), Vec::<i64>::new());
    let users = tess.asset(2).await["AssignedUsers"].clone();
    assert_eq!(users.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_fields_of_an_asset_are_those_the_reader_sees() {
    let app = with_assets().await;
    app.sql(
        "insert into custom_fields (id, usage, type, name, order_by, for_techs_only, for_admins_only) values
            (21, 2, 1, 'Room', 2, false, false), (22, 2, 4, 'Insured', 1, false, false),
            (26, 2, 1, 'Techs', 3, true, false), (27, 2, 1, 'Admins', 4, false, true)",
    )
    .await;
    let (ann, tess) = (app.person("ann").await, app.person("tess").await);
    let admin = app.admin().await;
    for (field, value) in [(21, "17"), (22, "true"), (26, "old"), (27, "dear")] {
        let call = admin.post("SetCustomFieldForAsset").param("id", 2);
        let call = call.param("fieldId", field).param("value", value);
        call.await.is_done();
    }
    let all = [(22, "\u{2713}"), (21, "17"), (26, "old"), (27, "dear")];
    let all = all.map(|(id, value)| (json!(id), json!(value)));
    for (person, seen) in [(&ann, 2), (&tess, 3), (&admin, 4)] {
        let listed = person.get("Assets").await.is_ok().json();
        assert_eq!(listed[0]["Fields"], json!([]));
        let one = person.asset(2).await;
        fits(&one);
        assert_eq!(one["Fields"], listed[1]["Fields"]);
        let fields = one["Fields"].as_array().unwrap().iter();
        let fields: Vec<_> = fields
            .map(|field| (field["FieldID"].clone(), field["Value"].clone()))
            .collect();
        assert_eq!(fields, all[..seen]);
    }
    let changed = tess.updates(2, &[]).await;
    assert_eq!(changed["Fields"].as_array().unwrap().len(), 3);
}
