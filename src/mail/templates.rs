//! The operator's templates of mail: files that take the place of those of the program.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, bail};

use crate::domain::language::Language;
use crate::domain::mail_templates::{Source, TemplateName, Templates};

/// Read the folder; empty: there is none. Errors: a folder that is not there, a file that cannot be read, HTML without
/// its text, an unknown mask.
pub fn load(folder: &str) -> anyhow::Result<Templates> {
    if folder.is_empty() {
        return Ok(Templates::default());
    }
    let folder = Path::new(folder);
    if !folder.is_dir() {
        bail!(
            "Mail:TemplatesPath: there is no folder {}",
            folder.display()
        );
    }
    let mut replaced = HashMap::new();
    for language in Language::ALL {
        for name in TemplateName::ALL {
            if let Some(source) = of(&folder.join(language.tag()), name)? {
                replaced.insert((name, language), source);
            }
        }
    }
    Ok(Templates::with(replaced))
}

fn of(folder: &Path, name: TemplateName) -> anyhow::Result<Option<Source>> {
    let file = |ending: &str| folder.join(format!("{}.{ending}", name.word()));
    let (text_file, html_file) = (file("txt"), file("html"));
    let (text, html) = (read(&text_file)?, read(&html_file)?);
    let Some(text) = text else {
        if html.is_some() {
            bail!(
                "{} has no {} beside it",
                html_file.display(),
                text_file.display()
            );
        }
        return Ok(None);
    };
    let source = Source::of_files(&text, html.as_deref()).with_context(|| {
        format!(
            "Mail:TemplatesPath: {} or its HTML is wrong",
            text_file.display()
        )
    })?;
    Ok(Some(source))
}

fn read(file: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}
