#[expect(
    clippy::module_inception,
    reason = "the methods about assets themselves among the asset methods, as in src"
)]
mod assets;
mod assignments;
mod custom_fields;
mod list;

use serde_json::Value;

use crate::contract::shape::assert_is;
use crate::support::TestApp;
use crate::support::people::Person;

impl Person<'_> {
    /// An asset that he, as staff, makes; its id.
    async fn makes_an_asset(&self, model: &str) -> i32 {
        let made = self
            .post("Asset")
            .param("modelName", model)
            .param("manufacturer", "Apple")
            .param("type", "Laptop")
            .param("supplier", "none")
            .await
            .is_ok()
            .json();
        i32::try_from(made["id"].as_i64().unwrap()).unwrap()
    }

    /// What *Asset* shows him.
    async fn asset(&self, id: i32) -> Value {
        self.get("Asset").param("id", id).await.is_ok().json()
    }

    /// He gives an asset, which stays a Macbook Pro, other values; what the answer shows.
    async fn updates(&self, id: i32, params: &[(&str, &str)]) -> Value {
        let call = self.post("UpdateAsset").param("id", id);
        let call = params.iter().fold(
            call.param("modelName", "Macbook Pro"),
            |call, (name, value)| call.param(name, value),
        );
        let changed = call.await.is_ok().json();
        fits(&changed);
        assert_eq!(changed, self.asset(id).await);
        changed
    }

    /// What the log of an asset says, newest first.
    async fn log(&self, id: i32) -> Vec<String> {
        let asset = self.asset(id).await;
        let entries = asset["LogEntries"].as_array().unwrap().iter();
        entries
            .map(|entry| entry["Entry"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl TestApp {
    /// The events of the outbox, oldest first.
    async fn events(&self) -> Vec<String> {
        sqlx::query_scalar("select event from outbox order by id")
            .fetch_all(&mut self.database.connect().await)
            .await
            .unwrap()
    }
}

/// The shape of an asset: the document's keys, what live servers send besides, users as in *Users*.
fn fits(asset: &Value) {
    assert_is("{asset}", asset);
}
