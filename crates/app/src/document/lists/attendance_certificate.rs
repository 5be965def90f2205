//! Who was at a training and what it was worth: what attendance certificates say.
//!
//! Where a training gives credits, the released credits say it, so that certificate and ledger cannot differ; where it
//! gives none, presence at its sessions does.

use crate::attendance::lists::{passages, stays};
use crate::decision::clock_time;
use crate::error::{Error, Result};
use crate::training::Standing;
use chrono::{DateTime, Utc};
use mamis_documents::AttendedSession;
use mamis_rules::access::document::Kind;
use mamis_rules::attendance::{Allowed, presence};
use mamis_rules::base::{Credits, Day, full_name};
use mamis_rules::credit::{Course, Scheme, item_label};
use mamis_rules::flow::training_approval::State;
use mamis_schema::document;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    Select, Statement, Value,
};
use uuid::Uuid;

/// The states in which the credits of a training stand.
pub const WITH_CREDITS: &[State] =
    &[State::CreditsReleased, State::Reported, State::ReportConfirmed, State::Done];

/// Somebody who was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attended {
    /// Who.
    pub physician: Uuid,
    /// The name exactly as registered.
    pub name: String,
    /// Licence registry number, when known.
    pub registry_number: Option<String>,
    /// The sessions, in the order of the programme.
    pub sessions: Vec<AttendedSession>,
    /// The days of these sessions.
    pub days: Vec<Day>,
}

/// Whom a question is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whom<'a> {
    /// Everybody at a training.
    Everybody,
    /// These of them, some hundred at most.
    These(&'a [Uuid]),
}

/// Why a training has no certificates yet, in a sentence; none when it has.
pub fn not_yet(standing: &Standing, now: DateTime<Utc>) -> Option<&'static str> {
    let over = standing.row.ends_at <= now;
    match (standing.lines.is_empty(), standing.state) {
        (_, state) if WITH_CREDITS.contains(&state) => None,
        (true, State::Approved) if over => None,
        (true, State::Approved) => Some("受講証明書は、研修会が終わってから作れます。"),
        (false, State::Approved) => {
            Some("受講証明書は、主催者が単位を登録すると作れます。単位の登録をお待ちください。")
        }
        _ => Some("この研修会の受講証明書は作れません。開催されていないか、まだ承認されていません。"),
    }
}

/// Those who were there, by reading.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn attended(
    db: &impl ConnectionTrait,
    standing: &Standing,
    whom: Whom<'_>,
) -> Result<Vec<Attended>> {
    let parts = match standing.lines.is_empty() {
        false => by_credits(db, standing.row.id, whom).await?,
        true => by_presence(db, standing.row.id, whom).await?,
    };
    let mut people: Vec<Attended> = Vec::new();
    for part in parts {
        let day = Day::of(part.starts_at);
        if people.last().is_none_or(|person| person.physician != part.physician) {
            people.push(Attended {
                physician: part.physician,
                name: full_name(&part.family_name, &part.given_name),
                registry_number: part.registry_number.clone(),
                sessions: Vec::new(),
                days: Vec::new(),
            });
        }
        if let Some(person) = people.last_mut() {
            person.sessions.push(part.session()?);
            if !person.days.contains(&day) {
                person.days.push(day);
            }
        }
    }
    Ok(people)
}

/// One person at one session, for one credit line.
#[derive(FromQueryResult)]
struct Part {
    physician: Uuid,
    family_name: String,
    given_name: String,
    registry_number: Option<String>,
    title: String,
    lecturer: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    scheme: String,
    course: String,
    category: String,
    item: String,
    curriculum_code: Option<i32>,
    amount: i64,
    in_at: Option<DateTime<Utc>>,
    out_at: Option<DateTime<Utc>>,
    corrected_at: Option<DateTime<Utc>>,
}

impl Part {
    fn session(self) -> Result<AttendedSession> {
        let words = |words: &[&str]| {
            words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ")
        };
        let scheme = match self.scheme.as_str() {
            "" => String::new(),
            name => {
                let scheme: Scheme = name.parse().map_err(Error::fault)?;
                let course = self.course.parse::<Course>().map_or("", |course| course.label());
                words(&[scheme.label(), course])
            }
        };
        let code = self.curriculum_code.map(|code| format!("CC {code}")).unwrap_or_default();
        let item = item_label(&self.scheme, &self.item);
        Ok(AttendedSession {
            time: format!("{}～{}", clock_time(self.starts_at), clock_time(self.ends_at)),
            category: words(&[&self.category, &item, &code]),
            credits: Credits::from_hundredths(self.amount),
            title: self.title,
            lecturer: self.lecturer,
            scheme,
        })
    }
}

const PERSON: &str = "p.id as physician, p.family_name, p.given_name, p.registry_number,
    s.title, s.lecturer, s.starts_at, s.ends_at";

fn asked(
    db: &impl ConnectionTrait,
    (sql, further): (&str, &str),
    training: Uuid,
    whom: Whom<'_>,
) -> Statement {
    let mut values: Vec<Value> = vec![training.into()];
    let these = match whom {
        Whom::Everybody => String::new(),
        Whom::These(people) => {
            values.extend(people.iter().map(|person| Value::from(*person)));
            let places: Vec<String> = (2..=values.len()).map(|place| format!("${place}")).collect();
            format!("and p.id in ({})", places.join(", "))
        }
    };
    // The same data is always in the same order: a certificate is compared with the one before.
    let order = format!("order by p.kana_key, p.id, s.position{further}");
    Statement::from_sql_and_values(db.get_database_backend(), format!("{sql} {these} {order}"), values)
}

async fn by_credits(db: &impl ConnectionTrait, training: Uuid, whom: Whom<'_>) -> Result<Vec<Part>> {
    let sql = format!(
        "select {PERSON}, c.scheme, c.course, c.category, c.item, c.curriculum_code, c.amount,
                s.starts_at as in_at, s.ends_at as out_at, s.ends_at as corrected_at
           from credit c
           join physician p on p.id = c.physician
           join credit_line l on l.id = c.credit_line
           join training_session s on s.id = l.training_session
          where c.training = $1 and c.state <> 'reversed'"
    );
    let lines = ", c.scheme, c.category, c.item, c.curriculum_code, c.id";
    Ok(Part::find_by_statement(asked(db, (&sql, lines), training, whom)).all(db).await?)
}

async fn by_presence(db: &impl ConnectionTrait, training: Uuid, whom: Whom<'_>) -> Result<Vec<Part>> {
    let sql = format!(
        "select {PERSON}, '' as scheme, '' as course, '' as category, '' as item,
                cast(null as integer) as curriculum_code, cast(0 as bigint) as amount, a.in_at, a.out_at,
                a.corrected_at
           from attendance a
           join physician p on p.id = a.physician
           join training_session s on s.training = a.training
          where a.training = $1 and a.in_at is not null"
    );
    let mut parts = Part::find_by_statement(asked(db, (&sql, ""), training, whom)).all(db).await?;
    // They stand together, person by person.
    let mut people: Vec<Uuid> = parts.iter().map(|part| part.physician).collect();
    people.dedup();
    let passages = passages(db, training, Some(&people)).await?;
    parts.retain(|part| {
        let seen = passages.get(&part.physician).cloned().unwrap_or_default();
        let stays = stays((part.in_at, part.out_at), part.corrected_at, seen);
        // A training without credits has no scheme to say how many minutes.
        presence(&stays, part.starts_at, part.ends_at, Allowed::default()).earns()
    });
    Ok(parts)
}

/// The certificates of a training that are good, the newest first.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn good(
    db: &impl ConnectionTrait,
    training: Uuid,
    whom: Whom<'_>,
) -> Result<Vec<document::Model>> {
    use document::Column as D;
    let mut rows = of_training(training);
    if let Whom::These(people) = whom {
        rows = rows.filter(D::Physician.is_in(people.iter().copied()));
    }
    Ok(rows.order_by_desc(D::CreatedAt).order_by_desc(D::Id).all(db).await?)
}

/// How many certificates of a training are good.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn count_good(db: &impl ConnectionTrait, training: Uuid) -> Result<u64> {
    Ok(of_training(training).count(db).await?)
}

fn of_training(training: Uuid) -> Select<document::Entity> {
    use document::Column as D;
    document::Entity::find()
        .filter(D::Training.eq(training))
        .filter(D::Kind.eq(Kind::AttendanceCertificate.name()))
        .filter(D::RevokedAt.is_null())
}

/// Whether somebody has a seat, an attendance or a credit at a training.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn is_known(db: &impl ConnectionTrait, training: Uuid, physician: Uuid) -> Result<bool> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select 1 as one where exists (select 1 from signup where training = $1 and physician = $2)
             or exists (select 1 from attendance where training = $1 and physician = $2)
             or exists (select 1 from credit where training = $1 and physician = $2)",
        [training.into(), physician.into()],
    );
    Ok(db.query_one_raw(statement).await?.is_some())
}
