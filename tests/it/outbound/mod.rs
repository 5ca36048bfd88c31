//! The one client for addresses that people name: what it calls, and what it puts up with.

mod answers;
mod names;

use std::sync::Arc;

use ferrodesk::outbound::{Answer, Call, Failure, Lookup, Outbound};
use ferrodesk::settings::Settings;

use crate::support::settings;

/// Settings that open these hosts and ports.
pub(crate) fn opening(opened: &[String]) -> Settings {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.outbound_allow = opened.to_vec();
    settings
}

fn client(opened: &[String]) -> Outbound {
    Outbound::new(&opening(opened)).unwrap()
}

fn client_with(lookup: Arc<dyn Lookup>, opened: &[String]) -> Outbound {
    Outbound::with_lookup(&opening(opened), lookup).unwrap()
}

async fn post(client: &Outbound, url: &str) -> Result<Answer, Failure> {
    let call = Call {
        method: "POST".into(),
        url: url.into(),
        headers: vec![
            ("x-own".into(), "1".into()),
            ("host".into(), "other.example".into()),
        ],
        body: "{\"hello\": 1}".into(),
    };
    client.call(call).await
}
