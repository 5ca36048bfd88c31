//! `ferrodesk config-schema`.

use super::answer;
use crate::config;

pub(super) const HELP: &str = "\
The schema is JSON Schema, draft 2020-12. An editor that knows it completes the keys of a desk file and marks mistakes
while one types; a pipeline can check a file before `ferrodesk apply --dry-run` does.

Examples:
  ferrodesk config-schema > desk.schema.json
  ferrodesk config-schema | jq -r '.properties | keys[]'
  echo '# yaml-language-server: $schema=desk.schema.json' | cat - desk.yaml     the first line that editors look for";

pub(super) fn run() -> anyhow::Result<()> {
    answer(&serde_json::to_string_pretty(&config::schema())?)
}
