//! Questions about batches.

use super::{Body, ItemResult, State};
use crate::cx::Cx;
use crate::db::{dialect, scope};
use crate::error::{Error, Result};
use mamis_rules::access;
use mamis_rules::association::Tier;
use mamis_rules::base::{BatchId, Credits, Day, Yen, full_name};
use mamis_rules::credit::{Kind, Scheme, WaiverKind};
use mamis_rules::flow::certification::State as Stage;
use mamis_schema::{association, batch, batch_item};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, Statement,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Batches on a page.
pub const PAGE: u64 = 30;

/// Applications of a batch that are shown and printed; six rounds a year keep it far below.
const ITEMS: u64 = 2_000;

/// What is asked for; empty fields ask for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// How far the batch is.
    pub state: Option<State>,
    /// Part of the number, or of the association's name.
    pub text: String,
}

/// A batch in the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// The batch.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// Whose it is.
    pub association: String,
    /// Its tier: what goes up below is approved at the national one.
    pub tier: Tier,
    /// Which meeting.
    pub body: Body,
    /// How far it is.
    pub state: State,
    /// The day of the meeting.
    pub held_on: Option<Day>,
    /// Applications in it.
    pub items: i64,
    /// Those still open.
    pub open: i64,
    /// Those of which no meeting has decided.
    pub waiting: i64,
}

/// A batch with its applications.
#[derive(Clone, Debug)]
pub struct Page {
    /// The row.
    pub row: batch::Model,
    /// Whose it is.
    pub association: association::Model,
    /// Its tier.
    pub tier: Tier,
    /// Scheme.
    pub scheme: Scheme,
    /// Which meeting.
    pub body: Body,
    /// How far it is.
    pub state: State,
    /// The applications.
    pub items: Vec<Item>,
    /// Whether the actor works on it, or only sees it.
    pub may_work: bool,
}

/// One application of a batch.
#[derive(Clone, Debug)]
pub struct Item {
    /// The application.
    pub application: Uuid,
    /// Whose it is.
    pub physician: Uuid,
    /// Its number.
    pub number: String,
    /// Name exactly as registered.
    pub name: String,
    /// Reading.
    pub kana: String,
    /// 新規 or 更新.
    pub kind: String,
    /// The association that the physician applied to; 非会員 for none.
    pub home: String,
    /// The fee.
    pub fee: Yen,
    /// When the fee came.
    pub fee_received_on: Option<Day>,
    /// The examiner's remarks for the board.
    pub remarks: String,
    /// What became of it.
    pub result: ItemResult,
    /// Why.
    pub message: String,
    /// Where the application is now.
    pub stage: Stage,
    /// The meeting that decided it, with the number of its minutes.
    pub meeting: Option<(Day, String)>,
}

impl Page {
    /// The meetings that decided something in this batch, by day, and how much each of them decided.
    pub fn meetings(&self) -> Vec<(Day, String, usize)> {
        let mut found: BTreeMap<(Day, &str), usize> = BTreeMap::new();
        for (day, minutes) in self.items.iter().filter_map(|item| item.meeting.as_ref()) {
            *found.entry((*day, minutes)).or_default() += 1;
        }
        found.into_iter().map(|((day, minutes), count)| (day, minutes.to_owned(), count)).collect()
    }
}

impl Item {
    /// Whether the meeting or the submission has still to deal with it.
    pub fn is_open(&self) -> bool {
        ItemResult::OPEN.contains(&self.result)
    }
}

/// One page of the batches that the actor sees, newest first, and how many there are.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, filter: &Filter, number: u64) -> Result<(Vec<Line>, u64)> {
    let asked = filtered(cx, filter);
    let total = asked.clone().count(cx.db()).await?;
    let rows = asked
        .order_by_desc(batch::Column::CreatedAt)
        .order_by_desc(batch::Column::Id)
        .offset(number.saturating_sub(1) * PAGE)
        .limit(PAGE)
        .all(cx.db())
        .await?;
    let counts: Vec<(Uuid, String, i64)> = batch_item::Entity::find()
        .select_only()
        .column(batch_item::Column::Batch)
        .column(batch_item::Column::Result)
        .column_as(batch_item::Column::Application.count(), "count")
        .filter(batch_item::Column::Batch.is_in(rows.iter().map(|row| row.id)))
        .group_by(batch_item::Column::Batch)
        .group_by(batch_item::Column::Result)
        .into_tuple()
        .all(cx.db())
        .await?;
    let bodies: Vec<(Uuid, String, String)> = association::Entity::find()
        .select_only()
        .columns([association::Column::Id, association::Column::Name, association::Column::Tier])
        .filter(association::Column::Id.is_in(rows.iter().map(|row| row.association)))
        .into_tuple()
        .all(cx.db())
        .await?;
    let lines = rows.into_iter().map(|row| {
        let of_batch = || counts.iter().filter(|(id, _, _)| *id == row.id);
        let body: Body = row.body.parse().map_err(Error::fault)?;
        let state: State = row.state.parse().map_err(Error::fault)?;
        let is_waiting = |result: &str| result == ItemResult::Waiting.name();
        let is_open = |result: &str| result.parse().is_ok_and(|result: ItemResult| result.is_open(body));
        let (_, name, tier) =
            bodies.iter().find(|(id, _, _)| *id == row.association).ok_or(Error::NotFound)?;
        Ok(Line {
            id: row.id,
            association: name.clone(),
            tier: tier.parse().map_err(Error::fault)?,
            body,
            state,
            held_on: row.held_on.map(Day::from),
            items: of_batch().map(|(_, _, count)| count).sum(),
            open: of_batch().filter(|(_, result, _)| is_open(result)).map(|(_, _, count)| count).sum(),
            waiting: of_batch().filter(|(_, result, _)| is_waiting(result)).map(|(_, _, count)| count).sum(),
            number: row.number.clone(),
        })
    });
    Ok((lines.collect::<Result<_>>()?, total))
}

fn filtered(cx: &Cx, filter: &Filter) -> Select<batch::Entity> {
    let mut asked = batch::Entity::find().filter(scope::batches(&access::batch::visible_to(&cx.actor)));
    if let Some(state) = filter.state {
        asked = asked.filter(batch::Column::State.eq(state.name()));
    }
    if !filter.text.is_empty() {
        let backend = cx.db().get_database_backend();
        let called = association::Entity::find()
            .select_only()
            .column(association::Column::Id)
            .filter(dialect::contains(backend, association::Column::Name, &filter.text))
            .into_query();
        let numbered = dialect::contains(backend, batch::Column::Number, &filter.text);
        asked = asked.filter(numbered.or(batch::Column::Association.in_subquery(called)));
    }
    asked
}

/// A batch with its applications, if the actor sees it.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn find(cx: &Cx, id: BatchId) -> Result<Page> {
    let db = cx.db();
    let row = batch::Entity::find_by_id(Uuid::from(id))
        .filter(scope::batches(&access::batch::visible_to(&cx.actor)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let body = association::Entity::find_by_id(row.association).one(db).await?.ok_or(Error::NotFound)?;
    let facts = access::batch::Facts {
        kind: row.kind.parse().map_err(Error::fault)?,
        held_by: row.association.into(),
        submitted_to: row.submitted_to.map(Into::into),
    };
    Ok(Page {
        tier: body.tier.parse().map_err(Error::fault)?,
        scheme: row.scheme.parse().map_err(Error::fault)?,
        body: row.body.parse().map_err(Error::fault)?,
        state: row.state.parse().map_err(Error::fault)?,
        items: items(db, &row).await?,
        may_work: access::batch::may_packet(&cx.actor, &facts).is_ok(),
        association: body,
        row,
    })
}

#[derive(FromQueryResult)]
struct ItemRow {
    application: Uuid,
    physician: Uuid,
    number: Option<String>,
    family_name: String,
    given_name: String,
    family_kana: String,
    given_kana: String,
    certification_kind: String,
    first_tier: Option<String>,
    first_name: Option<String>,
    fee: i64,
    fee_received_on: Option<chrono::NaiveDate>,
    remarks: Option<String>,
    waiver: Option<String>,
    result: String,
    message: String,
    state: String,
    held_on: Option<chrono::NaiveDate>,
    minutes_number: Option<String>,
}

async fn items(db: &impl ConnectionTrait, row: &batch::Model) -> Result<Vec<Item>> {
    let sql = format!(
        "select i.application, a.physician, a.number, p.family_name, p.given_name, p.family_kana, p.given_kana,
                a.certification_kind, s.tier as first_tier, o.name as first_name, a.fee, a.fee_received_on,
                e.remarks, a.waiver, i.result, i.message, a.state, i.held_on, i.minutes_number
           from batch_item i
           join application a on a.id = i.application
           join physician p on p.id = a.physician
           left join application_step s on s.application = a.id and s.position = 0
           left join association o on o.id = s.association
           left join examination e on e.application = a.id and e.association = $2
          where i.batch = $1
          order by i.position, a.number limit {ITEMS}"
    );
    let values = [row.id.into(), row.association.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = ItemRow::find_by_statement(statement).all(db).await?;
    rows.into_iter().map(ItemRow::item).collect()
}

impl ItemRow {
    fn item(self) -> Result<Item> {
        let is_member = self.first_tier.as_deref() != Some(Tier::Prefectural.name());
        Ok(Item {
            application: self.application,
            physician: self.physician,
            number: self.number.unwrap_or_default(),
            name: full_name(&self.family_name, &self.given_name),
            kana: full_name(&self.family_kana, &self.given_kana),
            kind: self.certification_kind.parse::<Kind>().map_err(Error::fault)?.label().to_owned(),
            home: if is_member { self.first_name.unwrap_or_default() } else { "非会員".to_owned() },
            fee: Yen(self.fee),
            fee_received_on: self.fee_received_on.map(Day::from),
            remarks: remarks(self.waiver.as_deref(), self.remarks.as_deref()),
            result: self.result.parse().map_err(Error::fault)?,
            message: self.message,
            stage: self.state.parse().map_err(Error::fault)?,
            meeting: self.held_on.map(|day| (day.into(), self.minutes_number.unwrap_or_default())),
        })
    }
}

/// What the board reads beside the numbers: what stands in for credits, and the examiner's words.
fn remarks(waiver: Option<&str>, remarks: Option<&str>) -> String {
    let waiver = waiver.and_then(|name| name.parse::<WaiverKind>().ok()).map(WaiverKind::label);
    let words: Vec<&str> = waiver.into_iter().chain(remarks).filter(|text| !text.is_empty()).collect();
    words.join("。")
}

/// Credits of one application in one category.
#[derive(Clone, Debug, FromQueryResult)]
struct SumRow {
    application: Uuid,
    category: String,
    source: String,
    amount: i64,
}

/// The credits of one application of a batch, by category.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// Category and amount, digital and paper together.
    pub categories: Vec<(String, Credits)>,
    /// How much of it is paper.
    pub paper: Credits,
}

/// The credits (paper: what an office has compared with the original) inside the validity that is to be renewed (for an
/// initial application: all of the basic course) of every application of a batch, in one question.
///
/// # Errors
/// A fault of the database.
pub async fn sums(db: &impl ConnectionTrait, batch: BatchId) -> Result<Vec<(Uuid, Sums)>> {
    let half = |table: &str, source: &str, state: &str| {
        format!(
            "select i.application, c.category, '{source}' as source, cast(sum(c.amount) as bigint) as amount
               from batch_item i
               join application a on a.id = i.application
               join {table} c on c.physician = a.physician and c.scheme = a.scheme and c.state {state}
               left join certification v on v.id = a.certification
              where i.batch = $1
                and (c.course = '' or c.course = case a.certification_kind when 'initial' then 'basic' else 'lifelong' end)
                and (v.id is null or c.earned_on >= v.valid_from)
              group by i.application, c.category"
        )
    };
    let sql = format!(
        "{} union all {} order by 2",
        half("credit", "digital", "<> 'reversed'"),
        half("paper_credit", "paper", "= 'confirmed'")
    );
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), sql, [Uuid::from(batch).into()]);
    let mut found: Vec<(Uuid, Sums)> = Vec::new();
    for row in SumRow::find_by_statement(statement).all(db).await? {
        let amount = Credits::from_hundredths(row.amount);
        let at = found.iter().position(|(id, _)| *id == row.application).unwrap_or_else(|| {
            found.push((row.application, Sums::default()));
            found.len() - 1
        });
        let sums = &mut found[at].1;
        if row.source == "paper" {
            sums.paper += amount;
        }
        match sums.categories.iter_mut().find(|(name, _)| *name == row.category) {
            Some((_, sum)) => *sum += amount,
            None => sums.categories.push((row.category, amount)),
        }
    }
    Ok(found)
}
