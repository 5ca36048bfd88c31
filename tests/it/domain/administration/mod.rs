//! What administrators keep, through the services, on a real database.

mod comment_templates;
mod companies;
mod custom_field_races;
mod custom_fields;
mod departments;
mod tags;

use ferrodesk::domain::administration::{self, Kept, Stored};
use ferrodesk::domain::{Actor, Error, Result};
use serde_json::Value;

use crate::support::TestApp;

/// The administrator of a desk.
pub(super) struct Desk {
    pub(super) app: TestApp,
    pub(super) admin: Actor,
}

impl Desk {
    /// Set the stage by SQL.
    pub(super) async fn with(statement: &'static str) -> Self {
        let app = TestApp::start().await;
        let admin = app.admin().await.actor().await;
        app.sql(statement).await;
        Self { app, admin }
    }

    pub(super) async fn list<K: Kept>(&self, after: i32, limit: i64) -> Vec<Stored<K::Draft>> {
        let mut conn = self.app.state.db.read().await.unwrap();
        administration::list::<K>(&mut conn, &self.admin, after, limit)
            .await
            .unwrap()
    }

    /// Who may read a kind: each gets one of them and tries to make one.
    pub(super) async fn is_read_by_staff_and_written_by_administrators<K: Kept>(
        &self,
        id: i32,
        draft: K::Draft,
    ) {
        let customer = self.app.customer("carl").await.actor().await;
        let technician = self.app.technician("tess", &[1]).await.actor().await;
        for (actor, reads) in [(&customer, false), (&technician, true)] {
            let mut tx = self.app.state.db.begin().await.unwrap();
            let found = administration::find::<K>(&mut tx, actor, id).await;
            let listed = administration::list::<K>(&mut tx, actor, 0, 10).await;
            assert_eq!((found.is_ok(), listed.is_ok()), (reads, reads));
            let made = administration::create::<K>(&mut tx, actor, draft.clone()).await;
            let change = |_: &K::Draft| Ok::<_, Error>(draft.clone());
            let changed = administration::update::<K, Error>(&mut tx, actor, id, change).await;
            let agree = |_: &K::Draft| Ok::<_, Error>(());
            let gone = administration::delete::<K, Error>(&mut tx, actor, id, None, agree).await;
            let refused = [made.err(), changed.err(), gone.err()];
            assert!(
                refused
                    .iter()
                    .all(|error| matches!(error, Some(Error::Forbidden(_)))),
                "{refused:?}"
            );
        }
    }

    pub(super) async fn find<K: Kept>(&self, id: i32) -> Result<K::Draft> {
        let mut conn = self.app.state.db.read().await?;
        let found = administration::find::<K>(&mut conn, &self.admin, id).await?;
        Ok(found.draft)
    }

    pub(super) async fn create<K: Kept>(&self, draft: K::Draft) -> Result<Stored<K::Draft>> {
        let mut tx = self.app.state.db.begin().await?;
        let made = administration::create::<K>(&mut tx, &self.admin, draft).await?;
        tx.commit().await?;
        Ok(made)
    }

    pub(super) async fn update<K: Kept>(&self, id: i32, draft: K::Draft) -> Result<K::Draft> {
        let mut tx = self.app.state.db.begin().await?;
        let change = |_: &K::Draft| Ok::<_, Error>(draft);
        let stored = administration::update::<K, Error>(&mut tx, &self.admin, id, change).await?;
        tx.commit().await?;
        Ok(stored.draft)
    }

    pub(super) async fn delete<K: Kept>(&self, id: i32, move_to: Option<i32>) -> Result<()> {
        let mut tx = self.app.state.db.begin().await?;
        let agree = |_: &K::Draft| Ok::<_, Error>(());
        administration::delete::<K, Error>(&mut tx, &self.admin, id, move_to, agree).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Action, type, id, before and after of what the audit log tells, apart from logins.
    pub(super) async fn audited(&self) -> Vec<Value> {
        sqlx::query_scalar(
            "select jsonb_build_array(action, object_type, object_id, before, after) from audit_log
            where action not like 'login.%' order by id",
        )
        .fetch_all(&mut self.app.database.connect().await)
        .await
        .unwrap()
    }

    /// Numbers from the database, in order.
    pub(super) async fn numbers(&self, statement: &'static str) -> Vec<i32> {
        sqlx::query_scalar(statement)
            .fetch_all(&mut self.app.database.connect().await)
            .await
            .unwrap()
    }
}

/// It is refused as wrong, by this field.
#[track_caller]
pub(super) fn is_invalid<T: std::fmt::Debug>(result: Result<T>, field: &str) {
    let refused = result.unwrap_err();
    assert!(
        matches!(&refused, Error::Invalid { parameter, .. } if parameter == field),
        "{refused}"
    );
}

/// It is refused for what is stored, by this field.
#[track_caller]
pub(super) fn is_conflict<T: std::fmt::Debug>(result: Result<T>, field: &str) {
    let refused = result.unwrap_err();
    assert!(
        matches!(&refused, Error::Conflict { parameter, .. } if parameter == field),
        "{refused}"
    );
}

/// It is refused for what needs it.
#[track_caller]
pub(super) fn is_in_use<T: std::fmt::Debug>(result: Result<T>, expected: &[(&str, i64)]) {
    let refused = result.unwrap_err();
    let Error::InUse { uses, .. } = &refused else {
        panic!("{refused}");
    };
    let uses: Vec<_> = uses.iter().map(|each| (each.what, each.count)).collect();
    assert_eq!(uses, expected);
}

/// Of many who did something at once, so many succeeded, and the others were told why not: nothing failed.
#[track_caller]
pub(super) fn succeeded<T: std::fmt::Debug>(results: &[Result<T>]) -> usize {
    for refused in results.iter().filter_map(|result| result.as_ref().err()) {
        assert!(
            !matches!(refused, Error::Internal(_) | Error::Unavailable(_)),
            "{refused:?}"
        );
    }
    results.iter().filter(|result| result.is_ok()).count()
}
