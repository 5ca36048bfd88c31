//! The instance key: 32 random bytes that are never in the database, so that a copy of it forges no token.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::settings::Settings;

/// Its name below `DataPath`.
const FILE: &str = "instance-key";

/// The key.
pub(super) type InstanceKey = [u8; 32];

/// The key of the settings, or the one kept below `DataPath`; made there when there is none. True: it was made just
/// now. Errors: it is no key, or others than the owner may read it.
pub(super) fn load(settings: &Settings) -> anyhow::Result<(InstanceKey, bool)> {
    if let Some(text) = &settings.instance_key {
        return Ok((parse(text).context("Security:InstanceKey")?, false));
    }
    let path = settings.data_path.join(FILE);
    if let Some(key) = read(&path)? {
        return Ok((key, false));
    }
    let mut key = InstanceKey::default();
    getrandom::fill(&mut key)?;
    match create(&settings.data_path, &path, &key) {
        Ok(()) => Ok((key, true)),
        // Another process was quicker.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => match read(&path)? {
            Some(key) => Ok((key, false)),
            None => bail!("{}: somebody removed it", path.display()),
        },
        Err(error) => Err(error).with_context(|| format!("making {}", path.display())),
    }
}

fn parse(text: &str) -> anyhow::Result<InstanceKey> {
    let bytes = BASE64_STANDARD
        .decode(text.trim())
        .context("it is not base64")?;
    let length = bytes.len();
    bytes
        .try_into()
        .map_err(|_| anyhow::anyhow!("it has {length} bytes instead of 32"))
}

fn read(path: &Path) -> anyhow::Result<Option<InstanceKey>> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let others = metadata.permissions().mode() & 0o077;
    ensure!(
        others == 0,
        "{0}: others than its owner may read it, and with it forge tokens of every user. Run: chmod 600 {0} (and \
         when somebody may have read it: remove it, which ends every token)",
        path.display()
    );
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    parse(&text)
        .with_context(|| path.display().to_string())
        .map(Some)
}

/// Write the key for good, readable by the owner only, unless there is one already.
fn create(folder: &Path, path: &Path, key: &InstanceKey) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".instance-key-")
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    writeln!(file, "{}", BASE64_STANDARD.encode(key))?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    fs::File::open(folder)?.sync_all()
}
