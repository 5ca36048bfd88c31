//! `ferrodesk demo`.
use crate::settings::Settings;
pub(super) const HELP: &str = "";
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}
pub(super) async fn run(_settings: &Settings, _arguments: Arguments) -> anyhow::Result<()> {
    tokio::task::yield_now().await;
    Ok(())
}
