//! Each call that changes a right, deletes something or administers the desk leaves one row.

use ferrodesk::domain::users::tokens::Scope;
use reqwest::Method;
use serde_json::Value;

use super::{draft, named, revoke};
use crate::support::TestApp;
use crate::support::cast::Cast;

/// Action, object, what was, what is, who, from where.
type Row = (
    String,
    String,
    Option<Value>,
    Option<Value>,
    Option<i32>,
    Option<String>,
);

/// A call of the administrator's, and what the row says: its action, its object's kind, whether it says what was and
/// what is.
struct Audited {
    method: &'static str,
    params: Vec<(&'static str, String)>,
    row: (&'static str, &'static str, bool, bool),
}

const BEFORE: (bool, bool) = (true, false);
const AFTER: (bool, bool) = (false, true);
const BOTH: (bool, bool) = (true, true);

fn audited(
    method: &'static str,
    params: &[(&'static str, &dyn std::fmt::Display)],
    action: &'static str,
    (before, after): (bool, bool),
) -> Audited {
    let kind = action.split('.').next().unwrap();
    Audited {
        method,
        params: params
            .iter()
            .map(|(name, value)| (*name, value.to_string()))
            .collect(),
        row: (action, kind, before, after),
    }
}

fn people(cast: &Cast<'_>) -> Vec<Audited> {
    let (user, other) = (cast.stranger.id, cast.subscriber.id);
    let grant = [("userId", &user as _), ("categoryId", &2 as _)];
    vec![
        audited(
            "CreateUser",
            &[("email", &"n@desk.test"), ("password", &"p")],
            "user.created",
            AFTER,
        ),
        audited(
            "UpdateUser",
            &[("userId", &user), ("phone", &"1")],
            "user.updated",
            BOTH,
        ),
        audited(
            "UpdateUser",
            &[("userId", &user), ("password", &"q")],
            "user.updated",
            BOTH,
        ),
        audited(
            "UpdateUser",
            &[("userId", &user), ("disabled", &true)],
            "user.updated",
            BOTH,
        ),
        audited(
            "AddCategoryTechPermission",
            &grant,
            "user.technician_added",
            AFTER,
        ),
        audited(
            "RemoveCategoryTechPermission",
            &grant,
            "user.technician_removed",
            BEFORE,
        ),
        audited("Company", &[("name", &"New")], "company.created", AFTER),
        audited(
            "UpdateCompany",
            &[("companyId", &1), ("name", &"Newer")],
            "company.updated",
            BOTH,
        ),
        audited(
            "SetCustomFieldForUser",
            &[("userId", &user), ("fieldId", &72), ("value", &"x")],
            "user.field_changed",
            BOTH,
        ),
        audited(
            "MergeUsers",
            &[("fromUserId", &user), ("toUserId", &other)],
            "user.merged",
            BOTH,
        ),
        audited("DeleteUser", &[("userId", &other)], "user.deleted", BEFORE),
    ]
}

fn things(cast: &Cast<'_>, file: i32, asset: i32, second: i32) -> Vec<Audited> {
    let (ticket, user) = (cast.ticket, cast.manager.id);
    let subscription = [("id", &ticket as _), ("userId", &user as _)];
    let assignment = [("assetId", &asset as _), ("userId", &user as _)];
    let names = ["modelName", "manufacturer", "type", "supplier"];
    let changed = names.map(|name| (name, &"another" as _));
    let changed = [("id", &asset as _)].into_iter().chain(changed);
    let changed: Vec<_> = changed.collect();
    vec![
        audited("DeleteFile", &[("id", &file)], "attachment.deleted", BEFORE),
        audited(
            "AddSubscriber",
            &subscription,
            "ticket.subscriber_added",
            AFTER,
        ),
        audited(
            "RemoveSubscriber",
            &subscription,
            "ticket.subscriber_removed",
            BEFORE,
        ),
        audited("DisableRule", &[("id", &73)], "rule.disabled", BOTH),
        audited("EnableRule", &[("id", &73)], "rule.enabled", BOTH),
        audited("UpdateAsset", &changed, "asset.updated", BOTH),
        audited("AssignAssetToUser", &assignment, "asset.assigned", AFTER),
        audited(
            "UnAssignAssetToUser",
            &assignment,
            "asset.unassigned",
            BEFORE,
        ),
        audited(
            "DisableAsset",
            &[("assetId", &asset)],
            "asset.disabled",
            BOTH,
        ),
        audited("EnableAsset", &[("assetId", &asset)], "asset.enabled", BOTH),
        audited(
            "MergeTickets",
            &[("id", &ticket), ("id2", &second)],
            "ticket.merged",
            BOTH,
        ),
        audited("deleteTicket", &[("id", &ticket)], "ticket.deleted", BEFORE),
        audited("/User/Token", &[], "token.issued", (false, false)),
    ]
}

/// Rows since the last question, without logins.
async fn new_rows(app: &TestApp, seen: &mut i64) -> Vec<Row> {
    let rows: Vec<(
        i64,
        String,
        String,
        Option<Value>,
        Option<Value>,
        Option<i32>,
        Option<String>,
    )> = sqlx::query_as(
        "select id, action, object_type, before, after, actor_user_id, ip_address
            from audit_log where id > $1 and action not like 'login.%' order by id",
    )
    .bind(*seen)
    .fetch_all(&mut app.database.connect().await)
    .await
    .unwrap();
    *seen = rows.last().map_or(*seen, |row| row.0);
    rows.into_iter()
        .map(|(_, action, kind, before, after, actor, address)| {
            (action, kind, before, after, actor, address)
        })
        .collect()
}

#[tokio::test]
async fn each_of_these_calls_leaves_one_row_with_actor_address_and_what_changed() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    app.sql(
        "insert into custom_fields (id, usage, type, name, for_all_categories) values (72, 3, 1, 'Of users', true);
        insert into rules (id, name, definition) values (73, 'r', '{\"trigger\": {\"type\": \"closed\"}}')",
    )
    .await;
    let file = cast.owner.attaches(cast.ticket, "a.txt", "a").await;
    let second = cast.owner.creates_a_ticket().await;
    let names = ["modelName", "manufacturer", "type", "supplier"];
    let create = cast.admin.post("Asset");
    let create = names
        .iter()
        .fold(create, |call, name| call.param(name, name));
    let asset = create.await.is_ok().json()["id"].as_i64().unwrap();
    let asset = i32::try_from(asset).unwrap();
    let mut seen = 0;
    new_rows(&app, &mut seen).await;
    let calls = things(&cast, file, asset, second);
    for call in calls.into_iter().chain(people(&cast)) {
        let method = call.method;
        let sent = if method.starts_with('/') {
            cast.admin.call(Method::GET, method)
        } else {
            cast.admin.post(method)
        };
        let params = call.params.iter();
        let sent = params.fold(sent, |sent, (name, value)| sent.param(name, value));
        sent.await.is_ok();
        let rows = new_rows(&app, &mut seen).await;
        let [(action, kind, before, after, actor, address)] = &rows[..] else {
            panic!("{method}: {rows:?}");
        };
        let (expected, object, has_before, has_after) = call.row;
        // A token that is handed out is stored nowhere: what it is about is its user.
        let object = if expected == "token.issued" {
            "user"
        } else {
            object
        };
        assert_eq!(
            (action.as_str(), kind.as_str()),
            (expected, object),
            "{method}"
        );
        assert_eq!(before.is_some(), has_before, "{method}: {before:?}");
        assert_eq!(after.is_some(), has_after, "{method}: {after:?}");
        assert_eq!(*actor, Some(cast.admin.id.0), "{method}");
        assert_eq!(address.as_deref(), Some("127.0.0.1"), "{method}");
    }
}

#[tokio::test]
async fn making_and_revoking_a_token_leave_a_row_each_that_says_which() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let (id, _) = named(&alice, draft(Scope::Read)).await;
    let admin = app.admin().await;
    revoke(&app, &admin.actor().await, id).await.unwrap();
    let said: Vec<(String, i32, i32, Option<Value>, Option<Value>)> = sqlx::query_as(
        "select action, actor_user_id, object_id, before, after from audit_log where object_type = 'token' order by id",
    )
    .fetch_all(&mut app.database.connect().await)
    .await
    .unwrap();
    let what = serde_json::json!({
        "name": "nightly export", "scope": "read", "expires_at": null, "user_id": alice.id,
    });
    let made = (
        "token.created".into(),
        alice.id.0,
        id.0,
        None,
        Some(what.clone()),
    );
    let revoked = ("token.revoked".into(), admin.id.0, id.0, Some(what), None);
    assert_eq!(said, [made, revoked]);
}
