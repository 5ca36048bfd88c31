//! E-mail addresses of others on the way to readers who are no staff.

use serde_json::Value;

use crate::support::TestApp;
use crate::support::call::Credentials;
use crate::support::people::{Person, password_of};

/// Somebody who was made with an e-mail address only, which is his login then.
async fn known_by_address<'a>(app: &'a TestApp, person: Person<'a>) -> Person<'a> {
    app.change(
        "update users set username = email where id = $1",
        person.id.0,
    )
    .await;
    let login = format!("{}@desk.test", person.name);
    Person {
        credentials: Credentials::Basic(login.clone(), password_of(&person.name)),
        name: login,
        ..person
    }
}

#[tokio::test]
async fn a_login_that_is_an_address_is_whole_for_staff_and_for_its_owner_only() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let tess = known_by_address(&app, app.technician("tess", &[1]).await).await;
    let ann = known_by_address(&app, app.customer("ann").await).await;
    let bob = known_by_address(&app, app.customer("bob").await).await;
    let ticket = ann.creates_a_ticket().await;
    app.subscribes(&bob).await;
    tess.post("UpdateTicket")
        .param("id", ticket)
        .param("assignedUserId", tess.id)
        .await
        .is_done();
    for person in [&ann, &tess] {
        let call = person.post("Comment").param("id", ticket);
        call.param("body", "x").await.is_ok();
    }
    let on_behalf = "update tickets set on_behalf_user_id = $1";
    app.change(on_behalf, tess.id.0).await;

    let methods = ["Ticket", "Comments", "Tickets", "Search", "Subscribers"];
    let read = async |reader: &Person<'_>, method: &str| {
        let call = reader.get(method).query("query", "printer");
        call.query("id", ticket).await.is_ok()
    };
    for (reader, stranger) in [(&ann, "bob@"), (&bob, "ann@")] {
        for method in methods {
            let text = read(reader, method).await.text();
            assert!(!text.contains("tess@"), "{method}: {text}");
            assert!(!text.contains(stranger), "{method}: {text}");
        }
    }
    let shown = async |reader: &Person<'_>| -> Vec<Value> {
        let list = read(reader, "Tickets").await.json();
        let search = read(reader, "Search").await.json();
        assert_eq!(list, search);
        let ticket = read(reader, "Ticket").await.json();
        let comment = read(reader, "Comments").await.json()[0].clone();
        let item = &list[0];
        vec![
            item["UserName"].clone(),
            item["Email"].clone(),
            item["Technician"].clone(),
            item["LastUpdatedUsername"].clone(),
            ticket["OnBehalfUserName"].clone(),
            comment["UserName"].clone(),
            comment["Email"].clone(),
        ]
    };
    let (a, t) = ("ann@desk.test", "tess@desk.test");
    assert_eq!(
        shown(&ann).await,
        [a, a, "tess", "tess", "tess", "tess", ""]
    );
    assert_eq!(
        shown(&bob).await,
        ["ann", "", "tess", "tess", "tess", "tess", ""]
    );
    for staff in [&tess, &admin] {
        assert_eq!(shown(staff).await, [a, a, t, t, t, t, t]);
    }
}
