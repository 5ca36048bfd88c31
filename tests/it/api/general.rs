use serde_json::Value;

use crate::contract::shape::assert_is;
use crate::support::TestApp;

#[tokio::test]
async fn authorization_returns_the_callers_own_record() {
    let app = TestApp::start().await;
    for person in [app.admin().await, app.customer("ann").await] {
        for reply in [
            person.post("Authorization").await,
            person.get("authorization").await,
        ] {
            let user = reply.is_ok().json();
            assert_is("{own record}", &user);
            assert_eq!(user["UserID"], person.id.0);
            assert_eq!(user["Username"], person.name.as_str());
            assert_eq!(user["Email"], format!("{}@desk.test", person.name));
            assert_eq!(user["IsTech"], false);
            assert_eq!(user["Password"], Value::Null);
        }
    }
    app.anonymous()
        .post("Authorization")
        .await
        .is_unauthorized();
}

#[tokio::test]
async fn a_customer_does_not_read_what_administrators_noted_about_him() {
    let app = TestApp::start().await;
    let (ann, tess) = (
        app.customer("ann").await,
        app.technician("tess", &[1]).await,
    );
    app.sql("update users set notes = 'Beware', first_name = 'F', last_name = 'L'")
        .await;
    let user = ann.post("Authorization").await.is_ok().json();
    assert_eq!(user["Notes"], Value::Null);
    assert_eq!(user["FullName"], "F L");
    assert_eq!(user["FullNameAndLogin"], "F L (ann)");
    let user = tess.post("Authorization").await.is_ok().json();
    assert_eq!(user["Notes"], "Beware");
    assert_eq!(user["IsTech"], true);
}
