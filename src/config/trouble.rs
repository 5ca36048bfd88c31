//! Why an object was not made what the file says, told at its place in the file.

use super::apply::Work;
use super::names::Problem;
use super::source::Step;
use crate::domain::Error;
use crate::domain::error::Use;

/// Why one object was not made what the file says.
pub(super) enum Trouble {
    /// Names in it mean nothing.
    Wrong(Vec<Problem>),
    /// The domain refuses it.
    Domain(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::Domain(error.into())
    }
}

impl Work<'_> {
    /// Note what is wrong with an object, which stands at `path`. `field` gives the field of the file for one of the
    /// domain. Errors: what no file can be blamed for.
    pub(super) fn tell(
        &mut self,
        path: &[Step],
        what: &str,
        field: fn(&str) -> &str,
        trouble: Trouble,
    ) -> Result<(), Error> {
        let mut tell = |at: &[Step], message: &str| {
            let at = [path, at].concat();
            let mistake = self.source.mistake(&at, format!("{what}: {message}"));
            self.mistakes.push(mistake);
        };
        match trouble {
            Trouble::Wrong(problems) => {
                for problem in problems {
                    if let Some(message) = problem.message {
                        tell(&problem.at, &message);
                    }
                }
            }
            Trouble::Domain(error @ (Error::Unavailable(_) | Error::Internal(_))) => {
                return Err(error);
            }
            Trouble::Domain(error) => {
                if let Some(problem) = problem(error, field) {
                    tell(&problem.at, &problem.message.unwrap_or_default());
                }
            }
        }
        Ok(())
    }
}

/// What the domain refuses, as a problem of the object.
pub(super) fn problem(error: Error, field: fn(&str) -> &str) -> Option<Problem> {
    let (at, message) = match error {
        Error::Invalid { parameter, problem } | Error::Conflict { parameter, problem } => {
            let at = steps(&parameter);
            let at = match at.split_first() {
                Some((Step::Key(first), rest)) => [&[field(first).into()], rest].concat(),
                _ => at,
            };
            let message = format!("{} {problem}", in_words(&at));
            (at, message)
        }
        Error::InUse { uses, .. } => (vec![], format!("it is in use ({})", Use::list(&uses))),
        Error::Unavailable(_) | Error::Internal(_) => return None,
        error => (vec![], error.to_string().trim_end_matches('.').to_owned()),
    };
    let message = Some(message);
    Some(Problem { at, message })
}

/// `actions[2].value` as steps.
fn steps(parameter: &str) -> Vec<Step> {
    let words = parameter.split(['.', '[', ']']);
    words
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().map_or_else(|_| Step::from(word), Step::Item))
        .collect()
}

/// Steps as `actions[2].value`.
fn in_words(steps: &[Step]) -> String {
    let mut words = String::new();
    for step in steps {
        match step {
            Step::Key(key) if words.is_empty() => words.push_str(key),
            Step::Key(key) => {
                words.push('.');
                words.push_str(key);
            }
            Step::Item(place) => {
                words.push('[');
                words.push_str(&place.to_string());
                words.push(']');
            }
        }
    }
    words
}
