//! Letters about a training.

use crate::cx::{Cx, Tx};
use crate::decision::clock_time;
use crate::error::Result;
use crate::mail::{Letter, Recipient, queue_all};
use crate::physician::lists::NAME;
use crate::training::lists::standing::Standing;
use chrono::{DateTime, Utc};
use mamis_rules::access::Duty;
use mamis_rules::association::Host;
use mamis_rules::base::{AssociationId, Day, OfficerId, PhysicianId};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use serde_json::json;
use uuid::Uuid;

/// Somebody to write to.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Person {
    /// Officer or physician.
    pub(crate) id: Uuid,
    /// Name as printed.
    pub(crate) name: String,
}

/// The officers in charge of trainings at a host, today.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn officers(cx: &Cx, db: &impl ConnectionTrait, at: Host) -> Result<Vec<Person>> {
    let (column, id) = match at {
        Host::Association(id) => ("association", Uuid::from(id)),
        Host::Organizer(id) => ("organizer", Uuid::from(id)),
    };
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        format!(
            "select distinct o.id, o.name from duty d join officer o on o.id = d.officer
              where d.{column} = $1 and d.kind = $2 and d.valid_from <= $3
                and (d.valid_until is null or d.valid_until >= $3)
              order by o.name limit 50"
        ),
        [id.into(), Duty::Training.name().into(), cx.today().date().into()],
    );
    Ok(Person::find_by_statement(statement).all(db).await?)
}

/// Everybody with a seat, an offered one or a place on the waiting list.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn signed_up(db: &impl ConnectionTrait, training: Uuid) -> Result<Vec<Person>> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        format!(
            "select p.id, {NAME} as name
               from (select physician, order_number from signup where training = $1 and state = 'confirmed'
                     union all
                     select physician, order_number from signup
                      where training = $1 and state in ('waiting', 'offered')) s
               join physician p on p.id = s.physician order by s.order_number limit 10000"
        ),
        [training.into()],
    );
    Ok(Person::find_by_statement(statement).all(db).await?)
}

/// Day and time as letters write them: `2027年1月24日 13時00分`.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    let time = clock_time(at);
    let (hour, minute) = time.split_once(':').unwrap_or((&time, "00"));
    format!("{} {hour}時{minute}分", day(Day::of(at)))
}

/// From when to when: on the same day the day is said once.
pub(crate) fn held_at(from: DateTime<Utc>, until: DateTime<Utc>) -> String {
    let end = moment(until);
    let end = if Day::of(from) == Day::of(until) {
        end.rsplit(' ').next().unwrap_or_default().to_owned()
    } else {
        end
    };
    format!("{}から{end}まで", moment(from))
}

pub(crate) fn day(day: Day) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// The address of the training's page.
pub(crate) fn link(cx: &Cx, training: Uuid) -> String {
    format!("{}/trainings/{training}", cx.app.settings.public_url)
}

/// Tells the officers of an office that something waits for them; with nobody in charge, the tier above [pub].
///
/// # Errors
/// A fault of the database.
pub(super) async fn waiting(
    cx: &Cx,
    tx: &mut Tx<'_>,
    standing: &Standing,
    office: AssociationId,
    what: &str,
) -> Result<()> {
    let row = &standing.row;
    let mut what = format!("研修会「{}」の{what}", row.title);
    let mut to = officers(cx, tx.db(), Host::Association(office)).await?;
    if to.is_empty() {
        let Some(above) = standing.above(office) else { return Ok(()) };
        what = format!("{what}（{}に研修会の担当者がいません）", standing.name_of(office));
        to = officers(cx, tx.db(), Host::Association(above)).await?;
    }
    let letters = to.iter().map(|officer| {
        let data = json!({
            "name": officer.name, "office": standing.name_of(office), "what": what, "number": row.number,
            "since": day(cx.today()), "from": row.host_name, "link": link(cx, row.id),
        });
        Letter::new("office_waiting", Recipient::Officer(OfficerId(officer.id)), &data)
    });
    let letters = letters.collect::<Result<Vec<_>>>()?;
    queue_all(cx, tx, letters).await
}

/// Tells the host that the training is approved and when recruitment begins.
///
/// # Errors
/// A fault of the database.
pub(super) async fn approved(cx: &Cx, tx: &mut Tx<'_>, standing: &Standing) -> Result<()> {
    let row = &standing.row;
    let opens = standing.window().map_or_else(|| "なし".to_owned(), |window| moment(window.opens_at));
    let to = officers(cx, tx.db(), standing.host()).await?;
    let letters = to.iter().map(|officer| {
        let data = json!({
            "name": officer.name, "number": row.number, "title": row.title, "held_on": day(row.held_on.into()),
            "recruitment_from": opens, "link": link(cx, row.id),
        });
        Letter::new("training_approved", Recipient::Officer(OfficerId(officer.id)), &data)
    });
    let letters = letters.collect::<Result<Vec<_>>>()?;
    queue_all(cx, tx, letters).await
}

/// Tells officers what happened: forwarded, returned, rejected, report confirmed.
///
/// # Errors
/// A fault of the database.
pub(super) async fn progress(
    cx: &Cx,
    tx: &mut Tx<'_>,
    standing: &Standing,
    at: Host,
    what: &str,
    comment: &str,
) -> Result<()> {
    let to = officers(cx, tx.db(), at).await?;
    let letters = to.iter().map(|officer| {
        progress_letter(cx, standing, Recipient::Officer(OfficerId(officer.id)), &officer.name, what, comment)
    });
    let letters = letters.collect::<Result<Vec<_>>>()?;
    queue_all(cx, tx, letters).await
}

fn progress_letter(
    cx: &Cx,
    standing: &Standing,
    to: Recipient,
    name: &str,
    what: &str,
    comment: &str,
) -> Result<Letter> {
    let row = &standing.row;
    let data = json!({
        "name": name, "number": row.number, "title": row.title, "held_at": held_at(row.starts_at, row.ends_at),
        "what": what, "comment": comment, "link": link(cx, row.id),
    });
    Letter::new("training_progress", to, &data)
}

/// Tells everybody signed up about a change of date or programme.
///
/// # Errors
/// A fault of the database.
pub(super) async fn to_signed_up(
    cx: &Cx,
    tx: &mut Tx<'_>,
    standing: &Standing,
    what: &str,
    comment: &str,
) -> Result<()> {
    let to = signed_up(tx.db(), standing.row.id).await?;
    to_each(cx, tx, standing, &to, what, comment).await
}

/// Tells some of those signed up.
///
/// # Errors
/// A fault of the database.
pub(super) async fn to_people(
    cx: &Cx,
    tx: &mut Tx<'_>,
    standing: &Standing,
    people: &[PhysicianId],
    what: &str,
) -> Result<()> {
    let mut to = signed_up(tx.db(), standing.row.id).await?;
    to.retain(|person| people.contains(&PhysicianId(person.id)));
    to_each(cx, tx, standing, &to, what, "").await
}

async fn to_each(
    cx: &Cx,
    tx: &mut Tx<'_>,
    standing: &Standing,
    to: &[Person],
    what: &str,
    comment: &str,
) -> Result<()> {
    let letters = to.iter().map(|person| {
        let recipient = Recipient::Physician(PhysicianId(person.id));
        progress_letter(cx, standing, recipient, &person.name, what, comment)
    });
    let letters = letters.collect::<Result<Vec<_>>>()?;
    queue_all(cx, tx, letters).await
}

/// Tells everybody signed up that it is cancelled.
///
/// # Errors
/// A fault of the database.
pub(super) async fn cancelled(cx: &Cx, tx: &mut Tx<'_>, standing: &Standing, reason: &str) -> Result<()> {
    let row = &standing.row;
    let to = signed_up(tx.db(), row.id).await?;
    let letters = to.iter().map(|person| {
        let data = json!({
            "name": person.name, "title": row.title, "held_on": day(row.held_on.into()), "host": row.host_name,
            "reason": reason, "link": format!("{}/trainings", cx.app.settings.public_url),
        });
        Letter::new("training_cancelled", Recipient::Physician(PhysicianId(person.id)), &data)
    });
    let letters = letters.collect::<Result<Vec<_>>>()?;
    queue_all(cx, tx, letters).await
}
