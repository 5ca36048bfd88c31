//! Where a merged ticket belonged, there belongs the one it was merged into.

use crate::support::TestApp;

use super::merge::Stage;

#[tokio::test]
async fn links_move_once_and_none_leads_to_itself() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    let (both, one) = (
        stage.ann.has_a_ticket_in(1).await,
        stage.bob.has_a_ticket_in(1).await,
    );
    stage.tess.links(stage.primary, stage.merged).await;
    stage.tess.links(stage.primary, both).await;
    stage.tess.links(both, stage.merged).await;
    stage.tess.links(stage.merged, one).await;
    stage.merge().await;
    assert_eq!(
        stage.tess.numbers("LinkedTickets", stage.primary).await,
        [i64::from(one), i64::from(both)]
    );
    assert_eq!(app.count("select count(*) from ticket_links").await, 2);
    for ticket in [one, both] {
        assert_eq!(
            stage.tess.history_of(ticket).await[0],
            format!(
                "tess merged #{}, which belonged to this ticket, into #{}",
                stage.merged, stage.primary
            )
        );
    }
}

#[tokio::test]
async fn links_of_a_ticket_with_a_greater_number_turn_around() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    let between = stage.ann.has_a_ticket_in(1).await;
    let last = stage.ann.has_a_ticket_in(1).await;
    stage.tess.links(between, last).await;
    for (id, id2) in [(stage.primary, last), (stage.merged, stage.primary)] {
        let call = stage.tess.post("MergeTickets").param("id", id);
        call.param("id2", id2).await.is_done();
    }
    assert_eq!(
        stage.tess.numbers("LinkedTickets", between).await,
        [i64::from(stage.merged)]
    );
}

#[tokio::test]
async fn sub_tickets_and_the_parent_move() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    let tess = &stage.tess;
    let (above, child) = (
        stage.ann.has_a_ticket_in(1).await,
        stage.bob.has_a_ticket_in(1).await,
    );
    tess.makes_part(above, stage.merged).await;
    tess.makes_part(stage.merged, child).await;
    stage.merge().await;
    assert_eq!(tess.parent_of(child).await, stage.primary);
    assert_eq!(tess.parent_of(stage.primary).await, above);
    let list = tess.get("Tickets").param("count", 300).await.is_ok().json();
    let item = list.as_array().unwrap().iter();
    let item = item.clone().find(|item| item["IssueID"] == stage.primary);
    assert_eq!(item.unwrap()["HasChildren"], true);
    for ticket in [above, child] {
        let entry = &tess.history_of(ticket).await[0];
        assert!(entry.contains("merged #"), "{entry}");
    }
}

#[tokio::test]
async fn a_parent_of_its_own_stays_and_the_other_is_on_record() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    let tess = &stage.tess;
    let (own, other) = (
        stage.ann.has_a_ticket_in(1).await,
        stage.ann.has_a_ticket_in(1).await,
    );
    tess.makes_part(own, stage.primary).await;
    tess.makes_part(other, stage.merged).await;
    stage.merge().await;
    assert_eq!(tess.parent_of(stage.primary).await, own);
    let audit = stage
        .value("select before ->> 'parentTicketId' from audit_log where action = 'ticket.merged'")
        .await;
    assert_eq!(audit.unwrap(), other.to_string());
}

#[tokio::test]
async fn a_sub_ticket_takes_the_place_of_what_is_above_it() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    let tess = &stage.tess;
    let (top, between, sibling) = (
        stage.ann.has_a_ticket_in(1).await,
        stage.ann.has_a_ticket_in(1).await,
        stage.ann.has_a_ticket_in(1).await,
    );
    tess.makes_part(top, stage.merged).await;
    tess.makes_part(stage.merged, between).await;
    tess.makes_part(stage.merged, sibling).await;
    tess.makes_part(between, stage.primary).await;
    stage.merge().await;
    assert_eq!(tess.parent_of(stage.primary).await, top);
    assert_eq!(tess.parent_of(between).await, stage.primary);
    assert_eq!(tess.parent_of(sibling).await, stage.primary);
    assert_eq!(tess.parent_of(top).await, 0);
}

#[tokio::test]
async fn a_sub_ticket_goes_up_into_its_parent_or_its_parents_parent() {
    let app = TestApp::start().await;
    let stage = Stage::set(&app).await;
    let tess = &stage.tess;
    let (between, below) = (
        stage.ann.has_a_ticket_in(1).await,
        stage.ann.has_a_ticket_in(1).await,
    );
    tess.makes_part(stage.primary, between).await;
    tess.makes_part(between, stage.merged).await;
    tess.makes_part(stage.merged, below).await;
    stage.merge().await;
    assert_eq!(tess.parent_of(stage.primary).await, 0);
    assert_eq!(tess.parent_of(between).await, stage.primary);
    assert_eq!(tess.parent_of(below).await, stage.primary);
    let call = tess.post("MergeTickets").param("id", stage.primary);
    call.param("id2", below).await.is_done();
    assert_eq!(tess.parent_of(stage.primary).await, 0);
    // And down into its own part.
    let call = tess.post("MergeTickets").param("id", between);
    call.param("id2", stage.primary).await.is_done();
    assert_eq!(tess.parent_of(between).await, 0);
    assert_eq!(app.count("select count(*) from tickets").await, 1);
}
