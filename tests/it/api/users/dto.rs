use ferrodesk::api::users::dto::UserInfo;
use ferrodesk::domain::users;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::people::Person;

/// `user` as `reader` sees him inside a ticket.
async fn seen(app: &TestApp, user: &Person<'_>, reader: &Person<'_>) -> Value {
    let mut conn = app.database.connect().await;
    let user = users::find(&mut conn, user.id).await.unwrap().unwrap();
    serde_json::to_value(UserInfo::of(&user, &reader.actor().await)).unwrap()
}

#[tokio::test]
async fn a_customer_sees_no_notes_traces_and_staff_addresses_and_every_key_stays() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    let (tess, admin) = (app.technician("tess", &[1]).await, app.admin().await);
    app.sql(
        "insert into companies (id, name, notes) values (7, 'Acme', 'Pays late');
        update users set company_id = 7, notes = 'Beware', ip_address = '192.0.2.1', host_name = 'host', user_agent = 'curl';
        update users set username = email where username = 'tess'",
    )
    .await;
    let hidden = [
        "Notes",
        "CompanyNotes",
        "IPAddress",
        "HostName",
        "UserAgent",
    ];
    let everything = seen(&app, &tess, &admin).await;
    for key in hidden {
        assert_ne!(everything[key], Value::Null, "{key}");
    }
    assert_eq!(everything["Email"], "tess@desk.test");
    for reader in [&ann, &bob] {
        let tess = seen(&app, &tess, reader).await;
        for key in hidden.into_iter().chain(["Email", "Password", "PushToken"]) {
            assert_eq!(tess[key], Value::Null, "{key}");
        }
        assert_eq!(
            (&tess["Username"], &tess["FullName"]),
            (&json!("tess"), &json!("tess"))
        );
        assert!(!tess.to_string().contains("@desk.test"));
        assert_eq!(
            tess.as_object().unwrap().len(),
            everything.as_object().unwrap().len()
        );
    }
    let bob = seen(&app, &bob, &ann).await;
    assert_eq!(
        (&bob["Email"], &bob["Notes"], &bob["IPAddress"]),
        (&json!("bob@desk.test"), &Value::Null, &Value::Null)
    );
    let own = seen(&app, &ann, &ann).await;
    assert_eq!(
        (&own["Notes"], &own["CompanyNotes"], &own["IPAddress"]),
        (&Value::Null, &Value::Null, &json!("192.0.2.1"))
    );
}
