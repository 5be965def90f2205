//! The certifications somebody holds.

use crate::error::{Error, Result};
use crate::my::standing::{Held, Prolonged};
use mamis_rules::base::{Day, DocumentId, Period, PhysicianId};
use mamis_rules::credit::Scheme;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    scheme: String,
    number: String,
    valid_from: chrono::NaiveDate,
    valid_until: chrono::NaiveDate,
    ended_on: Option<chrono::NaiveDate>,
    code: Option<String>,
    extended_until: Option<chrono::NaiveDate>,
    reason: Option<String>,
    certificate: Option<Uuid>,
}

/// The latest certification in each scheme, with the special measures that hold for it. One query.
///
/// # Errors
/// A fault of the database, or of a row with an unknown scheme.
pub async fn held(db: &impl ConnectionTrait, physician: PhysicianId, today: Day) -> Result<Vec<Held>> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select c.id, c.scheme, c.number, c.valid_from, c.valid_until, c.ended_on,
                m.code, m.extended_until, m.reason,
                (select d.id from document d
                  where d.certification = c.id and d.kind = 'certificate' and d.revoked_at is null
                  order by d.created_at desc limit 1) as certificate
           from certification c
           left join special_measure m
             on m.scheme = c.scheme and c.valid_until between m.expired_from and m.expired_until
          where c.physician = $1
          order by c.scheme, c.valid_until desc, c.id limit 100",
        [Uuid::from(physician).into()],
    );
    let mut all: Vec<Held> = Vec::new();
    for row in Row::find_by_statement(statement).all(db).await? {
        let scheme: Scheme = row.scheme.parse().map_err(Error::fault)?;
        match all.iter_mut().find(|held| held.scheme == scheme) {
            None => all.push(row.held(scheme)),
            Some(latest) if Uuid::from(latest.id) == row.id => latest.measures.extend(row.prolonged()),
            Some(latest) if latest.validity.from > today && latest.until_then.is_none() => {
                latest.until_then = Some(row.valid_until.into());
            }
            Some(_) => {}
        }
    }
    Ok(all)
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
            measures: self.prolonged().into_iter().collect(),
            until_then: None,
            certificate: self.certificate.map(DocumentId),
            number: self.number,
        }
    }
}
