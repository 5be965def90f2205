//! Every write to associations, their settings and their intake windows.

use super::lists;
use crate::account::actions::is_address;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Problem, Result};
use mamis_rules::access::association as access;
use mamis_rules::association::setting::Setting;
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::credit::Scheme;
use mamis_schema::{association, association_change, association_setting, round};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, Set};
use serde_json::{Map, Value, json};
use uuid::Uuid;

const STALE: &str = "この医師会の情報は、ほかの担当者が先に変更しました。いまの内容を確認してから、もう一度入力してください。";

/// What an association says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Name printed on letters.
    pub president: String,
    /// Contact printed for physicians.
    pub email: String,
    /// Contact printed for physicians.
    pub phone: String,
    /// Seven digits, with or without a hyphen.
    pub postal_code: String,
    /// Address of the office.
    pub address: String,
    /// Public page, beginning with https:// or http://.
    pub website: String,
    /// As printed.
    pub office_hours: String,
    /// Account for fees as printed.
    pub bank: String,
}

impl Details {
    /// What a row says.
    pub fn of(row: &association::Model) -> Self {
        let or_empty = |value: &Option<String>| value.clone().unwrap_or_default();
        Self {
            president: or_empty(&row.president),
            email: or_empty(&row.email),
            phone: or_empty(&row.phone),
            postal_code: or_empty(&row.postal_code),
            address: or_empty(&row.address),
            website: or_empty(&row.website),
            office_hours: row.office_hours.clone(),
            bank: row.bank.clone(),
        }
    }

    /// The fields with their words on the screen.
    fn fields(&self) -> [(&'static str, &str); 8] {
        [
            ("会長", &self.president),
            ("メールアドレス", &self.email),
            ("電話番号", &self.phone),
            ("郵便番号", &self.postal_code),
            ("住所", &self.address),
            ("ホームページ", &self.website),
            ("受付時間", &self.office_hours),
            ("振込先", &self.bank),
        ]
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !self.email.is_empty() && !is_address(&self.email) {
            let text = "メールアドレスを name@example.jp のような形で入力してください。";
            problems.push(Problem::at("email", text));
        }
        if !self.postal_code.is_empty() && self.postal_code.len() != 7 {
            problems.push(Problem::at("postal_code", "郵便番号を7桁の数字で入力してください。"));
        }
        // Anything else would let a link run a script.
        if !self.website.is_empty()
            && !self.website.starts_with("https://")
            && !self.website.starts_with("http://")
        {
            let text = "ホームページのアドレスは、https:// から入力してください。";
            problems.push(Problem::at("website", text));
        }
        problems
    }
}

/// Changes what an association says of itself, from today; what it said before stays in the history.
///
/// # Errors
/// [`Error::NotFound`] for other associations, [`Error::Refused`] without the duty, [`Error::Invalid`] for what must be
/// mended and where nothing changed, [`Error::Stale`] when somebody was faster.
#[crate::boxed]
pub async fn change_details(cx: &Cx, id: AssociationId, new: &Details, version: i64) -> Result<()> {
    let postal_code: String = crate::account::plain(&new.postal_code).chars().filter(|c| *c != '-').collect();
    let new = Details { postal_code, ..new.clone() };
    let problems = new.problems();
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let mut tx = cx.begin().await?;
    let found = lists::find_own(cx, tx.db(), id).await?;
    access::may_change_details(&cx.actor, &found.facts)?;
    let old = Details::of(&found.row);
    let (before, after) = differences(&old, &new);
    if after.is_empty() {
        return Err(Error::invalid("", "変わったところがありません。"));
    }
    save(&tx, id, &new, version).await?;
    let change = Change { kind: "details", on: cx.today(), before, after, reason: String::new() };
    note(cx, &tx, id, change).await?;
    tx.audit(Entry::new("association.change_details", "association", id));
    tx.commit().await
}

fn differences(old: &Details, new: &Details) -> (Map<String, Value>, Map<String, Value>) {
    let (mut before, mut after) = (Map::new(), Map::new());
    for ((label, was), (_, is)) in old.fields().into_iter().zip(new.fields()) {
        if was != is {
            before.insert(label.to_owned(), json!(was));
            after.insert(label.to_owned(), json!(is));
        }
    }
    (before, after)
}

async fn save(tx: &Tx<'_>, id: AssociationId, new: &Details, version: i64) -> Result<()> {
    use association::Column as A;
    let or_none = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let changed = association::Entity::update_many()
        .col_expr(A::President, Expr::value(or_none(&new.president)))
        .col_expr(A::Email, Expr::value(or_none(&new.email)))
        .col_expr(A::Phone, Expr::value(or_none(&new.phone)))
        .col_expr(A::PostalCode, Expr::value(or_none(&new.postal_code)))
        .col_expr(A::Address, Expr::value(or_none(&new.address)))
        .col_expr(A::Website, Expr::value(or_none(&new.website)))
        .col_expr(A::OfficeHours, Expr::value(new.office_hours.clone()))
        .col_expr(A::Bank, Expr::value(new.bank.clone()))
        .col_expr(A::Version, Expr::col(A::Version).add(1))
        .filter(A::Id.eq(Uuid::from(id)))
        .filter(A::Version.eq(version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 { Err(Error::Stale(STALE.to_owned())) } else { Ok(()) }
}

struct Change {
    kind: &'static str,
    on: Day,
    before: Map<String, Value>,
    after: Map<String, Value>,
    reason: String,
}

/// Writes a line of the history; one whose day has come is carried out by its caller.
async fn note(cx: &Cx, tx: &Tx<'_>, id: AssociationId, change: Change) -> Result<Uuid> {
    let row = association_change::Model {
        id: Uuid::now_v7(),
        association: id.into(),
        kind: change.kind.to_owned(),
        effective_on: change.on.date(),
        before: Value::Object(change.before).to_string(),
        after: Value::Object(change.after).to_string(),
        reason: change.reason,
        by_name: format!("{}（{}）", cx.who.name, cx.who.office),
        account: cx.who.account.map(Into::into),
        applied_at: (change.on <= cx.today()).then_some(cx.now),
        created_at: cx.now,
    };
    let written = row.id;
    association_change::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(written)
}

/// A new name, from a day on.
#[derive(Clone, Debug)]
pub struct NewName {
    /// Full name as printed.
    pub name: String,
    /// Katakana.
    pub kana: String,
    /// The first day of the new name: today or later.
    pub on: Day,
    /// Why; shown in the history.
    pub reason: String,
}

/// Renames an association: today at once, later by the daily job. Documents and decisions keep the name they were
/// made with.
///
/// # Errors
/// [`Error::NotFound`] for associations that are not below the actor's, [`Error::Invalid`] for what must be mended.
#[crate::boxed]
pub async fn rename(cx: &Cx, id: AssociationId, new: &NewName) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = lists::find(cx, tx.db(), id).await?;
    // What one may not change in the tree has no such page.
    access::may_change_tree(&cx.actor, &found.facts).map_err(|_| Error::NotFound)?;
    check_name(cx, new, &found.row)?;
    let words = |name: &str, kana: &str| {
        Map::from_iter([("名称".to_owned(), json!(name)), ("フリガナ".to_owned(), json!(kana))])
    };
    let change = Change {
        kind: "renamed",
        on: new.on,
        before: words(&found.row.name, &found.row.kana),
        after: words(&new.name, &new.kana),
        reason: new.reason.clone(),
    };
    note(cx, &tx, id, change).await?;
    if new.on <= cx.today() {
        set_name(&tx, id.into(), &new.name, &new.kana).await?;
    }
    let detail = json!({"name": new.name, "on": new.on, "reason": new.reason});
    tx.audit(Entry::new("association.rename", "association", id).with(detail));
    tx.commit().await
}

fn check_name(cx: &Cx, new: &NewName, row: &association::Model) -> Result<()> {
    let mut problems = Vec::new();
    let mut need = |is_right: bool, field: &str, text: &str| {
        if !is_right {
            problems.push(Problem::at(field, text));
        }
    };
    need(!new.name.is_empty(), "name", "新しい名称を入力してください。");
    need(new.name != row.name || new.kana != row.kana, "name", "いまの名称と同じです。");
    need(!new.kana.is_empty(), "kana", "フリガナを入力してください。");
    need(new.on >= cx.today(), "on", "変わる日は、今日以後にしてください。");
    need(!new.reason.is_empty(), "reason", "理由を入力してください。変更の履歴に表示されます。");
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

async fn set_name(tx: &Tx<'_>, id: Uuid, name: &str, kana: &str) -> Result<()> {
    use association::Column as A;
    association::Entity::update_many()
        .col_expr(A::Name, Expr::value(name))
        .col_expr(A::Kana, Expr::value(kana))
        .col_expr(A::Version, Expr::col(A::Version).add(1))
        .filter(A::Id.eq(id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Carries out a change whose day has come; of two nodes at once, one does it.
///
/// # Errors
/// A fault of the database, or of a row that cannot be read.
pub(crate) async fn carry_out(cx: &Cx, change: &association_change::Model) -> Result<bool> {
    use association_change::Column as C;
    let mut tx = cx.begin().await?;
    let taken = association_change::Entity::update_many()
        .col_expr(C::AppliedAt, Expr::value(cx.now))
        .filter(C::Id.eq(change.id))
        .filter(C::AppliedAt.is_null())
        .exec(tx.db())
        .await?;
    if taken.rows_affected == 0 {
        return Ok(false);
    }
    let after: Map<String, Value> = serde_json::from_str(&change.after)?;
    let text = |field: &str| {
        after.get(field).and_then(Value::as_str).ok_or_else(|| Error::fault(format!("change {}", change.id)))
    };
    set_name(&tx, change.association, text("名称")?, text("フリガナ")?).await?;
    tx.audit(Entry::new("association.rename", "association", change.association));
    tx.commit().await?;
    Ok(true)
}

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
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}
