//! Everything that refers to a user, for the tests of what becomes of it.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;

use crate::support::TestApp;
use crate::support::people::Person;

/// A foreign key to users: its table and column.
pub(crate) type Reference = (String, String);

/// What becomes of a row when the user it refers to is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stays, and refers to the tombstone.
    Stays,
    /// It is only for living users.
    Goes,
}

/// Every foreign key to users, by name. A new one needs a line here, one in `references.sql`, and its statements in
/// `src/domain/users/references.rs` or `src/domain/tickets/handover.rs`.
pub(crate) const REFERENCES: [(&str, &str, Fate); 18] = [
    ("api_tokens", "user_id", Fate::Goes),
    ("articles", "user_id", Fate::Stays),
    ("asset_log", "user_id", Fate::Stays),
    ("asset_users", "user_id", Fate::Goes),
    ("attachments", "user_id", Fate::Stays),
    ("category_technicians", "user_id", Fate::Goes),
    ("category_users", "user_id", Fate::Goes),
    ("comments", "user_id", Fate::Stays),
    ("idempotency_keys", "user_id", Fate::Goes),
    ("outgoing_mail", "user_id", Fate::Stays),
    ("password_resets", "user_id", Fate::Goes),
    ("subscribers", "user_id", Fate::Goes),
    ("tickets", "assigned_to_user_id", Fate::Goes),
    ("tickets", "last_updated_by_user_id", Fate::Stays),
    ("tickets", "on_behalf_user_id", Fate::Stays),
    ("tickets", "user_id", Fate::Stays),
    ("time_spent_log", "user_id", Fate::Stays),
    ("user_field_values", "user_id", Fate::Goes),
];

/// ann, who has one of everything; bob, who has some of the same; carl, who has to do with both.
pub(crate) struct Crowd<'a> {
    pub(crate) admin: Person<'a>,
    pub(crate) ann: Person<'a>,
    pub(crate) bob: Person<'a>,
    pub(crate) carl: Person<'a>,
}

impl TestApp {
    pub(crate) async fn crowd(&self) -> Crowd<'_> {
        let crowd = Crowd {
            admin: self.admin().await,
            ann: self.customer("ann").await,
            bob: self.customer("bob").await,
            carl: self.customer("carl").await,
        };
        self.sql(include_str!("references.sql")).await;
        crowd
    }

    /// How many rows refer to the user, by foreign key. All of them are known here.
    pub(crate) async fn references_to(&self, user: &Person<'_>) -> BTreeMap<Reference, i64> {
        let mut connection = self.database.connect().await;
        let keys: Vec<Reference> = sqlx::query_as(
            "select c.conrelid::regclass::text, a.attname::text
            from pg_constraint c
            join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
            where c.contype = 'f' and c.confrelid = 'users'::regclass
            order by 1, 2",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        let known = REFERENCES.map(|(table, column, _)| (table.to_owned(), column.to_owned()));
        assert_eq!(
            keys, known,
            "a foreign key to users that no rule is known for"
        );
        let mut counts = BTreeMap::new();
        for (table, column) in keys {
            let statement = format!("select count(*) from {table} where {column} = $1");
            let count = sqlx::query_scalar(AssertSqlSafe(statement))
                .bind(user.id.0)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            counts.insert((table, column), count);
        }
        counts
    }

    /// Every row of every table that refers to users at all, but for the user it refers to.
    pub(crate) async fn rows_of(&self, table: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(&mut self.database.connect().await)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn the_stage_has_everything_that_refers_to_a_user() {
    let app = TestApp::start().await;
    let crowd = app.crowd().await;
    for (reference, count) in app.references_to(&crowd.ann).await {
        assert!(count > 0, "references.sql has no {reference:?} of ann");
    }
}
