mod audited_calls;
mod audited_logins;
mod basic;
mod client;
mod cross_site;
mod limits;
mod lockout;
mod named_token_uses;
mod named_tokens;
mod named_tokens_end;
mod presence;
mod revoked;
mod rights;
mod token;

use reqwest::Method;

use ferrodesk::domain::ids::TokenId;
use ferrodesk::domain::users::tokens::{self, Scope, TokenDraft};
use ferrodesk::domain::{self, Actor};

use crate::support::TestApp;
use crate::support::call::{Call, Credentials, Reply};
use crate::support::people::Person;

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

/// What a token without an end is made from.
fn draft(scope: Scope) -> TokenDraft {
    TokenDraft {
        name: "nightly export".into(),
        scope,
        expires_at: None,
    }
}

/// A named token of the actor's own, as the service makes it.
async fn create(
    app: &TestApp,
    actor: &Actor,
    draft: TokenDraft,
) -> domain::Result<(TokenId, String)> {
    let mut tx = app.state.db.begin().await?;
    let key = app.state.tokens.key_of_named(&mut tx, actor.now()).await?;
    let made = tokens::create(&mut tx, actor, actor.user_id, &draft, &key).await?;
    tx.commit().await?;
    Ok(made)
}

/// A named token of a person.
async fn named(person: &Person<'_>, draft: TokenDraft) -> (TokenId, String) {
    create(person.app, &person.actor().await, draft)
        .await
        .unwrap()
}

/// Whoever holds the token.
fn holder<'a>(app: &'a TestApp, token: &str) -> Person<'a> {
    let mut holder = app.anonymous();
    holder.credentials = Credentials::Bearer(token.to_owned());
    holder
}

/// Revoke a token as its user, as the service does.
async fn revoke(app: &TestApp, actor: &Actor, id: TokenId) -> domain::Result<()> {
    let mut tx = app.state.db.begin().await?;
    tokens::revoke(&mut tx, actor, id).await?;
    tx.commit().await?;
    Ok(())
}
