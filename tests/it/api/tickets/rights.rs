//! Who may change a ticket, as the permission table has it.

use crate::support::TestApp;
use crate::support::people::Person;

/// Everybody around one ticket of alice in category 1.
struct Cast<'a> {
    id: i32,
    owner: Person<'a>,
    stranger: Person<'a>,
    subscriber: Person<'a>,
    manager: Person<'a>,
    technician: Person<'a>,
    other_technician: Person<'a>,
    admin: Person<'a>,
}

async fn cast(app: &TestApp) -> Cast<'_> {
    app.sql("insert into categories (name) values ('Network'); insert into companies (name) values ('Acme')").await;
    app.sql("insert into categories (name, for_techs_only) values ('Hidden', true)")
        .await;
    let owner = app.customer("alice").await;
    let subscriber = app.customer("carol").await;
    let manager = app.customer("mary").await;
    let id = owner.creates_a_ticket().await;
    app.change("update users set company_id = 1 where id = $1", owner.id.0)
        .await;
    app.change(
        "update users set company_id = 1, is_manager = true where id = $1",
        manager.id.0,
    )
    .await;
    app.change(
        "insert into subscribers (user_id, ticket_id) select $1, max(id) from tickets",
        subscriber.id.0,
    )
    .await;
    Cast {
        id,
        owner,
        stranger: app.customer("bob").await,
        subscriber,
        manager,
        technician: app.technician("tom", &[1]).await,
        other_technician: app.technician("tina", &[2]).await,
        admin: app.admin().await,
    }
}

impl Cast<'_> {
    /// Status of a call for: owner, stranger, subscriber, manager, technician, other technician, administrator.
    async fn statuses(&self, method: &str, params: &[(&str, &str)]) -> [u16; 7] {
        let people = [
            &self.owner,
            &self.stranger,
            &self.subscriber,
            &self.manager,
            &self.technician,
            &self.other_technician,
            &self.admin,
        ];
        let mut statuses = [0; 7];
        for (status, person) in statuses.iter_mut().zip(people) {
            let mut call = person.post(method).param("id", self.id);
            for (name, value) in params {
                call = call.param(name, value);
            }
            *status = call.await.status.as_u16();
        }
        statuses
    }
}

#[tokio::test]
async fn own_fields_are_the_owners_and_the_staffs() {
    let app = TestApp::start().await;
    let cast = cast(&app).await;
    for field in [
        ("subject", "s"),
        ("body", "b"),
        ("priority", "1"),
        ("tags", "t"),
        ("dueDate", "2030-01-01"),
    ] {
        assert_eq!(
            cast.statuses("UpdateTicket", &[field]).await,
            [200, 404, 403, 403, 200, 404, 200],
            "{field:?}"
        );
    }
}

#[tokio::test]
async fn staff_fields_are_the_staffs_and_one_forbidden_field_refuses_the_call() {
    let app = TestApp::start().await;
    let cast = cast(&app).await;
    let technician = cast.technician.id.to_string();
    let owner = cast.owner.id.to_string();
    for field in [
        ("userId", owner.as_str()),
        ("date", "2020-01-01"),
        ("assignedUserId", technician.as_str()),
        ("timeSpentInSeconds", "5"),
        ("closeDate", "2020-01-01"),
    ] {
        let statuses = cast
            .statuses("UpdateTicket", &[field, ("subject", "changed")])
            .await;
        assert_eq!(statuses, [403, 404, 403, 403, 200, 404, 200], "{field:?}");
        app.change(
            "update tickets set subject = 'as before' where id = $1",
            cast.id,
        )
        .await;
        cast.owner
            .post("UpdateTicket")
            .param("id", cast.id)
            .param(field.0, field.1)
            .param("subject", "changed")
            .await
            .is_forbidden();
        assert_eq!(
            app.count("select count(*) from tickets where subject = 'as before'")
                .await,
            1
        );
    }
}

#[tokio::test]
async fn managers_close_too_but_only_staff_closes_silently() {
    let app = TestApp::start().await;
    let cast = cast(&app).await;
    assert_eq!(
        cast.statuses("Close", &[]).await,
        [200, 404, 403, 200, 200, 404, 200]
    );
    assert_eq!(
        cast.statuses("UpdateTicket", &[("statusId", "3")]).await,
        [200, 404, 403, 200, 200, 404, 200]
    );
    assert_eq!(
        cast.statuses("Close", &[("suppressNotification", "true")])
            .await,
        [403, 404, 403, 403, 200, 404, 200]
    );
}

#[tokio::test]
async fn where_the_work_stands_is_said_by_staff() {
    let app = TestApp::start().await;
    app.sql("insert into statuses (name) values ('Waiting')")
        .await;
    let cast = cast(&app).await;
    assert_eq!(
        cast.statuses("UpdateTicket", &[("statusId", "4")]).await,
        [403, 404, 403, 403, 200, 404, 200]
    );
}

#[tokio::test]
async fn moving_a_ticket_out_of_his_category_ends_a_technicians_rights_at_once() {
    let app = TestApp::start().await;
    let cast = cast(&app).await;
    let move_to = async |person: &Person<'_>, category: i32| {
        person
            .post("UpdateTicket")
            .param("id", cast.id)
            .param("categoryId", category)
            .await
    };
    move_to(&cast.owner, 3).await.is_not_found();
    move_to(&cast.technician, 3).await.is_not_found();
    move_to(&cast.subscriber, 2).await.is_forbidden();
    move_to(&cast.technician, 2).await.is_done();
    cast.technician
        .get("Ticket")
        .param("id", cast.id)
        .await
        .is_not_found();
    cast.other_technician
        .get("Ticket")
        .param("id", cast.id)
        .await
        .is_ok();
}

#[tokio::test]
async fn nothing_works_without_credentials() {
    let app = TestApp::start().await;
    let cast = cast(&app).await;
    for method in [
        "Ticket",
        "Tickets",
        "UpdateTicket",
        "Close",
        "Search",
        "Stats",
        "deleteTicket",
    ] {
        let reply = app
            .anonymous()
            .get(method)
            .param("id", cast.id)
            .await
            .is_unauthorized();
        assert!(!reply.text().is_empty());
        assert!(reply.headers.contains_key("www-authenticate"), "{method}");
    }
}
