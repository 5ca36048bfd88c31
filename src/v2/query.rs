//! Query strings: exactly the parameters that are known.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::path::ParameterIn;

use crate::app::AppState;
use crate::http::describe::{Argument, Description};

use super::problem::{Problem, Result};

/// The query as a `T`.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

impl<T: IntoParams> Argument for Query<T> {
    fn describe(description: &mut Description) {
        let parameters = T::into_params(|| Some(ParameterIn::Query));
        description.parameters.extend(parameters);
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T> {
    // No text of the database holds it, and a look-up with it fails.
    if let Some((name, _)) =
        form_urlencoded::parse(query.as_bytes()).find(|(_, value)| value.contains('\0'))
    {
        return Err(Problem::Body {
            code: "invalid",
            detail: format!("Parameter \"{name}\" holds the character NUL."),
            field: Some(name.into_owned()),
        });
    }
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        let sentence = error.inner().to_string();
        let named = sentence.split('`').nth(1).map(str::to_owned);
        let code = if sentence.starts_with("unknown field") {
            "unknown_field"
        } else {
            "invalid"
        };
        Problem::Body {
            code,
            field: Some(path).filter(|path| path != ".").or(named),
            detail: format!("The query cannot be read: {sentence}."),
        }
    })
}

/// The path's number, as `{id}`. What is no number is no address of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id(pub(super) i32);

impl FromRequestParts<AppState> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, app).await;
        let id = path.ok().and_then(|path| number(&path.0));
        id.map(Self).ok_or(Problem::NoAddress)
    }
}

/// Two numbers of a path: of an object, and of one within it.
#[derive(Clone, Copy, Debug)]
pub(super) struct TwoIds(pub(super) i32, pub(super) i32);

impl FromRequestParts<AppState> for TwoIds {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        let path = axum::extract::Path::<(String, String)>::from_request_parts(parts, app).await;
        let ids = path
            .ok()
            .and_then(|path| Some((number(&path.0.0)?, number(&path.0.1)?)));
        ids.map(|(id, inner)| Self(id, inner))
            .ok_or(Problem::NoAddress)
    }
}

/// One spelling of a number only, and no negative ones.
fn number(text: &str) -> Option<i32> {
    let number: i32 = text.parse().ok().filter(|number| *number >= 0)?;
    (number.to_string() == text).then_some(number)
}

impl Argument for Id {
    fn describe(_: &mut Description) {}
}

impl Argument for TwoIds {
    fn describe(_: &mut Description) {}
}
