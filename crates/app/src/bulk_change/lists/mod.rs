//! Questions about bulk changes.

pub(crate) mod people;

use crate::cx::Cx;
use crate::db::scope;
use crate::desk::associations;
use crate::error::{Error, Result};
use mamis_rules::access::Duty;
use mamis_rules::access::bulk_change::{Facts, may_decide, may_enter, may_undo, visible_to};
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, BulkChangeId, full_name};
use mamis_rules::bulk_change::{Act, Kind, RowState, State};
use mamis_schema::{
    application, association, association_ancestor, bulk_change, bulk_change_row, bulk_change_run, physician,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Rows on a page.
pub const PAGE: u64 = 50;
/// Bulk changes listed: years of them.
const MOST: u64 = 200;

/// A bulk change that the actor sees.
#[derive(Clone, Debug)]
pub struct Found {
    /// The row.
    pub row: bulk_change::Model,
    /// What its lines change.
    pub kind: Kind,
    /// How far it is.
    pub state: State,
    /// Name of the association that holds it.
    pub office: String,
    /// For the rules.
    pub facts: Facts,
}

impl Found {
    /// Its id.
    pub fn id(&self) -> BulkChangeId {
        self.row.id.into()
    }

    /// Whose it is.
    pub fn association(&self) -> AssociationId {
        self.row.association.into()
    }
}

/// The associations for which the actor can have a file checked: those that hear of changes first.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn offices(cx: &Cx) -> Result<Vec<(AssociationId, String)>> {
    let low = |tier: Tier| matches!(tier, Tier::Municipal | Tier::District);
    let mine = associations(&cx.actor, Duty::Membership);
    let ids: Vec<Uuid> = mine.iter().filter(|at| low(at.tier)).map(|at| at.id.into()).collect();
    let rows: Vec<(Uuid, String)> = association::Entity::find()
        .select_only()
        .columns([association::Column::Id, association::Column::Name])
        .filter(association::Column::Id.is_in(ids))
        .order_by_asc(association::Column::Code)
        .into_tuple()
        .all(cx.db())
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (id.into(), name)).collect())
}

/// What the rules ask about a bulk change of an association.
///
/// # Errors
/// A fault of the database.
pub(super) async fn facts(
    db: &impl ConnectionTrait,
    association: AssociationId,
    state: State,
) -> Result<Facts> {
    use association_ancestor::Column as X;
    let above: Vec<Uuid> = association_ancestor::Entity::find()
        .select_only()
        .column(X::Ancestor)
        .filter(X::Association.eq(Uuid::from(association)))
        .filter(X::Depth.gt(0))
        .into_tuple()
        .all(db)
        .await?;
    Ok(Facts {
        held_by: association,
        above: above.into_iter().map(Into::into).collect(),
        carried_out: state != State::Checked,
    })
}

/// A bulk change that the actor sees.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(cx: &Cx, db: &impl ConnectionTrait, id: BulkChangeId) -> Result<Found> {
    let row = bulk_change::Entity::find_by_id(Uuid::from(id))
        .filter(scope::bulk_changes(&visible_to(&cx.actor)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let at = association::Entity::find_by_id(row.association).one(db).await?.ok_or(Error::NotFound)?;
    let state = row.state.parse().map_err(Error::fault)?;
    let facts = facts(db, row.association.into(), state).await?;
    Ok(Found { kind: row.kind.parse().map_err(Error::fault)?, state, office: at.name, facts, row })
}

/// A line of the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// The row.
    pub row: bulk_change::Model,
    /// Name of the association that holds it.
    pub office: String,
    /// Lines of its file.
    pub lines: i64,
}

/// The bulk changes that the actor sees, the newest first.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn list(cx: &Cx) -> Result<Vec<Line>> {
    use bulk_change::Column as B;
    let rows = bulk_change::Entity::find()
        .filter(scope::bulk_changes(&visible_to(&cx.actor)))
        .order_by_desc(B::CreatedAt)
        .limit(MOST)
        .all(cx.db())
        .await?;
    let offices: Vec<(Uuid, String)> = association::Entity::find()
        .select_only()
        .columns([association::Column::Id, association::Column::Name])
        .filter(association::Column::Id.is_in(rows.iter().map(|row| row.association)))
        .into_tuple()
        .all(cx.db())
        .await?;
    let counts: Vec<(Uuid, i64)> = bulk_change_row::Entity::find()
        .select_only()
        .column(bulk_change_row::Column::BulkChange)
        .column_as(bulk_change_row::Column::Line.count(), "lines")
        .filter(bulk_change_row::Column::BulkChange.is_in(rows.iter().map(|row| row.id)))
        .group_by(bulk_change_row::Column::BulkChange)
        .into_tuple()
        .all(cx.db())
        .await?;
    let line = |row: bulk_change::Model| Line {
        office: name(&offices, row.association),
        lines: counts.iter().find(|(id, _)| *id == row.id).map_or(0, |(_, lines)| *lines),
        row,
    };
    Ok(rows.into_iter().map(line).collect())
}

fn name(names: &[(Uuid, String)], id: Uuid) -> String {
    names.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone()).unwrap_or_default()
}

/// Everything that the page of a bulk change says above its lines.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The bulk change.
    pub found: Found,
    /// Lines by what became of them.
    pub counts: Vec<(RowState, i64)>,
    /// Lines with something to say about what is wrong.
    pub problems: u64,
    /// What was asked for, the oldest first.
    pub runs: Vec<bulk_change_run::Model>,
    /// Where its procedures lie now: association, name, how many.
    pub desks: Vec<(AssociationId, String, i64)>,
    /// Another bulk change that was carried out with the very same file.
    pub same_file: Option<String>,
    /// What the actor may do.
    pub may: May,
}

/// What the actor may do with a bulk change now.
#[derive(Clone, Debug, Default)]
pub struct May {
    /// Carry it out.
    pub enter: bool,
    /// Decide what waits at these associations.
    pub decide: Vec<(AssociationId, String, i64)>,
    /// Take it back.
    pub undo: bool,
    /// Open the result as a file, and lines that cannot be done.
    pub hold: bool,
}

impl Shown {
    /// Lines in a state.
    pub fn count(&self, state: RowState) -> i64 {
        self.counts.iter().find(|(of, _)| *of == state).map_or(0, |(_, count)| *count)
    }

    /// The act under way.
    pub fn open_run(&self) -> Option<&bulk_change_run::Model> {
        self.runs.iter().find(|run| run.ended_at.is_none())
    }
}

/// A bulk change with all that its page says.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn show(cx: &Cx, id: BulkChangeId) -> Result<Shown> {
    let found = find(cx, cx.db(), id).await?;
    let counts = counts(cx.db(), id).await?;
    let runs = bulk_change_run::Entity::find()
        .filter(bulk_change_run::Column::BulkChange.eq(Uuid::from(id)))
        .order_by_asc(bulk_change_run::Column::CreatedAt)
        .limit(MOST)
        .all(cx.db())
        .await?;
    let desks = desks(cx.db(), id).await?;
    let problems = rows(&found, Wanted::Problems, found.facts.held_by).count(cx.db()).await?;
    let is_open = runs.iter().any(|run| run.ended_at.is_none());
    let has = |state: RowState| counts.iter().any(|(of, count)| *of == state && *count > 0);
    let mine = associations(&cx.actor, Duty::Membership);
    let hold = may_enter(&cx.actor, &found.facts).is_ok();
    let decide = match may_decide(&cx.actor, &found.facts).is_ok() && !is_open {
        true => desks.iter().filter(|(at, ..)| mine.iter().any(|own| own.id == *at)).cloned().collect(),
        false => Vec::new(),
    };
    let undo = may_undo(&cx.actor, &found.facts).is_ok();
    let may = May {
        enter: hold && found.state == State::Checked && has(RowState::Ready),
        decide,
        undo: undo && !is_open && found.state == State::Done && has(RowState::Done),
        hold,
    };
    let same_file = same_file(cx, &found).await?;
    Ok(Shown { found, counts, problems, runs, desks, same_file, may })
}

async fn counts(db: &impl ConnectionTrait, id: BulkChangeId) -> Result<Vec<(RowState, i64)>> {
    use bulk_change_row::Column as R;
    let rows: Vec<(String, i64)> = bulk_change_row::Entity::find()
        .select_only()
        .column(R::State)
        .column_as(R::Line.count(), "lines")
        .filter(R::BulkChange.eq(Uuid::from(id)))
        .group_by(R::State)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter().map(|(state, count)| Ok((state.parse().map_err(Error::fault)?, count))).collect()
}

#[derive(FromQueryResult)]
struct DeskRow {
    desk: Uuid,
    name: String,
    waiting: i64,
}

/// Where the procedures of a bulk change lie.
///
/// # Errors
/// A fault of the database.
pub(super) async fn desks(
    db: &impl ConnectionTrait,
    id: BulkChangeId,
) -> Result<Vec<(AssociationId, String, i64)>> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select a.desk, d.name, count(*) as waiting
           from bulk_change_row r
           join application a on a.id = r.application
           join association d on d.id = a.desk
          where r.bulk_change = $1 and r.state = 'done'
          group by a.desk, d.name order by d.name limit 50",
        [Uuid::from(id).into()],
    );
    let rows = DeskRow::find_by_statement(statement).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.desk.into(), row.name, row.waiting)).collect())
}

/// A bulk change of the same office that was carried out with the very same file.
async fn same_file(cx: &Cx, found: &Found) -> Result<Option<String>> {
    use bulk_change::Column as B;
    Ok(bulk_change::Entity::find()
        .select_only()
        .column(B::Number)
        .filter(B::Association.eq(found.row.association))
        .filter(B::Kind.eq(found.row.kind.as_str()))
        .filter(B::Sha256.eq(found.row.sha256.as_str()))
        .filter(B::State.is_in([State::Running, State::Done].map(State::name)))
        .filter(B::Id.ne(found.row.id))
        .into_tuple()
        .one(cx.db())
        .await?)
}

/// Which lines of a bulk change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of them.
    All,
    /// Those with something to mend.
    Problems,
}

/// The lines that an office may see: its own file whole, of another's what became a procedure.
fn rows(found: &Found, wanted: Wanted, reader: AssociationId) -> sea_orm::Select<bulk_change_row::Entity> {
    use bulk_change_row::Column as R;
    let mut rows = bulk_change_row::Entity::find().filter(R::BulkChange.eq(found.row.id));
    if wanted == Wanted::Problems {
        rows = rows.filter(R::Problem.ne(""));
    }
    if reader != found.facts.held_by {
        rows = rows.filter(R::Application.is_not_null());
    }
    rows
}

/// A line with the name of the person.
#[derive(Clone, Debug)]
pub struct RowLine {
    /// The row.
    pub row: bulk_change_row::Model,
    /// What became of it.
    pub state: RowState,
    /// Name as registered; empty where nobody was found.
    pub name: String,
    /// Reading.
    pub kana: String,
}

/// One page of lines in the order of the file, and how many there are.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, found: &Found, wanted: Wanted, number: u64) -> Result<(Vec<RowLine>, u64)> {
    let holds = may_enter(&cx.actor, &found.facts).is_ok();
    // Any association but the holder's reads along.
    let reader = if holds { found.facts.held_by } else { AssociationId(Uuid::nil()) };
    let rows = rows(found, wanted, reader);
    let total = rows.clone().count(cx.db()).await?;
    let rows = rows
        .order_by_asc(bulk_change_row::Column::Line)
        .offset(number.saturating_sub(1) * PAGE)
        .limit(PAGE)
        .all(cx.db())
        .await?;
    Ok((dress(cx, rows).await?, total))
}

pub(super) async fn dress(cx: &Cx, rows: Vec<bulk_change_row::Model>) -> Result<Vec<RowLine>> {
    use physician::Column as P;
    let mut names: HashMap<Uuid, (String, String)> = HashMap::new();
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.physician).collect();
    for chunk in ids.chunks(1_000) {
        let people: Vec<(Uuid, String, String, String, String)> = physician::Entity::find()
            .select_only()
            .columns([P::Id, P::FamilyName, P::GivenName, P::FamilyKana, P::GivenKana])
            .filter(P::Id.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(cx.db())
            .await?;
        names.extend(people.into_iter().map(|(id, family, given, family_kana, given_kana)| {
            (id, (full_name(&family, &given), full_name(&family_kana, &given_kana)))
        }));
    }
    rows.into_iter()
        .map(|row| {
            let (name, kana) = row.physician.and_then(|id| names.get(&id).cloned()).unwrap_or_default();
            Ok(RowLine { state: row.state.parse().map_err(Error::fault)?, name, kana, row })
        })
        .collect()
}

/// The acts that were asked for and are not done, the oldest first.
///
/// # Errors
/// A fault of the database.
pub(super) async fn open_runs(db: &impl ConnectionTrait) -> Result<Vec<bulk_change_run::Model>> {
    Ok(bulk_change_run::Entity::find()
        .filter(bulk_change_run::Column::EndedAt.is_null())
        .order_by_asc(bulk_change_run::Column::CreatedAt)
        .limit(MOST)
        .all(db)
        .await?)
}

/// The next lines that an act has to deal with, in the order of the file.
///
/// # Errors
/// A fault of the database.
pub(super) async fn todo(
    db: &impl ConnectionTrait,
    run: &bulk_change_run::Model,
    most: u64,
) -> Result<Vec<bulk_change_row::Model>> {
    let act: Act = run.act.parse().map_err(Error::fault)?;
    let (state, join) = match act {
        Act::Enter => ("ready", ""),
        Act::Decide => ("done", "join application a on a.id = r.application and a.desk = $3"),
        Act::Undo => ("done", ""),
    };
    let sql = format!(
        "select r.* from bulk_change_row r {join}
          where r.bulk_change = $1 and r.state = '{state}' and (r.run is null or r.run <> $2)
          order by r.line limit {most}"
    );
    let mut values = vec![run.bulk_change.into(), run.id.into()];
    if act == Act::Decide {
        values.push(run.association.into());
    }
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(bulk_change_row::Model::find_by_statement(statement).all(db).await?)
}

/// Every line with the number of its procedure, in the order of the file; a file has at most 20,000.
///
/// # Errors
/// A fault of the database.
pub(super) async fn all(cx: &Cx, found: &Found) -> Result<Vec<(RowLine, String)>> {
    use application::Column as A;
    let rows = bulk_change_row::Entity::find()
        .filter(bulk_change_row::Column::BulkChange.eq(found.row.id))
        .order_by_asc(bulk_change_row::Column::Line)
        .limit(mamis_rules::bulk_change::LINES as u64)
        .all(cx.db())
        .await?;
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.application).collect();
    let mut numbers: HashMap<Uuid, String> = HashMap::new();
    for chunk in ids.chunks(1_000) {
        let found: Vec<(Uuid, Option<String>)> = application::Entity::find()
            .select_only()
            .columns([A::Id, A::Number])
            .filter(A::Id.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(cx.db())
            .await?;
        numbers.extend(found.into_iter().map(|(id, number)| (id, number.unwrap_or_default())));
    }
    let number = |line: RowLine| {
        let number = line.row.application.and_then(|id| numbers.get(&id).cloned()).unwrap_or_default();
        (line, number)
    };
    Ok(dress(cx, rows).await?.into_iter().map(number).collect())
}
