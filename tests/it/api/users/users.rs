use serde_json::Value;

use crate::contract::shape::assert_is;
use crate::support::TestApp;

#[tokio::test]
async fn staff_reads_any_user_by_id_email_and_username() {
    let app = TestApp::start().await;
    let ann = app.customer("ann").await;
    app.sql(
        "insert into companies (id, name, notes) values (7, 'Acme', 'Pays late');
        insert into departments (id, name) values (8, 'Sales');
        update users set company_id = 7, department_id = 8, notes = 'Beware', ip_address = '192.0.2.1',
            host_name = 'host', user_agent = 'curl', last_seen_at = '2020-02-28T04:48:00Z', is_department_manager = true
        where username = 'ann'",
    )
    .await;
    for reader in [app.admin().await, app.technician("tess", &[1]).await] {
        let by_id = reader
            .get("User")
            .param("userId", ann.id)
            .await
            .is_ok()
            .json();
        assert_is("{user}", &by_id);
        assert_eq!(by_id["UserID"], ann.id.0);
        assert_eq!(by_id["CompanyName"], "Acme");
        assert_eq!(by_id["CompanyId"], 7);
        assert_eq!(by_id["CompanyNotes"], "Pays late");
        assert_eq!(by_id["Department"], "Sales");
        assert_eq!(by_id["DepartmentName"], "Sales");
        assert_eq!(by_id["DepartmentID"], 8);
        assert_eq!(by_id["Notes"], "Beware");
        assert_eq!(by_id["IPAddress"], "192.0.2.1");
        assert_eq!(by_id["LastSeen"], "2020-02-28T04:48:00Z");
        assert_eq!(by_id["IsDepartmentManager"], true);
        assert_eq!(
            (&by_id["Password"], &by_id["PushToken"]),
            (&Value::Null, &Value::Null)
        );
        let path = format!("/api/User/{}", ann.id);
        let by_path = reader
            .call(reqwest::Method::GET, &path)
            .await
            .is_ok()
            .json();
        assert_eq!(by_path, by_id);
        let by_email = reader
            .get("UserByEmail")
            .param("email", "ANN@desk.test")
            .await;
        assert_eq!(by_email.is_ok().json(), by_id);
        let by_username = reader.post("userbyusername").param("Username", "Ann").await;
        assert_eq!(by_username.is_ok().json(), by_id);
    }
}

#[tokio::test]
async fn unknown_and_deleted_users_are_not_found() {
    let app = TestApp::start().await;
    let (admin, gone) = (app.admin().await, app.customer("gone").await);
    app.change(
        "update users set deleted_at = now() where id = $1",
        gone.id.0,
    )
    .await;
    let unknown = admin
        .get("User")
        .param("userId", 999)
        .await
        .is_not_found()
        .text();
    let deleted = admin
        .get("User")
        .param("userId", gone.id)
        .await
        .is_not_found()
        .text();
    assert_eq!(unknown, deleted);
    for id in ["0", "-1"] {
        admin.get("User").param("userId", id).await.is_not_found();
    }
    admin
        .get("UserByEmail")
        .param("email", "gone@desk.test")
        .await
        .is_not_found();
    admin
        .get("UserByUsername")
        .param("username", "gone")
        .await
        .is_not_found();
    admin
        .get("UserByUsername")
        .param("username", "nobody")
        .await
        .is_not_found();
}

#[tokio::test]
async fn wrong_parameters_of_the_user_look_ups_are_named() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin.get("User").await.is_bad("userId");
    for id in ["undefined", "1e3", "2147483648", "1,2"] {
        admin.get("User").param("userId", id).await.is_bad("userId");
    }
    admin.get("UserByEmail").await.is_bad("email");
    admin
        .get("UserByEmail")
        .param("email", "")
        .await
        .is_bad("email");
    admin.get("UserByUsername").await.is_bad("username");
}

#[tokio::test]
async fn a_customer_reads_his_own_record_only() {
    let app = TestApp::start().await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    // The address he calls from, since that is noted in the background at any moment.
    app.sql("update users set notes = 'Beware', ip_address = '127.0.0.1'")
        .await;
    let own = ann.get("User").param("userId", ann.id).await.is_ok().json();
    assert_eq!(own["Notes"], Value::Null);
    assert_eq!(own["IPAddress"], "127.0.0.1");
    assert_eq!(own["Email"], "ann@desk.test");
    // The role is checked before the look-up: ids cannot be probed.
    let known = ann
        .get("User")
        .param("userId", bob.id)
        .await
        .is_forbidden()
        .text();
    let unknown = ann
        .get("User")
        .param("userId", 999)
        .await
        .is_forbidden()
        .text();
    assert_eq!(known, unknown);
    ann.get("UserByEmail")
        .param("email", "ann@desk.test")
        .await
        .is_forbidden();
    ann.get("UserByUsername")
        .param("username", "nobody")
        .await
        .is_forbidden();
    app.anonymous()
        .get("User")
        .param("userId", ann.id)
        .await
        .is_unauthorized();
}
