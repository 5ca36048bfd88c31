//! Nothing acknowledged is lost, and nobody must help, whoever is killed.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ferrodesk::domain::Db;
use ferrodesk::domain::db::PoolSizes;
use ferrodesk::postgres::Role;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::folder::{DataFolder, connect, is_alive, remember, remembered, wait_until};
use super::server::Server;

/// Whether both pools of the server work.
async fn serves(db: &Db) -> bool {
    let Ok(tx) = db.begin().await else {
        return false;
    };
    tx.commit().await.is_ok() && db.ping().await.is_ok()
}

#[tokio::test]
async fn the_service_returns_by_itself_when_postgresql_is_killed() {
    let folder = DataFolder::new().await;
    let database = folder.serve().await;
    let db = Db::new(
        database.options(),
        PoolSizes {
            read: 2,
            lists: 1,
            write: 2,
            jobs: 2,
        },
    );
    db.ping().await.unwrap();
    remember(&database, 1).await;
    let first = folder.postmaster();

    folder.kill_postmaster();
    let mut tries = 0;
    // A pool may hand out connections that died with the old postmaster, but only until it has noticed each.
    while !serves(&db).await {
        tries += 1;
        assert!(tries < 1000, "no service");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(remembered(&database).await, [1]);
    assert_ne!(folder.postmaster(), first);

    // And once more, for the restarted one is watched too.
    folder.kill_postmaster();
    remember(&database, 2).await;
    assert_eq!(remembered(&database).await, [1, 2]);
    db.close().await;
    database.stop().await;
}

#[tokio::test]
async fn a_busy_orphan_of_a_killed_postmaster_does_not_hold_up_the_restart() {
    let folder = DataFolder::new().await;
    let database = folder.serve().await;
    let mut busy = connect(&database).await;
    let orphan: i32 = sqlx::query_scalar("select pg_backend_pid()")
        .fetch_one(&mut busy)
        .await
        .unwrap();
    let work = tokio::spawn(async move {
        sqlx::raw_sql("select count(*) from generate_series(1, 100000000000) as n")
            .execute(&mut busy)
            .await
    });
    let mut watch = connect(&database).await;
    let mut active = false;
    while !active {
        active = sqlx::query_scalar("select state = 'active' from pg_stat_activity where pid = $1")
            .bind(orphan)
            .fetch_one(&mut watch)
            .await
            .unwrap();
    }

    folder.kill_postmaster();
    remember(&database, 1).await;
    assert!(!is_alive(Pid::from_raw(orphan)));
    assert!(work.await.unwrap().is_err());
    database.stop().await;
}

#[tokio::test]
async fn a_stale_pid_file_whose_number_is_another_programs_is_no_hindrance() {
    let folder = DataFolder::new().await;
    let database = folder.serve().await;
    remember(&database, 1).await;
    let text = std::fs::read_to_string(folder.pid_file()).unwrap();
    let postmaster = folder.postmaster().to_string();
    database.stop().await;

    // Of the same user: this is the case in which PostgreSQL alone refuses to start.
    let cluster = std::fs::metadata(folder.cluster()).unwrap();
    let mut other = Command::new("sleep");
    other.arg("60");
    if super::is_root() {
        other.uid(cluster.uid()).gid(cluster.gid());
    }
    let mut other = other.spawn().unwrap();
    let stale = text.replacen(&postmaster, &other.id().to_string(), 1);
    std::fs::write(folder.pid_file(), stale).unwrap();
    chown(folder.pid_file(), Some(cluster.uid()), Some(cluster.gid())).unwrap();

    let database = folder.serve().await;
    assert_eq!(remembered(&database).await, [1]);
    assert!(
        other.try_wait().unwrap().is_none(),
        "the other program lives on"
    );
    other.kill().unwrap();
    other.wait().unwrap();
    database.stop().await;
}

/// A postmaster that nobody watches, as after the kill of a server whose farewell the kernel did not send.
fn orphaned_postmaster(folder: &DataFolder, program: &str, socket: &std::path::Path) -> Child {
    let cluster = std::fs::metadata(folder.cluster()).unwrap();
    let mut command = Command::new(program);
    command
        .arg("-D")
        .arg(folder.cluster())
        .args(["-c", "listen_addresses=", "-c"])
        .arg(format!("unix_socket_directories={}", socket.display()))
        .current_dir("/")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if super::is_root() {
        command.uid(cluster.uid()).gid(cluster.gid());
    }
    command.spawn().unwrap()
}

#[tokio::test]
async fn an_orphaned_postmaster_is_replaced_at_the_next_start() {
    let folder = DataFolder::new().await;
    let database = folder.serve().await;
    remember(&database, 1).await;
    // "/usr/lib/postgresql/15/bin/postgres "-D" ..."
    let started_with = std::fs::read_to_string(folder.cluster().join("postmaster.opts")).unwrap();
    let program = started_with.split(' ').next().unwrap();
    let socket = database.options().get_socket().unwrap().clone();
    database.stop().await;

    let mut orphan = orphaned_postmaster(&folder, program, &socket);
    wait_until("the orphan runs", || {
        std::fs::read_to_string(folder.pid_file()).is_ok_and(|text| text.contains("ready"))
    });
    let database = folder.serve().await;
    assert!(
        orphan.try_wait().unwrap().is_some(),
        "two postmasters on one cluster"
    );
    assert_eq!(remembered(&database).await, [1]);
    database.stop().await;
}

#[tokio::test]
async fn a_killed_server_takes_its_cluster_along_and_the_next_one_has_all_data() {
    let folder = DataFolder::new().await;
    let mut server = Server::start(&folder);
    let command = folder.open(Role::Guest).await.unwrap();
    remember(&command, 1).await;
    let postmaster = folder.postmaster();

    server.signal(Signal::SIGKILL);
    server.wait();
    wait_until("PostgreSQL ends after its server", || !is_alive(postmaster));

    let mut next = Server::start(&folder);
    assert_eq!(remembered(&command).await, [1]);
    next.signal(Signal::SIGTERM);
    assert!(next.wait().success());
}

#[tokio::test]
async fn a_start_right_after_the_kill_of_server_and_postgresql_has_all_data() {
    let folder = DataFolder::new().await;
    let server = Server::start(&folder);
    let command = folder.open(Role::Guest).await.unwrap();
    remember(&command, 1).await;
    // A connection that outlives both, so that a process of the cluster is left.
    let _left = connect(&command).await;

    server.signal(Signal::SIGKILL);
    folder.kill_postmaster();
    let next = Server::start(&folder);
    assert_eq!(remembered(&command).await, [1]);
    drop(next);
}

#[tokio::test]
async fn a_start_right_after_the_kill_of_the_server_waits_for_the_old_cluster() {
    let folder = DataFolder::new().await;
    let server = Server::start(&folder);
    let command = folder.open(Role::Guest).await.unwrap();
    remember(&command, 1).await;
    server.signal(Signal::SIGKILL);
    let next = Server::start(&folder);
    assert_eq!(remembered(&command).await, [1]);
    drop(next);
}

#[tokio::test]
async fn sigterm_and_ctrl_c_end_server_and_cluster_cleanly() {
    let folder = DataFolder::new().await;
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut server = Server::start(&folder);
        let postmaster = folder.postmaster();
        server.signal(signal);
        assert!(server.wait().success(), "{signal}");
        assert!(!is_alive(postmaster), "{signal}");
        assert!(!folder.pid_file().exists(), "{signal}");
    }
}

#[tokio::test]
async fn a_plain_user_can_run_the_server() {
    let folder = DataFolder::empty("data");
    let server = Server::start_as_plain_user(&folder);
    let owner = std::fs::metadata(folder.cluster()).unwrap().uid();
    let process = std::fs::metadata(format!("/proc/{}", server.process()))
        .unwrap()
        .uid();
    assert_ne!(process, 0);
    assert_eq!(owner, process);
    let command = folder.open(Role::Guest).await.unwrap();
    remember(&command, 1).await;
    assert_eq!(remembered(&command).await, [1]);
    kill(folder.postmaster(), Signal::SIGKILL).unwrap();
    assert_eq!(remembered(&command).await, [1]);
}
