//! The cluster that the server runs for itself, through first starts, kills and competition; outside databases.

mod connection;
mod durability;
mod folder;
mod kills;
mod lockout;
mod outside;
mod refusals;
mod server;

use std::os::unix::fs::MetadataExt;

use ferrodesk::postgres::Role;
use sqlx::{ConnectOptions, PgConnection};

use folder::{DataFolder, connect, is_alive, is_root, remember, remembered};

async fn show(connection: &mut PgConnection, setting: &str) -> String {
    sqlx::query_scalar("select current_setting($1)")
        .bind(setting)
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_first_start_makes_a_durable_cluster_that_only_its_socket_reaches() {
    let folder = DataFolder::empty("data");
    let database = folder.serve().await;
    let mut connection = connect(&database).await;
    for (setting, value) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("server_encoding", "UTF8"),
        ("lc_ctype", "C.UTF-8"),
        ("is_superuser", "off"),
        ("max_connections", "60"),
    ] {
        assert_eq!(show(&mut connection, setting).await, value, "{setting}");
    }
    let lives_in = folder.path.canonicalize().unwrap();
    assert!(database.describe().contains(lives_in.to_str().unwrap()));

    let mode = |path: &str| std::fs::metadata(folder.path.join(path)).unwrap().mode() & 0o777;
    assert_eq!(mode("postgres.secret"), 0o600);
    assert_eq!(mode("postgres/server.log"), 0o600);
    assert_eq!(mode("postgres"), 0o700);
    assert_eq!(mode("postgres/run"), 0o700);

    let postmaster = folder.postmaster();
    let process = std::fs::metadata(format!("/proc/{postmaster}")).unwrap();
    let owner = std::fs::metadata(folder.cluster()).unwrap().uid();
    assert_eq!(process.uid(), owner);
    assert_ne!(owner, 0, "PostgreSQL never runs as root");
    if is_root() {
        let status = std::fs::read_to_string(format!("/proc/{postmaster}/status")).unwrap();
        let groups = status
            .lines()
            .find(|line| line.starts_with("Groups:"))
            .unwrap();
        assert_eq!(groups.trim(), "Groups:", "root's groups are dropped");
    } else {
        assert_eq!(owner, nix::unistd::geteuid().as_raw());
    }

    // A wrong password is not let in, though the socket is there.
    let stranger = database.options().clone().password("guess");
    let refused = stranger.connect().await.unwrap_err();
    assert!(refused.to_string().contains("password"), "{refused}");

    drop(connection);
    database.stop().await;
    assert!(!is_alive(postmaster), "the cluster stops with the server");
    assert!(!folder.pid_file().exists(), "and it stops cleanly");
}

#[tokio::test]
async fn a_second_start_finds_the_data_of_the_first() {
    let folder = DataFolder::new().await;
    let first = folder.serve().await;
    remember(&first, 1).await;
    first.stop().await;

    let second = folder.serve().await;
    assert_eq!(remembered(&second).await, [1]);
    second.stop().await;
}

#[tokio::test]
async fn a_command_uses_the_cluster_of_the_server_and_leaves_it_running() {
    let folder = DataFolder::new().await;
    // Without a server, the command runs the cluster itself.
    let alone = folder.open(Role::Guest).await.unwrap();
    remember(&alone, 1).await;
    let postmaster = folder.postmaster();
    alone.stop().await;
    assert!(!is_alive(postmaster));

    let server = folder.serve().await;
    let command = folder.open(Role::Guest).await.unwrap();
    remember(&command, 2).await;
    assert_eq!(remembered(&command).await, [1, 2]);
    command.stop().await;
    assert_eq!(remembered(&server).await, [1, 2]);
    server.stop().await;
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_works() {
    let folder = DataFolder::named(&"long".repeat(30)).await;
    let server = folder.serve().await;
    let socket = server.options().get_socket().unwrap().clone();
    assert!(socket.starts_with("/tmp"), "{}", socket.display());
    let mode = std::fs::metadata(&socket).unwrap().mode() & 0o777;
    assert_eq!(mode, 0o700);
    remember(&server, 1).await;

    let command = folder.open(Role::Guest).await.unwrap();
    assert_eq!(remembered(&command).await, [1]);
    command.stop().await;
    server.stop().await;
    std::fs::remove_dir_all(socket).unwrap();
}

#[tokio::test]
async fn a_path_with_odd_signs_works() {
    let folder = DataFolder::named("a, \"b\" 'c' $d").await;
    let server = folder.serve().await;
    remember(&server, 1).await;
    assert_eq!(remembered(&server).await, [1]);
    server.stop().await;
}
