//! What a killed process left behind.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{INCOMING, Result, Storage, blocking, is_key};

/// Bytes may lie without a row for so long: longer than any request takes.
const GRACE: Duration = Duration::from_hours(24);

/// Keys that are asked for at once.
const BATCH: usize = 500;

/// Unknown files, without a single known one, that look like the wrong database rather than like leftovers.
const SUSPICIOUS: usize = 50;

/// Names of the old files of a folder. A folder that is not there has none.
fn old_files(folder: &Path, now: SystemTime) -> std::io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut old = Vec::new();
    for entry in entries {
        let entry = entry?;
        // It may be gone by now.
        let Ok(facts) = entry.metadata() else {
            continue;
        };
        let age = now.duration_since(facts.modified()?).unwrap_or_default();
        if facts.is_file() && age > GRACE {
            old.push(entry.path());
        }
    }
    Ok(old)
}

/// Remove a file. Another server on the same folder may have been faster.
fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

impl Storage {
    /// Remove bytes older than a day that no row names; `known` tells which of the keys have one. Answers how many
    /// files are gone. `now` is the time of the files' dates.
    ///
    /// When no file at all is known, but there are many, nothing is removed: that is the wrong database.
    pub async fn sweep<E, F>(
        &self,
        now: SystemTime,
        known: impl Fn(Vec<String>) -> F,
    ) -> Result<Result<usize, E>>
    where
        F: Future<Output = Result<HashSet<String>, E>>,
    {
        let incoming = self.folder.join(INCOMING);
        let mut unnamed = blocking(move || old_files(&incoming, now)).await?;
        let (mut named, mut stored) = (0_usize, Vec::new());
        for group in 0..=u8::MAX {
            let folder = self.folder.join(format!("{group:02x}"));
            let files = blocking(move || old_files(&folder, now)).await?;
            for files in files.chunks(BATCH) {
                let keys: Vec<(&PathBuf, &str)> = files
                    .iter()
                    .filter_map(|path| Some((path, path.file_name()?.to_str()?)))
                    .filter(|(_, key)| is_key(key))
                    .collect();
                let asked = keys.iter().map(|(_, key)| (*key).to_owned()).collect();
                let found = match known(asked).await {
                    Ok(found) => found,
                    Err(error) => return Ok(Err(error)),
                };
                named = named.saturating_add(found.len());
                let strangers = keys.into_iter().filter(|(_, key)| !found.contains(*key));
                stored.extend(strangers.map(|(path, _)| path.clone()));
            }
        }
        if named == 0 && stored.len() > SUSPICIOUS {
            tracing::error!(
                files = stored.len(),
                "no attachment belongs to this database: the sweep removes nothing"
            );
        } else {
            unnamed.extend(stored);
        }
        let count = unnamed.len();
        blocking(move || unnamed.iter().try_for_each(|path| remove(path))).await?;
        Ok(Ok(count))
    }
}
