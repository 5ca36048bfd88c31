use crate::support::TestApp;

#[tokio::test]
async fn the_log_tells_who_spent_how_much_in_the_order_of_time() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    for (person, seconds) in [(&cast.tech, 60), (&cast.admin, 45)] {
        let call = person.post("UpdateTicket").param("id", cast.ticket);
        let call = call.param("timeSpentInSeconds", seconds);
        call.await.is_done();
    }
    app.sql("update time_spent_log set created_at = '2024-01-01 10:00:00.5Z'::timestamptz + id * interval '1 second'").await;
    let (tech, admin) = (cast.tech.id, cast.admin.id);
    let log = format!(
        r#"[{{"Date":"2024-01-01T10:00:01.5Z","StatusID":1,"TimeSpentInSeconds":60,"UserID":{tech},"UserName":"tech"}},{{"Date":"2024-01-01T10:00:02.5Z","StatusID":1,"TimeSpentInSeconds":-15,"UserID":{admin},"UserName":"admin"}}]"#
    );
    let call = cast.tech.get("TimeSpentLog").param("ticketId", cast.ticket);
    assert_eq!(call.await.is_ok().text(), log);
    let path = format!("TimeSpentLog/{}", cast.ticket);
    assert_eq!(cast.admin.get(&path).await.is_ok().text(), log);
    let other = cast.owner.creates_a_ticket().await;
    let call = cast.tech.get("TimeSpentLog").param("ticketId", other);
    assert_eq!(call.await.is_ok().text(), "[]");
}

#[tokio::test]
async fn the_log_is_for_staff_of_the_ticket() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    for person in [&cast.owner, &cast.subscriber, &cast.manager] {
        let call = person.get("TimeSpentLog").param("ticketId", cast.ticket);
        call.await.is_forbidden();
    }
    for person in [&cast.stranger, &cast.elsewhere] {
        let call = person.get("TimeSpentLog").param("ticketId", cast.ticket);
        let unseen = call.await.is_not_found().text();
        let call = person.get("TimeSpentLog").param("ticketId", 999);
        assert_eq!(call.await.is_not_found().text(), unseen);
    }
    cast.admin.get("TimeSpentLog").await.is_bad("ticketId");
}
