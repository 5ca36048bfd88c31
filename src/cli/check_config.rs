//! `ferrodesk check-config`.

use std::io::Write;

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::{answer, answer_json};
use crate::postgres::connection;
use crate::settings::{Layers, Settings};

pub(super) const HELP: &str = "\
Shows every setting with its value and where the value comes from: the defaults, the file, or an environment variable.
Passwords and keys are not shown. The exit code is 1 when the server would refuse to start with these settings.

Examples:
  ferrodesk check-config
  ferrodesk check-config --config /etc/ferrodesk.json
  ferrodesk check-config --json | jq -r '.settings[] | select(.source != \"default\") | .key'
  Limits__Connections=many ferrodesk check-config       Limits:Connections must be a number …";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Answer in JSON: settings, warnings, and what is wrong, if anything
    #[arg(long)]
    json: bool,
}

pub(super) fn run(layers: &Layers, arguments: &Arguments) -> anyhow::Result<()> {
    let checked = check(layers);
    if arguments.json {
        answer_json(&json!({
            "settings": layers.known(),
            "warnings": layers.warnings(),
            "problem": checked.as_ref().err().map(|error| format!("{error:#}")),
        }))?;
        return checked.map(drop);
    }
    answer(layers.describe().trim_end())?;
    for warning in layers.warnings() {
        writeln!(std::io::stderr(), "Warning: {warning}").context("cannot write")?;
    }
    let settings = checked?;
    answer(&format!(
        "\nThe settings are in order. Data in {}.",
        settings.data_path.display()
    ))
}

fn check(layers: &Layers) -> anyhow::Result<Settings> {
    let settings = Settings::read(layers)?;
    if !settings.db_connection_string.is_empty() {
        connection::parse(&settings.db_connection_string)?;
    }
    Ok(settings)
}
