//! The people of a test. Each has the password `password-of-{name}`.

use ferrodesk::domain::Actor;
use ferrodesk::domain::ids::{CategoryId, UserId};

use super::TestApp;
use super::call::{Call, Credentials};

/// Somebody who calls.
pub(crate) struct Person<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) credentials: Credentials,
}

/// The password of the person `name`.
pub(crate) fn password_of(name: &str) -> String {
    format!("password-of-{name}")
}

impl TestApp {
    /// The administrator.
    pub(crate) async fn admin(&self) -> Person<'_> {
        let admin = self.person("admin").await;
        self.change("update users set is_admin = true where id = $1", admin.id.0)
            .await;
        admin
    }

    /// A regular user.
    pub(crate) async fn customer(&self, name: &str) -> Person<'_> {
        self.person(name).await
    }

    /// A technician of these categories.
    pub(crate) async fn technician(&self, name: &str, categories: &[i32]) -> Person<'_> {
        let person = self.person(name).await;
        for category in categories {
            sqlx::query("insert into category_technicians (user_id, category_id) values ($1, $2) on conflict do nothing")
                .bind(person.id.0)
                .bind(category)
                .execute(&mut self.database.connect().await)
                .await
                .unwrap();
        }
        self.heard_of_changes();
        person
    }

    /// Somebody nobody knows.
    pub(crate) fn anonymous(&self) -> Person<'_> {
        Person {
            app: self,
            id: UserId(0),
            name: String::new(),
            credentials: Credentials::None,
        }
    }

    /// Somebody who was made elsewhere.
    pub(crate) fn known(&self, name: &str, password: &str) -> Person<'_> {
        Person {
            app: self,
            id: UserId(0),
            name: name.to_owned(),
            credentials: Credentials::Basic(name.to_owned(), password.to_owned()),
        }
    }

    /// The user `name`, made when new.
    pub(crate) async fn person(&self, name: &str) -> Person<'_> {
        let mut connection = self.database.connect().await;
        let known: Option<i32> = sqlx::query_scalar("select id from users where username = $1")
            .bind(name)
            .fetch_optional(&mut connection)
            .await
            .unwrap();
        let id = match known {
            Some(id) => id,
            None => sqlx::query_scalar(
                "insert into users (username, email, password_hash) values ($1, $1 || '@desk.test', $2) returning id",
            )
            .bind(name)
            .bind(ferrodesk::domain::users::password::hash(&password_of(name)).unwrap())
            .fetch_one(&mut connection)
            .await
            .unwrap(),
        };
        Person {
            app: self,
            id: UserId(id),
            name: name.to_owned(),
            credentials: Credentials::Basic(name.to_owned(), password_of(name)),
        }
    }

    /// Give a user another password, as the program does.
    pub(crate) async fn set_password(&self, user: UserId, secret: &str) {
        sqlx::query(
            "update users set password_hash = $2, token_version = token_version + 1 where id = $1",
        )
        .bind(user.0)
        .bind(ferrodesk::domain::users::password::hash(secret).unwrap())
        .execute(&mut self.database.connect().await)
        .await
        .unwrap();
        self.heard_of_changes();
    }

    /// A statement with one number bound.
    pub(crate) async fn change(&self, statement: &'static str, bound: i32) {
        sqlx::query(statement)
            .bind(bound)
            .execute(&mut self.database.connect().await)
            .await
            .unwrap();
        self.heard_of_changes();
    }
}

impl<'a> Person<'a> {
    /// GET `/api/{method}`.
    pub(crate) fn get(&self, method: &str) -> Call<'a> {
        self.call(reqwest::Method::GET, &format!("/api/{method}"))
    }

    /// POST `/api/{method}`, parameters as a form.
    pub(crate) fn post(&self, method: &str) -> Call<'a> {
        self.call(reqwest::Method::POST, &format!("/api/{method}"))
    }

    /// Any verb and path.
    pub(crate) fn call(&self, verb: reqwest::Method, path: &str) -> Call<'a> {
        Call::new(self.app, verb, path, self.credentials.clone())
    }

    /// Him as services take him, apart from company and department.
    pub(crate) async fn actor(&self) -> Actor {
        let mut connection = self.app.database.connect().await;
        let (username, is_admin, technician_of): (String, bool, Vec<i32>) = sqlx::query_as(
            "select u.username, u.is_admin,
                array (select category_id from category_technicians where user_id = u.id)
            from users u where u.id = $1",
        )
        .bind(self.id.0)
        .fetch_one(&mut connection)
        .await
        .unwrap();
        Actor {
            user_id: self.id,
            full_name: username.clone(),
            username,
            is_admin,
            is_manager: false,
            is_department_manager: false,
            company_id: None,
            department_id: None,
            technician_of: technician_of.into_iter().map(CategoryId).collect(),
            now: self.app.clock.now(),
            ip_address: None,
            token: None,
            read_only: false,
            chain: None,
        }
    }

    /// A ticket of his in any category, put straight into the database; its id.
    pub(crate) async fn has_a_ticket_in(&self, category: i32) -> i32 {
        let mut connection = self.app.database.connect().await;
        let ticket = sqlx::query_scalar(
            "insert into tickets (subject, body, category_id, user_id, created_at, updated_at)
            values ('The printer is on fire', 'Please help', $1, $2, now(), now()) returning id",
        )
        .bind(category)
        .bind(self.id.0)
        .fetch_one(&mut connection)
        .await
        .unwrap();
        sqlx::query("select rebuild_ticket_search($1)")
            .bind::<i32>(ticket)
            .execute(&mut connection)
            .await
            .unwrap();
        ticket
    }

    /// A ticket of his in the category of a fresh installation; its id.
    pub(crate) async fn creates_a_ticket(&self) -> i32 {
        self.post("Ticket")
            .param("categoryId", 1)
            .param("subject", "The printer is on fire")
            .param("body", "Please help")
            .param("priorityId", 0)
            .await
            .is_ok()
            .number()
    }
}
