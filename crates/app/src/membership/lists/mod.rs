//! Questions about periods of membership.

pub mod ledger;

use crate::error::{Error, Result};
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::membership::{self, Period};
use mamis_schema::association;
use mamis_schema::membership::{Column as M, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, Statement,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A period with the name of its association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The row.
    pub id: Uuid,
    /// What it says.
    pub period: Period,
    /// Name of the association.
    pub name: String,
    /// The application that ended it.
    pub closed_by: Option<Uuid>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    association: Uuid,
    tier: String,
    category: String,
    valid_from: chrono::NaiveDate,
    valid_until: Option<chrono::NaiveDate>,
    closed_by: Option<Uuid>,
    name: String,
}

impl Row {
    fn held(self) -> Result<Held> {
        let period = Period {
            tier: self.tier.parse().map_err(Error::fault)?,
            association: self.association.into(),
            category: self.category.parse().map_err(Error::fault)?,
            from: self.valid_from.into(),
            until: self.valid_until.map(Day::from),
        };
        Ok(Held { id: self.id, period, name: self.name, closed_by: self.closed_by })
    }
}

/// All periods of a physician, oldest first, at most 200. One query.
///
/// # Errors
/// A fault of the database, or of a row with an unknown word.
pub async fn of_physician(db: &impl ConnectionTrait, physician: Uuid) -> Result<Vec<Held>> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select m.id, m.association, m.tier, m.category, m.valid_from, m.valid_until, m.closed_by, a.name
           from membership m join association a on a.id = m.association
          where m.physician = $1 order by m.valid_from, m.id limit 200",
        [physician.into()],
    );
    Row::find_by_statement(statement).all(db).await?.into_iter().map(Row::held).collect()
}

/// The same of many people, by their ids. Two queries; the caller bounds how many people it asks for.
///
/// # Errors
/// A fault of the database, or of a row with an unknown word.
pub(crate) async fn of_people(
    db: &impl ConnectionTrait,
    people: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Held>>> {
    let rows = Entity::find()
        .filter(M::Physician.is_in(people.iter().copied()))
        .order_by_asc(M::ValidFrom)
        .order_by_asc(M::Id)
        .all(db)
        .await?;
    let bodies: HashSet<Uuid> = rows.iter().map(|row| row.association).collect();
    let names: Vec<(Uuid, String)> = association::Entity::find()
        .select_only()
        .columns([association::Column::Id, association::Column::Name])
        .filter(association::Column::Id.is_in(bodies))
        .into_tuple()
        .all(db)
        .await?;
    let names: HashMap<Uuid, String> = names.into_iter().collect();
    let mut found: HashMap<Uuid, Vec<Held>> = HashMap::new();
    for row in rows {
        let of = Row {
            id: row.id,
            association: row.association,
            tier: row.tier,
            category: row.category,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            closed_by: row.closed_by,
            name: names.get(&row.association).cloned().unwrap_or_default(),
        };
        found.entry(row.physician).or_default().push(of.held()?);
    }
    Ok(found)
}

/// Periods that have a day. One that was taken back before it could count keeps its row, and stands in no list.
pub(crate) fn with_days() -> Expr {
    M::ValidUntil.is_null().or(Expr::col((Entity, M::ValidUntil)).gte(Expr::col((Entity, M::ValidFrom))))
}

/// The periods alone, for the rules.
pub fn periods(held: &[Held]) -> Vec<Period> {
    held.iter().map(|held| held.period).collect()
}

/// The associations belonged to on a day, from the lowest tier upward.
pub fn bodies(held: &[Held], day: Day) -> Vec<(AssociationId, Tier)> {
    let periods = periods(held);
    membership::held(&periods, day).into_iter().map(|period| (period.association, period.tier)).collect()
}

/// The first office of a member: the district, or without one the municipal association.
#[derive(Clone, Debug)]
pub struct Home {
    /// Who.
    pub physician: Uuid,
    category: String,
    /// Name of the association.
    pub name: String,
    /// Of a district, the municipal association that the member belongs to as well; empty for others.
    pub within: String,
}

#[derive(FromQueryResult)]
struct Belongs {
    physician: Uuid,
    tier: String,
    category: String,
    name: String,
}

impl Home {
    /// Association and category, e.g. 藤沢市医師会（A①）; of a district also what it belongs to, e.g.
    /// 鶴見区医師会（A①）　横浜市医師会.
    pub fn words(&self) -> String {
        let space = if self.within.is_empty() { "" } else { "　" };
        format!("{}（{}）{space}{}", self.name, self.category(), self.within)
    }

    /// The category as printed.
    pub fn category(&self) -> &str {
        match self.category.parse::<MembershipCategory>() {
            Ok(known) => known.label(),
            Err(_) => &self.category,
        }
    }
}

/// The first offices of people on a day: districts, then municipal associations, the oldest membership of each first.
///
/// # Errors
/// A fault of the database.
pub async fn homes(
    db: &impl ConnectionTrait,
    people: impl IntoIterator<Item = Uuid>,
    day: Day,
) -> Result<Vec<Home>> {
    let rows: Vec<Belongs> = Entity::find()
        .select_only()
        .columns([M::Physician, M::Tier, M::Category])
        .column(association::Column::Name)
        .join_rev(
            JoinType::InnerJoin,
            association::Entity::belongs_to(Entity).from(association::Column::Id).to(M::Association).into(),
        )
        .filter(M::Physician.is_in(people))
        .filter(M::Tier.is_in([Tier::District, Tier::Municipal].map(Tier::name)))
        .filter(M::ValidFrom.lte(day.date()))
        .filter(M::ValidUntil.is_null().or(M::ValidUntil.gte(day.date())))
        .order_by_asc(M::ValidFrom)
        .order_by_asc(M::Id)
        .into_model()
        .all(db)
        .await?;
    let (districts, municipal): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.tier == Tier::District.name());
    let names: HashMap<Uuid, String> =
        municipal.iter().rev().map(|row| (row.physician, row.name.clone())).collect();
    let home = |row: Belongs, within: String| {
        let Belongs { physician, category, name, .. } = row;
        Home { physician, category, name, within }
    };
    let of_districts = districts.into_iter().map(|row| {
        let within = names.get(&row.physician).cloned().unwrap_or_default();
        home(row, within)
    });
    let of_districts: Vec<Home> = of_districts.collect();
    Ok(of_districts.into_iter().chain(municipal.into_iter().map(|row| home(row, String::new()))).collect())
}
