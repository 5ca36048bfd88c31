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

/// Everybody has everything that a record can hold; tess logs in by her address.
async fn give_everybody_everything(app: &TestApp) {
    app.sql(
        "insert into companies (id, name, notes) values (7, 'Acme', 'Pays late');
        update users set company_id = 7, notes = 'Beware', ip_address = '192.0.2.1', host_name = 'host', user_agent = 'curl',
            phone = '+1 555', location = 'Room 4', signature = 'Cheers', greeting = 'Hi', last_seen_at = now(),
            last_password_change_at = now(), two_factor_enabled = true;
        update users set username = email where username = 'tess'",
    )
    .await;
}

#[tokio::test]
async fn a_customer_sees_what_is_public_of_others_and_every_key_stays() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    let (tess, admin) = (app.technician("tess", &[1]).await, app.admin().await);
    give_everybody_everything(&app).await;
    let hidden = [
        "Notes",
        "CompanyNotes",
        "IPAddress",
        "HostName",
        "UserAgent",
        "LastSeen",
        "LastPasswordChange",
    ];
    let texts = ["Phone", "Location", "Signature", "Greeting"];
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
        for key in texts {
            assert_eq!(tess[key], "", "{key}");
        }
        assert_eq!(tess["TwoFactorAuthEnabled"], false);
        assert!(!tess.to_string().contains("@desk.test"));
        assert_eq!(
            tess.as_object().unwrap().len(),
            everything.as_object().unwrap().len()
        );
    }
    let bob = seen(&app, &bob, &ann).await;
    assert_eq!(
        (&bob["Email"], &bob["Notes"], &bob["IPAddress"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let own = seen(&app, &ann, &ann).await;
    assert_eq!(
        (&own["Notes"], &own["CompanyNotes"], &own["IPAddress"]),
        (&Value::Null, &Value::Null, &json!("192.0.2.1"))
    );
    for all in [&own, &everything] {
        for key in texts.into_iter().chain(["Email", "LastSeen"]) {
            assert!(
                all[key].as_str().is_some_and(|text| !text.is_empty()),
                "{key}"
            );
        }
        assert_eq!(all["TwoFactorAuthEnabled"], true);
    }
}
