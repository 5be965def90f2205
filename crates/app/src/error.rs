//! What can go wrong in an action: sentences for people, faults for the log.

use crate::db::dialect;
use sea_orm::DbErr;

/// Why an action or a list did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The thing does not exist, or this actor may not know that it exists.
    #[error("見つかりません")]
    NotFound,
    /// The actor may see the thing but the rules say no, with the reason for people.
    #[error("{0}")]
    Refused(String),
    /// Somebody was faster; the sentence says what they did.
    #[error("{0}")]
    Stale(String),
    /// Fields of a form that must be mended.
    #[error("入力内容を確認してください")]
    Invalid(Vec<Problem>),
    /// Too many attempts.
    #[error("試行回数が上限に達しました。{minutes}分ほど待ってから、もう一度お試しください。")]
    TooMany {
        /// Minutes until the next attempt makes sense.
        minutes: i64,
    },
    /// The database does not answer or is busy for too long; the same request may do in a minute. The reader
    /// gets an id, the log the cause.
    #[error("{0}")]
    Unavailable(String),
    /// A fault of ours: the reader gets an id, the log the cause.
    #[error("{0}")]
    Fault(String),
}

/// One thing to mend, at the field where it was typed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// Name of the form field, e.g. `sessions.0.title`; empty for the form as a whole.
    pub field: String,
    /// What to do, in a sentence.
    pub text: String,
}

impl Problem {
    /// A problem at a field.
    pub fn at(field: &str, text: &str) -> Self {
        Self { field: field.to_owned(), text: text.to_owned() }
    }

    /// Goes on where nothing is to be mended.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all of them.
    pub fn none_of(problems: Vec<Self>) -> Result<()> {
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }
}

impl Error {
    /// A form with one bad field.
    pub fn invalid(field: &str, text: &str) -> Self {
        Self::Invalid(vec![Problem::at(field, text)])
    }

    /// A refusal by a rule that lives where the data is, e.g. a unique index.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::Refused(message.into())
    }

    /// A fault from anything that can print itself.
    pub fn fault(cause: impl std::fmt::Display) -> Self {
        Self::Fault(cause.to_string())
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let cause = format!("database: {error}");
        if dialect::is_outage(&error) { Self::Unavailable(cause) } else { Self::Fault(cause) }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let cause = format!("database: {error}");
        if dialect::is_sqlx_outage(&error) { Self::Unavailable(cause) } else { Self::Fault(cause) }
    }
}

impl From<mamis_rules::flow::Refusal> for Error {
    fn from(refusal: mamis_rules::flow::Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl From<mamis_rules::access::Refusal> for Error {
    fn from(refusal: mamis_rules::access::Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl From<mamis_rules::membership::Refusal> for Error {
    fn from(refusal: mamis_rules::membership::Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl From<mamis_rules::notice::Refusal> for Error {
    fn from(refusal: mamis_rules::notice::Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Fault(format!("json: {error}"))
    }
}

/// The result of actions and lists.
pub type Result<T> = std::result::Result<T, Error>;
