use serde_json::Value;

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

#[tokio::test]
async fn linked_tickets_look_like_the_documents_sample() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let (one, other) = (ann.has_a_ticket_in(1).await, tess.has_a_ticket_in(1).await);
    tess.links(one, other).await;
    let reply = tess.get("LinkedTickets").param("id", one).await.is_ok();
    assert_eq!(
        reply.headers["content-type"],
        "application/json; charset=utf-8"
    );
    let reply = reply.json();
    assert_is("[linked ticket]", &reply);
    assert_eq!(reply[0]["TicketID"], other);
    assert_eq!(reply[0]["Username"], "tess");
    // One's own company, where there is one.
    app.sql("insert into companies (id, name) values (7, 'ACME'); update users set company_id = 7")
        .await;
    let reply = tess.get("LinkedTickets").param("id", one).await.is_ok();
    assert_eq!(reply.json()[0]["CompanyID"], 7);
    let lone = ann.has_a_ticket_in(1).await;
    let reply = tess.get("LinkedTickets").param("id", lone).await.is_ok();
    assert_eq!(reply.text(), "[]");
}

#[tokio::test]
async fn sub_tickets_look_like_the_documents_sample() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let (parent, child) = (ann.has_a_ticket_in(1).await, ann.creates_a_ticket().await);
    tess.makes_part(parent, child).await;
    let reply = tess.get("SubTickets").param("id", parent).await.is_ok();
    let reply = reply.json();
    assert_is("[sub-ticket]", &reply);
    let seen = &reply[0];
    assert_eq!(seen["IssueID"], child);
    assert_eq!(seen["Origin"], 3, "the number of API");
    assert_eq!(seen["StatusColor"], Value::Null);
    assert_eq!(seen["LastUpdatedUsername"], "tess");
    assert_eq!(seen["HasChildren"], false);
    app.sql("update statuses set color = '#abcdef'").await;
    let reply = tess.get("SubTickets").param("id", parent).await.is_ok();
    assert_eq!(reply.json()[0]["StatusColor"], "#abcdef");
}

#[tokio::test]
async fn customers_read_no_addresses_of_others() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let joe = app.customer("joe@acme.example").await;
    let (one, other) = (ann.has_a_ticket_in(1).await, joe.has_a_ticket_in(1).await);
    tess.links(one, other).await;
    tess.makes_part(one, other).await;
    app.subscribes(&ann).await;
    for method in ["LinkedTickets", "SubTickets"] {
        let seen = ann.get(method).param("id", one).await.is_ok();
        assert!(!seen.text().contains("acme.example"), "{}", seen.text());
        assert!(seen.text().contains(r#"ame":"joe""#), "{}", seen.text());
        let seen = tess.get(method).param("id", one).await.is_ok();
        assert!(seen.text().contains("joe@acme.example"));
    }
}

#[tokio::test]
async fn the_parent_is_a_bare_number_or_the_whole_ticket() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let (parent, child) = (cast.stranger.has_a_ticket_in(2).await, cast.ticket);
    let ask = |full: &'static str| {
        let call = cast.admin.get("ParentTicket").param("id", child);
        call.param("returnFullTicket", full)
    };
    assert_eq!(ask("").await.is_ok().text(), "0");
    assert_eq!(ask("true").await.is_ok().text(), "0");
    cast.admin.makes_part(parent, child).await;
    let reply = ask("false").await.is_ok();
    assert_eq!(reply.text(), parent.to_string());
    assert_eq!(reply.headers["content-type"], "text/plain; charset=utf-8");
    let whole = cast.admin.get("Ticket").param("id", parent).await.is_ok();
    let reply = ask("true").await.is_ok();
    assert_eq!(reply.headers["content-type"], whole.headers["content-type"]);
    // Who was last seen when is no part of what is compared.
    let without_presence = |reply: Value| {
        let mut reply = reply;
        reply["SubmitterUserInfo"]["LastSeen"] = Value::Null;
        reply
    };
    assert_eq!(
        without_presence(reply.json()),
        without_presence(whole.json())
    );
    // The child's readers do not see the parent: for them there is none.
    for person in [&cast.owner, &cast.subscriber, &cast.manager, &cast.tech] {
        for full in ["true", "false"] {
            let call = person.get("ParentTicket").param("id", child);
            let reply = call.param("returnFullTicket", full).await.is_ok();
            assert_eq!(reply.text(), "0", "{}", person.name);
        }
    }
    let call = cast.stranger.get("ParentTicket").param("id", child);
    call.await.is_not_found();
    cast.admin.get("ParentTicket").await.is_bad("id");
    let call = cast.admin.get("ParentTicket").param("id", child);
    let call = call.param("returnFullTicket", "perhaps");
    call.await.is_bad("returnFullTicket");
}

fn data<'a>(ticket: i32, person: &Person<'a>) -> Call<'a> {
    person.get("TicketIntegrationData").param("id", ticket)
}

#[tokio::test]
async fn integration_data_has_nine_keys_and_is_for_staff() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let empty = data(cast.ticket, &cast.tech).await.is_ok().json();
    assert_eq!(
        empty.to_string(),
        r#"{"BitbucketIssueUrl":null,"JiraIssueUrl":null,"GitHubIssueUrl":null,"AsanaTaskUrl":null,"TrelloCardUrl":null,"VSOWorkItemUrl":null,"HarvestProjectUrl":null,"GitLabIssueUrl":null,"BasecampTodoUrl":null}"#
    );
    app.sql("insert into ticket_integrations (ticket_id, jira_issue_url, gitlab_issue_url) select id, 'https://jira/browse/JB-1', 'https://gitlab.com/a/-/issues/1' from tickets").await;
    let filled = data(cast.ticket, &cast.admin).await.is_ok().json();
    assert_is("{integrations}", &filled);
    assert_eq!(filled["JiraIssueUrl"], "https://jira/browse/JB-1");
    app.sql("update ticket_integrations set bitbucket_issue_url = 'BitbucketIssueUrl', jira_issue_url = 'JiraIssueUrl', github_issue_url = 'GitHubIssueUrl', asana_task_url = 'AsanaTaskUrl', trello_card_url = 'TrelloCardUrl', vso_work_item_url = 'VSOWorkItemUrl', harvest_project_url = 'HarvestProjectUrl', gitlab_issue_url = 'GitLabIssueUrl', basecamp_todo_url = 'BasecampTodoUrl'").await;
    for (key, value) in data(cast.ticket, &cast.admin)
        .await
        .is_ok()
        .json()
        .as_object()
        .unwrap()
    {
        assert_eq!(key, value, "each under its own key");
    }
    for person in [&cast.owner, &cast.subscriber, &cast.manager] {
        data(cast.ticket, person).await.is_forbidden();
    }
    data(cast.ticket, &cast.stranger).await.is_not_found();
    data(cast.ticket, &cast.elsewhere).await.is_not_found();
    cast.admin.get("TicketIntegrationData").await.is_bad("id");
}
