//! A physician's own list of applications, of every kind.

use crate::application::advance::title;
use crate::db::asked::{self, About, ask};
use crate::error::Result;
use mamis_rules::access::application::Kind;
use mamis_rules::base::PhysicianId;
use mamis_rules::flow::{Desk, any};
use sea_orm::{ConnectionTrait, DatabaseBackend};
use serde::Deserialize;
use uuid::Uuid;

/// One line of a physician's list, in the order of [`lines`].
#[derive(Clone, Debug, Deserialize)]
pub struct Line {
    /// Which.
    pub id: Uuid,
    /// What people quote; none for a draft.
    pub number: Option<String>,
    /// certification, joining, transfer, leaving or change_report.
    pub kind: String,
    /// Scheme.
    pub scheme: String,
    /// initial or renewal.
    pub certification_kind: String,
    /// State.
    pub state: String,
    /// Name of the association whose turn it is.
    pub desk_name: Option<String>,
    /// Since when.
    pub waiting_since: Option<chrono::DateTime<chrono::Utc>>,
    /// When the decision is expected.
    pub expected_on: Option<chrono::NaiveDate>,
    /// First submission.
    pub submitted_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Last decision.
    pub decided_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When the draft was begun.
    pub created_at: chrono::DateTime<chrono::Utc>,
}

const LINE: &[&str] = &[
    "number",
    "kind",
    "scheme",
    "certification_kind",
    "state",
    "desk_name",
    "waiting_since",
    "expected_on",
    "submitted_at",
    "decided_at",
    "created_at",
];

/// The applications of a physician, newest first, at most 50.
///
/// # Errors
/// A fault of the database.
pub async fn of_physician(db: &impl ConnectionTrait, physician: PhysicianId) -> Result<Vec<Line>> {
    let [found] = ask(db, About::physician(physician), [lines(db.get_database_backend())]).await?;
    read_lines(&found)
}

/// The applications of a physician, to be asked for together with other lists.
pub(crate) fn lines(backend: DatabaseBackend) -> String {
    asked::list(
        backend,
        &["id"],
        LINE,
        "select p.id, p.number, p.kind, p.scheme, p.certification_kind, p.state, a.name as desk_name, p.waiting_since,
                p.expected_on, p.submitted_at, p.decided_at, p.created_at
           from application p left join association a on a.id = p.desk
          where p.physician = $1
          order by p.created_at desc, p.id desc limit 50",
    )
}

/// Reads what [`lines`] asked for.
///
/// # Errors
/// A fault of the row.
pub(crate) fn read_lines(json: &str) -> Result<Vec<Line>> {
    let mut lines: Vec<Line> = serde_json::from_str(json)?;
    lines.sort_by_key(|line| std::cmp::Reverse((line.created_at, line.id)));
    Ok(lines)
}

impl Line {
    /// Its kind; an unknown word reads as certification.
    pub fn kind(&self) -> Kind {
        self.kind.parse().unwrap_or(Kind::Certification)
    }

    /// The word for its state.
    pub fn state_label(&self) -> &'static str {
        any::state_label(self.kind(), &self.state)
    }

    /// Where it stands, in a sentence.
    pub fn sentence(&self) -> &'static str {
        any::sentence(self.kind(), &self.state)
    }

    /// The kind of its badge.
    pub fn badge(&self) -> &'static str {
        any::badge(self.kind(), &self.state)
    }

    /// Whether it lies with the applicant: a draft, or returned.
    pub fn is_with_applicant(&self) -> bool {
        any::desk(self.kind(), &self.state) == Desk::Applicant
    }

    /// Its title: 「認定産業医 更新」, 「入会」.
    pub fn title(&self) -> String {
        title(&self.kind, &self.scheme, &self.certification_kind)
    }

    /// Whether it still moves.
    pub fn is_running(&self) -> bool {
        !any::is_finished(&self.state)
    }
}
