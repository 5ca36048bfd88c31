use crate::support::TestApp;

#[tokio::test]
async fn a_grant_makes_a_technician_and_its_end_unmakes_him_from_the_next_call() {
    let app = TestApp::start().await;
    let (admin, ann, bob) = (
        app.admin().await,
        app.customer("ann").await,
        app.customer("bob").await,
    );
    let ticket = bob.has_a_ticket_in(1).await;
    let change = |method: &str| {
        admin
            .get(method)
            .param("userId", ann.id)
            .param("categoryId", 1)
    };
    ann.get("Subscribers")
        .param("id", ticket)
        .await
        .is_not_found();
    for _ in 0..2 {
        change("AddCategoryTechPermission").await.is_done();
    }
    assert_eq!(
        ann.get("Authorization").await.is_ok().json()["IsTech"],
        true
    );
    ann.get("Subscribers").param("id", ticket).await.is_ok();
    for _ in 0..2 {
        change("removecategorytechpermission").await.is_done();
    }
    assert_eq!(
        ann.get("Authorization").await.is_ok().json()["IsTech"],
        false
    );
    ann.get("Subscribers")
        .param("id", ticket)
        .await
        .is_not_found();
    // Each change is audited once; repetitions change nothing.
    let audited = "select count(*) from audit_log where action in ('user.technician_added', 'user.technician_removed')";
    assert_eq!(app.count(audited).await, 2);
}

#[tokio::test]
async fn unknown_users_and_categories_are_not_found_and_nothing_changes() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    for method in ["AddCategoryTechPermission", "RemoveCategoryTechPermission"] {
        admin
            .post(method)
            .param("userId", 999)
            .param("categoryId", 1)
            .await
            .is_not_found();
        admin
            .post(method)
            .param("userId", ann.id)
            .param("categoryId", 999)
            .await
            .is_not_found();
        admin
            .post(method)
            .param("categoryId", 1)
            .await
            .is_bad("userId");
        admin
            .post(method)
            .param("userId", ann.id)
            .await
            .is_bad("categoryId");
        admin
            .post(method)
            .param("userId", ann.id)
            .param("categoryId", "x")
            .await
            .is_bad("categoryId");
    }
    assert_eq!(
        app.count("select count(*) from category_technicians").await,
        0
    );
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        0
    );
}

#[tokio::test]
async fn only_administrators_give_and_take_grants() {
    let app = TestApp::start().await;
    let (tess, ann) = (
        app.technician("tess", &[1]).await,
        app.customer("ann").await,
    );
    for method in ["AddCategoryTechPermission", "RemoveCategoryTechPermission"] {
        for person in [&tess, &ann] {
            // The role is checked before the look-up.
            person
                .post(method)
                .param("userId", 999)
                .param("categoryId", 999)
                .await
                .is_forbidden();
            person
                .post(method)
                .param("userId", ann.id)
                .param("categoryId", 1)
                .await
                .is_forbidden();
        }
        let call = app
            .anonymous()
            .post(method)
            .param("userId", ann.id)
            .param("categoryId", 1);
        call.await.is_unauthorized();
    }
    assert_eq!(
        app.count("select count(*) from category_technicians").await,
        1
    );
}
