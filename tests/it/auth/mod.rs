mod basic;
mod client;
mod cross_site;
mod limits;
mod lockout;
mod presence;
mod revoked;
mod rights;
mod token;

use reqwest::Method;

use crate::support::TestApp;
use crate::support::call::{Call, Credentials, Reply};

/// A method that anybody may call who is known, by anybody.
fn anonymous(app: &TestApp) -> Call<'_> {
    app.anonymous().call(Method::GET, "/user/token")
}

/// The same with a login and a password.
fn basic<'a>(app: &'a TestApp, login: &str, password: &str) -> Call<'a> {
    let credentials = Credentials::Basic(login.to_owned(), password.to_owned());
    Call::new(app, Method::GET, "/user/token", credentials)
}

async fn log_in(app: &TestApp, login: &str, password: &str) -> Reply {
    basic(app, login, password).await
}

/// The answer to an `Authorization` header as it stands.
async fn send(app: &TestApp, header: &str) -> Reply {
    anonymous(app).header("authorization", header).await
}
