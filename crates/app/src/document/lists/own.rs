//! The documents that physicians make for themselves: attendance certificates and credit statements.

use super::attendance_certificate::WITH_CREDITS;
use crate::application::lists::evidence;
use crate::cx::Cx;
use crate::document::actions::credit_statement::subject_of;
use crate::error::{Error, Result};
use crate::my::lists::ledger::{Entry, Trust};
use chrono::{DateTime, NaiveDate, Utc};
use mamis_rules::access::document::Kind;
use mamis_rules::base::{Credits, Day, FiscalYear, PhysicianId};
use mamis_rules::credit::{Course, Kind as CreditKind, Learned, Scheme, item_label, learned, rule_set};
use mamis_rules::flow::training_approval::State;
use mamis_schema::document;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Trainings of somebody shown at most.
const MOST: u64 = 200;

/// The page of a physician's own documents.
#[derive(Clone, Debug)]
pub struct Own {
    /// Trainings that the physician attended, the newest first.
    pub trainings: Vec<Attendance>,
    /// Schemes and fiscal years with credits; the schemes in their usual order, of each the newest year first.
    pub years: Vec<YearLine>,
}

/// A training that a physician attended.
#[derive(Clone, Debug)]
pub struct Attendance {
    /// The training.
    pub id: Uuid,
    /// Title.
    pub title: String,
    /// Civil day of the start.
    pub held_on: Day,
    /// Who held it.
    pub host_name: String,
    /// Whether a certificate can be made.
    pub is_ready: bool,
    /// The certificate that is good.
    pub issued: Option<document::Model>,
}

/// What a credit statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The scheme.
    pub scheme: Scheme,
    /// The fiscal year.
    pub year: FiscalYear,
}

/// A fiscal year of a scheme.
#[derive(Clone, Debug)]
pub struct YearLine {
    /// What is confirmed.
    pub learned: Year,
    /// Credits that wait for their confirmation.
    pub waiting: usize,
    /// The statement that is good.
    pub issued: Option<document::Model>,
}

/// What is confirmed of a fiscal year of a scheme.
#[derive(Clone, Debug)]
pub struct Year {
    /// Which one.
    pub subject: Subject,
    /// The credits that count, the earliest first.
    pub lines: Vec<Line>,
    /// Their sum; within the caps where the scheme has yearly ones.
    pub total: Credits,
    /// The sums by course and category; empty where codes are counted.
    pub categories: Vec<(String, Credits)>,
    /// The curriculum codes, each once; none where the scheme has none.
    pub codes: Option<BTreeSet<u16>>,
}

/// A credit of a statement.
#[derive(Clone, Debug)]
pub struct Line {
    /// The credit.
    pub entry: Entry,
    /// How much of it counts.
    pub allowed: Credits,
}

impl Line {
    /// Course and category: 生涯研修 専門; empty where the scheme has neither.
    fn category(&self) -> String {
        let course = self.entry.course.parse::<Course>().map_or("", |course| course.label());
        [course, &self.entry.category].join(" ").trim().to_owned()
    }

    /// Course, category and item: 基礎研修 後期 (1) 総論.
    pub(crate) fn subject(&self) -> String {
        let item = item_label(self.entry.scheme.name(), &self.entry.item);
        [&self.category(), &item].map(String::as_str).join(" ").trim().to_owned()
    }
}

/// The documents that the physician who asks can have.
///
/// # Errors
/// [`Error::NotFound`] for anybody else; a fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx) -> Result<Own> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    Ok(Own { trainings: trainings(cx, physician).await?, years: years(cx, physician).await? })
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    title: String,
    held_on: NaiveDate,
    ends_at: DateTime<Utc>,
    host_name: String,
    state: String,
    lines: i64,
    credits: i64,
    whole: i64,
}

async fn trainings(cx: &Cx, physician: PhysicianId) -> Result<Vec<Attendance>> {
    let statement = Statement::from_sql_and_values(
        cx.db().get_database_backend(),
        format!(
            "select t.id, t.title, t.held_on, t.ends_at, t.host_name, t.state,
                    (select count(*) from credit_line l where l.training = t.id) as lines,
                    (select count(*) from credit c
                      where c.training = t.id and c.physician = $1 and c.state <> 'reversed') as credits,
                    (select count(*) from attendance a where a.training = t.id and a.physician = $1
                        and a.in_at is not null and a.out_at is not null) as whole
               from training t
              where t.id in (select training from credit
                              where physician = $1 and training is not null and state <> 'reversed'
                             union select training from attendance where physician = $1 and in_at is not null)
              order by t.held_on desc, t.id limit {MOST}"
        ),
        [Uuid::from(physician).into()],
    );
    let rows = Row::find_by_statement(statement).all(cx.db()).await?;
    let issued = issued(cx.db(), physician.into(), Kind::AttendanceCertificate).await?;
    let of = |id: Uuid| issued.iter().find(|row| row.training == Some(id)).cloned();
    Ok(rows.into_iter().filter_map(|row| row.attendance(cx.now, of)).collect())
}

impl Row {
    /// None for whoever was there and earned nothing: there is nothing to certify.
    fn attendance(
        self,
        now: DateTime<Utc>,
        issued: impl Fn(Uuid) -> Option<document::Model>,
    ) -> Option<Attendance> {
        let state: Option<State> = self.state.parse().ok();
        let released = state.is_some_and(|state| WITH_CREDITS.contains(&state));
        let is_ready = match self.lines {
            0 => self.whole > 0 && (released || self.ends_at <= now),
            _ => released && self.credits > 0,
        };
        if !is_ready && (released || self.ends_at > now) {
            return None;
        }
        Some(Attendance {
            id: self.id,
            title: self.title,
            held_on: self.held_on.into(),
            host_name: self.host_name,
            is_ready,
            issued: issued(self.id),
        })
    }
}

async fn issued(db: &impl ConnectionTrait, physician: Uuid, kind: Kind) -> Result<Vec<document::Model>> {
    Ok(document::Entity::find()
        .filter(document::Column::Physician.eq(physician))
        .filter(document::Column::Kind.eq(kind.name()))
        .filter(document::Column::RevokedAt.is_null())
        .order_by_desc(document::Column::CreatedAt)
        .order_by_desc(document::Column::Id)
        .limit(MOST * 2)
        .all(db)
        .await?)
}

/// The credit statements of somebody that are good, with what they are about.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn statements(
    db: &impl ConnectionTrait,
    physician: Uuid,
) -> Result<Vec<(Subject, document::Model)>> {
    let rows = issued(db, physician, Kind::CreditStatement).await?;
    Ok(rows.into_iter().filter_map(|row| Some((subject_of(&row)?, row))).collect())
}

async fn years(cx: &Cx, physician: PhysicianId) -> Result<Vec<YearLine>> {
    let entries = entries(cx, cx.db(), physician).await?;
    let statements = statements(cx.db(), physician.into()).await?;
    let mut lines = Vec::new();
    for scheme in Scheme::ALL {
        let of_scheme = entries.iter().filter(|entry| entry.scheme == *scheme);
        let years: BTreeSet<FiscalYear> = of_scheme.map(|entry| FiscalYear::of(entry.earned_on)).collect();
        lines.extend(years.into_iter().rev().map(|year| {
            let subject = Subject { scheme: *scheme, year };
            YearLine {
                learned: counted(&entries, subject, cx.today()),
                waiting: about(&entries, subject).filter(|entry| entry.trust == Trust::Released).count(),
                issued: statements.iter().find(|(of, _)| *of == subject).map(|(_, row)| row.clone()),
            }
        }));
    }
    Ok(lines)
}

/// What is confirmed of one scheme and fiscal year.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn year(
    cx: &Cx,
    db: &impl ConnectionTrait,
    physician: PhysicianId,
    subject: Subject,
) -> Result<Year> {
    Ok(counted(&entries(cx, db, physician).await?, subject, cx.today()))
}

/// The credits that the system keeps, the earliest first. Paper is certified by itself.
async fn entries(cx: &Cx, db: &impl ConnectionTrait, physician: PhysicianId) -> Result<Vec<Entry>> {
    let mut entries = evidence(db, physician, cx.today()).await?.ledger.0;
    entries.retain(|entry| !entry.trust.is_paper());
    entries.reverse();
    Ok(entries)
}

fn about(entries: &[Entry], subject: Subject) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(move |entry| {
        entry.scheme == subject.scheme && FiscalYear::of(entry.earned_on) == subject.year
    })
}

/// Only what is confirmed is certified. Where a year of learning counts by itself, yearly caps and duplicates are counted
/// as for the certificate; elsewhere every credit stands with its amount, and what counts is decided for an application.
fn counted(entries: &[Entry], subject: Subject, today: Day) -> Year {
    let confirmed: Vec<&Entry> =
        about(entries, subject).filter(|entry| entry.trust == Trust::Confirmed).collect();
    let learned = yearly(&confirmed, subject, today);
    let allowed = |entry: &Entry| match &learned {
        Some(learned) => learned.allowed.get(&entry.id.to_string()).copied(),
        None => Some(entry.amount),
    };
    let line = |entry: &&Entry| Some(Line { entry: (*entry).clone(), allowed: allowed(entry)? });
    let lines: Vec<Line> = confirmed.iter().filter_map(line).collect();
    let mut categories: Vec<(String, Credits)> = Vec::new();
    if learned.is_none() {
        for line in &lines {
            let category = line.category();
            match categories.iter_mut().find(|(known, _)| *known == category) {
                Some((_, sum)) => *sum += line.allowed,
                None => categories.push((category, line.allowed)),
            }
        }
        categories.retain(|(category, _)| !category.is_empty());
    }
    Year {
        subject,
        total: lines.iter().map(|line| line.allowed).sum(),
        lines,
        categories,
        codes: learned.map(|learned| learned.codes),
    }
}

/// What the rules make of a year of 日医生涯教育, which counts by fiscal years; none for every other scheme.
fn yearly(confirmed: &[&Entry], subject: Subject, today: Day) -> Option<Learned> {
    let rules = match subject.scheme {
        Scheme::Cme => rule_set(Scheme::Cme, CreditKind::Certificate, today)?,
        _ => return None,
    };
    let facts = confirmed.iter().map(|entry| entry.fact()).collect();
    Some(learned(rules, facts, subject.year, today))
}
