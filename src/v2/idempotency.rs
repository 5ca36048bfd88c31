//! `Idempotency-Key`: a creation sent twice is done once.

use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::request::Parts;
use sqlx::PgConnection;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::idempotency::{self, Claim};
use crate::http::describe::{Argument, Description};

use super::etag::optional_header;
use super::problem::{Problem, Result};
use super::reply::Created;

/// Its header.
const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest key.
const LONGEST: usize = 255;

/// The key of a request, if it brings one.
#[derive(Clone, Debug)]
pub(super) struct IdempotencyKey(Option<String>);

impl FromRequestParts<AppState> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self> {
        let Some(value) = parts.headers.get(HEADER) else {
            return Ok(Self(None));
        };
        let is_plain = value.as_bytes().iter().all(u8::is_ascii_graphic);
        let key = value.to_str().ok().filter(|_| is_plain);
        match key.filter(|key| (1..=LONGEST).contains(&key.len())) {
            Some(key) => Ok(Self(Some(key.to_owned()))),
            None => Err(Problem::Body {
                code: "invalid",
                field: Some("Idempotency-Key".to_owned()),
                detail: "The Idempotency-Key must be 1 to 255 visible characters of ASCII."
                    .to_owned(),
            }),
        }
    }
}

impl Argument for IdempotencyKey {
    fn describe(description: &mut Description) {
        let text = "A name of your own for this request: sent again within a day, it is answered again, not done again.";
        let header = optional_header("Idempotency-Key", text, Some("^[!-~]{1,255}$"));
        description.parameters.push(header);
    }
}

/// What is to be done with a request.
#[derive(Debug)]
pub(super) enum Turn {
    /// Do it, and [`Once::keep`] the answer.
    First(Once),
    /// It was done: this was the answer.
    Again(Created),
}

/// The key of a request that is done for the first time; none where it brought none.
#[derive(Debug)]
pub(super) struct Once(Option<String>);

impl IdempotencyKey {
    /// Claim the key for an operation and a body. Errors: 422 when it came with another request.
    pub(super) async fn claim(
        self,
        conn: &mut PgConnection,
        actor: &Actor,
        operation: &str,
        body: &blake3::Hash,
    ) -> Result<Turn> {
        let Some(key) = self.0 else {
            return Ok(Turn::First(Once(None)));
        };
        match idempotency::claim(conn, actor, &key, operation, body.as_bytes()).await? {
            Claim::First => Ok(Turn::First(Once(Some(key)))),
            Claim::Again(answer) => Ok(Turn::Again(Created::again(answer))),
            Claim::Reused => Err(Problem::KeyReused),
        }
    }
}

impl Once {
    /// Keep the answer, in the transaction that makes the object.
    pub(super) async fn keep(
        self,
        conn: &mut PgConnection,
        actor: &Actor,
        created: &Created,
    ) -> Result<()> {
        if let Some(key) = self.0 {
            idempotency::keep(conn, actor, &key, created.answer()).await?;
        }
        Ok(())
    }
}
