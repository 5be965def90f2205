//! What a decided procedure changes: periods, the member id, the registration, the login. Each runs in the
//! transaction of the decision.

use crate::application::advance::Moved;
use crate::application::lists::Frame;
use crate::association::actions::tree::follow;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::number;
use crate::error::{Error, Result};
use crate::membership::actions::{Because, carry_out};
use crate::membership::lists as membership;
use crate::membership_application::lists::{self, Found};
use crate::membership_application::{Change, Workplace, check};
use crate::physician::actions::record::{self, Origin};
use mamis_rules::base::{Day, PhysicianId};
use mamis_rules::flow::membership::Cause;
use mamis_rules::membership::{self as rules, Field};
use mamis_rules::physician::Field as PersonField;
use mamis_schema::{account, physician, session, workplace};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;
use uuid::Uuid;

/// Member ids have ten digits and begin with 3; the first is 3000000000 [seed].
const MEMBER_IDS_BEFORE: i64 = 2_999_999_999;

async fn load(tx: &Tx<'_>, moved: &Moved<'_>) -> Result<Found> {
    Found::of(tx.db(), Frame::of(tx.db(), moved.after.clone()).await?).await
}

fn because(cause: &'static str, moved: &Moved<'_>) -> Because {
    Because { cause, application: Some(moved.after.id) }
}

fn day(found: &Found) -> Result<Day> {
    found.details.effective_on.ok_or_else(|| Error::fault("a procedure was submitted without its day"))
}

/// Makes the physician a member of the association that acts.
pub(crate) async fn admit(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let found = load(tx, moved).await?;
    let at = moved.step.association;
    let stop = moved.route.iter().find(|stop| Some(stop.association) == at);
    let stop = stop.ok_or_else(|| Error::fault("only an association of the route admits"))?;
    let category = found
        .details
        .category(stop.tier)
        .ok_or_else(|| Error::refused("会員区分が選ばれていません。差し戻してください。"))?;
    let periods = membership::periods(&found.held);
    let writes = rules::admit(&periods, stop.tier, stop.association, category, day(&found)?);
    let physician = PhysicianId::from(moved.after.physician);
    carry_out(cx, tx, physician, &found.held, writes, because("joining", moved)).await?;
    take_workplace(cx, tx, &found, moved).await
}

/// Gives the national member id to somebody who never had one; a returner keeps the old one, and none is given twice.
pub(crate) async fn give_member_id(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let person =
        physician::Entity::find_by_id(moved.after.physician).one(tx.db()).await?.ok_or(Error::NotFound)?;
    if person.national_member_id.is_some() {
        return Ok(());
    }
    let id = MEMBER_IDS_BEFORE + number::next(tx.db(), "national_member_id").await?;
    let after = physician::Model { national_member_id: Some(id.to_string()), ..person.clone() };
    record::write(cx, tx, &person, after, Origin::application(moved.after.id)).await?;
    let entry = Entry::new("physician.give_member_id", "physician", person.id).about(person.id.into());
    tx.audit(entry.with(json!({"national_member_id": id.to_string()})));
    Ok(())
}

/// Moves all tiers at once: no day without a membership in between.
pub(crate) async fn move_memberships(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let found = load(tx, moved).await?;
    let chain: Vec<_> = found.chain.iter().map(|body| (body.id, body.tier)).collect();
    let writes = rules::transfer(&membership::periods(&found.held), &chain, day(&found)?);
    let physician = PhysicianId::from(moved.after.physician);
    carry_out(cx, tx, physician, &found.held, writes, because("transfer", moved)).await
}

/// Ends the memberships that are left.
pub(crate) async fn end_memberships(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let found = load(tx, moved).await?;
    let scope = found.details.scope.ok_or_else(|| Error::fault("a leaving without its scope"))?;
    let writes = rules::leave(&membership::periods(&found.held), scope, day(&found)?);
    let physician = PhysicianId::from(moved.after.physician);
    carry_out(cx, tx, physician, &found.held, writes, because("leaving", moved)).await
}

/// Goes on with what this leaving has ended, in new periods; where an association went into another or moved since,
/// there.
pub(crate) async fn restore_memberships(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let found = load(tx, moved).await?;
    let ended = found.held.iter().enumerate().filter(|(_, held)| held.closed_by == Some(moved.after.id));
    let ended: Vec<usize> = ended.map(|(index, _)| index).collect();
    let writes = rules::restore(&membership::periods(&found.held), &ended);
    let physician = PhysicianId::from(moved.after.physician);
    carry_out(cx, tx, physician, &found.held, writes, because("undo", moved)).await?;
    let since = ended.iter().filter_map(|index| found.held[*index].period.until).min();
    follow(cx, tx, moved.after.physician, since.map_or_else(|| cx.today(), Day::next)).await
}

/// Changes the category at the tiers held.
pub(crate) async fn change_category(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let found = load(tx, moved).await?;
    let (periods, on) = (membership::periods(&found.held), day(&found)?);
    let writes = rules::change_category(&periods, &check::wanted(&found, &periods, on), on);
    let physician = PhysicianId::from(moved.after.physician);
    carry_out(cx, tx, physician, &found.held, writes, because("category", moved)).await
}

/// Writes what was reported into the registration. What the physician has changed already, and the association was only
/// told of, stays as it is now.
pub(crate) async fn take_changes(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let found = load(tx, moved).await?;
    take_workplace(cx, tx, &found, moved).await?;
    let taken: Vec<_> = found.details.changes.iter().filter(|(_, change)| !change.already).collect();
    if taken.is_empty() {
        return Ok(());
    }
    let before =
        physician::Entity::find_by_id(moved.after.physician).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let mut after = before.clone();
    for (name, change) in taken {
        take(&mut after, name.parse().map_err(Error::fault)?, change);
    }
    let fields = record::write(cx, tx, &before, after, Origin::application(moved.after.id)).await?;
    let fields: Vec<&str> = fields.iter().map(|field| field.name()).collect();
    let entry = Entry::new("physician.take_changes", "physician", before.id).about(before.id.into());
    tx.audit(entry.with(json!({"fields": fields, "application": moved.after.number})));
    Ok(())
}

fn take(person: &mut physician::Model, field: Field, change: &Change) {
    let text = change.after.clone();
    let some = (!text.is_empty()).then(|| text.clone());
    match field {
        Field::FamilyName => person.family_name = text,
        Field::GivenName => person.given_name = text,
        Field::FamilyKana => person.family_kana = text,
        Field::GivenKana => person.given_kana = text,
        Field::HomePostalCode => person.home_postal_code = some,
        Field::HomeAddress => person.home_address = some,
        Field::Phone => person.phone = some,
        Field::MailingDestination => person.mailing_destination = text,
        // The office reads it; the registration has no field for it.
        Field::Notice => {}
    }
}

/// The workplace that was reported becomes the main one from the day on; the one before ends the day before.
async fn take_workplace(cx: &Cx, tx: &mut Tx<'_>, found: &Found, moved: &Moved<'_>) -> Result<()> {
    let Some(wanted) = &found.details.workplace else { return Ok(()) };
    let (person, on) = (moved.after.physician, day(found)?);
    let current = lists::main_workplace(tx.db(), person, on).await?;
    if current.as_ref().is_some_and(|current| Workplace::from(current) == *wanted) {
        return Ok(());
    }
    change_main_workplace(cx, tx, person, (wanted, on), Origin::application(moved.after.id)).await
}

/// Makes this the main workplace from a day on, and notes it.
pub(crate) async fn change_main_workplace(
    cx: &Cx,
    tx: &mut Tx<'_>,
    person: Uuid,
    (wanted, on): (&Workplace, Day),
    origin: Origin,
) -> Result<()> {
    let current = lists::main_workplace(tx.db(), person, on).await?;
    let before = current.as_ref().map(|current| Workplace::from(current).words()).unwrap_or_default();
    if let Some(current) = current {
        // One that began on the same day is replaced from its first day: it ends where it began.
        let until = on.plus_days(-1).max(Day::from(current.valid_from));
        workplace::Entity::update_many()
            .col_expr(workplace::Column::ValidUntil, Expr::value(until.date()))
            // Two main workplaces on one day would be one too many.
            .col_expr(workplace::Column::Main, Expr::value(until < on))
            .filter(workplace::Column::Id.eq(current.id))
            .exec(tx.db())
            .await?;
    }
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let row = workplace::ActiveModel {
        id: Set(Uuid::now_v7()),
        physician: Set(person),
        name: Set(wanted.name.clone()),
        postal_code: Set(some(&wanted.postal_code)),
        address: Set(some(&wanted.address)),
        prefecture: Set(wanted.prefecture),
        main: Set(true),
        valid_from: Set(on.date()),
        valid_until: Set(None),
        created_at: Set(cx.now),
    };
    row.insert(tx.db()).await?;
    let line = record::Line { field: PersonField::MainWorkplace, before, after: wanted.words(), origin };
    record::note(cx, tx, person, line).await?;
    tx.audit(Entry::new("workplace.write", "physician", person).about(person.into()));
    Ok(())
}

/// Writes down a death and ends the login; a lost licence ends the login only.
pub(crate) async fn close_access(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let details = lists::details(tx.db(), moved.after.id).await?;
    let died = details.effective_on.filter(|_| details.cause == Cause::Death);
    set_access(cx, tx, moved.after.physician, died, "closed").await
}

/// Takes back what [`close_access`] did, where this procedure did it.
pub(crate) async fn open_access(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let details = lists::details(tx.db(), moved.after.id).await?;
    if !details.cause.is_recorded() {
        return Ok(());
    }
    set_access(cx, tx, moved.after.physician, None, "active").await
}

/// Sets the day of death and the state of the login.
pub(crate) async fn set_access(
    cx: &Cx,
    tx: &mut Tx<'_>,
    person: Uuid,
    died: Option<Day>,
    login: &'static str,
) -> Result<()> {
    let before = physician::Entity::find_by_id(person).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let after = physician::Model { deceased_on: died.map(|day| day.date()), ..before.clone() };
    record::write(cx, tx, &before, after, Origin::of(cx)).await?;
    let owned = account::Entity::find().filter(account::Column::Physician.eq(person)).one(tx.db()).await?;
    if let Some(account) = owned {
        account::Entity::update_many()
            .col_expr(account::Column::State, Expr::value(login))
            .filter(account::Column::Id.eq(account.id))
            .exec(tx.db())
            .await?;
        session::Entity::delete_many().filter(session::Column::Account.eq(account.id)).exec(tx.db()).await?;
    }
    let detail = json!({"deceased_on": died, "login": login});
    tx.audit(Entry::new("physician.set_access", "physician", person).about(person.into()).with(detail));
    Ok(())
}
