//! Every write to associations, their settings and their intake windows.

pub mod category;
pub mod import;
mod settings;
pub mod tree;

pub use settings::{Window, set, set_round};

use super::lists;
use crate::account::actions::is_address;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Problem, Result};
use mamis_rules::access::association as access;
use mamis_rules::association::import::DETAILS;
use mamis_rules::base::{AssociationId, Day};
use mamis_schema::{association, association_change};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
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

    /// The fields that a list of associations may fill, by its columns.
    pub(super) fn columns(&self) -> Vec<(String, String)> {
        let fields = self.fields().into_iter().filter(|(label, _)| DETAILS.contains(label));
        fields.map(|(label, text)| (label.to_owned(), text.to_owned())).collect()
    }

    /// Sets the field of a column.
    fn set(&mut self, column: &str, text: &str) {
        let field = match column {
            "会長" => &mut self.president,
            "電話番号" => &mut self.phone,
            "メールアドレス" => &mut self.email,
            "郵便番号" => &mut self.postal_code,
            "住所" => &mut self.address,
            "ホームページ" => &mut self.website,
            "受付時間" => &mut self.office_hours,
            _ => return,
        };
        text.clone_into(field);
    }

    /// With the digits of the postal code alone.
    fn clean(&self) -> Self {
        let digits = crate::account::plain(&self.postal_code).chars().filter(|c| *c != '-').collect();
        Self { postal_code: digits, ..self.clone() }
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
    let new = new.clean();
    Problem::none_of(new.problems())?;
    let mut tx = cx.begin().await?;
    let found = lists::find_own(cx, tx.db(), id).await?;
    access::may_change_details(&cx.actor, &found.facts)?;
    let old = Details::of(&found.row);
    let (before, after) = differences(&old, &new);
    if after.is_empty() {
        return Err(Error::invalid("", "変わったところがありません。"));
    }
    save(&tx, id, &new, version).await?;
    let reason = String::new();
    let change =
        Change { kind: "details", on: cx.today(), before, after, reason, target: None, former: None };
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
    target: Option<Uuid>,
    former: Option<Uuid>,
}

/// Writes a line of the history; one whose day has come is carried out by its caller.
async fn note(cx: &Cx, tx: &Tx<'_>, id: AssociationId, change: Change) -> Result<association_change::Model> {
    let row = association_change::Model {
        id: Uuid::now_v7(),
        association: id.into(),
        kind: change.kind.to_owned(),
        effective_on: change.on.date(),
        before: Value::Object(change.before).to_string(),
        after: Value::Object(change.after).to_string(),
        reason: change.reason,
        by_name: cx.who.signed(),
        account: cx.who.account.map(Into::into),
        applied_at: (change.on <= cx.today()).then_some(cx.now),
        target: change.target,
        former: change.former,
        obstacle: String::new(),
        withdrawn_at: None,
        withdrawn_by: String::new(),
        created_at: cx.now,
    };
    association_change::ActiveModel::from(row.clone()).reset_all().insert(tx.db()).await?;
    Ok(row)
}

/// A new name, from a day on.
#[derive(Clone, Debug)]
pub struct NewName {
    /// Full name as printed.
    pub name: String,
    /// Katakana.
    pub kana: String,
    /// The first day of the new name: today or later.
    pub on: Option<Day>,
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
    if found.row.closed_on.is_some() {
        return Err(Error::refused("この医師会は閉じています。"));
    }
    let on = check_name(cx, new, &found.row)?;
    let words = |name: &str, kana: &str| {
        Map::from_iter([("名称".to_owned(), json!(name)), ("フリガナ".to_owned(), json!(kana))])
    };
    let change = Change {
        kind: "renamed",
        on,
        before: words(&found.row.name, &found.row.kana),
        after: words(&new.name, &new.kana),
        reason: new.reason.clone(),
        target: None,
        former: None,
    };
    note(cx, &tx, id, change).await?;
    if on <= cx.today() {
        set_name(&tx, id.into(), &new.name, &new.kana).await?;
    }
    let detail = json!({"name": new.name, "on": on, "reason": new.reason});
    tx.audit(Entry::new("association.rename", "association", id).with(detail));
    tx.commit().await
}

/// The day, or all that is wrong with the form at once.
fn check_name(cx: &Cx, new: &NewName, row: &association::Model) -> Result<Day> {
    let mut problems = Vec::new();
    let mut need = |is_right: bool, field: &str, text: &str| {
        if !is_right {
            problems.push(Problem::at(field, text));
        }
    };
    need(!new.name.is_empty(), "name", "新しい名称を入力してください。");
    need(new.name != row.name || new.kana != row.kana, "name", "いまの名称と同じです。");
    need(!new.kana.is_empty(), "kana", "フリガナを入力してください。");
    need(new.on.is_some(), "on", "変わる日を入力してください。");
    need(new.on.is_none_or(|on| on >= cx.today()), "on", "変わる日は、今日以後にしてください。");
    need(!new.reason.is_empty(), "reason", "理由を入力してください。変更の履歴に表示されます。");
    new.on.filter(|_| problems.is_empty()).ok_or(Error::Invalid(problems))
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
        .col_expr(C::Obstacle, Expr::value(""))
        .filter(C::Id.eq(change.id))
        .filter(C::AppliedAt.is_null())
        .filter(C::WithdrawnAt.is_null())
        .exec(tx.db())
        .await?;
    if taken.rows_affected == 0 {
        return Ok(false);
    }
    if tree::carry_out(cx, &mut tx, change).await? {
        tx.commit().await?;
        return Ok(true);
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

/// Notes what keeps a change from being carried out on its day: its office reads it beside the change.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn note_obstacle(cx: &Cx, change: &association_change::Model, text: &str) -> Result<()> {
    if change.obstacle == text {
        return Ok(());
    }
    let mut tx = cx.begin().await?;
    association_change::Entity::update_many()
        .col_expr(association_change::Column::Obstacle, Expr::value(text))
        .filter(association_change::Column::Id.eq(change.id))
        .exec(tx.db())
        .await?;
    let entry = Entry::new("association.put_off_change", "association", change.association);
    tx.audit(entry.with(json!({"change": change.id, "because": text})));
    tx.commit().await
}

/// Takes back a change that lies ahead; the line stays in the history and says so.
///
/// # Errors
/// [`Error::NotFound`] for other places of the tree; [`Error::Refused`] for one that was carried out, and for an opening
/// below which something was opened already.
#[crate::boxed]
pub async fn withdraw(cx: &Cx, id: AssociationId, change: Uuid) -> Result<()> {
    use association_change::Column as C;
    let mut tx = cx.begin().await?;
    let found = lists::find(cx, tx.db(), id).await?;
    access::may_change_tree(&cx.actor, &found.facts).map_err(|_| Error::NotFound)?;
    let row = association_change::Entity::find_by_id(change)
        .filter(C::Association.eq(found.row.id))
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)?;
    let taken = association_change::Entity::update_many()
        .col_expr(C::WithdrawnAt, Expr::value(cx.now))
        .col_expr(C::WithdrawnBy, Expr::value(cx.who.signed()))
        .filter(C::Id.eq(row.id))
        .filter(C::AppliedAt.is_null())
        .filter(C::WithdrawnAt.is_null())
        .exec(tx.db())
        .await?;
    if taken.rows_affected == 0 {
        return Err(Error::refused("この変更は、すでに行われたか、取り消されています。"));
    }
    if row.kind == "opened" {
        tree::unopen(&tx, &found, row.effective_on.into()).await?;
    }
    let detail = json!({"change": row.id, "kind": row.kind, "on": row.effective_on});
    tx.audit(Entry::new("association.withdraw_change", "association", id).with(detail));
    tx.commit().await
}
