//! Whom a scan or a typed number means.

use crate::cx::Cx;
use crate::error::Result;
use crate::signup::ticket::{self, Ticket};
use mamis_rules::base::{PhysicianId, SignupId, TrainingId, full_name};
use mamis_schema::{physician, signup};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
};
use std::collections::HashMap;
use uuid::Uuid;

/// What was read or typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::reception) enum Code {
    /// A ticket with a good signature.
    Ticket(Ticket),
    /// A ticket's number: its four proving digits and the order number.
    Number(u32, i64),
    /// A licence registry number.
    Registry(String),
    /// A national member id.
    Member(String),
    /// Nothing of ours.
    Unknown,
}

/// Reads what the device sent; full-width digits count like others.
pub(in crate::reception) fn read(cx: &Cx, training: TrainingId, text: &str) -> Code {
    if let Some(ticket) = ticket::read(&cx.app.secret, training, text) {
        return Code::Ticket(ticket);
    }
    let text = mamis_rules::base::search_key(text);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.chars().any(|c| !c.is_ascii_digit() && c != '-' && c != 'ー') {
        return Code::Unknown;
    }
    match digits.len() {
        1..=6 => Code::Registry(format!("{digits:0>6}")),
        10 => Code::Member(digits),
        _ => match ticket::read_number(&digits) {
            Some((proof, order)) => Code::Number(proof, order),
            None => Code::Unknown,
        },
    }
}

/// A person whom some code means, with the seat here if there is one.
#[derive(Clone, Debug)]
pub(in crate::reception) struct Known {
    pub(in crate::reception) physician: PhysicianId,
    pub(in crate::reception) name: String,
    pub(in crate::reception) kana: String,
    /// The signup at this training, confirmed or not.
    seats: Vec<Seat>,
    registry_number: Option<String>,
    member_id: Option<String>,
}

#[derive(Clone, Debug)]
struct Seat {
    id: SignupId,
    order: i64,
    confirmed: bool,
}

impl Known {
    /// Whether the person has a seat at this training.
    pub(in crate::reception) fn is_signed_up(&self) -> bool {
        self.seats.iter().any(|seat| seat.confirmed)
    }
}

/// Everybody whom the codes of one batch mean.
pub(in crate::reception) struct People {
    known: Vec<Known>,
}

#[derive(FromQueryResult)]
struct Person {
    id: Uuid,
    family_name: String,
    given_name: String,
    family_kana: String,
    given_kana: String,
    registry_number: Option<String>,
    national_member_id: Option<String>,
}

/// Finds them with two questions, however many codes there are.
///
/// # Errors
/// A fault of the database.
pub(in crate::reception) async fn find(
    db: &impl ConnectionTrait,
    training: Uuid,
    codes: &[Code],
) -> Result<People> {
    use physician::Column as P;
    let (mut tickets, mut orders, mut registry, mut members) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for code in codes {
        match code {
            Code::Ticket(ticket) => tickets.push(Uuid::from(ticket.signup)),
            Code::Number(_, order) => orders.push(*order),
            Code::Registry(number) => registry.push(number.clone()),
            Code::Member(id) => members.push(id.clone()),
            Code::Unknown => {}
        }
    }
    let here = signup::Entity::find()
        .filter(signup::Column::Training.eq(training))
        .filter(
            Condition::any()
                .add(signup::Column::Id.is_in(tickets))
                .add(signup::Column::OrderNumber.is_in(orders)),
        )
        .limit(500)
        .all(db)
        .await?;
    let mut ids: Vec<Uuid> = here.iter().map(|row| row.physician).collect();
    ids.dedup();
    let people = physician::Entity::find()
        .select_only()
        .columns([
            P::Id,
            P::FamilyName,
            P::GivenName,
            P::FamilyKana,
            P::GivenKana,
            P::RegistryNumber,
            P::NationalMemberId,
        ])
        .filter(
            Condition::any()
                .add(P::Id.is_in(ids))
                .add(P::RegistryNumber.is_in(registry))
                .add(P::NationalMemberId.is_in(members)),
        )
        .limit(500)
        .into_model::<Person>()
        .all(db)
        .await?;
    let mut seats = seats(db, training, people.iter().map(|person| person.id).collect()).await?;
    let known = people.into_iter().map(|person| known(person, &mut seats)).collect();
    Ok(People { known })
}

/// The seats these people have or had at this training.
async fn seats(
    db: &impl ConnectionTrait,
    training: Uuid,
    people: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<Seat>>> {
    let mut seats: HashMap<Uuid, Vec<Seat>> = HashMap::new();
    let rows = signup::Entity::find()
        .filter(signup::Column::Training.eq(training))
        .filter(signup::Column::Physician.is_in(people))
        .limit(1_000)
        .all(db)
        .await?;
    for row in rows {
        let seat = Seat { id: row.id.into(), order: row.order_number, confirmed: row.state == "confirmed" };
        seats.entry(row.physician).or_default().push(seat);
    }
    Ok(seats)
}

fn known(person: Person, seats: &mut HashMap<Uuid, Vec<Seat>>) -> Known {
    Known {
        physician: person.id.into(),
        name: full_name(&person.family_name, &person.given_name),
        kana: full_name(&person.family_kana, &person.given_kana),
        seats: seats.remove(&person.id).unwrap_or_default(),
        registry_number: person.registry_number,
        member_id: person.national_member_id,
    }
}

impl People {
    /// The person a code means.
    pub(in crate::reception) fn of(&self, cx: &Cx, code: &Code) -> Option<&Known> {
        self.known.iter().find(|known| match code {
            Code::Ticket(ticket) => known.seats.iter().any(|seat| seat.id == ticket.signup),
            Code::Number(proof, order) => known
                .seats
                .iter()
                .any(|seat| seat.order == *order && ticket::proof(&cx.app.secret, seat.id) == *proof),
            Code::Registry(number) => known.registry_number.as_deref() == Some(number),
            Code::Member(id) => known.member_id.as_deref() == Some(id),
            Code::Unknown => false,
        })
    }

    /// The person of an earlier answer.
    pub(in crate::reception) fn by_id(&self, id: Uuid) -> Option<&Known> {
        self.known.iter().find(|known| Uuid::from(known.physician) == id)
    }
}
