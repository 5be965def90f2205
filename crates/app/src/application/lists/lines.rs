//! A physician's own list of applications, of every kind.

use super::progress::nobody;
use super::{deadline, home};
use crate::application::advance::title;
use crate::cx::Cx;
use crate::db::asked::{self, About, ask};
use crate::error::Result;
use crate::my::lists::held;
use crate::my::standing::Held;
use mamis_rules::access::Duty;
use mamis_rules::access::application::Kind;
use mamis_rules::base::{Day, PhysicianId};
use mamis_rules::credit::Kind::Renewal;
use mamis_rules::credit::Scheme;
use mamis_rules::flow::certification::State;
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
    /// `nobody` where nobody is in charge there, else empty.
    pub in_charge: String,
    /// Since when.
    pub waiting_since: Option<chrono::DateTime<chrono::Utc>>,
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
    "in_charge",
    "waiting_since",
    "submitted_at",
    "decided_at",
    "created_at",
];

/// The applications of a physician, newest first, at most 50.
///
/// # Errors
/// A fault of the database.
pub async fn of_physician(
    db: &impl ConnectionTrait,
    physician: PhysicianId,
    today: Day,
) -> Result<Vec<Line>> {
    let [found] = ask(db, About::physician(physician), [lines(db.get_database_backend(), today)]).await?;
    read_lines(&found)
}

/// The same, and for which of them the calendars tell when the certificate can be expected: the day that the page of the
/// application says. One query.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn with_forecast(cx: &Cx, physician: PhysicianId) -> Result<(Vec<Line>, Vec<(Uuid, Day)>)> {
    let (db, today) = (cx.db(), cx.today());
    let backend = db.get_database_backend();
    let lists =
        [lines(backend, today), home::list(backend), deadline::list(backend, today), held::list(backend)];
    let [found, home, calendars, held] = ask(db, About::physician(physician).on(today), lists).await?;
    let (home, calendars) = (home::read(&home)?, deadline::read(&calendars)?);
    let held = held::read(&held, today)?;
    let expected = |line: &Line| {
        let (scheme, state) = line.certification()?;
        let expires_on = held.iter().find(|held| held.scheme == scheme).map(Held::expires_on);
        let expires_on = expires_on.filter(|_| line.certification_kind == Renewal.name());
        let way = deadline::way_from(&home, deadline::place(state));
        let came = line.waiting_since.map(Day::of);
        calendars.get(&scheme)?.certificate_on(&way, state, came, expires_on, today)
    };
    let lines = read_lines(&found)?;
    let days = lines.iter().filter_map(|line| Some((line.id, expected(line)?))).collect();
    Ok((lines, days))
}

/// The applications of a physician, to be asked for together with other lists.
pub(crate) fn lines(backend: DatabaseBackend, today: Day) -> String {
    let (certification, membership) = (Duty::Certification.name(), Duty::Membership.name());
    asked::list(
        backend,
        &["id"],
        LINE,
        &format!("select p.id, p.number, p.kind, p.scheme, p.certification_kind, p.state, a.name as desk_name, p.waiting_since,
                case when p.desk is null or exists
                  (select 1 from duty d
                    where d.association = p.desk
                      and d.kind = case when p.kind = 'certification' then '{certification}' else '{membership}' end
                      and d.valid_from <= '{today}' and (d.valid_until is null or d.valid_until >= '{today}'))
                  then '' else 'nobody' end as in_charge,
                p.submitted_at, p.decided_at, p.created_at
           from application p left join association a on a.id = p.desk
          where p.physician = $1
          order by p.created_at desc, p.id desc limit 50"),
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

    /// Scheme and state of an application for certification; none of other kinds.
    pub(crate) fn certification(&self) -> Option<(Scheme, State)> {
        (self.kind() == Kind::Certification).then_some(())?;
        Some((self.scheme.parse().ok()?, self.state.parse().ok()?))
    }

    /// The word for its state.
    pub fn state_label(&self) -> &'static str {
        any::state_label(self.kind(), &self.state)
    }

    /// Where it stands, in a sentence.
    pub fn sentence(&self) -> &'static str {
        any::sentence(self.kind(), &self.state)
    }

    /// That nobody at its desk is in charge, and what to do; empty otherwise.
    pub fn nobody(&self) -> String {
        let desk = self.desk_name.as_deref().filter(|_| self.in_charge == "nobody");
        desk.map(nobody).unwrap_or_default()
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
