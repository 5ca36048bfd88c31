//! The one error of the domain. Each face renders it in its own way.

use std::borrow::Cow;

/// Result of everything in the domain.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done. Nothing of it was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such object, or the actor may not see it: both read the same.
    #[error("No such {0}.")]
    NotFound(&'static str),
    /// The actor sees the object, or the method, but may not do this.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// A parameter is wrong.
    #[error("Parameter \"{parameter}\" {problem}.")]
    Invalid {
        /// The parameter, as the document spells it.
        parameter: Cow<'static, str>,
        /// What is wrong, to be read after the name: "is missing".
        problem: Cow<'static, str>,
    },
    /// The parameter clashes with what is stored: a name is taken.
    #[error("Parameter \"{parameter}\" {problem}.")]
    Conflict {
        /// The parameter, as the document spells it.
        parameter: Cow<'static, str>,
        /// What it clashes with, to be read after the name.
        problem: Cow<'static, str>,
    },
    /// The object cannot be deleted while other things need it.
    #[error("This {kind} is in use: {}. Say with move_to which {kind} takes its place, if one may.", Use::list(.uses))]
    InUse {
        /// What kind of object it is: "category".
        kind: &'static str,
        /// What needs it.
        uses: Vec<Use>,
    },
    /// The database cannot serve right now; the same call may succeed later.
    #[error("The helpdesk is busy or its database is restarting. Try again.")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Our fault.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How many things of one kind need an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// What they are, in the plural: "tickets".
    pub what: &'static str,
    /// How many there are.
    pub count: i64,
}

impl Use {
    /// Those of which there are any.
    #[must_use]
    pub fn some<const N: usize>(counts: [(&'static str, i64); N]) -> Vec<Self> {
        counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| Self { what, count })
            .collect()
    }

    /// `3 tickets, 1 articles`
    #[must_use]
    pub fn list(uses: &[Self]) -> String {
        let uses: Vec<String> = uses
            .iter()
            .map(|each| format!("{} {}", each.count, each.what))
            .collect();
        uses.join(", ")
    }
}

impl Error {
    /// The actor may not do this; `sentence` says what it takes.
    pub fn forbidden(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::Forbidden(sentence.into())
    }

    /// `parameter` is wrong; `problem` is read after its name.
    pub fn invalid(
        parameter: impl Into<Cow<'static, str>>,
        problem: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid {
            parameter: parameter.into(),
            problem: problem.into(),
        }
    }

    /// `parameter` clashes with what is stored; `problem` is read after its name.
    pub fn conflict(
        parameter: impl Into<Cow<'static, str>>,
        problem: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Conflict {
            parameter: parameter.into(),
            problem: problem.into(),
        }
    }

    /// Something that cannot happen, or that only an operator can mend.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }
}

/// Classes of SQLSTATE after which the same call may succeed: connection trouble, shutdown, too many
/// connections, deadlock, lock and statement time-outs, a standby that is read only.
fn is_passing(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("57P")
        || matches!(
            code,
            "53300" | "40P01" | "40001" | "55P03" | "57014" | "25006" | "25P03"
        )
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let passing = match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(database) => {
                database.code().is_some_and(|code| is_passing(&code))
            }
            _ => false,
        };
        if passing {
            Self::Unavailable(Box::new(error))
        } else {
            Self::Internal(Box::new(error))
        }
    }
}

/// Turns the violation of a named constraint into an error a caller understands, where the statement stands.
pub trait OnConstraint<T> {
    /// If the statement failed on the constraint (or unique index) `name`, the error is `make()`.
    fn on_constraint(self, name: &str, make: impl FnOnce() -> Error) -> Result<T, Error>;
}

impl<T> OnConstraint<T> for std::result::Result<T, sqlx::Error> {
    fn on_constraint(self, name: &str, make: impl FnOnce() -> Error) -> Result<T, Error> {
        self.map_err(|error| match &error {
            sqlx::Error::Database(database) if database.constraint() == Some(name) => make(),
            _ => error.into(),
        })
    }
}

impl<T> OnConstraint<T> for Result<T, Error> {
    fn on_constraint(self, name: &str, make: impl FnOnce() -> Error) -> Result<T, Error> {
        self.map_err(|error| {
            let hit = match &error {
                Error::Internal(source) => source
                    .downcast_ref::<sqlx::Error>()
                    .and_then(sqlx::Error::as_database_error)
                    .is_some_and(|database| database.constraint() == Some(name)),
                _ => false,
            };
            if hit { make() } else { error }
        })
    }
}
