//! How the tree changes from a day on: a new association, one under another parent, one that goes into another, one
//! that closes. Who changes it stands above; the daily job carries out what lies ahead.

mod succession;

use super::{Change, note};
use crate::association::lists::{self, Found, place};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Problem, Result};
use mamis_rules::access::association as access;
use mamis_rules::association::Tier;
use mamis_rules::association::change::{self as rules, Fate, Place};
use mamis_rules::base::{AssociationId, Day};
use mamis_schema::{association, association_ancestor, association_change, training};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QuerySelect,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) use succession::follow;

/// A new association.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// The association above it.
    pub parent: Option<AssociationId>,
    /// Number people use for it.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Katakana.
    pub kana: String,
    /// Whether it is one of a university.
    pub is_university: bool,
    /// Its first day: today or later.
    pub on: Option<Day>,
    /// Why; shown in the history.
    pub reason: String,
}

/// Enters a new association below one that the actor administers from above.
///
/// # Errors
/// [`Error::NotFound`] for other places of the tree, [`Error::Invalid`] for what must be mended.
#[crate::boxed]
pub async fn create(cx: &Cx, new: &New) -> Result<AssociationId> {
    let mut tx = cx.begin().await?;
    let parent = new.parent.ok_or_else(|| Error::invalid("parent", "上位の医師会を選んでください。"))?;
    let above = lists::find(cx, tx.db(), parent).await?;
    let facts = lists::below(&above.facts);
    access::may_change_tree(&cx.actor, &facts).map_err(|_| Error::NotFound)?;
    let (tier, on) = check_new(cx, &tx, new, &above).await?;
    let id = open(cx, &mut tx, new, &above.row, (tier, on)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Writes a new association that was checked.
///
/// # Errors
/// A fault of the database.
pub(super) async fn open(
    cx: &Cx,
    tx: &mut Tx<'_>,
    new: &New,
    above: &association::Model,
    (tier, on): (Tier, Day),
) -> Result<AssociationId> {
    let id = AssociationId(Uuid::now_v7());
    let row = association::Model {
        id: id.into(),
        code: new.code.clone(),
        tier: tier.name().to_owned(),
        name: new.name.clone(),
        kana: new.kana.clone(),
        parent: Some(above.id),
        prefecture: above.prefecture,
        kind: if new.is_university { "university" } else { "general" }.to_owned(),
        synthetic: above.synthetic && tier == Tier::District,
        email: None,
        phone: None,
        president: None,
        opened_on: on.date(),
        closed_on: None,
        created_at: cx.now,
        version: 1,
        postal_code: None,
        address: None,
        website: None,
        office_hours: String::new(),
        bank: String::new(),
    };
    association::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    ancestors(tx, id.into(), id.into(), 0).await?;
    hang(tx, &[(id.into(), 0)], above.id).await?;
    let after = words(&[("名称", new.name.as_str()), ("上位の医師会", above.name.as_str())]);
    note(cx, tx, id, change("opened", on, (Map::new(), after), &new.reason)).await?;
    tx.audit(Entry::new("association.open", "association", id).with(json!({"name": new.name, "on": on})));
    Ok(id)
}

async fn check_new(cx: &Cx, tx: &Tx<'_>, new: &New, above: &Found) -> Result<(Tier, Day)> {
    let mut problems = Vec::new();
    let mut need = |is_right: bool, field: &str, text: &str| {
        if !is_right {
            problems.push(Problem::at(field, text));
        }
    };
    need(is_code(&new.code), "code", "コードを半角の英数字で入力してください。");
    need(!new.name.is_empty(), "name", "名称を入力してください。");
    need(!new.kana.is_empty(), "kana", "フリガナを入力してください。");
    need(!new.reason.is_empty(), "reason", "理由を入力してください。変更の履歴に表示されます。");
    need(new.on.is_some(), "on", "始まる日を入力してください。");
    need(new.on.is_none_or(|on| on >= cx.today()), "on", "始まる日は、今日以後にしてください。");
    let known = association::Entity::find().filter(association::Column::Code.eq(new.code.as_str()));
    need(known.count(tx.db()).await? == 0, "code", "このコードは、ほかの医師会が使っています。");
    let twin = association::Entity::find()
        .filter(association::Column::Parent.eq(above.row.id))
        .filter(association::Column::Name.eq(new.name.as_str()))
        .filter(association::Column::ClosedOn.is_null());
    need(twin.count(tx.db()).await? == 0, "name", "同じ名称の医師会が、この上位の医師会にもうあります。");
    let parent = place(tx.db(), &above.row).await?;
    let opens = rules::opens(&parent, new.on.unwrap_or_else(|| cx.today()));
    match (opens, new.on) {
        (Ok(tier), Some(on)) if problems.is_empty() => Ok((tier, on)),
        (opens, _) => {
            problems.extend(opens.err().map(|refusal| Problem::at("parent", &refusal.to_string())));
            Err(Error::Invalid(problems))
        }
    }
}

/// What people quote: letters and digits that every keyboard has.
pub(super) fn is_code(code: &str) -> bool {
    !code.is_empty() && code.len() <= 20 && code.chars().all(|c| c.is_ascii_alphanumeric())
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What becomes of it.
    pub fate: Fate,
    /// The new parent, or who goes on; none for a closing.
    pub target: Option<AssociationId>,
    /// The first day on which it is so: today or later.
    pub on: Option<Day>,
    /// Why; shown in the history.
    pub reason: String,
}

/// Moves, merges or closes an association: today at once, later by the daily job.
///
/// # Errors
/// [`Error::NotFound`] for other places of the tree; [`Error::Invalid`] for what must be mended; [`Error::Refused`] with
/// what stands in the way.
#[crate::boxed]
pub async fn change_tree(cx: &Cx, id: AssociationId, wanted: &Wanted) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = lists::find(cx, tx.db(), id).await?;
    access::may_change_tree(&cx.actor, &found.facts).map_err(|_| Error::NotFound)?;
    let (to, on) = checked(cx, &tx, &found.row, wanted).await?;
    let above = found.above.last().map_or("", |(_, name)| name.as_str());
    let (before, after) = match (wanted.fate, &to) {
        (Fate::Move, Some(to)) => {
            (words(&[("上位の医師会", above)]), words(&[("上位の医師会", to.name.as_str())]))
        }
        (Fate::Merge, Some(to)) => (Map::new(), words(&[("引き継ぐ医師会", to.name.as_str())])),
        _ => (Map::new(), words(&[("最後の日", on.plus_days(-1).japanese().as_str())])),
    };
    let line = Change {
        target: to.as_ref().map(|to| to.id),
        former: found.row.parent.filter(|_| wanted.fate == Fate::Move),
        ..change(wanted.fate.name(), on, (before, after), &wanted.reason)
    };
    let line = note(cx, &tx, id, line).await?;
    if on <= cx.today() {
        apply(cx, &mut tx, &line).await?;
    }
    let detail = json!({"fate": wanted.fate, "to": line.target, "on": on, "reason": wanted.reason});
    tx.audit(Entry::new("association.change_tree", "association", id).with(detail));
    tx.commit().await
}

fn change(
    kind: &'static str,
    on: Day,
    (before, after): (Map<String, Value>, Map<String, Value>),
    reason: &str,
) -> Change {
    Change { kind, on, before, after, reason: reason.to_owned(), target: None, former: None }
}

fn words(pairs: &[(&str, &str)]) -> Map<String, Value> {
    pairs.iter().map(|(label, text)| ((*label).to_owned(), json!(text))).collect()
}

/// The target and the day, or all that is wrong with the form at once.
async fn checked(
    cx: &Cx,
    tx: &Tx<'_>,
    own: &association::Model,
    wanted: &Wanted,
) -> Result<(Option<association::Model>, Day)> {
    let mut problems = Vec::new();
    let to = match target(cx, tx, wanted).await {
        Err(Error::Invalid(told)) => {
            problems.extend(told);
            None
        }
        to => to?,
    };
    match wanted.on {
        None => problems.push(Problem::at("on", "変わる日を入力してください。")),
        Some(on) if on < cx.today() => {
            problems.push(Problem::at("on", "変わる日は、今日以後にしてください。"));
        }
        Some(_) => {}
    }
    if wanted.reason.is_empty() {
        problems.push(Problem::at("reason", "理由を入力してください。変更の履歴に表示されます。"));
    }
    // What the rules say, they say of a target and a day.
    let Some(on) = wanted.on.filter(|_| problems.iter().all(|problem| problem.field == "reason")) else {
        return Err(Error::Invalid(problems));
    };
    match stands(tx, own, to.as_ref(), wanted.fate, on).await {
        Err(Error::Invalid(told)) => problems.extend(told),
        Err(Error::Refused(told)) if !problems.is_empty() => problems.push(Problem::at("", &told)),
        outcome => outcome?,
    }
    if problems.is_empty() { Ok((to, on)) } else { Err(Error::Invalid(problems)) }
}

/// The association that the change leads to: its place must be the actor's to change as well.
async fn target(cx: &Cx, tx: &Tx<'_>, wanted: &Wanted) -> Result<Option<association::Model>> {
    if wanted.fate == Fate::Close {
        return Ok(None);
    }
    let missing = || Error::invalid("target", &rules::Refusal::TargetMissing.to_string());
    let id = wanted.target.ok_or_else(missing)?;
    let to = lists::find(cx, tx.db(), id).await?;
    let facts = if wanted.fate == Fate::Move { lists::below(&to.facts) } else { to.facts };
    access::may_change_tree(&cx.actor, &facts).map_err(|_| Error::invalid("target", NOT_YOURS))?;
    Ok(Some(to.row))
}

const NOT_YOURS: &str = "その医師会を変えられるのは、その上位の医師会の管理の担当者です。";

/// Asks the rules. Asked when a change is entered, and again on its day.
async fn stands(
    tx: &Tx<'_>,
    own: &association::Model,
    to: Option<&association::Model>,
    fate: Fate,
    on: Day,
) -> Result<()> {
    let own = place(tx.db(), own).await?;
    let to: Option<Place> = match to {
        Some(to) => Some(place(tx.db(), to).await?),
        None => None,
    };
    rules::check(fate, &own, to.as_ref(), on).map_err(|refusal| match refusal.is_of_target() {
        true => Error::invalid("target", &refusal.to_string()),
        false => Error::refused(refusal.to_string()),
    })?;
    let burden = lists::burden(tx.db(), own.id, on).await?;
    rules::settled(fate, &burden).map_err(|refusal| Error::refused(refusal.to_string()))
}

/// Carries out a change of the tree whose day has come; false for changes of another kind.
///
/// # Errors
/// [`Error::Refused`] with what stands in the way now; a fault.
pub(super) async fn carry_out(cx: &Cx, tx: &mut Tx<'_>, change: &association_change::Model) -> Result<bool> {
    if change.kind == "opened" {
        tx.audit(Entry::new("association.open", "association", change.association));
        return Ok(true);
    }
    let Ok(fate) = change.kind.parse::<Fate>() else { return Ok(false) };
    let own = load(tx, change.association).await?;
    let to = match change.target {
        Some(id) => Some(load(tx, id).await?),
        None => None,
    };
    match stands(tx, &own, to.as_ref(), fate, change.effective_on.into()).await {
        Err(Error::Invalid(problems)) => {
            return Err(Error::Refused(problems.into_iter().map(|problem| problem.text).collect()));
        }
        outcome => outcome?,
    }
    apply(cx, tx, change).await?;
    tx.audit(Entry::new("association.change_tree", "association", change.association));
    Ok(true)
}

async fn load(tx: &Tx<'_>, id: Uuid) -> Result<association::Model> {
    association::Entity::find_by_id(id).one(tx.db()).await?.ok_or(Error::NotFound)
}

/// An association that was to open does not: it is closed before its first day.
///
/// # Errors
/// [`Error::Refused`] when something stands below it or somebody is to join it.
pub(super) async fn unopen(tx: &Tx<'_>, found: &Found, on: Day) -> Result<()> {
    let burden = lists::burden(tx.db(), found.facts.association, on).await?;
    rules::settled(Fate::Close, &burden).map_err(|refusal| Error::refused(refusal.to_string()))?;
    close(tx, found.row.id, on).await
}

async fn apply(cx: &Cx, tx: &mut Tx<'_>, change: &association_change::Model) -> Result<()> {
    let (id, on) = (change.association, Day::from(change.effective_on));
    match (change.kind.parse::<Fate>().map_err(Error::fault)?, change.target) {
        (Fate::Move, Some(parent)) => move_below(cx, tx, id, parent, on).await,
        (Fate::Merge, Some(heir)) => {
            succession::take_over(cx, tx, id, heir, on).await?;
            close(tx, id, on).await
        }
        (Fate::Close, None) => {
            succession::dismiss(cx, tx, id, on).await?;
            close(tx, id, on).await
        }
        _ => Err(Error::fault(format!("a change of association {id} without its target"))),
    }
}

async fn close(tx: &Tx<'_>, id: Uuid, on: Day) -> Result<()> {
    use association::Column as A;
    association::Entity::update_many()
        .col_expr(A::ClosedOn, Expr::value(on.plus_days(-1).date()))
        .col_expr(A::Version, Expr::col(A::Version).add(1))
        .filter(A::Id.eq(id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The association and all below it under another parent; its members go on at the new parent's tier.
async fn move_below(cx: &Cx, tx: &mut Tx<'_>, id: Uuid, parent: Uuid, on: Day) -> Result<()> {
    use association::Column as A;
    use association_ancestor::Column as X;
    let (body, above) = (load(tx, id).await?, load(tx, parent).await?);
    let former = body.parent.ok_or_else(|| Error::fault("the top of the tree is not moved"))?;
    let way = succession::Way { former, next: parent, cause: succession::MOVE };
    succession::members_go_on(cx, tx, id, way, on).await?;
    let moved: Vec<(Uuid, i32)> = association_ancestor::Entity::find()
        .select_only()
        .columns([X::Association, X::Depth])
        .filter(X::Ancestor.eq(id))
        .into_tuple()
        .all(tx.db())
        .await?;
    let ids: Vec<Uuid> = moved.iter().map(|(id, _)| *id).collect();
    association_ancestor::Entity::delete_many()
        .filter(X::Association.is_in(ids.iter().copied()))
        .filter(X::Ancestor.is_not_in(ids.iter().copied()))
        .exec(tx.db())
        .await?;
    hang(tx, &moved, parent).await?;
    association::Entity::update_many()
        .col_expr(A::Prefecture, Expr::value(above.prefecture))
        .filter(A::Id.is_in(ids.iter().copied()))
        .exec(tx.db())
        .await?;
    // What was sent goes the way on which it was sent.
    training::Entity::update_many()
        .col_expr(training::Column::HostPrefecture, Expr::value(above.prefecture))
        .filter(training::Column::HostAssociation.is_in(ids))
        .filter(training::Column::State.eq("draft"))
        .exec(tx.db())
        .await?;
    association::Entity::update_many()
        .col_expr(A::Parent, Expr::value(parent))
        .col_expr(A::Version, Expr::col(A::Version).add(1))
        .filter(A::Id.eq(id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Writes the ways from a top and those below it, with their depths, through a parent upward.
async fn hang(tx: &Tx<'_>, moved: &[(Uuid, i32)], parent: Uuid) -> Result<()> {
    use association_ancestor::Column as X;
    let above: Vec<(Uuid, i32)> = association_ancestor::Entity::find()
        .select_only()
        .columns([X::Ancestor, X::Depth])
        .filter(X::Association.eq(parent))
        .into_tuple()
        .all(tx.db())
        .await?;
    for (id, below) in moved {
        for (ancestor, depth) in &above {
            ancestors(tx, *id, *ancestor, below + 1 + depth).await?;
        }
    }
    Ok(())
}

async fn ancestors(tx: &Tx<'_>, association: Uuid, ancestor: Uuid, depth: i32) -> Result<()> {
    let row = association_ancestor::Model { association, ancestor, depth };
    association_ancestor::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(())
}
