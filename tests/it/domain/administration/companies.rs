use ferrodesk::domain::companies::{CompanyDraft, CompanyKind};
use futures_util::future::join_all;
use serde_json::json;

use super::{Desk, is_conflict, is_in_use, is_invalid, succeeded};

fn draft(name: &str, domains: &[&str], notes: Option<&str>) -> CompanyDraft {
    CompanyDraft {
        name: name.into(),
        email_domains: domains.iter().copied().map(Into::into).collect(),
        notes: notes.map(Into::into),
    }
}

#[tokio::test]
async fn a_company_is_kept_tidy_by_either_face() {
    let desk = Desk::with("").await;
    let domains = [" @Acme.Example", "b.example", "", "acme.example"];
    let made = desk
        .create::<CompanyKind>(draft(" Acme", &domains, Some("  ")))
        .await
        .unwrap();
    let tidy = draft("Acme", &["acme.example", "b.example"], None);
    assert_eq!(made.draft, tidy);
    let admin = desk.app.admin().await;
    let update = admin.post("UpdateCompany").param("id", made.id);
    update.param("notes", "a\nb").await.is_done();
    let noted = draft("Acme", &["acme.example", "b.example"], Some("a\nb"));
    assert_eq!(desk.find::<CompanyKind>(made.id).await.unwrap(), noted);
    desk.update::<CompanyKind>(made.id, draft("B", &[], None))
        .await
        .unwrap();
    let json = |draft: &CompanyDraft| serde_json::to_value(draft).unwrap();
    let last = json!({ "name": "B", "email_domains": [], "notes": null });
    assert_eq!(
        desk.audited().await,
        [
            json!(["company.created", "company", made.id, null, json(&tidy)]),
            json!([
                "company.updated",
                "company",
                made.id,
                json(&tidy),
                json(&noted)
            ]),
            json!(["company.updated", "company", made.id, json(&noted), last]),
        ]
    );
}

#[tokio::test]
async fn what_no_company_can_have_is_refused() {
    let desk = Desk::with("insert into companies (id, name) values (7, 'Acme')").await;
    let long = "x".repeat(10_001);
    for (wrong, field) in [
        (draft("", &[], None), "name"),
        (draft(&long[..201], &[], None), "name"),
        (draft("B", &["gmail.com"], None), "email_domains"),
        (draft("B", &["a.example;b.example"], None), "email_domains"),
        (draft("B", &["acme"], None), "email_domains"),
        (draft("B", &[], Some(&long)), "notes"),
        (draft("B", &[], Some("\u{1b}")), "notes"),
    ] {
        is_invalid(desk.create::<CompanyKind>(wrong.clone()).await, field);
        is_invalid(desk.update::<CompanyKind>(7, wrong).await, field);
    }
    let many: Vec<_> = (0..=100).map(|n| format!("d{n}.example")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    is_invalid(
        desk.create::<CompanyKind>(draft("B", &many, None)).await,
        "email_domains",
    );
    is_conflict(
        desk.create::<CompanyKind>(draft("ACME", &[], None)).await,
        "name",
    );
}

#[tokio::test]
async fn of_twenty_who_make_or_rename_to_one_name_at_once_one_does() {
    let desk = Desk::with(
        "insert into companies (id, name) select n, 'c' || n from generate_series(1001, 1010) n",
    )
    .await;
    let made = join_all((0..10).map(|_| desk.create::<CompanyKind>(draft("Acme", &[], None))));
    let renamed =
        join_all((1001..1011).map(|id| desk.update::<CompanyKind>(id, draft("ACME", &[], None))));
    let (made, renamed) = tokio::join!(made, renamed);
    assert_eq!(succeeded(&made) + succeeded(&renamed), 1);
    for refused in made.into_iter().filter(Result::is_err) {
        is_conflict(refused, "name");
    }
    for refused in renamed.into_iter().filter(Result::is_err) {
        is_conflict(refused, "name");
    }
}

const USED: &str = r#"
    insert into companies (id, name) values (7, 'Acme'), (8, 'Zebra');
    insert into users (id, username, company_id, deleted_at) values
        (101, 'ann', 7, null), (102, 'bob', 8, null), (103, 'gone', 7, now());
    insert into manufacturers (id, name) values (1, 'm');
    insert into suppliers (id, name) values (1, 's');
    insert into asset_types (id, name) values (1, 't');
    insert into assets (model_name, manufacturer_id, supplier_id, type_id, company_id) values ('PC', 1, 1, 1, 7);
    insert into categories (id, name) values (2, 'both'), (3, 'one');
    insert into category_companies (category_id, company_id) values (2, 7), (2, 8), (3, 7);
    insert into custom_fields (id, usage, type, name) values (1, 4, 1, 'Size');
    insert into company_field_values (company_id, field_id, value) values (7, 1, 'big');
    insert into rules (id, name, definition) values
        (1, 'one', '{"trigger": {"type": "closed"}, "conditions": [
            {"type": "company_is", "value": 7}, {"type": "department_is", "value": 7}]}'),
        (2, 'two', '{"trigger": {"type": "closed"}, "actions": [{"type": "assign", "value": 7}]}')"#;

#[tokio::test]
async fn a_company_in_use_is_kept_unless_everything_goes_to_another() {
    let desk = Desk::with(USED).await;
    is_in_use(
        desk.delete::<CompanyKind>(7, None).await,
        &[("users", 2), ("assets", 1), ("categories", 2), ("rules", 1)],
    );
    desk.delete::<CompanyKind>(7, Some(8)).await.unwrap();
    let numbers = [
        (
            "select company_id from users where company_id is not null order by id",
            vec![8, 8, 8],
        ),
        ("select company_id from assets", vec![8]),
        (
            "select category_id from category_companies where company_id = 8 order by 1",
            vec![2, 3],
        ),
        (
            "select (c ->> 'value')::integer from rules, jsonb_array_elements(definition -> 'conditions') c order by 1",
            vec![7, 8],
        ),
        ("select company_id from company_field_values", vec![]),
    ];
    for (statement, expected) in numbers {
        assert_eq!(desk.numbers(statement).await, expected, "{statement}");
    }
    desk.app
        .sql("update users set company_id = null; delete from assets; delete from rules; delete from category_companies")
        .await;
    desk.delete::<CompanyKind>(8, None).await.unwrap();
}

#[tokio::test]
async fn users_join_companies_that_are_deleted_at_the_same_time() {
    let desk = Desk::with("insert into companies (id, name) values (1007, 'Other')").await;
    let admin = desk.app.admin().await;
    for round in 0..10 {
        let name = format!("Acme {round}");
        let made = draft(&name, &["acme.example"], None);
        let id = desk.create::<CompanyKind>(made).await.unwrap().id;
        let joins = async |user: &str, company: &str| {
            let call = admin.post("CreateUser").param("email", user);
            call.param("company", company).await.is_ok();
        };
        let by_address = format!("joe{round}@acme.example");
        let by_name = format!("jim{round}@desk.test");
        let (.., deleted) = tokio::join!(
            joins(&by_address, ""),
            joins(&by_name, &name),
            desk.delete::<CompanyKind>(id, Some(1007))
        );
        deleted.unwrap();
    }
    let without = "select count(*) from users where username ~ '^jim' and company_id is null";
    assert_eq!(desk.app.count(without).await, 0);
    let with = "select count(*) from users where username ~ '^jim' and company_id is not null";
    assert_eq!(desk.app.count(with).await, 10);
}
