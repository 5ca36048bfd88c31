use std::os::unix::fs::PermissionsExt;

use ferrodesk::cli::first_start::{self, Administrator};
use ferrodesk::domain::Db;
use ferrodesk::domain::clock::Clock;
use ferrodesk::domain::db::PoolSizes;
use nix::sys::signal::Signal;
use tokio::task::JoinSet;

use crate::support::call::Credentials;
use crate::support::database::TestDatabase;
use crate::support::people::Person;
use crate::support::program::{Server, answer, program, program_on, refusal};
use crate::support::{TestApp, client, settings};

#[tokio::test]
async fn wrong_arguments_end_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path()).arg("server").output().await.unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test]
async fn the_first_start_makes_an_administrator_with_a_random_password() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&mut program_on(&database, folder.path())).await;
    let file = folder.path().join("data/initial-admin-password");
    let password = std::fs::read_to_string(&file).unwrap();
    let password = password.trim_end();
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(password.len() >= 20, "{password}");
    assert!(server.welcome.contains(password), "{}", server.welcome);
    assert!(server.welcome.contains("admin"), "{}", server.welcome);
    assert!(server.welcome.contains("/data"), "{}", server.welcome);
    let call = client()
        .post(format!("{}/api/Authorization", server.url))
        .basic_auth("admin", Some(password));
    assert_eq!(call.send().await.unwrap().status(), 200);
    assert_eq!(server.stop(Signal::SIGTERM).await, Some(0));

    let again = Server::start(&mut program_on(&database, folder.path())).await;
    assert!(!again.welcome.contains(password), "shown once");
    assert_eq!(again.stop(Signal::SIGINT).await, Some(0));
}

#[tokio::test]
async fn the_first_administrator_may_come_from_the_settings() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = program_on(&database, folder.path());
    command
        .env("Bootstrap__AdminUsername", "root")
        .env("Bootstrap__AdminPassword", " mind the blanks ")
        .env("Bootstrap__AdminEmail", "root@desk.test");
    let server = Server::start(&mut command).await;
    assert!(!server.welcome.contains("mind the blanks"), "not shown");
    assert!(!folder.path().join("data/initial-admin-password").exists());
    for login in ["root", "root@desk.test"] {
        let call = client()
            .post(format!("{}/api/Authorization", server.url))
            .basic_auth(login, Some(" mind the blanks "));
        assert_eq!(call.send().await.unwrap().status(), 200, "{login}");
    }
    assert_eq!(server.stop(Signal::SIGTERM).await, Some(0));
}

#[tokio::test]
async fn of_fifty_first_starts_at_once_one_makes_the_administrator() {
    let database = TestDatabase::create().await;
    let mut starts = JoinSet::new();
    for _ in 0..50 {
        let options = database.options();
        starts.spawn(async move {
            let folder = tempfile::tempdir().unwrap();
            let db = Db::new(
                &options,
                PoolSizes {
                    read: 1,
                    lists: 1,
                    write: 1,
                    jobs: 2,
                },
            );
            let settings = settings(folder.path());
            let made = first_start::administrator(&settings, &db, &Clock::default())
                .await
                .unwrap();
            db.close().await;
            match made {
                Administrator::Random { password, file } => {
                    assert_eq!(std::fs::read_to_string(file).unwrap().trim_end(), password);
                    1
                }
                Administrator::Known(file) => {
                    assert_eq!(file, None);
                    0
                }
                Administrator::FromSettings => panic!("no password was set"),
            }
        });
    }
    let made: i32 = starts.join_all().await.into_iter().sum();
    assert_eq!(made, 1);
    let users: i64 = sqlx::query_scalar("select count(*) from users where is_admin")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(users, 1);
}

#[tokio::test]
async fn no_administrator_is_made_where_there_are_users() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&mut program_on(&app.database, folder.path())).await;
    assert_eq!(server.stop(Signal::SIGTERM).await, Some(0));
    assert_eq!(
        app.count("select count(*) from users where is_admin").await,
        0
    );
}

#[tokio::test]
async fn an_address_that_is_taken_is_told_with_the_setting_to_change() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", taken.local_addr().unwrap());
    let told = refusal(program_on(&database, folder.path()).env("Urls", &url)).await;
    assert!(told.contains(&url) && told.contains("Urls"), "{told}");
}

#[tokio::test]
async fn migrate_may_be_run_again() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let said = answer(program_on(&database, folder.path()).arg("migrate")).await;
        assert!(said.contains("The database is at the schema"), "{said}");
    }
}

#[tokio::test]
async fn a_user_made_on_the_command_line_logs_in_beside_the_running_server() {
    let app = TestApp::start().await;
    let said = answer(program_on(&app.database, app.folder.path()).args([
        "user",
        "create",
        "tina",
        "--email",
        "tina@desk.test",
        "--technician",
        "1",
    ]))
    .await;
    let password = said.trim().rsplit(' ').next().unwrap();
    let tina = app.known("tina", password);
    let told = tina.post("Authorization").await.is_ok().json();
    assert_eq!(told["Username"], "tina");
    assert_eq!(told["IsTech"], true);
    assert_eq!(told["IsAdmin"], false);
}

#[tokio::test]
async fn a_reset_password_replaces_the_old_one() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    alice.post("Authorization").await.is_ok();
    let said = answer(program_on(&app.database, app.folder.path()).args([
        "user",
        "reset-password",
        "alice@desk.test",
    ]))
    .await;
    let password = said.trim().rsplit(' ').next().unwrap();
    alice.post("Authorization").await.is_unauthorized();
    app.known("alice", password)
        .post("Authorization")
        .await
        .is_ok();
}

#[tokio::test]
async fn a_command_for_a_user_nobody_knows_fails() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    for command in ["reset-password", "token"] {
        let told =
            refusal(program_on(&database, folder.path()).args(["user", command, "nobody"])).await;
        assert!(told.contains("no user nobody"), "{told}");
    }
}

#[tokio::test]
async fn a_token_of_the_command_line_is_accepted_by_the_running_server() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let said = answer(
        program_on(&app.database, app.folder.path())
            .env("DataPath", app.folder.path())
            .args(["user", "token", "alice"]),
    )
    .await;
    let caller = Person {
        app: &app,
        id: alice.id,
        name: alice.name.clone(),
        credentials: Credentials::Bearer(said.trim().to_owned()),
    };
    let user = caller.post("Authorization").await.is_ok().json();
    assert_eq!(user["UserID"], alice.id.0);
}
