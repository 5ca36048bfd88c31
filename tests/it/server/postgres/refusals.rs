//! When the cluster cannot be run, nothing is touched, and the message says what happened and what to do.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use ferrodesk::postgres::Role;
use nix::unistd::User;

use super::folder::{DataFolder, is_root, remember, remembered};

#[tokio::test]
async fn a_second_server_on_the_folder_is_refused() {
    let folder = DataFolder::new().await;
    let first = folder.serve().await;
    let message = folder.refusal(Role::Owner).await;
    let path = folder.path.canonicalize().unwrap();
    for part in [
        "another Ferrodesk",
        &format!("process {}", std::process::id()),
        path.to_str().unwrap(),
        "DataPath",
    ] {
        assert!(message.contains(part), "{part} is missing: {message}");
    }
    remember(&first, 1).await;
    assert_eq!(remembered(&first).await, [1], "the first works on");
    first.stop().await;
}

/// Every file with what can be told of it.
fn everything_in(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = std::fs::symlink_metadata(&path).unwrap();
        let facts = (
            file.mode(),
            file.uid(),
            file.mtime(),
            file.mtime_nsec(),
            file.size(),
        );
        found.push(format!("{} {facts:?}", path.display()));
        if file.is_dir() {
            found.extend(everything_in(&path));
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn a_cluster_of_another_major_version_is_refused_and_not_touched() {
    let folder = DataFolder::empty("data");
    std::fs::create_dir_all(folder.cluster().join("base")).unwrap();
    std::fs::write(folder.cluster().join("PG_VERSION"), "9\n").unwrap();
    std::fs::write(folder.path.join("postgres.secret"), "0123456789abcdef\n").unwrap();
    if is_root() {
        let nobody = User::from_name("nobody").unwrap().unwrap();
        chown(
            folder.cluster(),
            Some(nobody.uid.as_raw()),
            Some(nobody.gid.as_raw()),
        )
        .unwrap();
    }
    let before = everything_in(&folder.path.join("postgres"));
    for role in [Role::Owner, Role::Guest] {
        let message = folder.refusal(role).await;
        let cluster = folder.cluster().canonicalize().unwrap();
        for part in [
            "PostgreSQL 9",
            cluster.to_str().unwrap(),
            "Nothing in it was touched",
            "Install",
        ] {
            assert!(message.contains(part), "{part} is missing: {message}");
        }
    }
    assert_eq!(everything_in(&folder.path.join("postgres")), before);
}

#[tokio::test]
async fn a_folder_that_is_no_cluster_is_refused_and_not_touched() {
    let folder = DataFolder::empty("data");
    std::fs::create_dir_all(folder.cluster()).unwrap();
    std::fs::write(folder.cluster().join("letters.txt"), "dear").unwrap();
    if is_root() {
        let nobody = User::from_name("nobody").unwrap().unwrap();
        chown(folder.cluster(), Some(nobody.uid.as_raw()), None).unwrap();
    }
    let before = everything_in(&folder.path.join("postgres"));
    let message = folder.refusal(Role::Owner).await;
    assert!(message.contains("is no PostgreSQL cluster"), "{message}");
    assert_eq!(everything_in(&folder.path.join("postgres")), before);
}

#[tokio::test]
async fn a_folder_that_the_cluster_cannot_live_in_is_named() {
    let folder = DataFolder::empty("data");
    let shut = std::fs::Permissions::from_mode(if is_root() { 0o700 } else { 0o500 });
    std::fs::set_permissions(folder.parent(), shut).unwrap();
    let message = folder.refusal(Role::Owner).await;
    let parent = folder.parent().canonicalize().unwrap();
    let parts: &[&str] = if is_root() {
        // PostgreSQL runs as another user, whom root's folder shuts out.
        &[
            "never runs as root",
            parent.to_str().unwrap(),
            "chmod o+x",
            "DataPath",
        ]
    } else {
        &["cannot make the data folder", folder.path.to_str().unwrap()]
    };
    for part in parts {
        assert!(message.contains(part), "{part} is missing: {message}");
    }
    std::fs::set_permissions(folder.parent(), std::fs::Permissions::from_mode(0o711)).unwrap();
    // The folder opened, it works without more help.
    folder.serve().await.stop().await;
}

#[tokio::test]
async fn a_lost_password_file_is_named_and_can_be_put_back() {
    let folder = DataFolder::new().await;
    let database = folder.serve().await;
    remember(&database, 1).await;
    database.stop().await;
    let file = folder.path.join("postgres.secret");
    let secret = std::fs::read_to_string(&file).unwrap();

    std::fs::remove_file(&file).unwrap();
    let message = folder.refusal(Role::Owner).await;
    assert!(message.contains("postgres.secret"), "{message}");
    assert!(message.contains("backup"), "{message}");
    assert!(!file.exists(), "a new one would not fit the cluster");

    std::fs::write(&file, "0123456789abcdef\n").unwrap();
    let message = folder.refusal(Role::Owner).await;
    assert!(message.contains("postgres.secret"), "{message}");

    std::fs::write(&file, secret).unwrap();
    let database = folder.serve().await;
    assert_eq!(remembered(&database).await, [1]);
    database.stop().await;
}

#[tokio::test]
async fn a_cluster_that_does_not_start_shows_the_end_of_its_log_which_stays_small() {
    let folder = DataFolder::new().await;
    folder.serve().await.stop().await;
    let log = folder.path.join("postgres/server.log");
    let many = vec![b'x'; 9 * 1024 * 1024];
    let mut file = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
    file.write_all(&many).unwrap();
    let configuration = folder.cluster().join("postgresql.conf");
    let good = std::fs::read_to_string(&configuration).unwrap();
    std::fs::write(
        &configuration,
        format!("{good}\nnonsense_of_a_person = 1\n"),
    )
    .unwrap();

    let message = folder.refusal(Role::Owner).await;
    assert!(message.contains("nonsense_of_a_person"), "{message}");
    assert!(message.contains("server.log"), "{message}");
    let size = std::fs::metadata(&log).unwrap().len();
    assert!(size < 1024 * 1024, "{size}");
    let old = std::fs::metadata(log.with_extension("log.1")).unwrap();
    assert!(old.len() > 8 * 1024 * 1024);
    assert_eq!(old.mode() & 0o777, 0o600);

    std::fs::write(&configuration, good).unwrap();
    folder.serve().await.stop().await;
}
