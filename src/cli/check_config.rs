//! `ferrodesk check-config`.

use std::io::Write;

use anyhow::Context;

use super::answer;
use crate::postgres::connection;
use crate::settings::{Layers, Settings};

pub(super) const HELP: &str = "\
Shows every setting with its value and where the value comes from: the defaults, the file, or an environment variable.
Passwords and keys are not shown. The exit code is 1 when the server would refuse to start with these settings.

Examples:
  ferrodesk check-config
  ferrodesk check-config --config /etc/ferrodesk.json
  Limits__Connections=many ferrodesk check-config       Limits:Connections must be a number …";

pub(super) fn run(layers: &Layers) -> anyhow::Result<()> {
    answer(layers.describe().trim_end())?;
    for warning in layers.warnings() {
        writeln!(std::io::stderr(), "Warning: {warning}").context("cannot write")?;
    }
    let settings = Settings::read(layers)?;
    if !settings.db_connection_string.is_empty() {
        connection::parse(&settings.db_connection_string)?;
    }
    answer(&format!(
        "\nThe settings are in order. Data in {}.",
        settings.data_path.display()
    ))
}
