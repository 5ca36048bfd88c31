//! Who may call what: every row of `permissions.csv` as every role, by every verb, with password and with token.

mod document;
mod invisible;

use std::collections::{BTreeMap, BTreeSet};

use ferrodesk::api::table::{Method, Verbs, table};
use reqwest::Method as Verb;
use sqlx::PgConnection;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::Mutex;

use crate::support::TestApp;
use crate::support::call::{Call, Credentials, Reply};
use crate::support::people::password_of;

/// The table, one line a case. `ANY` in its second column: by GET and by POST.
const TABLE: &str = include_str!("permissions.csv");

const ROLES: [&str; 9] = [
    "anonymous",
    "disabled",
    "owner",
    "stranger",
    "subscriber",
    "manager",
    "technician",
    "other_technician",
    "administrator",
];

/// What the stage has, by the name that rows give it.
const THINGS: &[(&str, i32)] = &[
    ("ticket", 1_000_001),
    ("closed_ticket", 1_000_002),
    ("sub_ticket", 1_000_003),
    ("elsewhere_ticket", 1_000_004),
    ("ticket_file", 4_000_001),
    ("comment_file", 4_000_002),
    ("note_file", 4_000_003),
    ("article_file", 4_000_004),
    ("techs_article_file", 4_000_005),
    ("draft", 4_000_006),
    ("asset_file", 4_000_007),
    ("asset", 5_000_001),
    ("others_asset", 5_000_002),
    ("article", 3_000_001),
    ("techs_article", 3_000_002),
    ("specific_article", 3_000_003),
    ("rule", 6_000_001),
    ("disabled_rule", 6_000_002),
    ("public", 1),
    ("elsewhere", 2),
    ("techs_only", 3),
    ("specific", 4),
    ("hidden", 5),
    ("company", 1),
    ("field", 7_000_001),
    ("techs_field", 7_000_002),
    ("admins_field", 7_000_003),
    ("elsewhere_field", 7_000_004),
    ("user_field", 7_000_005),
    ("admins_user_field", 7_000_006),
    ("company_field", 7_000_007),
    ("asset_field", 7_000_008),
];

/// A line of the table.
#[derive(Debug)]
struct Row {
    method: &'static str,
    verb: &'static str,
    case: &'static str,
    params: Vec<(&'static str, &'static str)>,
    /// One expected status a role.
    expected: Vec<u16>,
}

fn rows() -> Vec<Row> {
    let mut lines = TABLE.lines();
    let heading: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(heading[..4], ["method", "verb", "case", "parameters"]);
    assert_eq!(heading[4..], ROLES);
    lines.map(row).collect()
}

fn row(line: &'static str) -> Row {
    let cells: Vec<&str> = line.split(',').collect();
    assert_eq!(cells.len(), 4 + ROLES.len(), "{line}");
    Row {
        method: cells[0],
        verb: cells[1],
        case: cells[2],
        params: cells[3]
            .split('&')
            .filter(|param| !param.is_empty())
            .map(|param| param.split_once('=').unwrap_or((param, "")))
            .collect(),
        expected: cells[4..]
            .iter()
            .map(|cell| cell.parse().unwrap())
            .collect(),
    }
}

impl Row {
    /// Whether this row is about the method of the router.
    fn is_about(&self, method: &Method) -> bool {
        self.method == method.name
            && match method.verbs {
                Verbs::Get => self.verb == "GET",
                Verbs::Post => self.verb == "POST",
                Verbs::Any => true,
            }
    }

    /// By which verbs, and whether by token.
    fn ways(&self) -> Vec<(Verb, bool)> {
        let verbs = match self.verb {
            "ANY" => vec![Verb::GET, Verb::POST],
            one => vec![one.parse().unwrap()],
        };
        verbs
            .into_iter()
            .flat_map(|verb| [(verb.clone(), false), (verb, true)])
            .collect()
    }
}

/// One call of a row.
#[derive(Debug)]
struct Caller<'a> {
    row: &'a Row,
    verb: Verb,
    role: &'a str,
    by_token: bool,
    expected: u16,
}

/// The people and the server.
pub(crate) struct Stage {
    pub(crate) app: TestApp,
    /// For what no caller sees; one for all, as connecting takes longer than most calls.
    connection: Mutex<PgConnection>,
    /// Number and token by name.
    people: BTreeMap<&'static str, (i32, String)>,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let app = TestApp::start().await;
        app.sql(
            "insert into categories (name) values ('Elsewhere');
            insert into categories (name, for_techs_only) values ('Techs only', true);
            insert into categories (name, for_specific_users) values ('Specific', true), ('Hidden', true);
            insert into companies (name) values ('ACME')",
        )
        .await;
        let mut people = BTreeMap::new();
        for name in ROLES.into_iter().skip(1).chain(["bystander", "reader"]) {
            let person = app.person(name).await;
            let reply = person.call(Verb::GET, "/user/token").await;
            people.insert(name, (person.id.0, reply.is_ok().text()));
        }
        app.sql(
            "update users set company_id = 1 where username in ('owner', 'manager');
            update users set is_manager = true where username = 'manager';
            update users set is_admin = true where username = 'administrator';
            update users set disabled = true where username = 'disabled';
            create table people as table users",
        )
        .await;
        let connection = Mutex::new(app.database.connect().await);
        let stage = Self {
            app,
            connection,
            people,
        };
        stage.reset().await;
        stage
    }

    pub(crate) async fn sql(&self, statement: &'static str) {
        let mut connection = self.connection.lock().await;
        sqlx::raw_sql(statement)
            .execute(&mut *connection)
            .await
            .unwrap();
    }

    /// Undo what calls have done.
    pub(crate) async fn reset(&self) {
        self.sql(include_str!("permissions/stage.sql")).await;
        self.app.heard_of_changes();
        let folder = self.app.state.settings.attachments_path.join("00");
        std::fs::create_dir_all(&folder).unwrap();
        for &(name, id) in THINGS {
            if name.ends_with("file") || name == "draft" {
                std::fs::write(folder.join(format!("{id:032}")), "data").unwrap();
            }
        }
    }

    /// How often the schema has told of changed rights since the last question.
    async fn told(&self, listener: &mut PgListener) -> usize {
        self.sql("select pg_notify('ferrodesk_rights', 'so far')")
            .await;
        let mut told = 0;
        while listener.recv().await.unwrap().payload() != "so far" {
            told += 1;
        }
        told
    }

    /// The answer of a question to the database, in which `{ticket}` stands for its number, as in the table.
    pub(crate) async fn is_true(&self, question: &str) -> bool {
        let things = THINGS.iter().map(|(name, id)| (*name, *id));
        let people = self.people.iter().map(|(name, (id, _))| (*name, *id));
        let question = things
            .chain(people)
            .fold(question.to_owned(), |text, (name, id)| {
                text.replace(&format!("{{{name}}}"), &id.to_string())
            });
        sqlx::query_scalar(sqlx::AssertSqlSafe(
            question.trim_end_matches(";\n").to_owned(),
        ))
        .fetch_one(&mut *self.connection.lock().await)
        .await
        .unwrap()
    }

    /// What there is that a call could change. A refused one leaves it as it is.
    pub(crate) async fn state(&self) -> String {
        sqlx::query_scalar(
            "select concat_ws(' ',
                (select string_agg(t::text, ' ' order by id) from tickets t),
                (select string_agg(id::text, ' ' order by id) from comments),
                (select string_agg(id::text, ' ' order by id) from attachments),
                (select string_agg(s::text, ' ' order by s) from subscribers s),
                (select string_agg(g::text, ' ' order by g) from ticket_tags g),
                (select string_agg(l::text, ' ' order by l) from ticket_links l),
                (select string_agg(c::text, ' ' order by c) from category_technicians c),
                (select string_agg(a::text, ' ' order by id) from assets a),
                (select string_agg(u::text, ' ' order by u) from asset_users u),
                (select string_agg(l::text, ' ' order by l) from asset_tickets l),
                (select count(*) from manufacturers), (select count(*) from asset_log),
                (select string_agg(id::text, ' ' order by id) from articles),
                (select string_agg(r::text, ' ' order by id) from rules r),
                (select string_agg(v::text, ' ' order by v) from ticket_field_values v),
                (select string_agg(v::text, ' ' order by v) from asset_field_values v),
                (select string_agg(v::text, ' ' order by v) from user_field_values v),
                (select string_agg(v::text, ' ' order by v) from company_field_values v),
                (select string_agg(concat_ws(',', id, username, email, phone, disabled, token_version, deleted_at), ' '
                    order by id) from users),
                (select string_agg(c::text, ' ' order by id) from companies c),
                (select count(*) from audit_log where action not like 'login.%'))",
        )
        .fetch_one(&mut *self.connection.lock().await)
        .await
        .unwrap()
    }

    pub(crate) fn value(&self, role: &str, value: &str) -> String {
        let Some(name) = value
            .strip_prefix('{')
            .and_then(|value| value.strip_suffix('}'))
        else {
            return value.to_owned();
        };
        let name = if name == "self" { role } else { name };
        let thing = THINGS.iter().find(|thing| thing.0 == name);
        match (thing, self.people.get(name)) {
            (Some((_, id)), _) | (None, Some((id, _))) => id.to_string(),
            // An anonymous caller has no number.
            (None, None) if role == "anonymous" => "999999".to_owned(),
            (None, None) => panic!("nothing is called {name}"),
        }
    }

    /// The row's call. With a token the `id` goes into the path, where every method takes it as well.
    fn call(&self, as_whom: &Caller<'_>) -> Call<'_> {
        let Caller {
            row,
            role,
            by_token,
            ref verb,
            ..
        } = *as_whom;
        let mut path = row.method.to_owned();
        if !path.starts_with('/') {
            path = format!("/api/{path}");
        }
        let mut params = row.params.clone();
        let id = params.iter().position(|(name, _)| *name == "id");
        if let Some(at) = id
            && (by_token || path.ends_with("/{id}"))
            && row.method != "/file/get"
        {
            let id = self.value(role, params.remove(at).1);
            path = format!("{}/{id}", path.trim_end_matches("/{id}"));
        }
        let mut person = self.app.anonymous();
        person.credentials = self.credentials(role, by_token);
        params.iter().fold(
            person.call(verb.clone(), &path),
            |call, (name, value)| match *name {
                "{file}" => call.file("uploadFile", "b.txt", *b"data"),
                name => call.param(name, self.value(role, value)),
            },
        )
    }

    pub(crate) fn credentials(&self, role: &str, by_token: bool) -> Credentials {
        match (role, by_token) {
            ("anonymous", true) => Credentials::Bearer("nonsense".into()),
            ("anonymous", false) => Credentials::None,
            (_, true) => Credentials::Bearer(self.people[role].1.clone()),
            (_, false) => self.app.known(role, &password_of(role)).credentials,
        }
    }

    /// Call as one role; what is wrong with the answer.
    async fn check(&self, as_whom: &Caller<'_>) -> Option<String> {
        let Caller {
            row,
            role,
            expected,
            ..
        } = as_whom;
        if *role == "disabled" {
            // Three refused logins would block the address for all.
            self.sql("delete from login_streaks").await;
        }
        let reply: Reply = self.call(as_whom).await;
        let got = reply.status.as_u16();
        let text: String = reply.text().chars().take(80).collect();
        let (method, case) = (row.method, row.case);
        (got != *expected)
            .then(|| format!("{method} ({case}) as {role}: {got} instead of {expected}: {text}"))
    }

    /// The same with a method that writes: each call finds the stage as it was, and a refused one leaves it so.
    async fn check_change(&self, as_whom: &Caller<'_>) -> Option<String> {
        let before = self.state().await;
        let mut wrong = self.check(as_whom).await;
        if self.state().await != before {
            if as_whom.expected != 200 && wrong.is_none() {
                wrong = Some(format!("{as_whom:?} was refused and changed something"));
            }
            self.reset().await;
        }
        wrong
    }
}

/// The roles that a method answers in one case of its at least.
pub(crate) fn roles_of(method: &Method) -> Vec<&'static str> {
    let rows = rows();
    let of_method = || rows.iter().filter(|row| row.is_about(method));
    ROLES
        .iter()
        .enumerate()
        .filter(|(at, _)| of_method().any(|row| row.expected[*at] == 200))
        .map(|(_, role)| *role)
        .collect()
}

/// Every row of the methods of these sections that write, or of those that only read.
async fn hold(sections: &[&str], writes: bool) {
    let stage = Stage::set().await;
    let table = table();
    let mut wrong = vec![];
    let mut checked = 0;
    for row in rows() {
        let method = table.methods().iter().find(|method| row.is_about(method));
        let method = method.unwrap_or_else(|| panic!("no such method: {row:?}"));
        if method.writes != writes || !sections.contains(&method.section) {
            continue;
        }
        for (role, expected) in ROLES.iter().zip(&row.expected) {
            for (verb, by_token) in row.ways() {
                let row = &row;
                let expected = *expected;
                let caller = Caller {
                    row,
                    verb,
                    role,
                    by_token,
                    expected,
                };
                checked += 1;
                wrong.extend(if writes {
                    stage.check_change(&caller).await
                } else {
                    stage.check(&caller).await
                });
            }
        }
    }
    assert!(checked > 0, "no rows");
    assert!(
        wrong.is_empty(),
        "{} of {checked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

const TICKETS: &[&str] = &["Ticket methods"];
const OTHERS: &[&str] = &[
    "General methods",
    "Comments",
    "Users",
    "Knowledge base",
    "Automation rules",
    "Custom fields",
    "Assets",
    "Newer methods, seen in use",
    "Addresses that clients link to",
];

#[tokio::test]
async fn tickets_are_read_by_those_who_may() {
    hold(TICKETS, false).await;
}

#[tokio::test]
async fn tickets_are_changed_by_those_who_may() {
    hold(TICKETS, true).await;
}

#[tokio::test]
async fn everything_else_is_read_by_those_who_may() {
    hold(OTHERS, false).await;
}

#[tokio::test]
async fn everything_else_is_changed_by_those_who_may() {
    hold(OTHERS, true).await;
}

/// Servers remember callers: whoever changes what somebody may must say so, or the server that did it would go on
/// with the old right for a moment.
#[tokio::test]
async fn the_methods_that_change_rights_are_those_marked_so() {
    let stage = Stage::set().await;
    let options = stage.app.database.options();
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .unwrap();
    let mut listener = PgListener::connect_with(&pool).await.unwrap();
    listener.listen("ferrodesk_rights").await.unwrap();
    let table = table();
    let (mut marked, mut found) = (BTreeSet::new(), BTreeSet::new());
    for row in rows() {
        let method = table.methods().iter().find(|method| row.is_about(method));
        let method = method.unwrap();
        if !method.writes {
            continue;
        }
        stage.reset().await;
        stage.told(&mut listener).await;
        let caller = Caller {
            row: &row,
            verb: Verb::POST,
            role: "administrator",
            by_token: false,
            expected: 200,
        };
        stage.call(&caller).await;
        if method.rights {
            marked.insert(row.method);
        }
        if stage.told(&mut listener).await > 0 {
            found.insert(row.method);
        }
    }
    // One that makes rights, of a user nobody knew before, takes none away.
    assert_eq!(found, marked);
}

#[test]
fn every_method_has_its_rows_and_is_checked() {
    let rows = rows();
    for method in table().methods() {
        let name = method.name;
        let covered: Vec<&Row> = rows.iter().filter(|row| row.is_about(method)).collect();
        assert!(!covered.is_empty(), "{name}: no row in permissions.csv");
        let section = &method.section;
        assert!(
            TICKETS.contains(section) || OTHERS.contains(section),
            "{name}: no test takes its section"
        );
    }
}
