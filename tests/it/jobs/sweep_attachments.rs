use chrono::TimeDelta;
use ferrodesk::jobs::sweep_attachments::sweep;

use crate::support::TestApp;

#[tokio::test]
async fn bytes_without_a_row_go_after_a_day_and_others_stay() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let ticket = alice.creates_a_ticket().await;
    let kept = alice.attaches(ticket, "kept.txt", "kept").await;
    let lost = alice.attaches(ticket, "lost.txt", "lost").await;
    app.change("delete from attachments where id = $1", lost)
        .await;
    std::fs::write(
        app.folder.path().join("attachments/incoming/left-behind"),
        "half",
    )
    .unwrap();
    assert_eq!(app.stored_files().len(), 3);

    assert_eq!(sweep(&app.state).await.unwrap(), 0);
    app.clock.advance(TimeDelta::hours(25));
    assert_eq!(sweep(&app.state).await.unwrap(), 2);
    assert_eq!(app.stored_files().len(), 1);
    assert_eq!(
        alice
            .get("Attachment")
            .param("id", kept)
            .await
            .is_ok()
            .bytes,
        b"kept"
    );
}
