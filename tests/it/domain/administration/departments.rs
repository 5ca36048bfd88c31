use ferrodesk::domain::Error;
use ferrodesk::domain::departments::{DepartmentDraft, DepartmentKind};
use futures_util::future::join_all;
use serde_json::json;

use super::{Desk, is_conflict, is_in_use, is_invalid, succeeded};

fn draft(name: &str) -> DepartmentDraft {
    DepartmentDraft { name: name.into() }
}

#[tokio::test]
async fn a_department_is_made_renamed_and_deleted_and_the_audit_log_tells() {
    let desk = Desk::with("").await;
    let made = desk
        .create::<DepartmentKind>(draft("  Sales "))
        .await
        .unwrap();
    assert_eq!(made.draft, draft("Sales"));
    let id = made.id;
    // Nothing changes, nothing is recorded.
    desk.update::<DepartmentKind>(id, draft(" Sales"))
        .await
        .unwrap();
    desk.update::<DepartmentKind>(id, draft("SALES"))
        .await
        .unwrap();
    assert_eq!(
        desk.find::<DepartmentKind>(id).await.unwrap(),
        draft("SALES")
    );
    desk.delete::<DepartmentKind>(id, None).await.unwrap();
    let gone = desk.find::<DepartmentKind>(id).await;
    assert!(matches!(gone, Err(Error::NotFound("department"))));
    let (small, capital) = (json!({ "name": "Sales" }), json!({ "name": "SALES" }));
    assert_eq!(
        desk.audited().await,
        [
            json!(["department.created", "department", id, null, small]),
            json!(["department.updated", "department", id, small, capital]),
            json!(["department.deleted", "department", id, capital, null]),
        ]
    );
}

#[tokio::test]
async fn departments_are_listed_by_id_a_page_at_a_time() {
    let desk =
        Desk::with("insert into departments (id, name) values (3, 'C'), (5, 'A'), (4, 'B')").await;
    let ids = async |after, limit| {
        let page = desk.list::<DepartmentKind>(after, limit).await;
        page.into_iter().map(|each| each.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(0, 2).await, [3, 4]);
    assert_eq!(ids(4, 2).await, [5]);
}

#[tokio::test]
async fn wrong_and_taken_names_are_refused() {
    let desk = Desk::with("insert into departments (id, name) values (3, 'Sales')").await;
    for name in ["", "  ", "a\nb", &"x".repeat(201)] {
        is_invalid(desk.create::<DepartmentKind>(draft(name)).await, "name");
        is_invalid(desk.update::<DepartmentKind>(3, draft(name)).await, "name");
    }
    is_conflict(desk.create::<DepartmentKind>(draft("SALES")).await, "name");
    let other = desk.create::<DepartmentKind>(draft("IT")).await.unwrap();
    let renamed = desk.update::<DepartmentKind>(other.id, draft("sales"));
    is_conflict(renamed.await, "name");
}

#[tokio::test]
async fn of_twenty_who_make_one_department_at_once_one_does() {
    let desk = Desk::with("").await;
    let made = join_all((0..20).map(|_| desk.create::<DepartmentKind>(draft("Sales")))).await;
    assert_eq!(succeeded(&made), 1);
    for refused in made.into_iter().filter(Result::is_err) {
        is_conflict(refused, "name");
    }
}

const USED: &str = r#"
    insert into departments (id, name) values (3, 'Sales'), (4, 'IT');
    insert into users (id, username, department_id, deleted_at) values
        (101, 'ann', 3, null), (102, 'bob', 4, null), (103, 'gone', 3, now());
    insert into rules (id, name, definition) values
        (1, 'one', '{"trigger": {"type": "closed"}, "conditions": [
            {"type": "department_is", "value": 3}, {"type": "company_is", "value": 3}]}'),
        (2, 'two', '{"trigger": {"type": "closed"}}')"#;

#[tokio::test]
async fn a_department_with_users_or_rules_is_kept_unless_they_go_to_another() {
    let desk = Desk::with(USED).await;
    let refused = desk.delete::<DepartmentKind>(3, None).await;
    is_in_use(refused, &[("users", 2), ("rules", 1)]);
    assert_eq!(
        desk.numbers("select department_id from users where department_id is not null order by id")
            .await,
        [3, 4, 3]
    );
    for to in [3, 99, -1] {
        is_conflict(desk.delete::<DepartmentKind>(3, Some(to)).await, "move_to");
    }
    desk.delete::<DepartmentKind>(3, Some(4)).await.unwrap();
    assert_eq!(
        desk.numbers("select department_id from users where department_id is not null order by id")
            .await,
        [4, 4, 4]
    );
    let values = "select (condition ->> 'value')::integer
        from rules, jsonb_array_elements(definition -> 'conditions') with ordinality c (condition, place)
        order by place";
    assert_eq!(desk.numbers(values).await, [4, 3]);
    assert_eq!(
        desk.audited().await,
        [json!(["department.deleted", "department", 3, { "name": "Sales", "moved_to": 4 }, null])]
    );
}

#[tokio::test]
async fn two_departments_that_are_merged_into_each_other_leave_one() {
    let desk = Desk::with(USED).await;
    let merged =
        join_all([(3, 4), (4, 3)].map(|(from, to)| desk.delete::<DepartmentKind>(from, Some(to))))
            .await;
    assert_eq!(succeeded(&merged), 1);
    let left = desk.numbers("select id from departments").await;
    assert_eq!(left.len(), 1);
    assert_eq!(
        desk.numbers("select distinct department_id from users where department_id is not null")
            .await,
        left
    );
}

#[tokio::test]
async fn users_join_departments_that_are_deleted_at_the_same_time() {
    let desk = Desk::with("").await;
    let admin = desk.app.admin().await;
    for round in 0..10 {
        let name = format!("Sales {round}");
        let made = desk.create::<DepartmentKind>(draft(&name)).await.unwrap();
        let joins = async {
            let email = format!("joe{round}@desk.test");
            let call = admin.post("CreateUser").param("email", email);
            call.param("department", &name).await.is_ok();
        };
        let ((), deleted) = tokio::join!(joins, desk.delete::<DepartmentKind>(made.id, None));
        if succeeded(std::slice::from_ref(&deleted)) == 0 {
            is_in_use(deleted, &[("users", 1)]);
        }
    }
    let with = "select count(*) from users where username ~ '^joe' and department_id is not null";
    assert_eq!(desk.app.count(with).await, 10);
}
