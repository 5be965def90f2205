//! The certifications somebody holds.

use crate::db::asked::{self, About, ask};
use crate::error::{Error, Result};
use crate::my::standing::{Held, Prolonged};
use mamis_rules::base::{Day, DocumentId, Period, PhysicianId};
use mamis_rules::certification::Loss;
use mamis_rules::credit::Scheme;
use sea_orm::{ConnectionTrait, DatabaseBackend};
use serde::Deserialize;
use uuid::Uuid;

/// In the order of [`list`].
#[derive(Deserialize)]
struct Row {
    id: Uuid,
    certificate: Option<Uuid>,
    scheme: String,
    number: String,
    valid_from: chrono::NaiveDate,
    valid_until: chrono::NaiveDate,
    ended_on: Option<chrono::NaiveDate>,
    ended_as: Option<String>,
    code: Option<String>,
    extended_until: Option<chrono::NaiveDate>,
    reason: Option<String>,
}

const OTHERS: &[&str] = &[
    "scheme",
    "number",
    "valid_from",
    "valid_until",
    "ended_on",
    "ended_as",
    "code",
    "extended_until",
    "reason",
];

/// The latest certification in each scheme, with the special measures that hold for it. One query.
///
/// # Errors
/// A fault of the database, or of a row with an unknown scheme.
pub async fn held(db: &impl ConnectionTrait, physician: PhysicianId, today: Day) -> Result<Vec<Held>> {
    let [found] = ask(db, About::physician(physician), [list(db.get_database_backend())]).await?;
    read(&found, today)
}

/// The certifications of a physician, to be asked for together with other lists.
pub(crate) fn list(backend: DatabaseBackend) -> String {
    asked::list(
        backend,
        &["id", "certificate"],
        OTHERS,
        "select c.id, c.scheme, c.number, c.valid_from, c.valid_until, c.ended_on, c.ended_as,
                m.code, m.extended_until, m.reason,
                (select d.id from document d
                  where d.certification = c.id and d.kind = 'certificate' and d.revoked_at is null
                  order by d.created_at desc limit 1) as certificate
           from certification c
           left join special_measure m
             on m.scheme = c.scheme and c.valid_until between m.expired_from and m.expired_until
          where c.physician = $1
          order by c.scheme, c.valid_until desc, c.id limit 100",
    )
}

/// Reads what [`list`] asked for.
///
/// # Errors
/// A fault of a row with an unknown scheme.
pub(crate) fn read(json: &str, today: Day) -> Result<Vec<Held>> {
    let mut rows: Vec<Row> = serde_json::from_str(json)?;
    rows.sort_by(|a, b| (&a.scheme, b.valid_until, a.id).cmp(&(&b.scheme, a.valid_until, b.id)));
    let mut all: Vec<Held> = Vec::new();
    for row in rows {
        let scheme: Scheme = row.scheme.parse().map_err(Error::fault)?;
        match all.iter_mut().find(|held| held.scheme == scheme) {
            None => all.push(row.held(scheme)),
            Some(latest) if Uuid::from(latest.id) == row.id => latest.measures.extend(row.prolonged()),
            Some(latest) => before(latest, row, scheme, today),
        }
    }
    Ok(all)
}

/// Adds an earlier period. What a special measure prolonged is renewed, and prolonged no more.
fn before(latest: &mut Held, row: Row, scheme: Scheme, today: Day) {
    if latest.begins_later(today) && latest.until_then.is_none() {
        latest.until_then = Some(row.valid_until.into());
    }
    if latest.earlier.iter().all(|known| Uuid::from(known.id) != row.id) {
        latest.earlier.push(Held { measures: Vec::new(), ..row.held(scheme) });
    }
}

impl Row {
    fn prolonged(&self) -> Option<Prolonged> {
        let (code, until, reason) = (self.code.clone()?, self.extended_until?, self.reason.clone()?);
        Some(Prolonged { code, until: until.into(), reason })
    }

    fn held(self, scheme: Scheme) -> Held {
        Held {
            id: self.id.into(),
            scheme,
            validity: Period { from: self.valid_from.into(), until: self.valid_until.into() },
            ended_on: self.ended_on.map(Day::from),
            loss: self.ended_as.as_deref().and_then(|name| name.parse::<Loss>().ok()).map_or("", Loss::label),
            measures: self.prolonged().into_iter().collect(),
            until_then: None,
            earlier: Vec::new(),
            certificate: self.certificate.map(DocumentId),
            number: self.number,
        }
    }
}
