use std::process::Stdio;
use std::time::Duration;

use super::{check_until, desk, mailbox_at};
use crate::support::dovecot::Dovecot;
use crate::support::program::program_on;

#[tokio::test]
async fn kills_at_any_moment_lose_and_double_nothing() {
    const MAILS: usize = 300;
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    let id = admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let worker = || {
        program_on(&app.database, app.folder.path())
            // With the key that sealed the password.
            .env("DataPath", &app.state.settings.data_path)
            .env("Outbound__Allow", format!("127.0.0.1:{}", dovecot.port))
            .arg("serve")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut seed = 0x9e37_79b9_u64;
    let mut random = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % most
    };
    for _ in 0..10 {
        dovecot.deliver_some(MAILS / 10, 2_000);
        let mut child = worker();
        let before = app.count("select count(*) from incoming_mail").await;
        // Into the middle of its work, wherever that is.
        let work = random(40);
        for _ in 0..2_000 {
            let stored = app.count("select count(*) from incoming_mail").await - before;
            if stored
                >= i64::try_from(work)
                    .unwrap()
                    .min(i64::try_from(MAILS / 10).unwrap())
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(random(30))).await;
        child.kill().await.unwrap();
    }
    let mut last = worker();
    check_until(&app, id, "all are marked", || async {
        dovecot.seen("INBOX") == MAILS
    })
    .await;
    last.kill().await.unwrap();
    assert_eq!(app.count("select count(*) from incoming_mail").await, 300);
    let distinct = "select count(distinct message_id) from incoming_mail";
    assert_eq!(app.count(distinct).await, 300);
}
