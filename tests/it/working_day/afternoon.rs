//! From the assets of a ticket to the statistics of the evening.

use serde_json::{Value, json};

use super::Desk;
use crate::support::call::Call;
use crate::support::people::Person;

fn merge<'a>(person: &Person<'a>, primary: i32, same: i32) -> Call<'a> {
    let merge = person.post("MergeTickets");
    merge.param("id", primary).param("id2", same)
}

fn write<'a>(person: &Person<'a>) -> Call<'a> {
    let article = person.post("Article").param("categoryId", 1);
    article
        .param("subject", "Paper jams")
        .param("body", "Use [b]good[/b] paper")
}

pub(super) async fn assets(desk: &Desk<'_>, ticket: i32) {
    let asset = desk
        .tina
        .post("Asset")
        .param("modelName", "LaserJet 4")
        .param("manufacturer", "HP");
    let asset = asset
        .param("type", "Printer")
        .param("supplier", "none")
        .await
        .is_ok()
        .json();
    let asset = asset["id"].as_i64().unwrap();
    let assign = |method| desk.tina.post(method).param("assetId", asset);
    assign("AssignAssetToUser")
        .param("userId", desk.carl.id)
        .await
        .is_done();
    assign("AddAssetToTicket")
        .param("ticketID", ticket)
        .await
        .is_done();
    let mine = desk.carl.get("Assets").await.is_ok().json();
    assert_eq!(
        (&mine[0]["ItemID"], &mine[0]["ModelName"]),
        (&json!(asset), &json!("LaserJet 4"))
    );
    assert_eq!(desk.dora.get("Assets").await.is_ok().json(), json!([]));
    let involved = desk
        .tina
        .get("Assets")
        .param("assignedToTicketId", ticket)
        .await
        .is_ok()
        .json();
    assert_eq!(involved[0]["ItemID"], asset);
    assign("DisableAsset").await.is_done();
    assert_eq!(desk.tina.get("Assets").await.is_ok().json(), json!([]));
    assign("EnableAsset").await.is_done();
}

pub(super) async fn merging(desk: &Desk<'_>, ticket: i32, file: i32) {
    let same = desk.carl.creates_a_ticket().await;
    desk.carl.attaches(same, "again.txt", "again").await;

    merge(&desk.carl, ticket, same).await.is_forbidden();
    merge(&desk.tina, ticket, same).await.is_done();
    desk.carl
        .get("Ticket")
        .param("id", same)
        .await
        .is_not_found();
    let names: Vec<_> = desk
        .carl
        .files_of(ticket)
        .await
        .iter()
        .map(|file| file["FileName"].clone())
        .collect();
    assert!(
        names.contains(&json!("again.txt")) && names.contains(&json!("roller.bin")),
        "{names:?}"
    );
    desk.carl.get("Attachment").param("id", file).await.is_ok();
}

pub(super) async fn relations(desk: &Desk<'_>, ticket: i32) {
    let order = desk.tina.creates_a_ticket().await;
    let other = desk.dora.creates_a_ticket().await;
    let sub = desk
        .tina
        .post("AddSubTicket")
        .param("parentId", ticket)
        .param("childId", order);
    sub.await.is_done();
    let circle = desk
        .tina
        .post("AddSubTicket")
        .param("parentId", order)
        .param("childId", ticket);
    assert_eq!(circle.await.status, 400);
    let subs = desk
        .tina
        .get("SubTickets")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    assert_eq!(subs[0]["IssueID"], order);
    assert_eq!(
        desk.carl
            .get("SubTickets")
            .param("id", ticket)
            .await
            .is_ok()
            .json(),
        json!([])
    );
    assert_eq!(
        desk.tina
            .get("ParentTicket")
            .param("id", order)
            .await
            .is_ok()
            .text(),
        ticket.to_string()
    );
    links(desk, ticket, other).await;
}

async fn links(desk: &Desk<'_>, ticket: i32, other: i32) {
    desk.tina
        .post("LinkTickets")
        .param("id", ticket)
        .param("id2", other)
        .await
        .is_done();
    let linked = desk
        .tina
        .get("LinkedTickets")
        .param("id", other)
        .await
        .is_ok()
        .json();
    assert_eq!(linked[0]["TicketID"], ticket);
    assert_eq!(
        desk.dora
            .get("LinkedTickets")
            .param("id", other)
            .await
            .is_ok()
            .json(),
        json!([])
    );
}

pub(super) async fn closing(desk: &Desk<'_>, ticket: i32) {
    let closed = |stats: &Value| stats["Closed"].as_i64().unwrap();
    let before = closed(&desk.stats().await);
    desk.tina.post("Close").param("id", ticket).await.is_done();
    assert!(desk.ticket(ticket).await["ResolvedDate"].is_string());
    assert_eq!(closed(&desk.stats().await), before + 1);
    desk.carl
        .post("Comment")
        .param("id", ticket)
        .param("body", "It jams again")
        .await
        .is_ok();
    let seen = desk.ticket(ticket).await;
    assert_eq!(
        (&seen["Status"], &seen["ResolvedDate"]),
        (&json!("In process"), &Value::Null)
    );
    assert_eq!(closed(&desk.stats().await), before);
    desk.carl
        .post("UpdateTicket")
        .param("id", ticket)
        .param("statusId", 3)
        .await
        .is_done();
    assert_eq!(desk.ticket(ticket).await["Status"], "Closed");
}

pub(super) async fn knowledge(desk: &Desk<'_>) {
    write(&desk.carl).await.is_forbidden();
    let article = write(&desk.tina).await.is_ok().number();
    let read = desk
        .carl
        .get(&format!("Article/{article}"))
        .await
        .is_ok()
        .json();
    assert_eq!(read["Body"], "Use [b]good[/b] paper");
    let listed = desk.dora.get("Articles").await.is_ok().json();
    assert_eq!(
        listed["Articles"][0]["UrlId"],
        format!("{article}-paper-jams")
    );
    let page = format!("/KB/View/{article}-paper-jams");
    let page = desk
        .carl
        .call(reqwest::Method::GET, &page)
        .await
        .is_ok()
        .text();
    assert!(
        page.contains("Use <b>good</b> paper") || page.contains("<strong>good</strong>"),
        "{page}"
    );
}

pub(super) async fn people(desk: &Desk<'_>, ticket: i32) {
    let company = desk
        .anna
        .post("Company")
        .param("name", "ACME")
        .param("emailDomains", "acme.test");
    let company = company.await.is_ok().number();
    let made = desk
        .anna
        .post("CreateUser")
        .param("email", "carl@acme.test")
        .param("firstName", "Carl");
    let made = made.await.is_ok().number();
    let twin = desk
        .anna
        .get("User")
        .param("userId", made)
        .await
        .is_ok()
        .json();
    assert_eq!(
        (&twin["CompanyId"], &twin["CompanyName"]),
        (&json!(company), &json!("ACME"))
    );
    let merge = desk
        .anna
        .post("MergeUsers")
        .param("fromUserId", made)
        .param("toUserId", desk.carl.id);
    merge.await.is_done();
    desk.anna
        .get("User")
        .param("userId", made)
        .await
        .is_not_found();
    let update = desk.anna.post("UpdateUser").param("userId", desk.carl.id);
    update
        .param("company", "acme")
        .param("department", "Research")
        .await
        .is_done();
    let listed = desk
        .tina
        .get("Tickets")
        .param("fromCompanyId", company)
        .await
        .is_ok()
        .json();
    assert_eq!(listed[0]["IssueID"], ticket);
    let departments = desk.anna.get("Departments").await.is_ok().json();
    assert_eq!(departments[0]["Name"], "Research");
}

pub(super) async fn rules(desk: &Desk<'_>) {
    let rule = || async { desk.anna.get("Rule/9").await.is_ok().text() };
    let enabled = rule().await;
    assert!(enabled.contains("<AutomationRule"), "{enabled}");
    desk.tina.get("Rule/9").await.is_forbidden();
    desk.anna.get("DisableRule/9").await.is_done();
    assert_ne!(rule().await, enabled);
    desk.anna.get("EnableRule/9").await.is_done();
    assert_eq!(rule().await, enabled);
}

pub(super) async fn evening(desk: &Desk<'_>, ticket: i32) {
    let revoke = desk.anna.post("RemoveCategoryTechPermission");
    let revoke = revoke.param("userId", desk.tina.id).param("categoryId", 1);
    desk.ticket(ticket).await;
    revoke.await.is_done();
    // She is subscribed to what she was assigned: a reader, no more its staff.
    desk.tina.get("Comments").param("id", ticket).await.is_ok();
    desk.tina
        .post("MergeTickets")
        .param("id", ticket)
        .param("id2", 1)
        .await
        .is_bad("id2");
    desk.tina
        .get("RemoveSubscriber")
        .param("id", ticket)
        .await
        .is_done();
    desk.tina
        .get("Ticket")
        .param("id", ticket)
        .await
        .is_not_found();
    let stats = desk.stats().await;
    assert_eq!(
        (&stats["TotalTickets"], &stats["Closed"]),
        (&json!(3), &json!(1))
    );
    let own = desk
        .carl
        .get("Stats")
        .param("forCurrentUser", true)
        .await
        .is_ok()
        .json();
    assert_eq!(
        (&own["SubmittedByMe"], &own["Unclosed"]),
        (&json!(0), &json!(0))
    );
}
