use chrono::TimeDelta;

use super::basic;
use crate::support::TestApp;
use crate::support::people::password_of;

type Seen = (Option<String>, Option<String>, Option<String>, bool);

async fn seen(app: &TestApp) -> Seen {
    sqlx::query_as(
        "select ip_address, host_name, user_agent, last_seen_at is not null from users where username = 'alice'",
    )
    .fetch_one(&mut app.database.connect().await)
    .await
    .unwrap()
}

/// Wait until what was seen is written, which happens off the request's path.
async fn written(app: &TestApp, agent: &str) -> Seen {
    for _ in 0..200 {
        let seen = seen(app).await;
        if seen.2.as_deref() == Some(agent) {
            return seen;
        }
        tokio::task::yield_now().await;
    }
    panic!("{agent} was never written: {:?}", seen(app).await)
}

async fn call(app: &TestApp, agent: &str) {
    basic(app, "alice", &password_of("alice"))
        .header("user-agent", agent)
        .await
        .is_ok();
}

#[tokio::test]
async fn where_and_with_what_a_user_called_is_kept() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    assert_eq!(seen(&app).await, (None, None, None, false));
    call(&app, "first").await;
    let local = Some("127.0.0.1".to_owned());
    assert_eq!(
        written(&app, "first").await,
        (local.clone(), local, Some("first".into()), true)
    );
}

#[tokio::test]
async fn a_user_who_calls_often_is_not_written_each_time() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    call(&app, "one").await;
    written(&app, "one").await;
    app.sql("create sequence writes; create function count_write() returns trigger language plpgsql as
        $$ begin perform nextval('writes'); return new; end $$;
        create trigger count_write after update on users for each row execute function count_write()").await;
    for _ in 0..20 {
        call(&app, "one").await;
    }
    app.clock.advance(TimeDelta::seconds(9));
    call(&app, "two").await;
    app.clock.advance(TimeDelta::seconds(2));
    call(&app, "three").await;
    written(&app, "three").await;
    app.clock.advance(TimeDelta::seconds(61));
    call(&app, "three").await;
    call(&app, "four").await;
    app.clock.advance(TimeDelta::seconds(61));
    call(&app, "five").await;
    written(&app, "five").await;
    assert_eq!(app.count("select last_value from writes").await, 3);
}
