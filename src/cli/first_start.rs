//! The first start on an empty database: who may log in.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

use super::user::password;
use crate::domain::Db;
use crate::domain::bootstrap::{self, FirstAdministrator};
use crate::domain::clock::Clock;
use crate::settings::Settings;

/// Where a random first password lies until somebody takes it.
const FILE: &str = "initial-admin-password";

/// What the operator must be told of the administrator.
#[derive(Debug)]
pub enum Administrator {
    /// Somebody can log in already. A password of the first start may still lie in the file.
    Known(Option<PathBuf>),
    /// Made just now with the password of the settings.
    FromSettings,
    /// Made just now with a random password.
    Random {
        /// The password.
        password: String,
        /// The file that holds it too.
        file: PathBuf,
    },
}

/// Make the first administrator if nobody is there. Of several servers that start at once, one does.
pub async fn administrator(
    settings: &Settings,
    db: &Db,
    clock: &Clock,
) -> anyhow::Result<Administrator> {
    let file = settings.data_path.join(FILE);
    let known = || Administrator::Known(file.is_file().then(|| file.clone()));
    if !bootstrap::is_needed(&mut *db.read().await?).await? {
        return Ok(known());
    }
    let mut transaction = db.begin().await?;
    bootstrap::wait_for_turn(&mut transaction).await?;
    if !bootstrap::is_needed(&mut transaction).await? {
        return Ok(known());
    }
    let random = match settings.bootstrap.admin_password {
        Some(_) => None,
        None => Some(password::random()?),
    };
    let password = settings
        .bootstrap
        .admin_password
        .as_ref()
        .or(random.as_ref());
    let password_hash = password::hash(password.cloned().unwrap_or_default()).await?;
    let first = FirstAdministrator {
        username: &settings.bootstrap.admin_username,
        email: &settings.bootstrap.admin_email,
        password_hash: &password_hash,
    };
    bootstrap::create(&mut transaction, &first, clock.now()).await?;
    if let Some(password) = &random {
        // Before the commit: an administrator whose password nobody knows would be for ever.
        write_secret(&settings.data_path, &file, password)?;
    }
    transaction.commit().await?;
    Ok(match random {
        Some(password) => Administrator::Random { password, file },
        None => Administrator::FromSettings,
    })
}

/// Write a file that only its owner may read, all of it or nothing.
fn write_secret(folder: &Path, file: &Path, secret: &str) -> anyhow::Result<()> {
    let write = || {
        let mut temporary = NamedTempFile::new_in(folder)?;
        writeln!(temporary, "{secret}")?;
        temporary.as_file().sync_all()?;
        temporary.persist(file)?;
        anyhow::Ok(())
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}
