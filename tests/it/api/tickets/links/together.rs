//! What happens when two do it at once.

use std::future::IntoFuture;

use futures_util::future::join_all;

use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

use super::{link, merge, part};

/// Send all at once; their statuses.
async fn at_once(calls: Vec<Call<'_>>) -> Vec<u16> {
    let replies = join_all(calls.into_iter().map(IntoFuture::into_future)).await;
    replies
        .into_iter()
        .map(|reply| reply.status.as_u16())
        .collect()
}

async fn tickets(person: &Person<'_>, count: usize) -> Vec<i32> {
    let mut tickets = vec![];
    for _ in 0..count {
        tickets.push(person.has_a_ticket_in(1).await);
    }
    tickets
}

#[tokio::test]
async fn of_two_merges_of_each_other_one_wins() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for round in 0..15 {
        let pair = tickets(&admin, 2).await;
        let mut statuses = at_once(vec![
            merge(&admin, pair[0], pair[1]),
            merge(&admin, pair[1], pair[0]),
        ])
        .await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404], "round {round}");
    }
    assert_eq!(app.count("select count(*) from tickets").await, 15);
    assert_eq!(
        app.count("select count(*) from audit_log where action = 'ticket.merged'")
            .await,
        15
    );
}

#[tokio::test]
async fn merges_in_a_ring_leave_one_ticket_with_everything() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ring = tickets(&admin, 6).await;
    for ticket in &ring {
        let call = admin.post("Comment").param("id", ticket);
        call.param("body", "said").await.is_ok();
    }
    let next = ring.iter().cycle().skip(1);
    let calls = ring
        .iter()
        .zip(next)
        .map(|(id, id2)| merge(&admin, *id, *id2));
    let statuses = at_once(calls.collect()).await;
    let won = statuses.iter().filter(|status| **status == 200).count();
    assert!(won >= 1, "{statuses:?}");
    assert!(
        statuses.iter().all(|status| [200, 404].contains(status)),
        "{statuses:?}"
    );
    let left = i64::try_from(ring.len() - won).unwrap();
    assert_eq!(app.count("select count(*) from tickets").await, left);
    assert_eq!(
        app.count("select count(*) from comments where body = 'said'")
            .await,
        6
    );
}

#[tokio::test]
async fn a_circle_is_not_closed_from_its_two_sides() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for round in 0..15 {
        let pair = tickets(&admin, 2).await;
        let mut statuses = at_once(vec![
            part(&admin, pair[0], pair[1]),
            part(&admin, pair[1], pair[0]),
        ])
        .await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "round {round}");
    }
}

#[tokio::test]
async fn two_chains_are_not_joined_at_both_ends() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for round in 0..15 {
        let six = tickets(&admin, 6).await;
        for chain in six.chunks(3) {
            part(&admin, chain[0], chain[1]).await.is_done();
            part(&admin, chain[1], chain[2]).await.is_done();
        }
        // The two have no ticket in common, nor a parent: no lock of a row keeps them apart.
        let mut statuses = at_once(vec![
            part(&admin, six[2], six[3]),
            part(&admin, six[5], six[0]),
        ])
        .await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "round {round}");
    }
}

#[tokio::test]
async fn everything_at_once_ends_and_leaves_no_circle() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for _ in 0..6 {
        let four = tickets(&admin, 4).await;
        let (a, b, c, d) = (four[0], four[1], four[2], four[3]);
        let comment = admin.post("Comment").param("id", c).param("body", "said");
        let statuses = at_once(vec![
            merge(&admin, d, c),
            part(&admin, c, a),
            link(&admin, a, c),
            part(&admin, a, d),
            link(&admin, d, b),
            merge(&admin, b, d),
            comment,
            admin.post("deleteTicket").param("id", a),
        ])
        .await;
        assert!(
            statuses
                .iter()
                .all(|status| [200, 400, 404].contains(status)),
            "{statuses:?}"
        );
    }
    assert_eq!(
        app.count(
            "with recursive line as (
                select id as low, parent_ticket_id as up from tickets
                union
                select line.low, t.parent_ticket_id from tickets t join line on line.up = t.id
            )
            select count(*) from line where low = up"
        )
        .await,
        0
    );
}

#[tokio::test]
async fn a_file_is_deleted_while_its_ticket_is_merged() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for _ in 0..8 {
        let pair = tickets(&admin, 2).await;
        let file = admin.attaches(pair[1], "a.txt", *b"data").await;
        let statuses = at_once(vec![
            merge(&admin, pair[0], pair[1]),
            admin.post("DeleteFile").param("id", file),
        ])
        .await;
        assert_eq!(statuses, [200, 200]);
    }
    assert_eq!(app.count("select count(*) from attachments").await, 0);
}
