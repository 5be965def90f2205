//! Every question about accounts and sessions; here: who is behind a session.

mod own;
mod person;

pub use own::{Look, Own, SessionLine, looks, own, sessions};
pub(crate) use person::person_to_log_in;
pub use person::{
    Link, Mailbox, Person, Purpose, confirmed_credential, link, mailboxes, person_of_account,
    person_of_login, present_credentials, recovery_codes_left,
};

use crate::App;
use crate::cx::{Cx, Who};
use crate::db::Db;
use crate::error::Result;
use chrono::{DateTime, Utc};
use mamis_rules::access::{Actor, Duty, DutyHeld, Office};
use mamis_rules::association::{Prefecture, Tier};
use mamis_rules::base::{AccountId, Day, full_name};
use mamis_schema::session;
use sea_orm::{EntityTrait, FromQueryResult, Statement};
use uuid::Uuid;

/// A living session and the person behind it.
#[derive(Clone, Debug)]
pub struct Current {
    /// The session.
    pub session: Uuid,
    /// Its account.
    pub account: AccountId,
    /// For the rules. An officer without the second factor has no duties yet.
    pub actor: Actor,
    /// For people.
    pub who: Who,
    /// Whether an officer still owes the one-time code.
    pub second_factor: SecondFactor,
    /// Whether the terms in force were accepted.
    pub terms: Terms,
    /// Name of the office shown on top, for officers.
    pub office_name: Option<String>,
    /// Whether letters reach a physician by mail; none for officers.
    pub email: Option<Email>,
    /// Last request, to within five minutes.
    pub last_seen_at: DateTime<Utc>,
}

/// How long after the second factor was given other second factors may be added or removed with it.
const FRESH: chrono::Duration = chrono::Duration::minutes(15);

/// Whether the second factor of this session was given not long ago.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn has_fresh_factor(cx: &Cx, current: &Current) -> Result<bool> {
    let row = session::Entity::find_by_id(current.session).one(cx.db()).await?;
    let given = row.and_then(|row| row.second_factor_at);
    Ok(given.is_some_and(|at| at > cx.app.clock.wall() - FRESH))
}

/// Whether the second factor was given in this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// Physicians log in with one factor.
    NotNeeded,
    /// Given.
    Given,
    /// Still owed: only the page that asks for it opens.
    Owed,
}

/// The e-mail address of a physician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Email {
    /// Proved.
    Verified,
    /// Typed, not proved.
    Unverified(String),
    /// None.
    Missing,
}

/// Whether the terms of use in force were accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// Accepted.
    Accepted,
    /// Only the page that shows them opens.
    Owed,
}

#[derive(FromQueryResult)]
struct SessionRow {
    id: Uuid,
    account: Uuid,
    last_seen_at: DateTime<Utc>,
    second_factor_at: Option<DateTime<Utc>>,
    physician: Option<Uuid>,
    officer: Option<Uuid>,
    family_name: Option<String>,
    given_name: Option<String>,
    email: Option<String>,
    email_verified_at: Option<DateTime<Utc>>,
    officer_name: Option<String>,
    agreed: i64,
}

#[derive(FromQueryResult)]
struct DutyRow {
    kind: String,
    association: Option<Uuid>,
    organizer: Option<Uuid>,
    tier: Option<String>,
    prefecture: Option<i32>,
    organizer_prefecture: Option<i32>,
    office_name: String,
}

/// The session with this token hash, if it lives and its account is open. One indexed query for
/// physicians, two for officers.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn current(app: &App, token_hash: &str) -> Result<Option<Current>> {
    let db = &app.db;
    let statement = Statement::from_sql_and_values(
        db.backend(),
        format!(
            "select s.id, s.account, s.last_seen_at, s.second_factor_at, a.physician, a.officer,
                p.family_name, p.given_name, p.email, p.email_verified_at, o.name as officer_name,
                (select count(*) from terms_consent t
                  where t.account = a.id and t.terms_version = {}) as agreed
           from session s
           join account a on a.id = s.account
           left join physician p on p.id = a.physician
           left join officer o on o.id = a.officer
          where s.token_hash = $1 and s.expires_at > $2 and a.state = 'active'",
            crate::terms::lists::in_force_sql("$4", "$3")
        ),
        [
            token_hash.into(),
            app.clock.wall().into(),
            super::TERMS_VERSION.into(),
            Day::of(app.clock.now()).date().into(),
        ],
    );
    let Some(row) = SessionRow::find_by_statement(statement).one(db.read()).await? else {
        return Ok(None);
    };
    let duties = match row.officer {
        Some(officer) => duties_of(db, officer, Day::of(app.clock.now())).await?,
        None => Vec::new(),
    };
    Ok(Some(row.into_current(duties)))
}

async fn duties_of(db: &Db, officer: Uuid, today: Day) -> Result<Vec<DutyRow>> {
    let statement = Statement::from_sql_and_values(
        db.backend(),
        "select d.kind, d.association, d.organizer, a.tier, a.prefecture,
                g.prefecture as organizer_prefecture, coalesce(a.name, g.name) as office_name
           from duty d
           left join association a on a.id = d.association
           left join organizer g on g.id = d.organizer
          where d.officer = $1 and d.valid_from <= $2 and (d.valid_until is null or d.valid_until >= $2)
          order by d.created_at, d.kind",
        [officer.into(), today.date().into()],
    );
    Ok(DutyRow::find_by_statement(statement).all(db.read()).await?)
}

impl SessionRow {
    fn into_current(self, duties: Vec<DutyRow>) -> Current {
        let account = AccountId(self.account);
        let office_name = duties.first().map(|duty| duty.office_name.clone());
        let email = self.physician.map(|_| match (self.email, self.email_verified_at) {
            (None, _) => Email::Missing,
            (Some(email), None) => Email::Unverified(email),
            (Some(_), Some(_)) => Email::Verified,
        });
        let (actor, name, second_factor) = match (self.physician, self.officer) {
            (Some(physician), _) => {
                let name =
                    full_name(&self.family_name.unwrap_or_default(), &self.given_name.unwrap_or_default());
                (Actor::Physician { account, physician: physician.into() }, name, SecondFactor::NotNeeded)
            }
            (None, Some(officer)) => {
                let given = self.second_factor_at.is_some();
                let duties =
                    if given { duties.iter().filter_map(DutyRow::held).collect() } else { Vec::new() };
                (
                    Actor::Officer { account, officer: officer.into(), duties },
                    self.officer_name.unwrap_or_default(),
                    if given { SecondFactor::Given } else { SecondFactor::Owed },
                )
            }
            (None, None) => (Actor::Guest, String::new(), SecondFactor::NotNeeded),
        };
        Current {
            session: self.id,
            account,
            actor,
            who: Who { account: Some(account), name, office: office_name.clone().unwrap_or_default() },
            second_factor,
            terms: if self.agreed > 0 { Terms::Accepted } else { Terms::Owed },
            office_name,
            email,
            last_seen_at: self.last_seen_at,
        }
    }
}

impl DutyRow {
    /// The duty for the rules; a row with an unknown word gives no rights.
    fn held(&self) -> Option<DutyHeld> {
        let duty: Duty = self.kind.parse().ok()?;
        let at = match (self.association, self.organizer) {
            (Some(id), None) => Office::Association {
                id: id.into(),
                tier: self.tier.as_deref()?.parse::<Tier>().ok()?,
                prefecture: self.prefecture.and_then(Prefecture::stored),
            },
            (None, Some(id)) => Office::Organizer {
                id: id.into(),
                prefecture: self.organizer_prefecture.and_then(Prefecture::stored)?,
            },
            _ => return None,
        };
        Some(DutyHeld { duty, at })
    }
}
