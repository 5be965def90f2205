//! The ledger of certifications: who holds which number, for how long, and what became of it.

use super::{Place, facts, measures, place};
use crate::cx::Cx;
use crate::db::scope;
use crate::document;
use crate::error::{Error, Result};
use crate::membership::lists::homes;
use crate::physician::lists as physicians;
use mamis_rules::access;
use mamis_rules::base::{CertificationId, Day, full_name};
use mamis_rules::certification::Standing;
use mamis_rules::credit::Scheme;
use mamis_rules::flow::certification::State;
use mamis_schema::{application, certification as table, document as documents, physician, special_measure};
use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use table::Column as C;
use uuid::Uuid;

/// Certifications on a page.
pub const PAGE: u64 = 50;

/// Certifications in a file.
const EXPORT: u64 = 20_000;

/// Which of the certifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Whatever their standing.
    #[default]
    All,
    /// Valid today, special measures included.
    Valid,
    /// Valid today, and ending within a year.
    Ending,
    /// Over, and not lost.
    Expired,
    /// The title was lost, or will be on a recorded day.
    Lost,
}

impl View {
    /// All of them, in the order of the tabs.
    pub const ALL: &'static [Self] = &[Self::All, Self::Valid, Self::Ending, Self::Expired, Self::Lost];

    /// The word in the address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Valid => "valid",
            Self::Ending => "ending",
            Self::Expired => "expired",
            Self::Lost => "lost",
        }
    }

    /// The word on the tab.
    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "すべて",
            Self::Valid => "有効",
            Self::Ending => "1年以内に期限",
            Self::Expired => "有効期限切れ",
            Self::Lost => "取消し・資格喪失",
        }
    }

    /// From the word in the address.
    pub fn read(name: &str) -> Self {
        Self::ALL.iter().copied().find(|view| view.name() == name).unwrap_or_default()
    }
}

/// What an office asks for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Which of them.
    pub view: View,
    /// One scheme only.
    pub scheme: Option<Scheme>,
    /// Part of the name, the reading or the number.
    pub text: String,
}

/// A number of the ledger with its latest period.
#[derive(Clone, Debug)]
pub struct Line {
    /// The latest period.
    pub row: table::Model,
    /// Scheme.
    pub scheme: Scheme,
    /// Name exactly as registered.
    pub name: String,
    /// Reading.
    pub kana: String,
    /// Licence registry number, when known.
    pub registry_number: String,
    /// The municipal association of the holder; empty for non-members.
    pub association: String,
    /// The standing today.
    pub standing: Standing,
    /// The last day that counts, special measures included.
    pub expires_on: Day,
}

/// One page of the ledger, the nearest end first, and how many there are.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, filter: &Filter, number: u64) -> Result<(Vec<Line>, u64)> {
    let found = filtered(cx, filter);
    let total = found.clone().count(cx.db()).await?;
    let rows = sorted(found).offset(number.saturating_sub(1) * PAGE).limit(PAGE).all(cx.db()).await?;
    Ok((dress(cx, rows).await?, total))
}

/// The same for a file, at most 20,000 rows.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn export(cx: &Cx, filter: &Filter) -> Result<Vec<Line>> {
    let rows = sorted(filtered(cx, filter)).limit(EXPORT).all(cx.db()).await?;
    dress(cx, rows).await
}

fn sorted(found: Select<table::Entity>) -> Select<table::Entity> {
    found.order_by_asc(C::ValidUntil).order_by_asc(C::Number).order_by_asc(C::Id)
}

fn filtered(cx: &Cx, filter: &Filter) -> Select<table::Entity> {
    let today = cx.today();
    let continued = Query::select()
        .column(C::Previous)
        .from(table::Entity)
        .and_where(C::Previous.is_not_null())
        .to_owned();
    let mut found = table::Entity::find()
        .filter(scope::certifications(&access::certification::visible_to(&cx.actor), today))
        .filter(C::Id.not_in_subquery(continued));
    if let Some(scheme) = filter.scheme {
        found = found.filter(C::Scheme.eq(scheme.name()));
    }
    if !filter.text.is_empty() {
        found = found.filter(text(&filter.text));
    }
    let not_lost = || C::EndedOn.is_null();
    let good = || C::ValidUntil.gte(today.date()).or(Expr::exists(prolonged(today)));
    match filter.view {
        View::All => found,
        View::Valid => found.filter(not_lost()).filter(good()),
        View::Ending => {
            found.filter(not_lost()).filter(good()).filter(C::ValidUntil.lte(today.plus_years(1).date()))
        }
        View::Expired => found.filter(not_lost()).filter(good().not()),
        View::Lost => found.filter(C::EndedOn.is_not_null()),
    }
}

/// Special measures that carry a certification beyond today.
fn prolonged(today: Day) -> SelectStatement {
    use special_measure::{Column as M, Entity as Measure};
    Query::select()
        .expr(Expr::val(1))
        .from(Measure)
        .and_where(Expr::col((Measure, M::Scheme)).equals((table::Entity, C::Scheme)))
        .and_where(Expr::col((Measure, M::ExpiredFrom)).lte(Expr::col((table::Entity, C::ValidUntil))))
        .and_where(Expr::col((Measure, M::ExpiredUntil)).gte(Expr::col((table::Entity, C::ValidUntil))))
        .and_where(M::ExtendedUntil.gte(today.date()))
        .to_owned()
}

fn text(text: &str) -> Condition {
    Condition::any()
        .add(C::Number.contains(text.trim()))
        .add(C::Physician.in_subquery(physicians::named(text)))
}

/// Adds people, associations and standings to last periods: four questions for a page, not one for each row.
async fn dress(cx: &Cx, rows: Vec<table::Model>) -> Result<Vec<Line>> {
    let measures = measures(cx.db()).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for rows in rows.chunks(500) {
        let before = not_begun(cx, rows).await?;
        let people: Vec<Uuid> = rows.iter().map(|row| row.physician).collect();
        let homes = homes(cx.db(), people.iter().copied(), cx.today()).await?;
        let people =
            physician::Entity::find().filter(physician::Column::Id.is_in(people)).all(cx.db()).await?;
        for row in rows {
            let person = people.iter().find(|person| person.id == row.physician).ok_or(Error::NotFound)?;
            let home = homes.iter().find(|home| home.physician == row.physician);
            let mut line = line(cx, row, person, home.map_or("", |home| &home.name), &measures)?;
            let before = before.iter().find(|before| Some(before.id) == row.previous);
            if let Some(before) = before.filter(|_| line.standing == Standing::NotYet) {
                line.standing = facts(before, Place::Renewed, &measures).standing(cx.today());
            }
            lines.push(line);
        }
    }
    Ok(lines)
}

/// The periods before those that have not begun: a title that was renewed early is held all the same.
async fn not_begun(cx: &Cx, rows: &[table::Model]) -> Result<Vec<table::Model>> {
    let ahead = rows.iter().filter(|row| Day::from(row.valid_from) > cx.today());
    let before: Vec<Uuid> = ahead.filter_map(|row| row.previous).collect();
    if before.is_empty() {
        return Ok(Vec::new());
    }
    Ok(table::Entity::find().filter(C::Id.is_in(before)).all(cx.db()).await?)
}

fn line(
    cx: &Cx,
    row: &table::Model,
    person: &physician::Model,
    association: &str,
    measures: &[special_measure::Model],
) -> Result<Line> {
    let facts = facts(row, Place::Last, measures);
    Ok(Line {
        scheme: row.scheme.parse().map_err(Error::fault)?,
        name: full_name(&person.family_name, &person.given_name),
        kana: full_name(&person.family_kana, &person.given_kana),
        registry_number: person.registry_number.clone().unwrap_or_default(),
        association: association.to_owned(),
        standing: facts.standing(cx.today()),
        expires_on: facts.expires_on(),
        row: row.clone(),
    })
}

/// One number of the ledger with everything about it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The period asked for.
    pub line: Line,
    /// Every period of the number, the first one first, with its standing today.
    pub periods: Vec<(table::Model, Standing)>,
    /// Certificates that were issued for it, the newest first.
    pub documents: Vec<documents::Model>,
    /// An application that would renew it: id and number.
    pub running: Option<(Uuid, String)>,
    /// Why a loss cannot be recorded by this actor; none when it can.
    pub no_end: Option<String>,
}

/// A certification that the actor sees.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn show(cx: &Cx, id: CertificationId) -> Result<Shown> {
    let row = table::Entity::find_by_id(Uuid::from(id))
        .filter(scope::certifications(&access::certification::visible_to(&cx.actor), cx.today()))
        .one(cx.db())
        .await?
        .ok_or(Error::NotFound)?;
    let measures = measures(cx.db()).await?;
    let periods = table::Entity::find()
        .filter(C::Scheme.eq(row.scheme.as_str()))
        .filter(C::Number.eq(row.number.as_str()))
        .order_by_asc(C::ValidFrom)
        .limit(50)
        .all(cx.db())
        .await?;
    let standing =
        |row: &table::Model| (row.clone(), facts(row, place(row, &periods), &measures).standing(cx.today()));
    let may = access::certification::may_end(&cx.actor);
    let no_end = match (may, row.ended_on) {
        (Err(refusal), _) => Some(refusal.to_string()),
        (Ok(()), Some(_)) => Some("資格喪失は、すでに記録されています。".to_owned()),
        (Ok(()), None) => None,
    };
    Ok(Shown {
        documents: document::lists::of_certification(cx, row.id).await?,
        running: running(cx, &row).await?,
        line: dress(cx, vec![row]).await?.pop().ok_or(Error::NotFound)?,
        periods: periods.iter().map(standing).collect(),
        no_end,
    })
}

async fn running(cx: &Cx, row: &table::Model) -> Result<Option<(Uuid, String)>> {
    use application::Column as A;
    let over = [State::Draft, State::Approved, State::Rejected, State::Withdrawn].map(State::name);
    let found = application::Entity::find()
        .filter(scope::applications(&access::application::visible_to(&cx.actor)))
        .filter(A::Physician.eq(row.physician))
        .filter(A::Scheme.eq(row.scheme.as_str()))
        .filter(A::State.is_not_in(over))
        .one(cx.db())
        .await?;
    Ok(found.map(|row| (row.id, row.number.unwrap_or_default())))
}
