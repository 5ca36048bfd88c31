//! Each call that changes a right, deletes something or administers the desk leaves one row.

use ferrodesk::domain::users::tokens::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::FromRow;

use super::{draft, named, revoke};
use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::cast::Cast;

/// Calls of an administrator's, in this order: the method with its parameters, the action that the row names, the
/// kind of its object, and whether it says what was before and what is after.
const CALLS: &str = "
    DeleteFile id={file}                                  attachment.deleted        attachment before
    AddSubscriber id={ticket}&userId={user}               ticket.subscriber_added   ticket     after
    RemoveSubscriber id={ticket}&userId={user}            ticket.subscriber_removed ticket     before
    DisableRule id=73                                     rule.disabled             rule       both
    EnableRule id=73                                      rule.enabled              rule       both
    UpdateAsset id={asset}&modelName=x&manufacturer=x&type=x&supplier=x asset.updated asset    both
    AssignAssetToUser assetId={asset}&userId={user}       asset.assigned            asset      after
    UnAssignAssetToUser assetId={asset}&userId={user}     asset.unassigned          asset      before
    DisableAsset assetId={asset}                          asset.disabled            asset      both
    EnableAsset assetId={asset}                           asset.enabled             asset      both
    MergeTickets id={ticket}&id2={second}                 ticket.merged             ticket     both
    deleteTicket id={ticket}                              ticket.deleted            ticket     before
    CreateUser email=new@desk.test&password=p             user.created              user       after
    UpdateUser userId={user}&phone=1                      user.updated              user       both
    UpdateUser userId={user}&password=q                   user.updated              user       both
    UpdateUser userId={user}&disabled=true                user.updated              user       both
    AddCategoryTechPermission userId={user}&categoryId=2  user.technician_added     user       after
    RemoveCategoryTechPermission userId={user}&categoryId=2 user.technician_removed user       before
    Company name=New                                      company.created           company    after
    UpdateCompany companyId=1&name=Newer                  company.updated           company    both
    SetCustomFieldForUser userId={user}&fieldId=72&value=x user.field_changed       user       both
    MergeUsers fromUserId={user}&toUserId={other}         user.merged               user       both
    DeleteUser userId={other}                             user.deleted              user       before
    /User/Token json=true                                 token.issued              user       neither
";

/// A row of the audit log.
#[derive(Debug, FromRow)]
struct Row {
    id: i64,
    action: String,
    object_type: String,
    object_id: i32,
    before: Option<Value>,
    after: Option<Value>,
    actor_user_id: Option<i32>,
    ip_address: Option<String>,
}

/// Rows after this one, without logins.
async fn rows_after(app: &TestApp, id: i64) -> Vec<Row> {
    sqlx::query_as(
        "select id, action, object_type, object_id, before, after, actor_user_id, ip_address
        from audit_log where id > $1 and action not like 'login.%' order by id",
    )
    .bind(id)
    .fetch_all(&mut app.database.connect().await)
    .await
    .unwrap()
}

/// What the calls name, by the name that they have in the table.
async fn things(app: &TestApp, cast: &Cast<'_>) -> Vec<(&'static str, i32)> {
    app.sql(
        "insert into custom_fields (id, usage, type, name, for_all_categories) values (72, 3, 1, 'Of users', true);
        insert into rules (id, name, definition) values (73, 'r', '{\"trigger\": {\"type\": \"closed\"}}')",
    )
    .await;
    let names = ["modelName", "manufacturer", "type", "supplier"];
    let create = cast.admin.post("Asset");
    let create = names
        .iter()
        .fold(create, |call, name| call.param(name, name));
    let asset = create.await.is_ok().json()["id"].as_i64().unwrap();
    vec![
        ("{ticket}", cast.ticket),
        (
            "{file}",
            cast.owner.attaches(cast.ticket, "a.txt", "a").await,
        ),
        ("{second}", cast.owner.creates_a_ticket().await),
        ("{asset}", i32::try_from(asset).unwrap()),
        ("{user}", cast.stranger.id.0),
        ("{other}", cast.manager.id.0),
    ]
}

fn call<'a>(cast: &Cast<'a>, method: &str, params: &str) -> Call<'a> {
    let call = if method.starts_with('/') {
        cast.admin.call(Method::GET, method)
    } else {
        cast.admin.post(method)
    };
    params.split('&').fold(call, |call, param| {
        let (name, value) = param.split_once('=').unwrap();
        call.param(name, value)
    })
}

#[tokio::test]
async fn each_of_these_calls_leaves_one_row_with_actor_address_and_what_changed() {
    let app = TestApp::start().await;
    let cast = app.cast().await;
    let things = things(&app, &cast).await;
    let mut last = rows_after(&app, 0).await.last().map_or(0, |row| row.id);
    let lines = CALLS.lines().filter(|line| !line.trim().is_empty());
    for line in lines {
        let named = things.iter().fold(line.to_owned(), |line, (name, id)| {
            line.replace(name, &id.to_string())
        });
        let words: Vec<&str> = named.split_whitespace().collect();
        let [method, params, action, kind, says] = words[..] else {
            panic!("{line}");
        };
        call(&cast, method, params).await.is_ok();
        let rows = rows_after(&app, last).await;
        let [row] = &rows[..] else {
            panic!("{line}: {rows:?}");
        };
        last = row.id;
        let said = match (&row.before, &row.after) {
            (Some(_), Some(_)) => "both",
            (Some(_), None) => "before",
            (None, Some(_)) => "after",
            (None, None) => "neither",
        };
        let got = (row.action.as_str(), row.object_type.as_str(), said);
        assert_eq!(got, (action, kind, says), "{method}: {row:?}");
        assert_eq!(row.actor_user_id, Some(cast.admin.id.0), "{method}");
        assert_eq!(row.ip_address.as_deref(), Some("127.0.0.1"), "{method}");
        assert!(row.object_id > 0);
    }
}

#[tokio::test]
async fn making_and_revoking_a_token_leave_a_row_each_that_says_which() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let (id, _) = named(&alice, draft(Scope::Read)).await;
    let admin = app.admin().await;
    revoke(&app, &admin.actor().await, id).await.unwrap();
    let rows = rows_after(&app, 0).await;
    let [made, revoked] = &rows[..] else {
        panic!("{rows:?}");
    };
    let what = json!({
        "name": "nightly export", "scope": "read", "expires_at": null, "user_id": alice.id,
    });
    assert_eq!(
        (made.before.as_ref(), made.after.as_ref()),
        (None, Some(&what))
    );
    assert_eq!(
        (revoked.before.as_ref(), revoked.after.as_ref()),
        (Some(&what), None)
    );
    for (row, action, actor) in [
        (made, "token.created", alice.id),
        (revoked, "token.revoked", admin.id),
    ] {
        assert_eq!(
            (row.action.as_str(), row.object_type.as_str()),
            (action, "token")
        );
        assert_eq!((row.object_id, row.actor_user_id), (id.0, Some(actor.0)));
    }
}
