//! What an association decides for itself: settings and intake windows.

use crate::association::lists;
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Problem, Result};
use mamis_rules::access::association as access;
use mamis_rules::association::setting::Setting;
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::credit::Scheme;
use mamis_schema::{association_setting, round};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;
use uuid::Uuid;

/// Puts a setting on or off from a day on. What was in force before stays in the list.
///
/// # Errors
/// [`Error::NotFound`] for other associations, [`Error::Invalid`] for a day in the past and an unknown setting.
#[crate::boxed]
pub async fn set(cx: &Cx, id: AssociationId, name: &str, is_on: bool, from: Day) -> Result<()> {
    use association_setting::Column as S;
    let setting = Setting::named(name).ok_or_else(|| Error::invalid("name", "設定を選んでください。"))?;
    if from < cx.today() {
        return Err(Error::invalid("valid_from", "始まりの日は、今日以後にしてください。"));
    }
    let mut tx = cx.begin().await?;
    let found = lists::find_own(cx, tx.db(), id).await?;
    access::may_change_settings(&cx.actor, &found.facts)?;
    let value = if is_on { "on" } else { "off" };
    // A second thought about the same day replaces the first; the audit log has both.
    association_setting::Entity::delete_many()
        .filter(S::Association.eq(Uuid::from(id)))
        .filter(S::Name.eq(setting.name))
        .filter(S::ValidFrom.eq(from.date()))
        .exec(tx.db())
        .await?;
    let row = association_setting::Model {
        id: Uuid::now_v7(),
        association: id.into(),
        name: setting.name.to_owned(),
        value: value.to_owned(),
        valid_from: from.date(),
        created_at: cx.now,
    };
    association_setting::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    let detail = json!({"setting": setting.name, "value": value, "from": from});
    tx.audit(Entry::new("association.change_settings", "association", id).with(detail));
    tx.commit().await
}

/// An intake window.
#[derive(Clone, Debug)]
pub struct Window {
    /// Scheme.
    pub scheme: Scheme,
    /// Fiscal year.
    pub year: i32,
    /// Number within the year, 1 to 6.
    pub number: i32,
    /// First day, when known.
    pub opens_on: Option<Day>,
    /// Last day.
    pub closes_on: Day,
    /// Day of the board, when known.
    pub board_on: Option<Day>,
}

/// Enters an intake window, or changes one that has not closed: what physicians were told before stays as it was.
///
/// # Errors
/// [`Error::NotFound`] for other associations, [`Error::Invalid`] for days out of order or in the past.
#[crate::boxed]
pub async fn set_round(cx: &Cx, id: AssociationId, window: &Window) -> Result<()> {
    use round::Column as R;
    check_window(cx, window)?;
    let mut tx = cx.begin().await?;
    let found = lists::find_own(cx, tx.db(), id).await?;
    access::may_set_rounds(&cx.actor, &found.facts)?;
    let known = round::Entity::find()
        .filter(R::Association.eq(Uuid::from(id)))
        .filter(R::Scheme.eq(window.scheme.name()))
        .filter(R::FiscalYear.eq(window.year))
        .filter(R::Number.eq(window.number))
        .one(tx.db())
        .await?;
    if known.as_ref().is_some_and(|row| row.closes_on < cx.today().date()) {
        return Err(Error::invalid("number", "この回の受付は終わっているので、変更できません。"));
    }
    let is_new = known.is_none();
    let row = round::ActiveModel {
        id: Set(known.map_or_else(Uuid::now_v7, |row| row.id)),
        association: Set(id.into()),
        scheme: Set(window.scheme.name().to_owned()),
        fiscal_year: Set(window.year),
        number: Set(window.number),
        opens_on: Set(window.opens_on.map(Day::date)),
        closes_on: Set(window.closes_on.date()),
        board_on: Set(window.board_on.map(Day::date)),
        provenance: Set("office".to_owned()),
    };
    let written = if is_new { row.insert(tx.db()).await? } else { row.update(tx.db()).await? };
    let detail = json!({"association": id, "closes_on": window.closes_on, "board_on": window.board_on});
    tx.audit(Entry::new("association.set_rounds", "round", written.id).with(detail));
    tx.commit().await
}

fn check_window(cx: &Cx, window: &Window) -> Result<()> {
    let mut problems = Vec::new();
    let mut need = |is_right: bool, field: &str, text: &str| {
        if !is_right {
            problems.push(Problem::at(field, text));
        }
    };
    let closes = window.closes_on;
    let year = cx.today().year();
    need((year - 1..=year + 2).contains(&window.year), "year", "年度を確かめてください。");
    need((1..=6).contains(&window.number), "number", "回は、1から6までの数字で入力してください。");
    need(closes >= cx.today(), "closes_on", "締切は、今日以後にしてください。");
    let opens = window.opens_on.is_none_or(|opens| opens <= closes);
    need(opens, "opens_on", "受付の始まりは、締切より前にしてください。");
    let board = window.board_on.is_none_or(|board| board >= closes);
    need(board, "board_on", "理事会の日は、締切より後にしてください。");
    Problem::none_of(problems)
}
