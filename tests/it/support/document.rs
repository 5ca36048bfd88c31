//! Documents that are made from the program.

use std::path::Path;

/// The file `path` of the project holds exactly `text`; with `INSTA_UPDATE=always` it is written.
#[track_caller]
pub(crate) fn is_current(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|mode| mode == "always") {
        std::fs::write(&file, text).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        written == text,
        "{path} is stale: run INSTA_UPDATE=always make test"
    );
}
