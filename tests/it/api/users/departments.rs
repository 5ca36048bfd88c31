use serde_json::json;

use crate::contract::shape::assert_is;
use crate::support::TestApp;

#[tokio::test]
async fn departments_are_listed_by_id_in_the_documents_shape() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    assert_eq!(admin.get("Departments").await.is_ok().json(), json!([]));
    app.sql("insert into departments (id, name) values (8, 'Accounts'), (7, 'Sales')")
        .await;
    let departments = admin.post("departments").await.is_ok().json();
    assert_is("[department]", &departments);
    let expected = json!([
        { "DepartmentID": 7, "Name": "Sales" },
        { "DepartmentID": 8, "Name": "Accounts" },
    ]);
    assert_eq!(departments, expected);
}

#[tokio::test]
async fn departments_are_for_administrators() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    tess.get("Departments").await.is_forbidden();
    app.customer("ann")
        .await
        .get("Departments")
        .await
        .is_forbidden();
    app.anonymous().get("Departments").await.is_unauthorized();
}
