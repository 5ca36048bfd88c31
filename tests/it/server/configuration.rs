//! `docs/configuration.md` is made from the comments of `appsettings.json`.

use std::fmt::Write;

use ferrodesk::settings::layers::DEFAULTS;

use crate::support::document::is_current;

/// Key, default and description of every setting, in the order of the file.
fn settings() -> Vec<(String, String, String)> {
    let mut found = vec![];
    let mut sections: Vec<String> = vec![];
    let mut comment = vec![];
    let body = DEFAULTS.split_once("\n{\n").unwrap().1;
    for line in body.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("//") {
            comment.push(text.trim().to_owned());
        } else if let Some((name, value)) = line.split_once(": ") {
            let name = name.trim_matches('"').to_owned();
            if value == "{" {
                sections.push(name);
                comment.clear();
                continue;
            }
            sections.push(name);
            let value = value.trim_end_matches(',').to_owned();
            found.push((sections.join(":"), value, comment.join(" ")));
            sections.pop();
            comment.clear();
        } else if line.starts_with('}') {
            sections.pop();
        }
    }
    found
}

fn document() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         Made from the comments of [appsettings.json](../appsettings.json) by a test; change them there, then run\n\
         `INSTA_UPDATE=always make test`.\n\n\
         Three layers, later ones over earlier ones, key by key:\n\n\
         1. the defaults below, which are built in;\n\
         2. `appsettings.json` in the working folder, or the file named by `--config`: JSON with comments and trailing commas;\n\
         3. environment variables: `Section__Key`, as in `Limits__Connections=500`. A list is given by\n   \
         `Cors__Origins__0`, `Cors__Origins__1`, …, or as one text with commas, and replaces the whole list.\n\n\
         Names are read in any case. A number or a switch may be written as a text (`\"25\"`, `\"true\"`). A wrong value refuses\n\
         to start and names its key; unknown keys are named in one warning. `ferrodesk check-config` shows what the server\n\
         would read, and from where.\n\n\
         | Key | Default | |\n|---|---|---|\n",
    );
    for (key, value, description) in settings() {
        writeln!(text, "| `{key}` | `{value}` | {description} |").unwrap();
    }
    text
}

#[test]
fn every_setting_has_a_description() {
    let settings = settings();
    assert!(settings.len() > 15);
    for (key, _, description) in settings {
        assert!(description.ends_with('.'), "{key}: {description}");
    }
}

#[test]
fn the_document_of_the_settings_is_current() {
    is_current("docs/configuration.md", &document());
}
