//! Who signed up, who came, and what that earns.

mod report;

pub use report::{Given, Heads, Told, heads, report, told};

use crate::cx::Cx;
use crate::db::scope;
use crate::error::{Error, Result};
use crate::training::lists::Shown;
use crate::training::{self, Standing};
use chrono::{DateTime, Utc};
use mamis_rules::access;
use mamis_rules::attendance::{Passage, Presence, Span, Way, presence, spans};
use mamis_rules::base::{PhysicianId, TrainingId, full_name};
use mamis_schema::{attendance, reception_event, signup, training as table, training_session};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect,
    RelationDef, Statement,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Somebody signed up or seen at the door.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Attendee {
    /// Who.
    pub physician: Uuid,
    /// As typed.
    pub family_name: String,
    /// As typed.
    pub given_name: String,
    /// Katakana.
    pub family_kana: String,
    /// Katakana.
    pub given_kana: String,
    /// Licence registry number, when known.
    pub registry_number: Option<String>,
    /// Verified mail address; for the host, who must reach people.
    pub email: Option<String>,
    /// Telephone; for the host.
    pub phone: Option<String>,
    /// The confirmed signup; none without one.
    pub signup: Option<Uuid>,
    /// Order of arrival of the signup; none without one.
    pub order_number: Option<i64>,
    /// When the seat was given.
    pub signed_up_at: Option<DateTime<Utc>>,
    /// First check-in.
    pub in_at: Option<DateTime<Utc>>,
    /// Last check-out.
    pub out_at: Option<DateTime<Utc>>,
    /// When an officer set the times.
    pub corrected_at: Option<DateTime<Utc>>,
    /// When an officer settled it.
    pub checked_at: Option<DateTime<Utc>>,
    /// Reason of a correction.
    pub remark: Option<String>,
    /// Optimistic lock; none without a row.
    pub version: Option<i64>,
    /// The stays in the room: what an office set, or what the door saw.
    #[sea_orm(skip)]
    pub stays: Vec<Span>,
}

impl Attendee {
    /// Family name and given name.
    pub fn name(&self) -> String {
        full_name(&self.family_name, &self.given_name)
    }

    /// The reading.
    pub fn kana(&self) -> String {
        full_name(&self.family_kana, &self.given_kana)
    }

    /// Presence at a session of a training.
    pub fn at(&self, standing: &Standing, session: &training_session::Model) -> Presence {
        presence(&self.stays, session.starts_at, session.ends_at, standing.allowed(session.id))
    }

    /// Whether an office has to look before credits are released.
    pub fn is_open(&self, standing: &Standing, sessions: &[training_session::Model]) -> bool {
        sessions.iter().any(|session| self.at(standing, session).is_open())
    }
}

/// The attendees of a training, by reading. The host and the offices above it see everybody; a prefectural
/// association sees its own people at trainings elsewhere [seed].
///
/// # Errors
/// [`Error::NotFound`] when the actor sees none of them.
#[crate::boxed]
pub async fn of_training(cx: &Cx, standing: &Standing) -> Result<Vec<Attendee>> {
    let everybody = all(cx.db(), standing.row.id).await?;
    if access::attendance::sees(&cx.actor, &standing.attendance_facts()) {
        return Ok(everybody);
    }
    let own = visible(cx, standing.row.id).await?;
    let seen: Vec<Attendee> =
        everybody.into_iter().filter(|person| own.contains(&person.physician)).collect();
    if seen.is_empty() { Err(Error::NotFound) } else { Ok(seen) }
}

/// Everybody signed up or seen, for actions that have asked who may. No limit but the seats of a training, 10,000 at
/// the most: whoever is left out here would get no credit.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn all(db: &impl ConnectionTrait, training: Uuid) -> Result<Vec<Attendee>> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select p.id as physician, p.family_name, p.given_name, p.family_kana, p.given_kana, p.registry_number,
                case when p.email_verified_at is not null then p.email end as email, p.phone,
                s.id as signup, s.order_number, s.created_at as signed_up_at, a.in_at, a.out_at, a.corrected_at, a.checked_at, a.remark, a.version
           from (select physician from signup where training = $1 and state = 'confirmed'
                 union select physician from attendance where training = $1) x
           join physician p on p.id = x.physician
           left join signup s on s.training = $1 and s.physician = p.id and s.state = 'confirmed'
           left join attendance a on a.training = $1 and a.physician = p.id
          order by p.kana_key, p.id",
        [training.into()],
    );
    let mut people = Attendee::find_by_statement(statement).all(db).await?;
    let mut passages = passages(db, training, None).await?;
    for person in &mut people {
        let passages = passages.remove(&person.physician).unwrap_or_default();
        person.stays = stays((person.in_at, person.out_at), person.corrected_at, passages);
    }
    Ok(people)
}

/// The stays of somebody whose row says first in and last out. What an office set stands for itself; otherwise both belong
/// to the passages of the door, and are all there is of somebody let in by hand.
pub(crate) fn stays(
    (in_at, out_at): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    corrected_at: Option<DateTime<Utc>>,
    mut passages: Vec<Passage>,
) -> Vec<Span> {
    if corrected_at.is_some() {
        return Span::set(in_at, out_at).into_iter().collect();
    }
    passages.extend(in_at.map(|at| Passage { at, way: Way::In }));
    passages.extend(out_at.map(|at| Passage { at, way: Way::Out }));
    spans(&passages)
}

/// Who went through the door of a training, and when; of these people only, where some are named.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn passages(
    db: &impl ConnectionTrait,
    training: Uuid,
    people: Option<&[Uuid]>,
) -> Result<HashMap<Uuid, Vec<Passage>>> {
    use reception_event::Column as E;
    let mut asked = reception_event::Entity::find()
        .select_only()
        .columns([E::Physician, E::At, E::Kind])
        .filter(E::Training.eq(training))
        .filter(E::Physician.is_not_null())
        .filter(E::Outcome.is_in(["ok", "again"]));
    if let Some(people) = people {
        asked = asked.filter(E::Physician.is_in(people.iter().copied()));
    }
    let rows: Vec<(Uuid, DateTime<Utc>, String)> = asked.into_tuple().all(db).await?;
    let mut passages: HashMap<Uuid, Vec<Passage>> = HashMap::new();
    for (physician, at, kind) in rows {
        let way = kind.parse().map_err(Error::fault)?;
        passages.entry(physician).or_default().push(Passage { at, way });
    }
    Ok(passages)
}

/// The people at this training whom the scope admits one by one.
async fn visible(cx: &Cx, training: Uuid) -> Result<HashSet<Uuid>> {
    let scope = access::attendance::visible_to(&cx.actor);
    let to = |from: RelationDef| from;
    let of_attendance: RelationDef = attendance::Entity::belongs_to(table::Entity)
        .from(attendance::Column::Training)
        .to(table::Column::Id)
        .into();
    let of_signup: RelationDef =
        signup::Entity::belongs_to(table::Entity).from(signup::Column::Training).to(table::Column::Id).into();
    let came: Vec<Uuid> = attendance::Entity::find()
        .select_only()
        .column(attendance::Column::Physician)
        .join(JoinType::InnerJoin, to(of_attendance))
        .filter(attendance::Column::Training.eq(training))
        .filter(scope::attendances(&scope, cx.today(), (attendance::Entity, attendance::Column::Physician)))
        .into_tuple()
        .all(cx.db())
        .await?;
    let signed_up: Vec<Uuid> = signup::Entity::find()
        .select_only()
        .column(signup::Column::Physician)
        .join(JoinType::InnerJoin, to(of_signup))
        .filter(signup::Column::Training.eq(training))
        .filter(signup::Column::State.eq("confirmed"))
        .filter(scope::attendances(&scope, cx.today(), (signup::Entity, signup::Column::Physician)))
        .into_tuple()
        .all(cx.db())
        .await?;
    Ok(came.into_iter().chain(signed_up).collect())
}

/// A training with its attendees.
#[derive(Clone, Debug)]
pub struct Register {
    /// The training.
    pub shown: Shown,
    /// The attendees.
    pub people: Vec<Attendee>,
}

impl Register {
    /// How many were at one session at least.
    pub fn present(&self) -> usize {
        let was_there = |person: &&Attendee| {
            self.shown.sessions.iter().any(|session| person.at(&self.shown.standing, session).earns())
        };
        self.people.iter().filter(was_there).count()
    }

    /// How many an office has to look at.
    pub fn open(&self) -> usize {
        self.people.iter().filter(|person| person.is_open(&self.shown.standing, &self.shown.sessions)).count()
    }
}

/// The list of attendees for its page.
///
/// # Errors
/// [`Error::NotFound`] when the actor sees neither the training nor anybody at it.
#[crate::boxed]
pub async fn register(cx: &Cx, id: TrainingId) -> Result<Register> {
    let shown = training::lists::show(cx, id).await?;
    let people = of_training(cx, &shown.standing).await?;
    Ok(Register { shown, people })
}

/// One attendee of a training the actor hosts, for a correction.
///
/// # Errors
/// [`Error::NotFound`], or a refusal for anybody but the host.
#[crate::boxed]
pub async fn one(cx: &Cx, id: TrainingId, physician: PhysicianId) -> Result<(Shown, Attendee)> {
    let Register { shown, people } = register(cx, id).await?;
    access::attendance::may_correct(&cx.actor, &shown.standing.attendance_facts())?;
    let person =
        people.into_iter().find(|person| person.physician == Uuid::from(physician)).ok_or(Error::NotFound)?;
    Ok((shown, person))
}
