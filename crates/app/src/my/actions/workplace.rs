//! Workplaces: several, one of them the main one. The main one decides the desk of a non-member, and a member's
//! association hears of it first; the others are the physician's own.

use super::{ADDRESS, LINE, Saved, is_member, own, some};
use crate::address::postal_code;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Problem, Result};
use crate::membership_application::actions::{effects, prefill_report};
use crate::membership_application::lists::main_workplace;
use crate::membership_application::{Draft, Workplace};
use crate::physician::actions::record::{self, Line, Origin};
use mamis_rules::base::Day;
use mamis_rules::physician::Field;
use mamis_schema::{physician, workplace as table};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

/// Whether a workplace is the main one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// The main one.
    #[default]
    Main,
    /// One beside it.
    Other,
}

/// A workplace, as typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Name, postal code in any way of writing, address, prefecture.
    pub place: Workplace,
    /// Main or not.
    pub role: Role,
    /// Since when.
    pub from: Option<Day>,
}

/// Adds a workplace. A new main one takes the place of the one before: for a member as a change report that lies ready,
/// for a non-member at once.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::NotFound`] for anybody but the physician or who stands in.
#[crate::boxed]
pub async fn add(cx: &Cx, typed: &Typed) -> Result<Saved> {
    let (place, from) = check(typed)?;
    let mut tx = cx.begin().await?;
    let person = own(cx, &tx).await?;
    let has_main = main_workplace(tx.db(), person.id, from).await?.is_some();
    if typed.role == Role::Main || !has_main {
        return change_main(cx, tx, &person, (place, from)).await;
    }
    if from > cx.today().plus_months(6) {
        return Err(Error::invalid("from", "6か月より先の日は、まだ入力できません。"));
    }
    let row = table::Model {
        id: Uuid::now_v7(),
        physician: person.id,
        name: place.name.clone(),
        postal_code: some(&place.postal_code),
        address: some(&place.address),
        prefecture: place.prefecture,
        main: false,
        valid_from: from.date(),
        valid_until: None,
        created_at: cx.now,
    };
    table::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    let after = format!("{}（{}から）", place.words(), from.japanese());
    note(cx, &mut tx, &person, (String::new(), after)).await?;
    tx.commit().await?;
    Ok(Saved::InForce)
}

/// Changes a workplace: the main one as [`add`] does, another one at once.
///
/// # Errors
/// As [`add`]; [`Error::NotFound`] for a workplace of somebody else or one that has ended.
#[crate::boxed]
pub async fn change(cx: &Cx, id: Uuid, typed: &Typed) -> Result<Saved> {
    let (place, from) = check(typed)?;
    let mut tx = cx.begin().await?;
    let person = own(cx, &tx).await?;
    let before = running(cx, &tx, &person, id).await?;
    if before.main {
        return change_main(cx, tx, &person, (place, from)).await;
    }
    let words = Workplace::from(&before).words();
    if Workplace::from(&before) == place {
        return Ok(Saved::Same);
    }
    table::Entity::update_many()
        .col_expr(table::Column::Name, Expr::value(place.name.clone()))
        .col_expr(table::Column::PostalCode, Expr::value(some(&place.postal_code)))
        .col_expr(table::Column::Address, Expr::value(some(&place.address)))
        .col_expr(table::Column::Prefecture, Expr::value(place.prefecture))
        .filter(table::Column::Id.eq(before.id))
        .exec(tx.db())
        .await?;
    note(cx, &mut tx, &person, (words, place.words())).await?;
    tx.commit().await?;
    Ok(Saved::InForce)
}

/// Ends a workplace beside the main one.
///
/// # Errors
/// As [`change`]; [`Error::Refused`] for the main one, [`Error::Invalid`] for a day before it began.
#[crate::boxed]
pub async fn end(cx: &Cx, id: Uuid, last_day: Option<Day>) -> Result<()> {
    let mut tx = cx.begin().await?;
    let person = own(cx, &tx).await?;
    let before = running(cx, &tx, &person, id).await?;
    if before.main {
        return Err(Error::refused(
            "主たる勤務先は、新しい主たる勤務先を登録すると切り替わります。閉鎖や休業のときは、届出事項変更の手続きでお知らせください。",
        ));
    }
    let last_day = last_day.ok_or_else(|| Error::invalid("until", "最後の日を入力してください。"))?;
    if last_day.date() < before.valid_from {
        let first = Day::from(before.valid_from).japanese();
        return Err(Error::invalid(
            "until",
            &format!("勤務が始まった日（{first}）より後の日を入力してください。"),
        ));
    }
    if last_day > cx.today().plus_months(6) {
        return Err(Error::invalid("until", "6か月より先の日は、まだ入力できません。"));
    }
    table::Entity::update_many()
        .col_expr(table::Column::ValidUntil, Expr::value(last_day.date()))
        .filter(table::Column::Id.eq(before.id))
        .exec(tx.db())
        .await?;
    let words = Workplace::from(&before).words();
    let after = format!("{words}（{}まで）", last_day.japanese());
    note(cx, &mut tx, &person, (words, after)).await?;
    tx.commit().await
}

async fn change_main(
    cx: &Cx,
    mut tx: Tx<'_>,
    person: &physician::Model,
    (place, from): (Workplace, Day),
) -> Result<Saved> {
    let before = main_workplace(tx.db(), person.id, from).await?;
    if before.as_ref().is_some_and(|before| Workplace::from(before) == place) {
        return Ok(Saved::Same);
    }
    if is_member(cx, &tx, person.id).await? {
        drop(tx);
        let draft = Draft { effective_on: Some(from), workplace: Some(place), ..Draft::default() };
        return Ok(Saved::LaidReady(prefill_report(cx, draft).await?));
    }
    if from > cx.today() {
        return Err(Error::invalid(
            "from",
            "主たる勤務先は、今日までの日から変えられます。その日になってから入力してください。",
        ));
    }
    effects::change_main_workplace(cx, &mut tx, person.id, (&place, from), Origin::of(cx)).await?;
    tx.commit().await?;
    Ok(Saved::InForce)
}

/// The workplace, while it runs or lies ahead.
async fn running(cx: &Cx, tx: &Tx<'_>, person: &physician::Model, id: Uuid) -> Result<table::Model> {
    let today = cx.today().date();
    table::Entity::find_by_id(id)
        .filter(table::Column::Physician.eq(person.id))
        .filter(table::Column::ValidUntil.is_null().or(table::Column::ValidUntil.gte(today)))
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)
}

async fn note(
    cx: &Cx,
    tx: &mut Tx<'_>,
    person: &physician::Model,
    (before, after): (String, String),
) -> Result<()> {
    let line = Line { field: Field::Workplace, before, after, origin: Origin::of(cx) };
    record::note(cx, tx, person.id, line).await?;
    tx.audit(Entry::new("workplace.write", "physician", person.id).about(person.id.into()));
    Ok(())
}

fn check(typed: &Typed) -> Result<(Workplace, Day)> {
    let mut problems = Vec::new();
    let mut add = |field: &str, text: &str| problems.push(Problem::at(field, text));
    let place = &typed.place;
    if place.name.is_empty() {
        add("workplace_name", "勤務先の名称を入力してください。");
    }
    if place.name.chars().count() > LINE {
        add("workplace_name", &format!("勤務先の名称は{LINE}文字以内で入力してください。"));
    }
    if place.address.chars().count() > ADDRESS {
        add("workplace_address", &format!("勤務先の住所は{ADDRESS}文字以内で入力してください。"));
    }
    if !(1..=47).contains(&place.prefecture) {
        add("workplace_prefecture", "勤務先の都道府県を選んでください。");
    }
    let code = postal_code(&place.postal_code);
    if code.is_none() && !place.postal_code.is_empty() {
        add("workplace_postal_code", "郵便番号を、251-0052のように7けたの数字で入力してください。");
    }
    if typed.from.is_none() {
        add("from", "勤務が始まる日を入力してください。");
    }
    Problem::none_of(problems)?;
    let from = typed.from.ok_or_else(|| Error::fault("a day that was there is gone"))?;
    Ok((Workplace { postal_code: code.unwrap_or_default(), ..place.clone() }, from))
}
