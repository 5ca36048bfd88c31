//! A data folder for one test, and what a test does to the cluster in it.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use ferrodesk::postgres::{Database, Role};
use ferrodesk::settings::Settings;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions, Connection};

/// How long anything in these tests may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A data folder that vanishes with the test.
pub(super) struct DataFolder {
    temporary: tempfile::TempDir,
    pub(super) path: PathBuf,
}

impl DataFolder {
    /// With a cluster that was started and stopped once: a copy, as `initdb` takes seconds.
    pub(super) async fn new() -> Self {
        Self::named("data").await
    }

    pub(super) async fn named(name: &str) -> Self {
        let folder = Self::empty(name);
        copy(&template().await, &folder.path);
        folder
    }

    /// Without anything: the path does not exist yet.
    pub(super) fn empty(name: &str) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        // As root, the cluster runs as another user, who must be able to pass.
        let passable = std::fs::Permissions::from_mode(0o711);
        std::fs::set_permissions(temporary.path(), passable).unwrap();
        let path = temporary.path().join(name);
        Self { temporary, path }
    }

    /// The folder that holds the data folder.
    pub(super) fn parent(&self) -> &Path {
        self.temporary.path()
    }

    pub(super) fn settings(&self) -> Settings {
        crate::support::settings(&self.path)
    }

    pub(super) async fn open(&self, role: Role) -> anyhow::Result<Database> {
        Database::open(&self.settings(), role).await
    }

    /// Open it as the server does.
    pub(super) async fn serve(&self) -> Database {
        self.open(Role::Owner).await.unwrap()
    }

    /// The message of an attempt to open that must fail.
    pub(super) async fn refusal(&self, role: Role) -> String {
        match self.open(role).await {
            Ok(database) => panic!("opened: {database:?}"),
            Err(error) => format!("{error:#}"),
        }
    }

    pub(super) fn cluster(&self) -> PathBuf {
        self.path.join("postgres/cluster")
    }

    pub(super) fn pid_file(&self) -> PathBuf {
        self.cluster().join("postmaster.pid")
    }

    /// The number of the postmaster, as its own file tells it.
    pub(super) fn postmaster(&self) -> Pid {
        let text = std::fs::read_to_string(self.pid_file()).unwrap();
        Pid::from_raw(text.lines().next().unwrap().parse().unwrap())
    }

    pub(super) fn kill_postmaster(&self) {
        kill(self.postmaster(), Signal::SIGKILL).unwrap();
    }
}

/// A data folder to copy, made by the first test that needs it. Its name tells the program (by the time it was built)
/// and the user it was made for.
async fn template() -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let program = std::env::current_exe().unwrap().metadata().unwrap();
    let name = format!(
        "cluster-{}-{}-{}",
        geteuid(),
        program.mtime(),
        program.mtime_nsec()
    );
    let template = place.join(name);
    let lock = std::fs::File::create(place.join("cluster.lock")).unwrap();
    lock.lock().unwrap();
    if !template.exists() {
        for old in std::fs::read_dir(place).unwrap() {
            let old = old.unwrap();
            if old.file_name().to_string_lossy().starts_with("cluster-") {
                std::fs::remove_dir_all(old.path()).unwrap();
            }
        }
        let made = DataFolder::empty("data");
        made.serve().await.stop().await;
        let half = place.join("cluster-half");
        copy(&made.path, &half);
        std::fs::rename(half, &template).unwrap();
    }
    template
}

/// Copy a folder with its owners and modes.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(copied.unwrap().success());
}

/// Connect, again and again while the cluster comes back.
pub(super) async fn connect(database: &Database) -> PgConnection {
    let begun = Instant::now();
    loop {
        match database.options().connect().await {
            Ok(connection) => return connection,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Write down a number, and wait until PostgreSQL has acknowledged it.
pub(super) async fn remember(database: &Database, number: i32) {
    let mut connection = connect(database).await;
    sqlx::raw_sql("create table if not exists remembered (number int)")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("insert into remembered values ($1)")
        .bind(number)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// The numbers written down.
pub(super) async fn remembered(database: &Database) -> Vec<i32> {
    let mut connection = connect(database).await;
    let numbers = sqlx::query_scalar("select number from remembered order by number")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    numbers
}

/// Wait until `happened`.
pub(super) fn wait_until(what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(
            begun.elapsed() < PATIENCE,
            "{what}: not within {PATIENCE:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process exists and is no zombie.
pub(super) fn is_alive(process: Pid) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .starts_with(" Z")
    })
}

pub(super) fn is_root() -> bool {
    geteuid().is_root()
}
