//! Questions about pairs and about what was merged.

pub(super) mod candidates;

use super::UNDO_DAYS;
use super::moves::MOVED;
use crate::cx::Cx;
use crate::db::scope;
use crate::decision;
use crate::error::{Error, Result};
use crate::membership::lists::{of_physician, periods};
use crate::physician::lists as physicians;
use chrono::{DateTime, Utc};
use duplicate::Column as D;
use mamis_rules::access::physician::{self as access, Facts};
use mamis_rules::access::{Depth, Refusal};
use mamis_rules::base::{Day, DuplicateId, MergeId, PhysicianId, full_name};
use mamis_rules::flow::any::FINISHED;
use mamis_rules::physician::duplicate::Sign;
use mamis_schema::{account, duplicate, physician, physician_merge};
use sea_orm::sea_query::{Condition, Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Statement,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Pairs on a page.
pub const PAGE: u64 = 50;

/// Pairs are counted up to here.
const COUNTED: u64 = 1_000;

/// Which of the pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// To be judged.
    #[default]
    Open,
    /// Judged: two people.
    Different,
    /// Merged.
    Merged,
}

impl View {
    /// All of them, in the order of the tabs.
    pub const ALL: &'static [Self] = &[Self::Open, Self::Different, Self::Merged];

    /// The word in the address and the state of the rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Different => "different",
            Self::Merged => "merged",
        }
    }

    /// The word on the tab.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "確認待ち",
            Self::Different => "別の人",
            Self::Merged => "統合したもの",
        }
    }

    /// From the word in the address.
    pub fn read(name: &str) -> Self {
        Self::ALL.iter().copied().find(|view| view.name() == name).unwrap_or_default()
    }
}

/// A pair in the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// The pair.
    pub id: DuplicateId,
    /// Name, reading and association of both.
    pub people: [(String, String, String); 2],
    /// 0–100.
    pub score: i32,
    /// Why it is here.
    pub signs: Vec<Sign>,
    /// Who judged, and when.
    pub decided: Option<(String, DateTime<Utc>)>,
    /// The merging, where there is one.
    pub merge: Option<MergeId>,
}

/// The pairs of a view that the actor sees in full, both of them: the most alike first, or the latest judged.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, view: View, number: u64) -> Result<(Vec<Line>, u64, bool)> {
    let found = duplicate::Entity::find().filter(D::State.eq(view.name())).filter(seen(cx, view));
    let counted = crate::db::dialect::counted(
        cx.db(),
        found.clone().select_only().column(D::Id).into_query(),
        COUNTED + 1,
    );
    let counted = counted.await?;
    let found = match view {
        View::Open => found.order_by_desc(D::Score).order_by_asc(D::CreatedAt),
        View::Different | View::Merged => found.order_by_desc(D::DecidedAt),
    };
    let offset = (number.clamp(1, 1_000) - 1) * PAGE;
    let rows = found.order_by_asc(D::Id).limit(PAGE).offset(offset).all(cx.db()).await?;
    let ids: Vec<Uuid> = rows.iter().flat_map(|row| [row.first, row.second]).collect();
    let people = physicians::dress(cx, &ids).await?;
    let people: HashMap<Uuid, physicians::Line> = people.into_iter().map(|line| (line.id, line)).collect();
    let merges: Vec<(Uuid, Uuid)> = physician_merge::Entity::find()
        .select_only()
        .columns([physician_merge::Column::Duplicate, physician_merge::Column::Id])
        .filter(physician_merge::Column::Duplicate.is_in(rows.iter().map(|row| row.id)))
        .filter(physician_merge::Column::UndoneAt.is_null())
        .into_tuple()
        .all(cx.db())
        .await?;
    let line = |row: duplicate::Model| {
        let person = |id: Uuid| match people.get(&id) {
            Some(line) => (line.name(), line.kana(), line.association.clone()),
            None => Default::default(),
        };
        Line {
            id: row.id.into(),
            people: [person(row.first), person(row.second)],
            score: row.score,
            signs: signs(&row),
            decided: row.decided_at.map(|at| (row.decided_by.clone(), at)),
            merge: merges.iter().find(|(of, _)| *of == row.id).map(|(_, id)| (*id).into()),
        }
    };
    Ok((rows.into_iter().map(line).collect(), std::cmp::min(counted, COUNTED), counted > COUNTED))
}

/// Both are seen in full; of merged ones the record that stayed. What was merged with somebody else since is no pair.
fn seen(cx: &Cx, view: View) -> Condition {
    let sees = scope::physicians(&access::visible_at(&cx.actor, Depth::Full), cx.today());
    let side = |column: D| {
        let mut person = Query::select();
        person
            .expr(Expr::val(1))
            .from(physician::Entity)
            .and_where(
                Expr::col((physician::Entity, physician::Column::Id)).equals((duplicate::Entity, column)),
            )
            .and_where(physician::Column::MergedInto.is_null())
            .cond_where(sees.clone());
        Expr::exists(person)
    };
    match view {
        View::Open | View::Different => Condition::all().add(side(D::First)).add(side(D::Second)),
        View::Merged => Condition::any().add(side(D::First)).add(side(D::Second)),
    }
}

fn signs(row: &duplicate::Model) -> Vec<Sign> {
    serde_json::from_str(&row.signs).unwrap_or_default()
}

/// One of the two records.
#[derive(Clone, Debug)]
pub struct Record {
    /// The row.
    pub row: physician::Model,
    /// Association and category; empty for non-members.
    pub association: String,
    /// Names of today's workplaces.
    pub workplaces: Vec<String>,
    /// The login.
    pub account: Option<account::Model>,
    /// What belongs to the record: in words, and how much of it. Empty kinds are left out.
    pub holds: Vec<(&'static str, i64)>,
    /// For `access`.
    pub facts: Facts,
}

/// A pair, side by side.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The pair.
    pub row: duplicate::Model,
    /// Why it is here.
    pub signs: Vec<Sign>,
    /// The records, the first one first.
    pub records: [Record; 2],
    /// Whose data a reason must be given for before it is shown.
    pub asks_reason: Vec<PhysicianId>,
    /// Why the two cannot be merged as they stand.
    pub obstacles: Vec<String>,
    /// Why the actor may not.
    pub refusal: Option<Refusal>,
}

/// A pair that the actor sees.
///
/// # Errors
/// [`Error::NotFound`] where one of the two is not seen in full, [`Error::Stale`] once they were merged.
#[crate::boxed]
pub async fn compare(cx: &Cx, id: DuplicateId) -> Result<Compared> {
    let row = find(cx, cx.db(), id).await?;
    if row.state == View::Merged.name() {
        return Err(Error::Stale(judged(&row)));
    }
    let (first, second) = (record(cx, row.first).await?, record(cx, row.second).await?);
    let mut asks_reason = Vec::new();
    for shown in [&first.1, &second.1] {
        if shown.asks_reason {
            asks_reason.push(shown.facts.physician);
        }
    }
    let (first, second) = (first.0, second.0);
    Ok(Compared {
        signs: signs(&row),
        obstacles: obstacles(cx.db(), row.first, row.second).await?,
        refusal: access::may_merge(&cx.actor, &first.facts, &second.facts).err(),
        records: [first, second],
        asks_reason,
        row,
    })
}

async fn record(cx: &Cx, id: Uuid) -> Result<(Record, physicians::Shown)> {
    let shown = physicians::show(cx, id.into()).await?;
    let record = Record {
        row: shown.row.clone(),
        association: shown.association.clone(),
        workplaces: shown.workplaces.iter().map(|row| row.name.clone()).collect(),
        account: shown.account.clone(),
        holds: holds(cx, id).await?,
        facts: shown.facts.clone(),
    };
    Ok((record, shown))
}

/// The row of a pair whose both sides are seen in full.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn find(cx: &Cx, db: &impl ConnectionTrait, id: DuplicateId) -> Result<duplicate::Model> {
    let row = duplicate::Entity::find_by_id(Uuid::from(id)).one(db).await?.ok_or(Error::NotFound)?;
    let mut seen = Vec::new();
    for person in [row.first, row.second] {
        seen.push(physicians::find(cx, db, person.into(), Depth::Full).await.is_ok());
    }
    match seen.as_slice() {
        [true, true] => Ok(row),
        // Of what was merged only one side is still anybody's, and whoever sees it reads who was first.
        [true, false] | [false, true] if row.state == "merged" => Err(Error::Stale(judged(&row))),
        _ => Err(Error::NotFound),
    }
}

/// Who judged a pair, when, and how.
pub(super) fn judged(row: &duplicate::Model) -> String {
    let what =
        if row.state == "merged" { "統合しました" } else { "「別の人」と判断しました" };
    let at = row.decided_at.map(decision::at).unwrap_or_default();
    format!("この2件は、{}が{at}に{what}。", row.decided_by)
}

#[derive(FromQueryResult)]
struct Held {
    at: i64,
    found: i64,
}

/// How much belongs to a record, in the words of the table of moves.
async fn holds(cx: &Cx, id: Uuid) -> Result<Vec<(&'static str, i64)>> {
    let counts: Vec<String> = MOVED
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let (table, column) = (one.table, one.column);
            format!("select cast({at} as bigint) as at, count(*) as found from {table} where {column} = $1")
        })
        .collect();
    let sql = counts.join(" union all ");
    let rows = Held::find_by_statement(Statement::from_sql_and_values(cx.app.db.backend(), sql, [id.into()]))
        .all(cx.db())
        .await?;
    let label = |row: &Held| Some((MOVED.get(usize::try_from(row.at).ok()?)?.label, row.found));
    Ok(rows.iter().filter(|row| row.found > 0).filter_map(label).collect())
}

/// Why two records cannot become one as they stand: they contradict each other, and an office must say what is right.
///
/// # Errors
/// A fault of the database.
pub(super) async fn obstacles(db: &impl ConnectionTrait, first: Uuid, second: Uuid) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let (one, other) = (of_physician(db, first).await?, of_physician(db, second).await?);
    for held in &one {
        for also in &other {
            let (a, b) = (&held.period, &also.period);
            let meet =
                a.until.is_none_or(|until| until >= b.from) && b.until.is_none_or(|until| until >= a.from);
            if a.tier == b.tier && a.association != b.association && meet {
                found.push(format!(
                    "同じ時期に「{}」と「{}」の両方に所属しています。先に、どちらかの退会または異動を記録してください。",
                    held.name, also.name
                ));
            }
        }
    }
    if under_way(db, first, second).await? {
        found.push(
            "両方の記録に、同じ種類の手続き中の申請があります。先に、どちらかを決定するか、取り下げてもらってください。"
                .to_owned(),
        );
    }
    found.dedup();
    Ok(found)
}

async fn under_way(db: &impl ConnectionTrait, first: Uuid, second: Uuid) -> Result<bool> {
    use mamis_schema::application::{Column as A, Entity};
    let running = Entity::find()
        .filter(A::Physician.is_in([first, second]))
        .filter(A::State.is_not_in(FINISHED.iter().copied()))
        .limit(1_000)
        .all(db)
        .await?;
    let (one, other): (Vec<_>, Vec<_>) = running.iter().partition(|row| row.physician == first);
    Ok(one.iter().any(|a| other.iter().any(|b| a.kind == b.kind && a.scheme == b.scheme)))
}

/// The periods that a person would have, if these rows of the other record came to them.
///
/// # Errors
/// [`Error::Refused`] where nobody can have these periods.
pub(super) async fn check_periods(db: &impl ConnectionTrait, kept: Uuid) -> Result<()> {
    let held = of_physician(db, kept).await?;
    mamis_rules::membership::check(&periods(&held)).map_err(|refusal| {
        Error::refused(format!(
            "統合すると、所属の期間が成り立たなくなります（{refusal}）。残す記録を選び直すか、先に所属を直してください。"
        ))
    })
}

/// A merging as it was carried out.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The row.
    pub row: physician_merge::Model,
    /// The person whose record stayed.
    pub kept: String,
    /// What moved, and how much of it.
    pub moved: Vec<(&'static str, usize)>,
    /// What could not move: the record that stayed has its like.
    pub stayed: Vec<(&'static str, usize)>,
    /// The last day on which it can be taken back; none once it was.
    pub undo_until: Option<Day>,
    /// Whether the actor may take it back now.
    pub may_undo: bool,
}

/// Rows by `table.column`.
pub(super) type Moved = std::collections::BTreeMap<String, Vec<Uuid>>;

/// A merging whose remaining record the actor sees.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn merged(cx: &Cx, id: MergeId) -> Result<Merged> {
    let (row, kept) = find_merge(cx, cx.db(), id).await?;
    let facts = physicians::facts(cx, cx.db(), kept.id.into()).await?;
    let until = Day::of(row.created_at).plus_days(UNDO_DAYS);
    let stands = row.undone_at.is_none();
    Ok(Merged {
        kept: full_name(&kept.family_name, &kept.given_name),
        moved: labelled(&serde_json::from_str(&row.moved)?),
        stayed: labelled(&serde_json::from_str(&row.stayed)?),
        undo_until: stands.then_some(until),
        may_undo: stands && cx.today() <= until && access::may_merge(&cx.actor, &facts, &facts).is_ok(),
        row,
    })
}

/// The row, and the record that stayed.
pub(super) async fn find_merge(
    cx: &Cx,
    db: &impl ConnectionTrait,
    id: MergeId,
) -> Result<(physician_merge::Model, physician::Model)> {
    let row = physician_merge::Entity::find_by_id(Uuid::from(id)).one(db).await?.ok_or(Error::NotFound)?;
    let kept = physicians::find(cx, db, row.kept.into(), Depth::Full).await?;
    Ok((row, kept))
}

fn labelled(moved: &Moved) -> Vec<(&'static str, usize)> {
    let of = |one: &super::moves::Move| {
        let rows = moved.get(&format!("{}.{}", one.table, one.column))?;
        (!rows.is_empty()).then_some((one.label, rows.len()))
    };
    MOVED.iter().filter_map(of).collect()
}

/// The record that took the place of another one, if the actor sees it.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn successor(cx: &Cx, merged: &physician::Model) -> Result<Option<PhysicianId>> {
    let Some(kept) = merged.merged_into else { return Ok(None) };
    match physicians::find(cx, cx.db(), kept.into(), Depth::List).await {
        Ok(row) => Ok(Some(row.id.into())),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
